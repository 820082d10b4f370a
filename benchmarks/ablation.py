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


def parts(value: Any) -> tuple[str, list[dict[str, str]]]:
    """A swept value as a text, and the arguments of the components that it consists of, as texts."""
    components = value if isinstance(value, list) else [value]
    if not any(isinstance(component, dict) for component in components):
        return text_of(value), [{} for _ in components]
    arguments = [component if isinstance(component, dict) else {} for component in components]
    return ", ".join(map(name_of, components)), [
        {key: text_of(part) for key, part in some.items() if key != "name"} for some in arguments
    ]


def changes(base: dict[str, Any], values: dict[str, Any]) -> str:
    """What is different: of other components their names alone, of the same ones the arguments."""
    found = []
    for key in base:
        (before, arguments), (after, others) = parts(base[key]), parts(values[key])
        if before != after:
            found.append(f"{key.rpartition('.')[2]} {after}")
            continue
        for one, other in zip(arguments, others, strict=True):
            differ = [name for name in one | other if one.get(name) != other.get(name)]
            found += [f"{name} {other.get(name, 'none')}" for name in differ]
    return ", ".join(found)


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
        scores, of_base = (
            [score for score in r["scores"] if score is not None] for r in (row, base)
        )
        if not scores:
            table.rows.append([what, "", f"{row['failed']} failed", ""])
            continue
        gain = ""
        if row is not base and of_base:
            difference = row["validation_accuracy"] - base["validation_accuracy"]
            compared = welch(scores, of_base) or {"interval": None}
            gain = interval(difference, compared["interval"], "+")
        table.rows.append(
            [
                what,
                f"{100 * row['training_accuracy']:.1f}",
                interval(row["validation_accuracy"], mean_interval(scores)),
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
