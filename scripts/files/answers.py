"""Answers of a network on new examples: lines or JSON on the screen, and rows of a CSV file.

An answer has the "file" of an example, in a table also its "row", and the best "classes" with their values.
A file that could not be read has a "reason" and no classes.
"""

import json
from pathlib import Path
from typing import Any

from datasets import readable

from . import artifacts


def write_csv(path: Path, answers: list[dict[str, Any]]) -> None:
    """Write a row per answer, with a column for the reasons if there are any."""
    rows = [_row(answer) for answer in answers]
    columns = dict.fromkeys(max(rows, key=len))
    if any("reason" in row for row in rows):
        columns["reason"] = None
    artifacts.write_csv(path, columns, rows)


def _row(answer: dict[str, Any]) -> dict[str, Any]:
    row = {key: answer[key] for key in ("file", "row", "reason") if key in answer}
    for rank, (name, value) in enumerate(answer["classes"], start=1):
        row |= {f"class_{rank}": name, f"value_{rank}": value}
    return row


def print_json(answers: list[dict[str, Any]], probabilities: bool) -> None:
    """Print a list of objects; each class is an object too."""
    kind = "probability" if probabilities else "score"
    objects = []
    for answer in answers:
        classes = [{"class": name, kind: value} for name, value in answer["classes"]]
        objects.append(answer | {"classes": classes})
    print(json.dumps(objects, indent=2))


def print_lines(answers: list[dict[str, Any]], probabilities: bool) -> None:
    """Print a line of text per answer."""
    form = "{:.1%}" if probabilities else "{:.4g}"
    for answer in answers:
        print(_line(answer, form))


def _line(answer: dict[str, Any], form: str) -> str:
    if "reason" in answer:
        return f"{answer['file']}: not classified ({answer['reason']})"
    where = f"{answer['file']}, row {answer['row']}" if "row" in answer else answer["file"]
    shown = ", ".join(f"{readable(name)} {form.format(value)}" for name, value in answer["classes"])
    return f"{where}: {shown or 'not classified, its values are missing or too large'}"
