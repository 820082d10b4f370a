"""A damaged experiment of an earlier run is left out by name; summary and report have the others."""

import json
from pathlib import Path

import pytest

import report
import summarize
from files.artifacts import read_csv


def replaced(name: str, content: bytes):
    return lambda folder: (folder / name).write_bytes(content)


def cut(name: str):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:100])


def missing(name: str):
    return lambda folder: (folder / name).unlink()


def a_folder(name: str):
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return damage


def foreign_values(folder: Path) -> None:
    selection = json.loads((folder / "selection.json").read_text())
    selection |= {"criterion": 3, "settings_digest": None}
    (folder / "selection.json").write_text(json.dumps(selection))


PREDICTED = "test_predictions.csv"
PICTURE = "figures/samples.png"
TABLES = ("runs.csv", "histories.csv", PREDICTED)
JSON = ("selection.json", "test.json")
NPZ = "test_predictions.npz"
OTHER = b"a,b\n1,2\n"
KINDS = {
    **{f"{name} is missing": missing(name) for name in ("runs.csv", "histories.csv", NPZ)},
    **{f"{name} is empty": replaced(name, b"") for name in (*JSON, *TABLES, PICTURE)},
    **{f"{name} is cut": cut(name) for name in (*JSON, NPZ, PICTURE)},
    **{f"{name} is {{}}": replaced(name, b"{}") for name in JSON},
    **{f"{name} is another table": replaced(name, OTHER) for name in TABLES},
    **{f"{name} is binary": replaced(name, bytes(range(256))) for name in (*JSON, *TABLES)},
    "histories.csv is a folder": a_folder("histories.csv"),
    "selection.json is a list": replaced("selection.json", b"[]"),
    "selection.json has foreign values": foreign_values,
    "a study is a list": replaced("studies/x.json", b"[["),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_earlier_experiment_is_left_out(
    kind, built, finished, root, tmp_path, run_program, capsys
):
    earlier, good = built("plain").folder, finished("swept").folder
    (earlier / "figures").mkdir()
    (earlier / "studies").mkdir()
    icon = next(path for path in (root / "docs").rglob("*.png"))
    (earlier / "figures/samples.png").write_bytes(icon.read_bytes())
    KINDS[kind](earlier)
    names = ("csv", "markdown", "scoreboard", "baselines", "runs")
    tables = {name: tmp_path / name for name in names}
    selections = [folder / "selection.json" for folder in (good, earlier)]
    run_program(
        summarize, *("--selections", selections[:1]), *("--earlier", selections[1:]),
        *(part for name, path in tables.items() for part in (f"--{name}", path)),
    )  # fmt: skip
    run_program(
        report, *("--summary", tables["csv"], "--scoreboard", tables["scoreboard"]),
        *("--baselines", tables["baselines"], "--output", tmp_path / "report.html"),
        *("--template", root / "workflow/report/report.html.j2", "--selections", selections),
        *("--shown", [*earlier.glob("figures/*"), *earlier.glob("studies/*")]),
    )  # fmt: skip
    assert f"left out: {earlier}: " in capsys.readouterr().out
    assert "swept" in [row["experiment"] for row in read_csv(tables["csv"])]
    page = (tmp_path / "report.html").read_text()
    assert 'id="swept"' in page and 'id="plain"' not in page
