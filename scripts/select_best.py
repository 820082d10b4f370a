"""Choose the best configuration of an experiment by its mean validation score over the seeds."""

import math
from pathlib import Path
from statistics import fmean
from typing import Any

import cli
from evaluation import SURVIVED, in_words, line_of_scores, notes, select
from experiments import Experiment, Run, digest, short_keys, value_at
from files import artifacts
from files.run_metrics import read_metrics, with_failed


def refit_length(experiment: Experiment, best: Run, runs: list[dict]) -> dict[str, int] | None:
    """Return the length of a refit of networks that stopped early: when they were best, on average.

    None if the config sets the length.
    """
    change, training = experiment.settings["refit"], best.settings["training"]
    if change is None or training["patience"] is None:
        return None
    if change.keys() & {"training.epochs", "training.iterations"}:
        return None
    unit = "iterations" if training["epochs"] is None else "epochs"
    lengths = [run["best"][unit] for run in runs if run["status"] in SURVIVED and run.get("best")]
    return {unit: math.floor(fmean(lengths) + 0.5)} if lengths else None


def choose(experiment: Experiment, runs: dict[str, dict], promoted: list[dict]) -> dict[str, Any]:
    """Return the content of selection.json.

    ``runs`` are the metrics of the runs that were trained to the end, ``promoted`` the earlier rungs. If
    halving left no run, the choice is among the runs of the last rung that had some.
    """
    found = {name: row for rung in promoted for name, row in rung["metrics"].items()} | runs
    rungs = {name: number for number, rung in enumerate(promoted) for name in rung["metrics"]}
    rungs |= dict.fromkeys(runs)  # None: trained to the end
    measured = [runs, *(rung["metrics"] for rung in reversed(promoted))]
    candidates = next(filter(None, measured))
    compared = with_failed(experiment, candidates, found)
    selection = select(compared, metric=experiment.metric)

    def values(name: str) -> dict[str, Any]:
        """Return the value of each varied key, even if this part of the sweep does not vary it."""
        return {key: value_at(experiment.run(name).settings, key) for key in experiment.varied}

    # Keys and short names, in the order of the config.
    selection["varied"] = list(short_keys(experiment.varied).items())
    for row in selection["configurations"]:
        row["values"] = values(row["runs"][0])
        row["scores"] = [found[name][selection["criterion"]] for name in row["runs"]]
    best = experiment.run(selection["best_run"])
    selection["dataset"] = experiment.dataset_name
    selection["settings"] = {"split": experiment.settings["split"], **best.trained}
    chosen = [found[name] for name in selection["configurations"][0]["runs"]]
    if length := refit_length(experiment, best, chosen):
        selection["settings"]["ends_after"] = length
    selection["settings_digest"] = digest(experiment.planned)
    selection["measured"] = [
        {**found[name], "rung": rungs[name], "values": values(name)} for name in experiment.runs
    ]
    if promoted:
        selection["runs"] = len(experiment.runs)
        known = {run["name"] for run in compared}
        for rung in promoted:
            selection["failures"] += [f for f in rung["failures"] if f["run"] not in known]
        selection["notes"] = notes(selection)
    return selection


def main() -> None:
    parser = cli.parser(__doc__, fromfile_prefix_chars="@")
    cli.add_runs(parser, "dataset", "seeds", "sweep")
    about = "promoted.json of each rung of halving"
    parser.add_argument("--promoted", type=Path, nargs="*", default=[], help=about)
    cli.add_files(parser, output="selection.json")
    options = parser.parse_args()
    experiment = Experiment(options.experiment, options.settings)
    promoted = [artifacts.read_json(path) for path in options.promoted]
    names = promoted[-1]["runs"] if promoted else list(experiment.runs)
    runs = read_metrics(experiment, names, options.metrics)
    selection = choose(experiment, runs, promoted)
    artifacts.write_json(options.output, selection)
    print(f"selected by {in_words(selection['criterion'])}: {selection['best_run']}")
    print(line_of_scores(selection["configurations"][0], selection["criterion"].partition("_")[0]))
    for sentence in (*selection["notes"], *selection["cautions"]):
        print(f"note: {sentence}")


if __name__ == "__main__":
    cli.run(main)
