"""Only public parts of Snakemake are used: nothing underscored is read, and nothing is assigned."""

import re

import pytest

OBJECTS = r"(?<![.\w])(?:workflow|dag|DAG|scheduler|rules?|jobs?|checkpoints|snakemake|persistence|logger)"
PARTS = r"(?:\.[A-Za-z]\w*|\([^()]*\)|\[[^\[\]]*\])*"
PRIVATE = re.compile(rf"{OBJECTS}{PARTS}\._\w+|from snakemake[\w.]* import .*\b_\w+|\bDAG\b")
ASSIGNED = re.compile(
    rf"^\s*{OBJECTS}{PARTS}\.\w+ *(?:[-+|]?=)(?!=)|setattr\(\s*{OBJECTS}", re.MULTILINE
)


@pytest.mark.parametrize(
    "line",
    [
        "rule._benchmark = None", "workflow.execute = executed", "dag.jobs()._x", "DAG.update_groups = f",
        "workflow.scheduler.job_rate_limiter = None", "setattr(workflow, name, 1)",
        "from snakemake.dag import _x",
    ],
)  # fmt: skip
def test_private_parts_are_found(line):
    assert PRIVATE.search(line) or ASSIGNED.search(line)


def test_no_private_part_of_snakemake_is_used(root):
    places = [
        root / "Snakefile",
        *(root / "workflow").rglob("*.smk"),
        *(root / "scripts").rglob("*.py"),
    ]
    places += [path for path in (root / "profiles").rglob("*") if path.is_file()]
    found = [
        f"{path.relative_to(root)}: {match[0].strip()}"
        for path in places
        for pattern in (PRIVATE, ASSIGNED)
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert len(places) > 100 and found == []
