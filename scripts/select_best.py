"""Choose the best configuration of an experiment by its mean validation score over the seeds."""

import argparse
import math
from pathlib import Path
from statistics import fmean
from typing import Any

import cli
from evaluation import MEANS, SURVIVED, in_words, line_of_scores, notes, select
from experiments import Experiment, Run, digest, short_keys, value_at
from files import artifacts

# What the metrics of a run have to have.
READ = ("seed", "status", "reason", "epochs", "validation_images", *MEANS)


def measured(experiment: Experiment, names: list[str], files: list[Path]) -> dict[str, dict]:
    """Read the metrics of some runs of an experiment, and add what the selection groups them by."""
    found = {}
    for path in files:
        content = artifacts.read_json(path)
        with artifacts.whole(path):
            if not isinstance(content, dict):
                raise ValueError("expected the metrics of each run")
            for name, metrics in content.items():
                if missing := [key for key in READ if key not in metrics]:
                    raise ValueError(f"{name} lacks {', '.join(missing)}")
        found |= content
    if missing := [name for name in names if name not in found]:
        raise artifacts.ArtifactError(f"{missing[0]}: it is in no file of metrics that was given")
    return {name: {**found[name], **about(experiment.run(name))} for name in names}


def about(run: Run) -> dict:
    """Return what the selection groups a run by."""
    return {"name": run.name, "configuration": run.configuration, **run.part}


def with_failed(experiment: Experiment, runs: dict[str, dict], found: dict[str, dict]) -> list:
    """Return ``runs`` with the seeds of their configurations that failed in earlier rungs of halving.

    Without them, a configuration of which one seed diverged would rank like a complete one.
    Configurations keep their order; the seeds of each are in the order of the experiment. ``found``
    has the metrics of the failed runs, if the caller has read them.
    """
    seeds: dict[str, list[dict]] = {run["configuration"]: [] for run in runs.values()}
    for name, run in experiment.runs.items():
        if run.configuration in seeds:
            failed = {"seed": run.seed, "status": "failed", "reason": "failed in an earlier rung"}
            failed |= about(run)
            seeds[run.configuration].append(runs.get(name) or found.get(name) or failed)
    return [run for group in seeds.values() for run in group]


def halved(experiment: Experiment, promoted: list[dict], runs: list[dict]) -> dict:
    """Tell what successive halving did, and how many epochs of training it saved."""
    full = experiment.settings["training"]["epochs"] or max(run["epochs"] for run in runs)
    trained = [0.0, *(rung["epochs"] for rung in promoted), full]
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
        "epochs_of_the_full_sweep": len(experiment.runs) * full,
    }


def refit_length(experiment: Experiment, best: Run, runs: list[dict]) -> dict[str, int] | None:
    """Return how long a refit trains where the choice was among networks that stopped early.

    It is the mean, rounded, of the epochs (or iterations, if the config counts those) at which the
    seeds of the chosen configuration were at their best. None where the length is the config's own.
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

    ``runs`` are the metrics of the runs that were trained to the end, ``promoted`` tells of the rungs
    before. Where halving left no run, it is chosen among those of the last rung that had some.
    """
    found = {name: row for rung in promoted for name, row in rung["metrics"].items()} | runs
    rungs = {name: number for number, rung in enumerate(promoted) for name in rung["metrics"]}
    rungs |= dict.fromkeys(runs)  # None: trained to the end
    candidates = runs or next(r["metrics"] for r in reversed(promoted) if r["metrics"])
    compared = with_failed(experiment, candidates, found)
    selection = select(compared, metric=experiment.metric)

    def values(name: str) -> dict[str, Any]:
        """Every varied value, also where a space of the sweep leaves it as the experiment has it."""
        return {key: value_at(experiment.run(name).settings, key) for key in experiment.varied}

    # Keys and short names, in the order of the config.
    selection["varied"] = list(short_keys(experiment.varied).items())
    for row in selection["configurations"]:
        row["values"] = values(row["runs"][0])
        row["scores"] = [found[name][selection["criterion"]] for name in row["runs"]]
    best = experiment.run(selection["best_run"])
    selection["dataset"] = experiment.dataset_name
    selection["settings"] = {"split": experiment.settings["split"], **best.trained}
    if length := refit_length(
        experiment, best, [found[name] for name in selection["configurations"][0]["runs"]]
    ):
        selection["settings"]["ends_after"] = length
    selection["settings_digest"] = digest(experiment.planned)
    selection["measured"] = [
        {**found[name], "rung": rungs[name], "values": values(name)} for name in experiment.runs
    ]
    if promoted:
        selection["halving"] = halved(experiment, promoted, list(candidates.values()))
        selection["runs"] = len(experiment.runs)
        known = {run["name"] for run in compared}
        for rung in promoted:
            selection["failures"] += [f for f in rung["failures"] if f["run"] not in known]
        selection["notes"] = notes(selection)
    return selection


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, fromfile_prefix_chars="@")
    parser.add_argument("--experiment", required=True, help="its name, for messages")
    parser.add_argument(
        "--settings",
        required=True,
        type=cli.json_with("dataset", "seeds", "sweep"),
        help="JSON: what the list of runs depends on",
    )
    parser.add_argument(
        "--promoted", type=Path, nargs="*", default=[], help="promoted.json of each rung of halving"
    )
    parser.add_argument(
        "--metrics",
        required=True,
        nargs="*",
        type=Path,
        help="the metrics of its runs, .json; @FILE reads the names from its lines",
    )
    parser.add_argument("--output", required=True, type=Path, help="selection.json")
    options = parser.parse_args()
    experiment = Experiment(options.experiment, options.settings)
    promoted = [artifacts.read_json(path) for path in options.promoted]
    names = promoted[-1]["runs"] if promoted else list(experiment.runs)
    runs = measured(experiment, names, options.metrics)
    selection = choose(experiment, runs, promoted)
    artifacts.write_json(options.output, selection)
    print(f"selected by {in_words(selection['criterion'])}: {selection['best_run']}")
    print(line_of_scores(selection["configurations"][0], selection["criterion"].partition("_")[0]))
    for sentence in (*selection["notes"], *selection["cautions"]):
        print(f"note: {sentence}")


if __name__ == "__main__":
    cli.run(main)
