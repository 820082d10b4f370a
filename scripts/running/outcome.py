"""What came out of a run of the workflow, as lines for the screen.

It reads the tables in results/ by the names of their columns, and leaves out columns that they lack.
"""

import csv
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

WIDTH = 100  # characters
NARROWEST = 8  # characters of a column of words that is squeezed
MOST_ROWS = 40
WORDS = (
    "experiment",
    "chosen",
    "baseline",
    "published",
)  # columns whose cells may take several lines
OF_A_RUN = ("seed=", "fold=", "repeat=")  # the parts of a run's name that name no setting

Row = dict[str, str]


def outcome(names: Sequence[str], results: Path) -> str:
    """Return a table of experiments, what failed, and where the report is; empty without results.

    Args:
        names: the experiments that the run of `snakemake` was asked for.
        results: the folder with summary.csv.
    """
    try:
        return _outcome(names, results)
    except (OSError, ValueError, KeyError, csv.Error) as error:  # it was edited by hand
        text = f"{results}: a table cannot be shown ({error!r}); delete summary.csv to rebuild it"
        return "\n".join(_wrapped(text))


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
            # Without held-out examples, the training accuracy is all there is.
            "training": "" if _held_out(row) else _percent(row.get("training_accuracy")),
            "validation": _percent(row.get("validation_accuracy")),
            "test": _percent(row.get("test_accuracy")) + _interval(row, "test"),
            "baseline": _best(baselines, row["experiment"]),
            "published": "\n".join(_figures(published, row["experiment"])),
        }
        for row in rows[:MOST_ROWS]
    ]
    lines = _table(shown)
    if over := sorted({row.get("test_accuracy_over") for row in rows} - {"", None}):
        lines.append(f"In brackets: 95 % intervals for new {' or '.join(over)}.")
    if len(rows) > MOST_ROWS:
        lines.append(f"{len(rows) - MOST_ROWS} more experiments: {results}/summary.md")
    for row in rows:
        notes = [row.get("status", "").partition("; earlier call")[0].strip()]
        notes = [note for note in notes if note not in ("", "completed")]
        notes += [f"warning: {row[key]}" for key in ("warning",) if row.get(key)]
        if "failed" in row.get("status", ""):
            notes.append(f"reasons: {results}/runs.csv")
        lines += _wrapped(f"{row['experiment']}: {'; '.join(notes)}") if notes else []
    lines.append(f"report: {results}/report.html    tables: {results}/summary.md")
    if others := len(summary) - len(rows):
        plural = "s" * (others > 1)
        lines.append(f"Both also show {others} experiment{plural} of earlier runs of snakemake.")
    return "\n".join(lines)


def _rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _held_out(row: Row) -> bool:
    return bool(row.get("validation_accuracy") or row.get("test_accuracy"))


def _configuration(run: str) -> str:
    """Return the settings in a run's name: ``l2=0.01 hidden=8`` of ``l2=0.01__hidden=8__seed=0``."""
    return " ".join(part for part in run.split("__") if not part.startswith(OF_A_RUN))


def _percent(text: str | None) -> str:
    return f"{100 * float(text):.2f} %" if text else ""


def _interval(row: Row, split: str) -> str:
    ends = [row.get(f"{split}_accuracy_{end}") for end in ("low", "high")]
    return " ({:.2f} to {:.2f})".format(*(100 * float(end) for end in ends)) if all(ends) else ""


def _best(baselines: Iterable[Row], experiment: str) -> str:
    """Return the best baseline of an experiment and its accuracy, by test images if there are any."""
    rows = [row for row in baselines if row.get("experiment") == experiment]
    for split in ("test", "validation"):
        key = f"{split}_accuracy"
        found = [row for row in rows if row.get(key) and row.get("baseline")]
        if found:
            best = max(found, key=lambda row: float(row[key]))
            return f"{_percent(best[key])} {best['baseline'].replace('_', ' ')}"
    return ""


def _figures(published: Iterable[Row], experiment: str) -> list[str]:
    """Return each published figure of an experiment, and how ours compares."""
    found = []
    for row in published:
        if row.get("experiment") == experiment and row.get("published"):
            figure, value = row.get("figure", ""), float(row["published"])
            value = f"{100 * value:.4g} %" if "accuracy" in figure else f"{value:g}"
            verdict = row.get("found") or row.get("verdict", "").partition(":")[0]
            found.append(f"{figure.removesuffix(' accuracy')} {value}: {verdict}")
    return found


def _table(rows: Sequence[Row]) -> list[str]:
    """Lay rows out under their keys, without empty columns; columns of words share what room is left."""
    keys = [key for key in rows[0] if any(row[key] for row in rows)]
    columns = [[key, *(row[key] for row in rows)] for key in keys]
    longest = [max(len(line) for cell in c for line in cell.split("\n")) for c in columns]
    widths = dict(zip(keys, longest, strict=True))
    while sum(widths.values()) + 2 * (len(keys) - 1) > WIDTH:
        widest = max((key for key in keys if key in WORDS), key=widths.get)
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    lines = []
    for cells in zip(*columns, strict=True):
        parts = [_wrapped(cell, widths[key]) for key, cell in zip(keys, cells, strict=True)]
        for number in range(max(map(len, parts))):
            texts = [part[number] if number < len(part) else "" for part in parts]
            padded = [text.ljust(widths[k]) for k, text in zip(keys, texts, strict=True)]
            lines.append("  ".join(padded).rstrip())
    return lines


def _wrapped(text: str, width: int = WIDTH) -> list[str]:
    """Break a text into lines of at most ``width`` characters."""
    lines = [textwrap.wrap(part, width, break_on_hyphens=False) for part in text.split("\n")]
    return [line for part in lines for line in part] or [""]
