"""Show the results of a run of the workflow as lines for the screen, from the tables in results/."""

import csv
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from files.artifacts import read_csv
from files.finished import EARLIER

WIDTH = 100  # characters
LONGEST = 34  # characters of the chosen configuration
MOST_ROWS = 40
HELD_OUT = ("validation_accuracy", "test_accuracy")  # hide the training accuracy
OF_A_RUN = ("seed=", "fold=", "repeat=")  # parts of a run's name that are no setting

Row = dict[str, str]


def outcome(names: Sequence[str], results: Path) -> str:
    """Return a table of experiments, their failures, and the path of the report; empty without results."""
    try:
        return _outcome(names, results)
    except (OSError, ValueError, KeyError, csv.Error) as error:  # edited by hand
        text = f"{results}: cannot show the table of results ({error!r}); delete summary.csv to rebuild it"
        return textwrap.fill(text, WIDTH)


def _outcome(names: Sequence[str], results: Path) -> str:
    summary = {row["experiment"]: row for row in _rows(results / "summary.csv")}
    rows = [summary[name] for name in names if name in summary]
    if not rows:
        return ""
    published, baselines = (_rows(results / f"{name}.csv") for name in ("scoreboard", "baselines"))
    shown = [
        {
            "experiment": row["experiment"],
            "chosen": _configuration(row.get("best_run", "")),
            "training": ""
            if any(map(row.get, HELD_OUT))
            else _percent(row.get("training_accuracy")),
            "validation": _percent(row.get("validation_accuracy")),
            "test": _percent(row.get("test_accuracy")) + _interval(row),
            **_best(baselines, row["experiment"]),
            "published": _figures(published, row["experiment"]),
        }
        for row in rows[:MOST_ROWS]
    ]
    lines = _table(shown)
    if over := sorted({row.get("test_accuracy_over") for row in rows} - {"", None}):
        lines.append(f"In brackets: 95 % intervals for new {' or '.join(over)}.")
    if len(rows) > MOST_ROWS:
        lines.append(f"{len(rows) - MOST_ROWS} more experiments: {results}/summary.md")
    for row in rows:
        status = row.get("status", "").partition(f"; {EARLIER}")[0].strip()
        notes = []
        if status not in ("", "completed"):
            notes.append(status)
        if row.get("warning"):
            notes.append(f"warning: {row['warning']}")
        if "failed" in status:
            notes.append(f"reasons: {results}/runs.csv")
        if notes:
            lines += textwrap.wrap(f"{row['experiment']}: {'; '.join(notes)}", WIDTH)
    lines.append(f"report: {results}/report.html    tables: {results}/summary.md")
    if others := len(summary) - len(rows):
        noun = "experiments" if others > 1 else "experiment"
        lines.append(f"They also show {others} {noun} of earlier runs of snakemake.")
    return "\n".join(lines)


def _rows(path: Path) -> list[Row]:
    return read_csv(path) if path.exists() else []


def _configuration(run: str) -> str:
    """Return the settings in a run's name: ``l2=0.01 hidden=8`` of ``l2=0.01__hidden=8__seed=0``."""
    text = " ".join(part for part in run.split("__") if not part.startswith(OF_A_RUN))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _percent(text: str | None) -> str:
    return f"{100 * float(text):.2f} %" if text else ""


def _interval(row: Row) -> str:
    ends = [row.get(f"test_accuracy_{end}") for end in ("low", "high")]
    return " ({:.2f} to {:.2f})".format(*(100 * float(end) for end in ends)) if all(ends) else ""


def _best(baselines: Iterable[Row], experiment: str) -> dict[str, str]:
    """Return the best baseline of an experiment by test examples, or by validation if it has none."""
    rows = [row for row in baselines if row.get("experiment") == experiment and row.get("baseline")]
    shown = {"baseline (test)": "", "baseline (validation)": ""}  # empty columns are left out
    for split in ("test", "validation"):
        key = f"{split}_accuracy"
        if found := [row for row in rows if row.get(key)]:
            best = max(found, key=lambda row: float(row[key]))
            name = best["baseline"].replace("_", " ")
            return shown | {f"baseline ({split})": f"{_percent(best[key])} {name}"}
    return shown


def _figures(published: Iterable[Row], experiment: str) -> str:
    """Return each published figure of an experiment, and how ours compares."""
    found = []
    for row in published:
        if row.get("experiment") == experiment and row.get("published"):
            figure, value = row.get("figure", ""), float(row["published"])
            value = f"{100 * value:.4g} %" if "accuracy" in figure else f"{value:g}"
            verdict = row.get("found") or row.get("verdict", "").partition(":")[0]
            found.append(f"{figure.removesuffix(' accuracy')} {value}: {verdict}")
    return "; ".join(found)


def _table(rows: Sequence[Row]) -> list[str]:
    """Lay rows out under their keys, without empty columns."""
    keys = [key for key in rows[0] if any(row[key] for row in rows)]
    cells = [keys, *([row[key] for key in keys] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]
