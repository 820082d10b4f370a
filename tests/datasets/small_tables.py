"""Small tables for tests, and what is read from them."""

from collections import Counter

import numpy as np
import pytest

from datasets import DatasetError
from datasets.csv_table import CSV, csv_sizes, parse_csv

HEAD = ["length", "colour", "kind"]
ROWS = [["1.5", "red", "a"], ["-2", "blue", "b"], ["3e+2", "red", "a"], ["0", " green", "b"]]


def read(path, **settings):
    """What a table is read as; `sizes` has to agree."""
    defaults = {key: rule["default"] for key, rule in CSV.settings.items() if "default" in rule}
    settings = {**defaults, "label": "kind", "path": path, **settings}
    files = {role: settings[key] for role, key in CSV.places.items() if settings[key]}
    parsed, sizes = parse_csv(settings, files), csv_sizes(settings)
    assert sizes == {
        "classes": parsed.classes,
        "shape": list(parsed.splits["train"][0].shape[1:]),
        "train_size": len(parsed.splits["train"][1]),
        "test_size": len(parsed.splits.get("test", ((), ()))[1]),
    }
    again = parse_csv({**settings, **sizes}, files)  # as a workflow calls it
    assert (again.classes, again.notes) == (parsed.classes, parsed.notes)
    return parsed


def refused(path, **settings):
    with pytest.raises(DatasetError) as error:
        read(path, **settings)
    return str(error.value).removeprefix(f"{path}: ")


def rows_of(parsed, split="train"):
    """The rows of a split with the names of their classes, in any order."""
    images, labels = parsed.splits[split]
    names = [parsed.classes[label] for label in labels]
    return Counter(zip(map(tuple, images.tolist()), names, strict=True))


def column(cells, n=40):
    """A table whose column `v` has some cells, again and again."""
    numbers = np.random.default_rng(0).random(n)
    body = [
        [cells[i % len(cells)], f"{numbers[i]:.5f}", "ab"[int(numbers[i] > 0.5)]] for i in range(n)
    ]
    return [["v", "q", "kind"], *body]


def spread(**columns):
    """A table of 60 rows: columns of functions of the row, numbers `q`, and classes by chance."""
    numbers = np.random.default_rng(1).random(60)
    kinds = ["ab"[int(number > 0.5)] for number in numbers]
    body = [[str(of(i)) for of in columns.values()] for i in range(60)]
    rows = [[*row, f"{q:.5f}", kind] for row, q, kind in zip(body, numbers, kinds, strict=True)]
    return [[*columns, "q", "kind"], *rows]


def gaps(table):
    rows = column(["0.5", "1.5", "2.5"])
    rows[0].insert(1, "c")
    for number, row in enumerate(rows[1:]):
        row.insert(1, "xy"[number // 20])
    rows[3][0], rows[9][0], rows[5][1] = "#N/A", "", "<NA>"
    return table(*rows)
