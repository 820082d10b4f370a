"""A Python that is too old is told so in one line, by every program."""

import ast
import runpy
import subprocess
import sys

import pytest


def test_an_older_python_is_named_with_what_is_needed(root, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(root / "scripts/common/__init__.py"))
    assert ended.value.code == (
        f"error: Python 3.11 or newer is needed, this is 3.10.4 ({sys.executable})"
    )


def test_every_program_imports_that_first(root):
    for path in sorted((root / "scripts").glob("*.py")):
        nodes = ast.parse(path.read_text(encoding="utf-8")).body
        first = next(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))
        assert ast.unparse(first) == "from common import artifacts", path.name


def test_what_an_older_python_reads_before_that_is_python_it_can_read(root):
    """The program itself, and the package's own file: a syntax error would come before any message."""
    for path in (*(root / "scripts").glob("*.py"), root / "scripts/common/__init__.py"):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_nothing_is_lost_without_asserts_and_docstrings(root):
    """`python -OO` drops both: no check is an assert, and a docstring is at most a program's help."""
    for path in sorted((root / "scripts").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        assert not any(isinstance(node, ast.Assert) for node in nodes), path.name
        parts = (node for node in nodes if isinstance(node, ast.Attribute | ast.Subscript))
        assert "__doc__" not in {ast.unparse(node.value) for node in parts}, path.name


def test_captions_and_digests_of_code_are_the_same_without_docstrings(root):
    show = (
        "import sys; sys.path.insert(0, 'scripts'); import figures; from common.code import digest; "
        "print({n: f.caption for n, f in figures.FIGURES.items()}, digest('scripts/plot.py'))"
    )
    said = [
        subprocess.run(
            [sys.executable, *flag, "-c", show],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for flag in ([], ["-OO"])
    ]
    assert said[0] == said[1]
    assert "Loss and accuracy against the epoch" in said[1]


@pytest.mark.parametrize("program", ["fetch", "prepare", "predict"])
def test_help_is_there_without_docstrings(root, program):
    command = [sys.executable, "-OO", str(root / f"scripts/{program}.py"), "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "--output" in said or "--csv" in said
