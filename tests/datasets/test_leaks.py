"""Columns that are no measurements, and copies of rows."""

import numpy as np
from small_tables import read, refused, rows_of, spread


def test_a_copy_of_the_label_is_noted(table):
    rows = spread()
    for copy in ({"a": "1", "b": "2"}, {"a": "yes", "b": "no"}, {"a": "0.5", "b": "0.25"}):
        (note,) = read(table(["v", *rows[0]], *([copy[row[-1]], *row] for row in rows[1:]))).notes
        assert note.startswith(
            "column 'v': each value occurs with one class only: list it under `ignore`"
        )
    patients = [[f"P{i // 5}", *row[:-1], "ab"[i // 5 % 2]] for i, row in enumerate(rows[1:])]
    (note,) = read(table(["person", *rows[0]], *patients)).notes
    assert "set `group` to it" in note
    rare = [[str(i % 9), *row[:-1], "ab"[i == 0]] for i, row in enumerate(rows[1:])]
    assert not read(table(["v", *rows[0]], *rare)).notes


def test_copies_of_rows_are_counted_and_can_stay_together(table):
    rows = spread(v=lambda i: i % 7)
    path = table(*rows, *rows[1:21], *rows[1:11])
    parsed = read(path, test=0.3)
    said = (
        "30 of 90 rows have the same inputs as an earlier row, and a split may separate them; write"
    )
    assert parsed.notes[-1].startswith(said) and parsed.groups is None
    both = rows_of(parsed) & rows_of(parsed, "test")
    assert both
    together = read(path, test=0.3, copies="together")
    assert not rows_of(together) & rows_of(together, "test") and not together.notes
    assert sum(together.groups) == len(together.splits["train"][1])
    assert rows_of(together) + rows_of(together, "test") == rows_of(parsed) + rows_of(
        parsed, "test"
    )
    single = read(table(*rows), test=0.3, copies="together")
    plain = read(table(*rows), test=0.3)
    assert np.array_equal(single.splits["test"][0], plain.splits["test"][0])
    assert set(single.groups) == {1}
    assert "are both set; keep one" in refused(path, copies="together", group="q")


def test_rows_that_are_equal_by_chance_are_no_copies(table):
    numbers = np.random.default_rng(3).integers(0, [20, 3], (300, 2))
    rows = [[*row, "ab"[i % 2]] for i, row in enumerate(numbers.tolist())]
    assert len(np.unique(numbers, axis=0)) == 60
    assert not read(table(["v", "w", "kind"], *rows)).notes
    assert not read(table(["v", "kind"], *([v, kind] for v, _, kind in rows))).notes
