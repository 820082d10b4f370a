"""The comparison of pictures that are classified and parsed, on a few of them."""

import csv
import subprocess
import sys

import pytest


def test_every_task_is_compared_with_a_loop_for_each_kind(root):
    command = [
        sys.executable,
        root / "benchmarks/pictures.py",
        "--pictures",
        "100",
        "--rounds",
        "1",
    ]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    lines = [line.replace(" ", "") for line in said.stdout.splitlines()[2:]]
    rows = [row[1:-1] for row in csv.reader(lines, delimiter="|") if "ImageFolder" not in row]
    assert [row[:3] for row in rows] == [
        [task, f"100{kind}", "Pillow"] for kind in ("grey", "RGB") for task in ("classify", "parse")
    ]
    for _, _, _, cpu, ratio, wall, ratio_of_wall in rows:
        assert min(map(float, (cpu, ratio, wall, ratio_of_wall))) > 0


@pytest.mark.parametrize("option", ["--pictures", "--rounds"])
def test_nothing_to_measure_is_refused(root, option):
    command = [sys.executable, root / "benchmarks/pictures.py", option, "0"]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 2 and f"{option} is 0, expected at least" in said.stderr
