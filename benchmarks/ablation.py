"""What each change of a sweep is worth: its configurations beside the first one, as a Markdown table.

    python benchmarks/ablation.py results/experiments/cifar10_without

The others change the first configuration of the sweep. Of each: what is different, the mean validation
accuracy over the seeds that did not fail, and the difference from the first, both with their 95 %
intervals (Student's t, and Welch's for differences), by difference.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
from common.results import Experiment
from common.tables import Table

from evaluation import mean_interval, welch
from experiments.naming import name_of, text_of

COLUMNS = {
    "what differs": "text",
    "training": "number",
    "validation": "number",
    "difference": "number",
}


def parts(values: dict[str, Any]) -> dict[str, str]:
    """Swept values as texts by short names: a component's arguments have one each."""
    found = {}
    for key, value in values.items():
        key = key.rpartition(".")[2]
        components = value if isinstance(value, list) else [value]
        if not any(isinstance(component, dict) for component in components):
            found[key] = text_of(value)
            continue
        found[key] = ", ".join(map(name_of, components))
        for component in components:
            if isinstance(component, dict):
                found |= {k: text_of(v) for k, v in component.items() if k != "name"}
    return found


def changes(base: dict[str, Any], values: dict[str, Any]) -> str:
    """What is different; of another component its name alone."""
    before, after = parts(base), parts(values)
    names = [key.rpartition(".")[2] for key in base]
    if other := [key for key in names if before[key] != after[key]]:
        return ", ".join(f"{key} {after[key]}" for key in other)
    keys = [key for key in before | after if before.get(key) != after.get(key)]
    return ", ".join(f"{key} {after.get(key, 'none')}" for key in keys)


def interval(mean: float, ends: tuple[float, float] | list[float] | None, sign: str = "") -> str:
    """A number of percent and its interval."""
    text = f"{100 * mean:{sign}.2f}"
    return f"{text} ({100 * ends[0]:{sign}.2f} to {100 * ends[1]:{sign}.2f})" if ends else text


def ablation(selection: dict[str, Any]) -> Table:
    """The table of a selection.json."""
    first = selection["measured"][0]["configuration"]
    rows = selection["configurations"]
    (base,) = (row for row in rows if row["configuration"] == first)
    table = Table(COLUMNS, [])
    for row in rows:
        what = "nothing" if row is base else changes(base["values"], row["values"])
        if not row["scores"]:
            table.rows.append([what, "", f"{row['failed']} failed", ""])
            continue
        gain = ""
        if row is not base and base["scores"]:
            difference = row["validation_accuracy"] - base["validation_accuracy"]
            compared = welch(row["scores"], base["scores"]) or {"interval": None}
            gain = interval(difference, compared["interval"], "+")
        table.rows.append(
            [
                what,
                f"{100 * row['training_accuracy']:.1f}",
                interval(row["validation_accuracy"], mean_interval(row["scores"])),
                gain,
            ]
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("experiment", type=Path, help="the folder of an experiment with a sweep")
    options = parser.parse_args()
    print(ablation(Experiment(options.experiment).selection).markdown())


if __name__ == "__main__":
    main()
