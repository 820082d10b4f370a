"""Classes that the config lists need no notes that ask whether they are classes."""

import pytest

from datasets.csv_table import CSV, parse_csv
from experiments.validation.datasets import with_sizes

CASES = {
    "many numbers": ([str(i) for i in range(30)], "has 30 different numbers"),
    "a word for missing": (["ill", "unknown", "well"], "'unknown' is a class; if it means a miss"),
    "two cases": (["A", "B", "a"], "'A' and 'a' differ only in upper and lower case"),
}


@pytest.mark.parametrize("case", CASES)
def test_listed_classes_need_no_question(tmp_path, case):
    classes, note = CASES[case]
    path = tmp_path / "t.csv"
    rows = (f"{(i * 7) % 311 / 100},{classes[i % len(classes)]}\n" for i in range(300))
    path.write_text("v,kind\n" + "".join(rows))
    defaults = {key: rule["default"] for key, rule in CSV.settings.items() if "default" in rule}
    plain = {**defaults, "label": "kind", "path": str(path)}

    def parsed(settings):
        """The table as a workflow reads it, with the sizes that were found before."""
        settings = with_sizes("mine", settings, CSV, lambda *_: CSV.sizes(settings))
        return parse_csv(settings, {"train_table": str(path)})

    asked, listed = parsed(plain), parsed(plain | {"classes": classes})
    assert asked.classes == listed.classes == classes
    assert note in "".join(asked.notes) and listed.notes == ()
