"""Experiments on the same data, next to each other."""

from page import comparison


def compared(*values, baselines=()):
    rows = [
        {"experiment": f"e{n}", "dataset": "digits", "test_accuracy": test, "training_accuracy": 1,
         "validation_accuracy": validation}
        for n, (test, validation) in enumerate(values)
    ]  # fmt: skip
    settings = [{"network.hidden": f"[{n}]", "training.l2": "0"} for n in range(len(values))]
    sections = [{"name": f"e{n}", "settings": each} for n, each in enumerate(settings)]
    return comparison.compared(rows, list(baselines), sections)


def test_experiments_on_one_dataset_are_compared_best_first():
    baseline = {"experiment": "e0", "title": "majority", "test_accuracy": "0.1"}
    (group,) = compared(("0.8", "0.5"), ("0.9", "0.6"), baselines=[baseline])
    assert [line["name"] for line in group["lines"]] == ["e1", "e0", "e0"]
    assert group["split"] == "test"
    assert (group["low"], group["high"]) == (10, 90)
    assert [line["places"] for line in group["lines"]] == [[234.0], [205.5], [6.0]]
    assert group["differ"] == {"network.hidden": ["[0]", "[1]"]}


def test_experiments_are_compared_on_the_last_split_that_two_of_them_have():
    (group,) = compared(("0.8", "0.5"), ("", "0.6"))
    assert (group["split"], len(group["lines"])) == ("validation", 2)
    assert compared(("0.8", "0.5")) == []
