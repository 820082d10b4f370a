"""The workflow in other places: from another folder, as a module of another workflow, and for --lint."""

import re
import shutil

import pytest
from harness import Project

# What `snakemake --lint` says of this workflow on purpose, by the rules it may say it of.
ARGUED = {
    # All jobs have one environment: that of the Python that runs Snakemake, of requirements.txt.
    "Specify a conda environment or container for each rule.": r"\w+",
    # A download shows its progress on the screen; a copy prints nothing.
    "No log directive defined": "fetch|generate_\\w+|keep_\\w+|take|verify",
}
WANTED = [
    "results/experiments/single/test.json",
    "results/experiments/tiny/final/seed=0/model.npz",
    "results/experiments/tiny/runs.csv",
]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("names", "prefix"), [("", ""), (" as nets_*", ""), (" as nets_*", "nets/")]
)
def test_a_module_of_another_workflow_makes_the_same_bytes(built, tmp_path, names, prefix):
    outer = Project(tmp_path / "outer")
    shutil.copytree(built.folder / "data", outer.folder / prefix / "data")
    (outer.folder / "Snakefile").write_text(
        "module nets:\n"
        '    snakefile: "../project/Snakefile"\n'
        + f'    prefix: "{prefix}"\n' * bool(prefix)
        + f"use rule * from nets{names}\n"
    )
    outer.snakemake(*(prefix + name for name in WANTED))
    for name in WANTED:
        made = outer.folder / prefix / name
        assert made.read_bytes() == (built.folder / name).read_bytes(), name
    assert outer.jobs(*(prefix + name for name in WANTED)) == []


@pytest.mark.exhaustive
def test_another_folder_to_work_in_makes_the_same_bytes(built, tmp_path):
    shutil.copytree(built.folder / "data", tmp_path / "elsewhere/data")
    here = Project(tmp_path)
    call = ("-s", "project/Snakefile", "-d", "elsewhere")
    here.snakemake(*call)
    assert Project(tmp_path / "elsewhere").checksums() == built.checksums()
    assert here.jobs(*call) == []


def test_a_project_that_was_moved_has_nothing_to_do(built, tmp_path):
    moved = Project(tmp_path / "some where" / "else")
    shutil.copytree(built.folder, moved.folder)
    assert moved.jobs("--dry-run") == []


def test_lint_reports_only_documented_exceptions(fresh):
    output = fresh.snakemake("--lint", check=False).stdout
    found = re.findall(
        r"^Lints for (?:rule (\w+)|.*) \(?.*:$|^    \* (.+?):?$", output, re.MULTILINE
    )
    rule, surprising = "", []
    for name, lint in found:
        rule = rule if lint else name
        if lint and not re.fullmatch(ARGUED.get(lint, "$^"), rule):
            surprising.append((rule, lint))
    assert found and surprising == []
