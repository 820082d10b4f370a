"""Warn of networks that always give the same answer, or do no better than that."""

from collections.abc import Sequence
from math import fsum


def cautions(networks: Sequence[dict], split: str) -> list[str]:
    """Return warnings about the networks of one configuration, measured on a split.

    A network is a dictionary with `<split>_accuracy`, `<split>_balanced_accuracy`,
    `<split>_majority_rate` and `<split>_classes_predicted`; failed networks are ignored. Networks of a
    cross-validation (with a `fold`) are measured on different rows, so only their means count.
    """
    names = ("accuracy", "balanced_accuracy", "majority_rate", "classes_predicted")
    keys = [f"{split}_{name}" for name in names]
    rows = [[network.get(key) for key in keys] for network in networks]
    rows = [row for row in rows if None not in row]
    if not rows:
        return []
    accuracies, recalls, rates, predicted = zip(*rows, strict=True)
    found = []
    if not any("fold" in network for network in networks):
        if min(rates) == 1:
            return [f"the {split} examples are all of one class, so their accuracy says nothing"]
        same = predicted.count(1)
        if same:
            who = "the network" if len(rows) == 1 else f"{same} of {len(rows)} networks"
            found.append(f"{who} {'predicts' if same == 1 else 'predict'} one class only")
    mean, balanced, rate = (fsum(each) / len(rows) for each in (accuracies, recalls, rates))
    if mean <= rate:
        found.append(
            f"{split} accuracy is {100 * mean:.2f} %, no better than the {100 * rate:.2f} % of always "
            f"answering the most frequent {split} class (balanced accuracy is {100 * balanced:.2f} %)"
        )
    return found
