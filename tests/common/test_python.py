"""A Python that is too old is told so in one line, by every program."""

import ast
import runpy
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
