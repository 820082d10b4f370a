"""Take runs out of bundles: write each as a model.npz of its own, the file scripts/train.py writes."""

from pathlib import Path

import cli
from files import artifacts
from files.bundles import Bundle


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("--bundle", required=True, nargs="+", type=Path, help="bundles, .npz")
    about = "runs of these bundles, and the file to write each to"
    parser.add_argument("--runs", required=True, nargs="+", metavar="RUN=FILE", help=about)
    options = parser.parse_args()
    left = list(options.runs)
    for path in options.bundle:
        with Bundle(path) as bundle:
            for run in bundle.runs:  # names and files have equals signs of their own
                for pair in [pair for pair in left if pair.startswith(f"{run}=")]:
                    bundle.take(run, pair.removeprefix(f"{run}="))
                    left.remove(pair)
    if left:
        files = ", ".join(map(str, options.bundle))
        raise artifacts.ArtifactError(f"{left[0]}: expected RUN=FILE of a run in {files}")


if __name__ == "__main__":
    cli.run(main)
