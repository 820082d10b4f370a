"""Fit classifiers of scikit-learn on the examples that a network was trained on, to compare it with.

They get the same training part and the same preparation; `linear_svc_scores` gets the network's scores
instead. One job fits all baselines of an experiment deterministically (one thread, a fixed seed), and
measures them on the training and the validation part. `evaluate.py` measures them on the test split.
Large data are cut to a number of examples that takes minutes; the numbers then say so.
"""

from pathlib import Path

import cli
from baselines.classifiers import BASELINES
from baselines.fitting import Fitting, fit_all, save_baselines
from files import artifacts
from files.models import load_model
from files.prepared import load_prepared


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("baselines", nargs="+", choices=BASELINES, help="the classifiers to fit")
    settings = cli.json_with("network", "preparation")
    about = "JSON: the selected settings; the preparation and the precision count"
    parser.add_argument("--settings", required=True, type=settings, help=about)
    cli.add_training_arrays(parser)
    cli.add_files(
        parser,
        prepared="the prepared data that the network was trained on, .npz",
        output="the coefficients, and all that the test needs, .npz",
        numbers="scores and fits, .json",
    )
    parser.add_argument("--model", type=Path, help="the network's model.npz, for linear_svc_scores")
    options = parser.parse_args()
    if "linear_svc_scores" in options.baselines and not options.model:
        parser.error("linear_svc_scores needs --model")
    read = options.prepared, options.settings["preparation"]
    data = load_prepared(*read, options.images, options.labels)
    model = load_model(options.model) if options.model else None
    fitting = Fitting(data, options.settings["network"]["precision"], model)
    fitted, numbers = fit_all(options.baselines, fitting)
    save_baselines(options.output, fitted, options.settings, options.prepared, model)
    artifacts.write_json(options.numbers, numbers)


if __name__ == "__main__":
    cli.run(main)
