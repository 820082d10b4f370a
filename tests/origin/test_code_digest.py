"""Digests of code: what reruns a stage, and what does not."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from origin import code_digest as code

# Imports a module next to it, two names of a package, and packages that decide bytes.
PROGRAM = '''"""A program."""

import argparse
import numpy as np

import helper
from parts import ONE, Two


def main():
    """Do it."""
    from late import now  # where it is needed
    return helper.help(np.zeros(3), ONE, Two, now)
'''
FILES = {
    "program.py": PROGRAM,
    "helper.py": "import deeper\n\n\ndef help(*x):\n    return deeper.VALUE + len(x)\n",
    "deeper.py": "VALUE = 1\n",
    "late.py": "def now():\n    import sklearn.svm\n    return sklearn.svm\n",
    "stranger.py": "VALUE = 1\n",
    "parts/__init__.py": '"""Parts."""\n\nfrom .one import ONE\nfrom .three import THREE\n'
    "from .two import Two\n",
    "parts/one.py": "from .errors import Wrong\n\nONE = 1\n",
    "parts/two.py": "class Two:\n    '''Two.'''\n\n    value = 2\n",
    "parts/three.py": "import scipy\n\nTHREE = 3\n",
    "parts/errors.py": "from .inner import LIMIT\n\n\nclass Wrong(ValueError):\n    pass\n",
    "parts/inner/__init__.py": "from .deep import LIMIT\n",
    "parts/inner/deep.py": "from ..limits import LIMIT\n",
    "parts/limits.py": "LIMIT = 4\n",
}
FOLDER = Path(__file__).parents[2] / "workflow/rules"
RULES = "".join(path.read_text() for path in FOLDER.glob("*.smk"))
# The programs that the workflow's rules call to make files.
PROGRAMS = sorted({*re.findall(r'\b(?:program|calls)\("(\w+)"\)', RULES)} - {"verify"})


@pytest.fixture
def folder(tmp_path):
    """A small project; edits of it are seen as by a new process."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def digest(folder, name="program.py"):
    for function in (code._known, code._behind):
        function.cache_clear()
    return code.digest(folder / name)


def edit(folder, name, old, new):
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("program.py", "zeros", "ones"),
        ("program.py", "import argparse", "import json"),
        ("helper.py", "+", "-"),
        ("deeper.py", "1", "2"),  # imported by an imported module
        ("late.py", "sklearn.svm\n", "sklearn\n"),  # imported where it is needed
        ("parts/one.py", "1", "2"),
        ("parts/two.py", "value = 2", "value = 3"),
        ("parts/errors.py", "ValueError", "OSError"),  # by a relative import
        ("parts/limits.py", "4", "5"),  # from a package inside a package
    ],
)
def test_an_edit_of_a_program_or_of_what_it_imports_is_seen(folder, name, old, new):
    before = digest(folder)
    edit(folder, name, old, new)
    assert digest(folder) != before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("program.py", "where it is needed", "another remark"),
        ("program.py", "Do it.", "Do it well."),
        ("program.py", '"""A program."""\n', ""),
        ("program.py", '    """Do it."""\n', ""),
        ("program.py", "\n\n\ndef", "\n\n\n\n\n# the start\ndef"),
        ("program.py", "np.zeros(3), ONE", "np.zeros(\n        3,\n    ),\n    ONE"),
        ("helper.py", "deeper.VALUE + len(x)", "(deeper.VALUE + len(x))"),
        ("parts/two.py", "'''Two.'''", "'''Half of four.'''"),
        ("parts/two.py", "    '''Two.'''\n\n", ""),
        ("deeper.py", "1", "1  # one"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(folder, name, old, new):
    before = digest(folder)
    edit(folder, name, old, new)
    assert digest(folder) == before


def test_texts_other_than_docstrings_count(folder):
    edit(folder, "deeper.py", "VALUE = 1", 'VALUE = len("one")')
    before = digest(folder)
    edit(folder, "deeper.py", "one", "seven")
    assert digest(folder) != before


def test_code_for_type_checkers_does_not_count(folder):
    before = digest(folder)
    types = "if typing.TYPE_CHECKING:\n    import stranger\n"
    edit(folder, "helper.py", "import deeper\n", f"import deeper\n\n{types}")
    assert digest(folder) == before
    edit(folder, "helper.py", types, f"{types}else:\n    import late\n")
    assert digest(folder) != before


@pytest.mark.parametrize(
    "test", ["not TYPE_CHECKING", "TYPE_CHECKING or True", "TYPE_CHECKING is 0"]
)
def test_a_block_that_runs_counts_whatever_it_is_about(folder, test):
    edit(folder, "helper.py", "import deeper\n", f"import deeper\n\nif {test}:\n    X = 1\n")
    before = digest(folder)
    edit(folder, "helper.py", "    X = 1\n", "    X = 2\n")
    assert digest(folder) != before


@pytest.mark.parametrize("name", ["stranger.py", "parts/three.py"])
def test_modules_that_are_not_imported_do_not_count(folder, name):
    before = digest(folder)
    edit(folder, name, "= ", "= 1 + ")
    assert digest(folder) == before


def test_only_the_modules_that_define_imported_names_of_a_package_count(folder):
    modules, packages = code.closure(folder / "program.py")
    names = {path.relative_to(folder).as_posix() for path in modules}
    assert names == FILES.keys() - {"stranger.py", "parts/__init__.py", "parts/three.py"}
    assert packages == {"numpy", "scikit-learn"}


@pytest.mark.parametrize("line", ["import parts", "from parts import unknown"])
def test_all_of_a_package_counts_if_its_parts_are_unknown(folder, line):
    edit(folder, "program.py", "from parts import ONE, Two", f"{line}\nONE = Two = 0")
    modules, packages = code.closure(folder / "program.py")
    assert {path.name for path in modules if path.parent.name == "parts"} >= {
        "one.py",
        "two.py",
        "three.py",
        "errors.py",
    }
    assert "scipy" in packages


@pytest.mark.parametrize("line", ["from parts.three import THREE", "from parts import three"])
def test_a_module_of_a_package_is_found_by_its_own_name(folder, line):
    edit(folder, "program.py", "from parts import ONE, Two", f"{line}\nONE = Two = 0")
    modules, _ = code.closure(folder / "program.py")
    assert {path.name for path in modules if path.parent.name == "parts"} == {"three.py"}


@pytest.mark.parametrize(
    ("package", "counts"), [("numpy", True), ("scikit-learn", True), ("scipy", False)]
)
def test_the_version_of_an_imported_package_counts(folder, monkeypatch, package, counts):
    before = digest(folder)
    installed = code.version
    with monkeypatch.context() as patch:
        patch.setattr(code, "version", lambda name: "0" if name == package else installed(name))
        assert (digest(folder) != before) is counts
    assert digest(folder) == before


def test_a_copy_elsewhere_has_the_same_digest(folder, tmp_path_factory):
    copy = tmp_path_factory.mktemp("elsewhere") / folder.name
    shutil.copytree(folder, copy)
    assert digest(copy) == digest(folder)


def test_two_edits_that_swap_modules_are_seen(folder):
    before = digest(folder)
    one, two = folder / "parts/one.py", folder / "parts/two.py"
    texts = one.read_text(), two.read_text()
    one.write_text(texts[1])
    two.write_text(texts[0])
    assert digest(folder) != before


# Of a package that is imported, Python runs all of its modules; the digest counts those that define
# what is used. So in this process a package has nothing in itself, and gives a name by importing the
# module that defines it: sys.modules then shows the needed ones.
LOADED = """
import ast, importlib, sys, types
from pathlib import Path

scripts = Path(sys.argv[1])
sys.path.insert(0, str(scripts))
for folder in {path.parent for path in scripts.glob("*/__init__.py")}:
    package = types.ModuleType(folder.name)
    package.__path__ = [str(folder)]
    tree = ast.parse((folder / "__init__.py").read_text())
    places = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in tree.body if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    # It is more than a list of what it has, or has whole modules, all of which run with it.
    if not places or any(module is None for module, _ in places.values()):
        continue

    def give(name, folder=folder, places=places):
        if name.startswith("__") or (folder / f"{name}.py").exists():
            raise AttributeError(name)
        module, original = places[name]
        return getattr(importlib.import_module(f"{folder.name}.{module}"), original)

    package.__getattr__ = give
    sys.modules[folder.name] = package
importlib.import_module(sys.argv[2])
for module in list(sys.modules.values()):
    file = getattr(module, "__file__", None)
    if file and Path(file).is_relative_to(scripts):
        print("module", Path(file).relative_to(scripts).as_posix())
for name in ("PIL", "matplotlib", "numpy", "scipy", "sklearn"):
    if name in sys.modules:
        print("package", name)
"""
# Packages of which a function needs something, or all of whose names a program takes when it runs.
LATE = {"plot": {"components", "evaluation", "figures", "files", "inputs", "nn"}}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_closure_of_a_program_is_what_it_needs(root, program):
    command = [sys.executable, "-c", LOADED, root / "scripts", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [line.split() for line in done.stdout.splitlines()]
    modules, packages = code.closure(root / "scripts" / f"{program}.py")
    loaded = {name for kind, name in found if kind == "module"}
    assert f"{program}.py" in loaded
    counted = {path.relative_to(root / "scripts").as_posix() for path in modules}
    assert loaded <= counted
    assert {name.split("/")[0] for name in counted - loaded} == LATE.get(program, set())
    needed = {name for kind, name in found if kind == "package"}
    own = {name for name, distribution in code.DECIDING.items() if distribution in packages}
    assert needed - own <= ({"PIL", "scipy"} if "matplotlib" in own else set())
    assert ("numpy" in own) == ("numpy" in needed)


def test_every_rule_reruns_after_an_edit_of_its_program(root):
    names = "".join(path.read_text() for path in (root / "scripts/experiments").glob("*.py"))
    asked = set(re.findall(r'\b(?:code|calls)\("([\w/]+)"\)', RULES + names))
    parts = {"datasets/digits", "train", "files/bundles"}  # of `generate` and of `train_bundle`
    # The others make the same bytes, or none; a bundle has the bytes of `train` for each run.
    assert asked - parts == {*PROGRAMS} - {"fetch", "generate", "take", "train_bundle"}


def test_the_digest_of_a_generator_is_that_of_its_module(root):
    modules, packages = code.closure(root / "scripts/datasets/digits.py")
    assert {path.name for path in modules} == {"digits.py"}
    assert packages == {"numpy"}


@pytest.fixture
def kept(folder, monkeypatch):
    """A function that returns a digest, and how many modules were parsed for it."""
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    parsed = []
    original = ast.parse
    monkeypatch.setattr(ast, "parse", lambda text: parsed.append(text) or original(text))

    def ask():
        parsed.clear()
        return digest(folder), len(parsed)

    return ask


def test_modules_are_parsed_once_and_again_when_they_change(folder, kept):
    first, parsed = kept()
    assert parsed == len(FILES) - 2  # the stranger, and parts/three.py
    assert kept() == (first, 0)
    edit(folder, "helper.py", "+", "-")
    assert kept()[0] != first
    edit(folder, "helper.py", "-", "+")
    assert kept() == (first, 1)


def test_a_damaged_syntax_cache_is_rebuilt(folder, kept):
    first, _ = kept()
    (folder / "__pycache__/helper.syntax.json").write_text("[")
    assert kept() == (first, 1)
    assert kept() == (first, 0)
