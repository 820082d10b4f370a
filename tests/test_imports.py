"""Rules of imports: packages are independent, nn needs only numpy, a training job starts fast."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = (
    "datasets", "inputs", "nn", "experiments", "experiments/validation", "evaluation",
)  # fmt: skip
BASE = "components"  # which imports nothing of the project
# These import the packages; each may import those listed before it.
ABOVE = (
    "files", "tables", "origin", "configuration", "running", "cli", "baselines", "page", "figures",
    "studies",
)  # fmt: skip
JOBS = {  # programs of a run, and the packages that each needs besides cli, files and origin
    "generate": ["datasets"],
    "parse": ["datasets"],
    "prepare": ["inputs"],
    "check_gradients": ["nn"],
    "train": ["inputs", "nn"],
    "train_bundle": ["inputs", "nn", "experiments"],
    "validate": ["inputs", "nn", "evaluation"],
    "promote": ["evaluation", "experiments"],
    "select_best": ["evaluation", "experiments"],
    "collect": ["nn", "evaluation"],
    "take": [],
    "evaluate": ["inputs", "nn", "evaluation", "baselines"],
}
SLOW = ("matplotlib", "sklearn", "scipy", "yaml", "jsonschema", "requests", "PIL", "snakemake")


def imported(path: Path) -> set[str]:
    """Top-level names of all absolute imports of a file, wherever in it they are."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            depth = path.parts[::-1].index("scripts") - 1
            assert node.level <= depth, f"{path}: relative import from outside of the package"
    return found


def modules(root: Path, package: str) -> list[Path]:
    files = sorted((root / "scripts" / package).glob("*.py"))
    assert files, f"no package {package}"
    return files


@pytest.mark.parametrize("package", [BASE, *PACKAGES])
def test_packages_do_not_import_each_other_or_the_programs(root, package):
    programs = {path.stem for path in (root / "scripts").glob("*.py")}
    forbidden = programs | {*PACKAGES, *ABOVE}
    if package in (BASE, "evaluation"):
        forbidden |= {BASE}
    for path in modules(root, package):
        assert not imported(path) & forbidden, path.name


@pytest.mark.parametrize("package", ABOVE)
def test_shared_packages_import_in_one_direction(root, package):
    programs = {path.stem for path in (root / "scripts").glob("*.py")}
    forbidden = programs | {*ABOVE[ABOVE.index(package) + 1 :]}
    for path in modules(root, package):
        assert not imported(path) & forbidden, path.name


def test_programs_import_no_program(root):
    """Except train_bundle, which trains each run of a bundle as `train` does."""
    programs = {path.stem: path for path in (root / "scripts").glob("*.py")}
    found = {name: imported(path) & programs.keys() for name, path in programs.items()}
    assert {name: others for name, others in found.items() if others} == {"train_bundle": {"train"}}


def test_packages_are_flat_and_all_known(root):
    """So that the tests here see all of the code."""
    folders = {path.parent for path in (root / "scripts").rglob("*.py")}
    assert {str(f.relative_to(root / "scripts")) for f in folders} == {".", BASE, *PACKAGES, *ABOVE}


@pytest.mark.parametrize("package", [BASE, "inputs", "nn"])
def test_inputs_and_the_network_need_numpy_only(root, package):
    for path in modules(root, package):
        assert imported(path) <= {"numpy", BASE} | sys.stdlib_module_names, path.name


@pytest.mark.parametrize("package", [BASE, "inputs", "nn"])
def test_inputs_and_the_network_touch_no_files(root, package):
    for path in modules(root, package):
        assert not imported(path) & {"os", "pathlib", "io", "json", "shutil", "tempfile"}, path.name


def test_functions_that_draw_know_arrays_only(root):
    for path in modules(root, "figures"):
        if path.stem not in ("__init__", "catalogue", "entry", "results"):
            assert imported(path) <= {"matplotlib", "numpy", "PIL"} | sys.stdlib_module_names, path


def test_the_workflow_lists_figures_without_matplotlib(root):
    code = "import sys, figures; print('matplotlib' in sys.modules)"
    command = [sys.executable, "-c", code]
    said = subprocess.check_output(command, cwd=root / "scripts", text=True)
    assert said.strip() == "False"


@pytest.mark.parametrize("program, packages", JOBS.items())
def test_a_job_of_a_run_imports_nothing_slow(root, program, packages):
    """A search on small data takes as long as its programs need to start."""
    code = f"import sys, {program}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = set(subprocess.check_output(command, cwd=root / "scripts", text=True).split())
    assert "numpy" in loaded
    assert not loaded & {*SLOW, "importlib.metadata", "email"}
    assert loaded & {*PACKAGES, *ABOVE} <= {*packages, "cli", "files", "origin"}


def test_nothing_is_pickled_or_unpickled(root):
    """numpy's files can hold pickles, which run the functions they name: no call allows that."""
    calls = {"load", "save", "savez", "savez_compressed"}
    for path in sorted((root / "scripts").rglob("*.py")):
        found = imported(path) & {"pickle", "marshal", "shelve", "dill", "joblib"}
        if path.name == "cifar10.py":  # its Unpickler looks up three names, and makes no call
            found -= {"pickle"} if path.read_text().count("pickle.") == 1 else set()
        assert not found, path.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            function = node.func if isinstance(node, ast.Call) else None
            if not isinstance(function, ast.Attribute) or function.attr not in calls:
                continue
            if isinstance(function.value, ast.Name) and function.value.id == "np":
                given = {k.arg: ast.unparse(k.value) for k in node.keywords}
                assert given.get("allow_pickle") == "False", f"{path.name}:{node.lineno}"
