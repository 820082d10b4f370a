"""Choose the best configuration of an experiment by its mean validation score over the seeds."""

import argparse
import json
from pathlib import Path

import artifacts
from evaluation import select
from experiments import Experiment


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiment", required=True, help="its name, for messages")
    parser.add_argument(
        "--settings", required=True, type=json.loads, help="JSON: what the list of runs depends on"
    )
    parser.add_argument("--runs-folder", required=True, type=Path)
    parser.add_argument("--output", required=True, type=Path, help="selection.json")
    options = parser.parse_args()
    experiment = Experiment(options.experiment, options.settings)
    runs = {}
    for run in experiment.runs.values():
        metrics = artifacts.read_json(options.runs_folder / run.name / "metrics.json")
        runs[run.name] = {**metrics, "name": run.name, "configuration": run.configuration}
    selection = select(list(runs.values()))
    changes = {run.configuration: run.change for run in experiment.runs.values()}
    for row in selection["configurations"]:
        row["change"] = changes[row["configuration"]]
        row["scores"] = [runs[name][selection["criterion"]] for name in row["runs"]]
    best = experiment.run(selection["best_run"])
    selection["settings"] = {"split": best.settings["split"], **best.trained}
    artifacts.write_json(options.output, selection)


if __name__ == "__main__":
    artifacts.cli(main)
