"""The dirty table of the tutorial: 300 visits of 150 patients, and new rows."""

import csv
from pathlib import Path

import numpy as np

NAMES = ["", "patient", "visit", "age", "pressure", "sugar", "weight", "smoker", "outcome"]
NEW = """\
visit,age,pressure,sugar,weight,smoker,remark
2024-12-01,51,151,6.9,85.0,yes,first visit
2024-12-02,unknown,117,4.8,70.5,no,
2024-12-03,44,122,5.1,68.0,sometimes,
"""


def write_clinic(folder: Path) -> None:
    """Write clinic.csv and new.csv."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(300):
        patient = number // 2
        ill = patient % 2
        rows.append(
            [
                number,
                f"P{patient:03d}",
                f"2024-{1 + number % 12:02d}-{1 + number % 28:02d}",
                rng.integers(20, 90),
                round(rng.normal(120 + 25 * ill, 8)),
                f"{rng.normal(5 + 1.5 * ill, 0.5):.1f}",
                f"{rng.normal(75 + 8 * ill, 10):.1f}",
                rng.choice(["yes", "no"], p=[0.3 + 0.3 * ill, 0.7 - 0.3 * ill]),
                ["healthy", "ill"][ill],
            ]
        )
    rows[6][3] = rows[90][3] = "unknown"
    rows[11][5], rows[150][5] = "", "NA"
    rows[17][6] = "81,5"
    with open(folder / "clinic.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([NAMES, *rows])
    (folder / "new.csv").write_text(NEW)
