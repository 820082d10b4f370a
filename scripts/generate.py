"""Generate the raw files of a dataset that comes with a library, as IDX files like those of MNIST."""

from collections.abc import Callable

import numpy as np

import cli
from datasets import DatasetError, sklearn_digits, sklearn_digits_thirds, write_idx
from files import artifacts

# A generator returns arrays named train_images, train_labels, test_images, test_labels.
GENERATORS: dict[str, Callable[[], dict[str, np.ndarray]]] = {
    "sklearn_digits": sklearn_digits,
    "sklearn_digits_thirds": sklearn_digits_thirds,
}


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("generator", choices=GENERATORS, help="what generates the arrays")
    parser.add_argument(
        "--files",
        nargs="+",
        required=True,
        type=cli.pair,
        metavar="ARRAY=FILE",
        help="the arrays to write: train_images, train_labels, test_images, test_labels",
    )
    options = parser.parse_args()
    arrays = GENERATORS[options.generator]()
    for array, file in options.files:
        if array not in arrays:
            known = ", ".join(arrays)
            raise DatasetError(f"{options.generator} makes no array {array!r}; it makes {known}")
        with artifacts.atomic(file) as temporary:
            write_idx(temporary, arrays[array])


if __name__ == "__main__":
    cli.run(main)
