"""Compare experiments on the same data."""

import math
from typing import Any

LAST_FIRST = ("test", "validation", "training")
BAR = 240  # width of the intervals' drawing, in pixels
EDGE = 6


def compared(
    rows: list[dict[str, Any]], baselines: list[dict[str, Any]], sections: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Compare the experiments on each dataset that has several, best first, with their baselines.

    They are compared on the last split that at least two of them have.
    """
    found = []
    for dataset in dict.fromkeys(row["dataset"] for row in rows):
        group = [row for row in rows if row["dataset"] == dataset]
        names = [row["experiment"] for row in group]
        settings = {s["name"]: s["settings"] for s in sections if s["name"] in names}
        fitted = [row for row in baselines if row["experiment"] in names]
        for split in LAST_FIRST:
            key = f"{split}_accuracy"
            if sum(row[key] != "" for row in group) > 1:
                about = {"dataset": dataset, "split": split, "names": list(settings)}
                found.append(about | drawn(group + fitted, key) | {"differ": differ(settings)})
                break
    return found


def drawn(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """Return a line for each row that has a value, best first, and the ends of their scale in percent."""
    lines = [
        {
            "name": row["experiment"],
            "baseline": row.get("title", ""),
            "value": float(row[key]),
            "places": [
                float(row[name]) for name in (key, f"{key}_low", f"{key}_high") if row.get(name)
            ],
        }
        for row in rows
        if row[key] != ""
    ]
    lines.sort(key=lambda line: -line["value"])
    every = [100 * place for line in lines for place in line["places"]]
    low, high = math.floor(min(every)), math.ceil(max(every))
    scale = (BAR - 2 * EDGE) / max(high - low, 1)
    for line in lines:
        line["places"] = [round(EDGE + scale * (100 * place - low), 1) for place in line["places"]]
    return {"lines": lines, "low": low, "high": high}


def differ(settings: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """Return the settings in which experiments differ: for each key a text for each experiment."""
    keys = dict.fromkeys(key for each in settings.values() for key in each)
    texts = {key: [each.get(key, "") for each in settings.values()] for key in keys}
    return {key: found for key, found in texts.items() if len(set(found)) > 1}
