"""Choose the best configuration of a sweep, and report the runs that were left out."""

from collections.abc import Iterator, Sequence
from math import inf, isfinite

from .cautions import cautions
from .cross_validation import fold_interval, mean_score
from .intervals import Interval, accuracy_interval, mean_interval
from .metrics import METRICS, in_words

SURVIVED = ("completed", "stopped", "paused")
MEANS = tuple(f"{split}_{name}" for split in ("validation", "training") for name in METRICS)
# Metrics that an experiment can be selected by.
SELECTABLE = tuple(name for name, metric in METRICS.items() if metric.better)


def select(runs: Sequence[dict], metric: str = "accuracy") -> dict:
    """Rank the configurations of an experiment by their mean score over the seeds.

    A run is a dictionary: `name`, `configuration` (the name without the seed), `seed`, `status`
    (completed, stopped early, paused at a rung, or anything else: failed), `reason`, and the numbers
    of MEANS, which may be None; in a cross-validation also `repeat` and `fold`. Other keys are
    ignored. The rules:

    * The criterion is the metric (one of SELECTABLE) on the validation split; on the training split
      when no run has a validation split. The test split plays no part.
    * With folds, each fold counts the same in the mean, even one that lost a seed (`mean_score`). A
      fold that failed is a failed seed.
    * Equal means: the lower mean loss on the same split; then the order given.
    * A failed run, or one whose criterion is not finite, is ignored and counted.
    * A configuration with a failed seed ranks after all complete ones, since a mean over its
      survivors would flatter it. It can be the best only if no configuration is complete.
    * `best_run` is the best configuration's first surviving seed, not its luckiest one: to choose
      among seeds is to choose noise.

    Returns a dictionary for JSON: criterion, best_configuration, best_run, best_seed, runs (how many),
    failures, configurations (best first), `notes` on anything unusual, and `cautions` about the networks
    of the best configuration. If nothing survived, `failed` says why and the configurations keep their
    order; else it is None.
    """
    validated = any(
        run.get("validation_images") or run.get("validation_accuracy") is not None for run in runs
    )
    split = "validation" if validated else "training"
    criterion = f"{split}_{metric}"
    sign = {"higher": -1, "lower": 1}[METRICS[metric].better]

    groups: dict[str, list[dict]] = {}
    for run in runs:
        groups.setdefault(run["configuration"], []).append(run)
    table = [_row(name, group, criterion) for name, group in groups.items()]
    failures = [
        {"run": run["name"], "status": run["status"], "reason": failure}
        for run in runs
        if (failure := _failure(run, criterion))
    ]

    def rank(row: dict) -> tuple:
        loss = row[f"{split}_loss"]
        score = row[criterion]
        return (
            score is None,
            row["failed"] > 0,
            0 if score is None else sign * score,
            inf if loss is None else loss,
        )

    table.sort(key=rank)  # stable: equals keep their order
    best = table[0]
    group = groups[best["configuration"]]
    chosen = next((run for run in group if not _failure(run, criterion)), group[0])
    selection = {
        "criterion": criterion,
        "best_configuration": best["configuration"],
        "best_run": chosen["name"],
        "best_seed": chosen["seed"],
        "runs": len(runs),
        "failed": _nothing_survived(failures) if len(failures) == len(runs) else None,
        "failures": failures,
        "configurations": table,
        "cautions": cautions([run for run in group if not _failure(run, criterion)], split),
    }
    return selection | {"notes": notes(selection)}


def _failure(run: dict, criterion: str) -> str | None:
    """Return why the run takes no part in the selection; None if it does."""
    if run["status"] not in SURVIVED:
        return run.get("reason") or run["status"]
    score = run.get(criterion)
    if score is None or not isfinite(score):
        return f"{criterion} is {score}"
    return None


def _row(name: str, runs: list[dict], criterion: str) -> dict:
    survivors = [run for run in runs if not _failure(run, criterion)]
    return {
        "configuration": name,
        "runs": [run["name"] for run in runs],
        "failed": len(runs) - len(survivors),
        **{key: mean_score(survivors, key) for key in MEANS},
    }


def score_intervals(selection: dict) -> Iterator[Interval | None]:
    """Yield the interval of the mean score of each configuration, best first; None without a spread.

    ``selection`` is the content of selection.json, which has the metrics of all runs under `measured`.
    """
    measured = {run["name"]: run for run in selection["measured"]}
    for row in selection["configurations"]:
        yield _interval(selection["criterion"], [measured[name] for name in row["runs"]])


def _interval(criterion: str, runs: list[dict]) -> Interval | None:
    """Return the interval of a mean score over folds, new trainings, or new trainings on new examples."""
    survivors = [run for run in runs if not _failure(run, criterion)]
    if folds := len({run["fold"] for run in runs if "fold" in run}):
        return fold_interval(survivors, criterion, folds)
    scores = [run[criterion] for run in survivors]
    if criterion == "training_accuracy":  # its examples are not new
        return accuracy_interval(scores, 0)
    if criterion == "validation_accuracy":
        images = max(run.get("validation_images") or 0 for run in runs)
        return accuracy_interval(scores, images)
    if len(scores) < 3 or len(set(scores)) == 1:
        return None
    low, high = mean_interval(scores)
    largest = 1.0 if METRICS[criterion.partition("_")[2]].percent else inf
    return Interval(max(low, 0.0), min(high, largest), "trainings")


def notes(selection: dict) -> list[str]:
    """Return sentences on anything unusual in a selection."""
    said, failures = [], selection["failures"]
    if selection["criterion"].startswith("training_"):
        said.append(f"No validation split: selected by {in_words(selection['criterion'])}.")
    if failures:
        said.append(f"{len(failures)} of {selection['runs']} runs failed and were ignored.")
    if selection["configurations"][0]["failed"]:
        said.append(
            "No configuration completed all of its seeds: ranked by the seeds that survived."
        )
    return said


def _nothing_survived(failures: list[dict]) -> str:
    counts: dict[str, int] = {}
    for failure in failures:
        what = f"{failure['status']}: {failure['reason']}"
        counts[what] = counts.get(what, 0) + 1
    common = sorted(counts.items(), key=lambda item: -item[1])
    lines = [f"\n  {count} x {what}" for what, count in common[:5]]
    rest = sum(count for _, count in common[5:])
    if rest:
        lines.append(f"\n  {rest} x other reasons")
    return (
        f"none of the {len(failures)} runs survived, so there is nothing to select."
        + "".join(lines)
        + "\nA lower learning_rate or clip_norm in the experiment's training section often helps; "
        "a run's log has the details."
    )
