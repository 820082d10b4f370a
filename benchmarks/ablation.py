"""Compare the configurations of a sweep with its first one, in a Markdown table.

    python benchmarks/ablation.py results/experiments/cifar10_without

Each row shows how a configuration differs from the first, its mean validation accuracy over the seeds that
did not fail, and the difference from the first. Both have 95 % intervals (Student's t, and Welch's for
differences). Rows are sorted by the difference. Two seeds are too few for an interval: the table then
shows both accuracies.

Among many configurations some differ by chance, so the last column has the p-values of Welch's test with
Holm's correction. Call a row different from the first, or rank it, only if p is below 0.05.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
import cli
from components.registry import component_name
from evaluation import accuracy_interval, holm, welch
from experiments.naming import text_of
from files.finished import FinishedExperiment
from files.markdown import MarkdownTable

FEWEST = 3  # seeds for an interval
COLUMNS = {
    "what differs": "text",
    "training": "number",
    "validation": "number",
    "difference": "number",
    "p": "number",
}


def components_in(value: Any) -> dict[str, dict[str, Any]]:
    """Return the arguments of the components in a swept value, by name; of another value its text."""
    parts = value if isinstance(value, list) else [value]
    if not any(isinstance(part, dict) for part in parts):
        return {text_of(value): {}}
    return {component_name(part): part if isinstance(part, dict) else {} for part in parts}


def changes(base: dict[str, Any], values: dict[str, Any]) -> str:
    """Describe the differences from the base: `activation gelu`; within a component, `rotation 15`."""
    found = []
    for key, before in base.items():
        old, new = components_in(before), components_in(values[key])
        if list(old) != list(new):
            found.append(f"{key.rpartition('.')[2]} {', '.join(new)}")
            continue
        for name, arguments in new.items():
            for argument in {**old[name], **arguments}:
                after = arguments.get(argument, "none")
                if after != old[name].get(argument):
                    found.append(f"{argument} {text_of(after)}")
    return ", ".join(found)


def interval(mean: float, ends: tuple[float, float] | None, sign: str = "") -> str:
    """Format a number of percent and its interval."""
    text = f"{100 * mean:{sign}.2f}"
    return f"{text} ({100 * ends[0]:{sign}.2f} to {100 * ends[1]:{sign}.2f})" if ends else text


def accuracy(scores: list[float], mean: float) -> str:
    """Format a mean accuracy with its interval, or with the accuracies if there are two."""
    if len(scores) == 2:
        return f"{100 * mean:.2f} ({', '.join(f'{100 * score:.2f}' for score in sorted(scores))})"
    found = accuracy_interval(scores, 0)  # None of a single seed
    return interval(mean, found[:2] if found else None)


def finite(scores: list[float | None]) -> list[float]:
    """Return the scores of the seeds that did not fail."""
    return [score for score in scores if score is not None]


def ablation(selection: dict[str, Any]) -> MarkdownTable:
    """Return the table of a selection.json."""
    first = selection["measured"][0]["configuration"]
    rows = selection["configurations"]
    (base,) = (row for row in rows if row["configuration"] == first)
    table, p_values = MarkdownTable(COLUMNS, []), {}
    for number, row in enumerate(rows):
        what = "nothing" if row is base else changes(base["values"], row["values"])
        scores, of_base = finite(row["scores"]), finite(base["scores"])
        if not scores:
            table.rows.append([what, "", f"{row['failed']} failed", "", ""])
            continue
        failed = f", {row['failed']} of {len(row['scores'])} failed" if row["failed"] else ""
        gain = ""
        if row is not base and of_base:
            difference = row["validation_accuracy"] - base["validation_accuracy"]
            compared = {"interval": None}
            if min(len(scores), len(of_base)) >= FEWEST:
                compared = welch(scores, of_base)
                p_values[number] = compared["p_value"]
            gain = interval(difference, compared["interval"], "+")
        table.rows.append(
            [
                what,
                f"{100 * row['training_accuracy']:.1f}",
                accuracy(scores, row["validation_accuracy"]) + failed,
                gain,
                "",
            ]
        )
    for number, p_value in zip(p_values, holm(list(p_values.values())), strict=True):
        table.rows[number][-1] = f"{p_value:.2g}"
    return table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("experiment", type=Path, help="the folder of an experiment with a sweep")
    options = parser.parse_args()
    print(ablation(FinishedExperiment(options.experiment).selection).markdown())


if __name__ == "__main__":
    cli.run(main)
