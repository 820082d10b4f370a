"""Choose the best configuration of an experiment by its mean validation score over the seeds."""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import artifacts
from evaluation import select
from experiments import Experiment, value_at


def measured_runs(experiment: Experiment, names: list[str], folder: Path) -> dict[str, dict]:
    """Read the metrics of some runs of an experiment, and add what the selection groups them by."""
    return {
        name: {
            **artifacts.read_json(folder / name / "metrics.json"),
            "name": name,
            "configuration": experiment.run(name).configuration,
        }
        for name in names
    }


def digest_of(measured: Any) -> str:
    """Return the SHA-256 of metrics.

    A result that has it differs wherever the metrics differ, and stands for them in the workflow.
    """
    return hashlib.sha256(json.dumps(measured, sort_keys=True).encode()).hexdigest()


def halved(experiment: Experiment, promoted: list[dict], runs: dict[str, dict]) -> dict:
    """Tell what successive halving did, and how many epochs of training it saved."""
    epochs = max(run["epochs"] for run in runs.values())
    trained = [0.0, *(rung["epochs"] for rung in promoted), epochs]
    counts = [len(experiment.runs), *(len(rung["runs"]) for rung in promoted)]
    spent = sum(
        runs * (end - start)
        for runs, start, end in zip(counts, trained[:-1], trained[1:], strict=True)
    )
    return {
        "rungs": [
            {"epochs": end, "runs": count} for end, count in zip(trained[1:], counts, strict=True)
        ],
        "epochs_trained": spent,
        "epochs_of_the_full_sweep": len(experiment.runs) * epochs,
    }


def dropped(experiment: Experiment, promoted: list[dict]) -> list[dict]:
    """List the runs that halving dropped, with the rung after which each was left."""
    before, rows = list(experiment.runs), []
    for number, rung in enumerate(promoted):
        left = set(before) - set(rung["runs"])
        rows += [
            {"run": name, "configuration": experiment.run(name).configuration, "rung": number}
            for name in before
            if name in left
        ]
        before = rung["runs"]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiment", required=True, help="its name, for messages")
    parser.add_argument(
        "--settings", required=True, type=json.loads, help="JSON: what the list of runs depends on"
    )
    parser.add_argument(
        "--promoted", type=Path, nargs="*", default=[], help="promoted.json of each rung of halving"
    )
    parser.add_argument("--runs-folder", required=True, type=Path)
    parser.add_argument("--output", required=True, type=Path, help="selection.json")
    options = parser.parse_args()
    experiment = Experiment(options.experiment, options.settings)
    promoted = [artifacts.read_json(path) for path in options.promoted]
    names = promoted[-1]["runs"] if promoted else list(experiment.runs)
    runs = measured_runs(experiment, names, options.runs_folder)
    selection = select(list(runs.values()))
    changes = {run.configuration: run.change for run in experiment.runs.values()}
    settings = {run.configuration: run.settings for run in experiment.runs.values()}
    varied = list(dict.fromkeys(key for change in changes.values() for key in change))
    left = dropped(experiment, promoted)
    for row in left + selection["configurations"]:
        # every varied value, also where a space of the sweep leaves it as the experiment has it
        row["values"] = {key: value_at(settings[row["configuration"]], key) for key in varied}
    for row in selection["configurations"]:
        row["change"] = changes[row["configuration"]]
        row["scores"] = [runs[name][selection["criterion"]] for name in row["runs"]]
    best = experiment.run(selection["best_run"])
    selection["metrics_sha256"] = digest_of([runs, promoted])
    selection["dataset"] = experiment.dataset_name
    selection["settings"] = {"split": best.settings["split"], **best.trained}
    if promoted:
        selection["halving"] = {**halved(experiment, promoted, runs), "dropped": left}
        selection["runs"] = len(experiment.runs)
        for rung in promoted:
            selection["failures"] += rung["failures"]
    artifacts.write_json(options.output, selection)


if __name__ == "__main__":
    artifacts.cli(main)
