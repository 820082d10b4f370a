"""What programs have in common: the Python they need, one BLAS thread, imports without effects."""

import ast
import os
import subprocess
import sys

import pytest

import cli


def test_an_older_python_gets_one_line(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(SystemExit) as ended:
        cli.run(lambda: pytest.fail("the program was run"))
    assert ended.value.code == (
        f"error: Python 3.11 or newer is needed, this is 3.10.4 ({sys.executable})"
    )


def test_python_3_10_can_read_all_code_before_that_line(root):
    """A syntax error would come before the message."""
    for path in sorted((root / "scripts").rglob("*.py")):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))


@pytest.mark.parametrize("asked", [{}, {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}])
def test_a_program_uses_one_blas_thread(root, asked):
    """SciPy's BLAS is loaded only after the program has started."""
    code = (
        "import sys; sys.path.insert(0, 'scripts'); import cli, numpy, threadpoolctl as t; "
        "cli.run(lambda: (__import__('scipy.linalg'), "
        "print({each['num_threads'] for each in t.threadpool_info()}))[1])"
    )
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=root, env={**kept, **asked}, capture_output=True, text=True)
    assert done.stdout == "{1}\n", done.stderr


def test_imports_change_neither_the_environment_nor_signals(root):
    code = (
        "import os, signal, sys; sys.path.insert(0, 'scripts'); before = dict(os.environ); "
        "signals = [signal.getsignal(each) for each in signal.valid_signals()]; "
        "import cli, files.models, origin.record, configuration.plans, running.progress; "
        "print(before == dict(os.environ), "
        "signals == [signal.getsignal(each) for each in signal.valid_signals()])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.stdout == "True True\n", done.stderr


def test_nothing_is_lost_without_asserts_and_docstrings(root):
    """`python -OO` drops both: no check is an assert, and a docstring is at most a program's help."""
    for path in sorted((root / "scripts").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        assert not any(isinstance(node, ast.Assert) for node in nodes), path.name
        parts = (node for node in nodes if isinstance(node, ast.Attribute | ast.Subscript))
        assert "__doc__" not in {ast.unparse(node.value) for node in parts}, path.name


def test_digests_of_code_are_the_same_without_docstrings(root):
    show = (
        "import sys; sys.path.insert(0, 'scripts'); from origin.code_digest import digest; "
        "print(digest('scripts/plot.py'))"
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


@pytest.mark.parametrize("program", ["fetch", "prepare", "predict"])
def test_help_is_there_without_docstrings(root, program):
    command = [sys.executable, "-OO", str(root / f"scripts/{program}.py"), "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "--output" in said or "--csv" in said
