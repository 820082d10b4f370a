"""Fit classifiers of scikit-learn on the examples that a network was trained on, to compare it with.

They get the same training part and the same preparation; `linear_svc_scores` gets the network's scores
instead. One job fits all baselines of an experiment deterministically (one thread, a fixed seed), and
measures them on the training and the validation part. `evaluate.py` measures them on the test split.
Large data are cut to a number of examples that takes minutes; the numbers then say so.
"""

import cli
from baselines.classifiers import BASELINES
from baselines.fitting import add_arguments, fit_all, read_fitting
from components.groups import prefixed
from files import artifacts


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("baselines", nargs="+", choices=BASELINES, help="the classifiers to fit")
    add_arguments(parser, required=True)
    cli.add_files(parser, output="the coefficients, .npz", numbers="scores and fits, .json")
    options = parser.parse_args()
    if "linear_svc_scores" in options.baselines and not options.model:
        parser.error("linear_svc_scores needs --model")
    kept, numbers = fit_all(options.baselines, read_fitting(options))
    arrays = {}
    for name, fitted in kept.items():
        arrays |= prefixed(f"{name}/", fitted)
    artifacts.save_arrays(options.output, arrays)
    artifacts.write_json(options.numbers, numbers)


if __name__ == "__main__":
    cli.run(main)
