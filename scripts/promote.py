"""After a rung of successive halving, choose the configurations that train on: the best 1/factor.

All seeds of a configuration continue or none, but failed seeds do not. A configuration with a failed
seed ranks behind all complete ones, no matter in which rung the seed failed.
"""

import math
from pathlib import Path

import cli
from evaluation import select
from experiments import Experiment
from files import artifacts
from files.run_metrics import read_metrics, with_failed


def main() -> None:
    parser = cli.parser(__doc__, fromfile_prefix_chars="@")
    cli.add_runs(parser, "dataset", "seeds", "sweep", "halving")
    parser.add_argument("--before", type=Path, help="promoted.json of the rung before")
    cli.add_files(parser, output="promoted.json")
    options = parser.parse_args()
    experiment = Experiment(options.experiment, options.settings)
    names = list(experiment.runs)
    if options.before:
        names = artifacts.read_json(options.before)["runs"]
    runs = read_metrics(experiment, names, options.metrics)
    result = {"epochs": 0, "runs": [], "configurations": [], "failures": [], "metrics": runs}
    if runs:
        selection = select(with_failed(experiment, runs, {}), metric=experiment.metric)
        rows = [row for row in selection["configurations"] if row["failed"] < len(row["runs"])]
        factor = options.settings["halving"]["factor"]
        rows = rows[: math.ceil(len(selection["configurations"]) / factor)]
        failures = [f for f in selection["failures"] if f["run"] in runs]
        lost = {failure["run"] for failure in selection["failures"]}
        result |= {
            "epochs": max(run["epochs"] for run in runs.values()),
            "runs": [name for row in rows for name in row["runs"] if name not in lost],
            "configurations": [
                {key: row[key] for key in ("configuration", selection["criterion"], "failed")}
                for row in selection["configurations"]
            ],
            "failures": failures,
        }
    artifacts.write_json(options.output, result)


if __name__ == "__main__":
    cli.run(main)
