"""Every block of every document: commands are called (dry, or for their options), configs are read.

Files and tests that documents name exist."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from clinic import write_clinic
from harness import ROOT, copy_sources

from configuration.schema import config_schema
from datasets.formats import FORMATS
from experiments import layout
from experiments.plan import Plan

DOCUMENTS = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What needs a cluster or a storage is run by tests/slurm and tests/storage, with the same options.
ELSEWHERE = (
    "--executor",
    "profiles/slurm",
    "profiles/cluster-generic",
    "--default-storage",
)
SHELL = {
    "awk",
    "sha256sum",
    "export",
    "cd",
    "git",
    "sacct",
    "squeue",
    "scancel",
    "sinfo",
    "python3",
    "sbatch",
    "tail",
    "ls",
    "cp",
    "du",
    "mv",
    "rm",
    "tar",
    "grep",
}


def blocks(document: str, *languages: str) -> list[str]:
    return [
        text
        for language, text in BLOCK.findall((ROOT / document).read_text())
        if language in languages
    ]


def commands(document: str) -> list[str]:
    """The lines of its shell blocks, without comments, each command alone."""
    found = []
    for text in blocks(document, "sh"):
        for line in text.replace("\\\n", " ").splitlines():
            parts = [part.strip() for part in re.sub(r"(^|\s)#.*", "", line).split("&&")]
            found += [part for part in parts if part]
    return found


# Each once, whatever document has it and however many cores: planning takes seconds.
SNAKEMAKE = sorted(
    {
        re.sub(r" (--cores \d+|-n|-p)\b", "", command)
        for document in DOCUMENTS
        for command in commands(document)
        if command.startswith(".venv/bin/snakemake") and not any(e in command for e in ELSEWHERE)
    }
)
PROGRAMS = sorted(
    {
        (document, command)
        for document in DOCUMENTS
        for command in commands(document)
        if re.match(r"\.venv/bin/python (scripts|benchmarks)/", command)
    }
)


def test_every_command_is_of_a_kind_that_is_tested():
    for document in DOCUMENTS:
        for command in commands(document):
            first = command.split()[0]
            known = first in SHELL or first.startswith((".venv/bin/", "NN_"))
            assert known, f"{document}: {command}"
    assert len(SNAKEMAKE) > 10 and len(PROGRAMS) > 4


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The project, with the config files that the documents name, as they print them."""
    project = copy_sources(tmp_path_factory.mktemp("checkout"))
    shutil.copytree(ROOT / "config", project.folder / "config")
    for document in DOCUMENTS:
        for text in blocks(document, "yaml"):
            if name := re.match(r"# (\w+\.yaml)", text):
                (project.folder / name[1]).write_text(text)
    write_clinic(project.folder)
    table = (project.folder / "clinic.csv").read_text()
    (project.folder / "clinic.csv").write_text(table.replace('"81,5"', "81.5"))
    for name in ("a", "b"):
        (project.folder / "photos" / name).mkdir(parents=True)
        for number in range(60):
            (project.folder / "photos" / name / f"{number}.png").touch()  # a dry run opens none
    return project


@pytest.mark.parametrize("command", SNAKEMAKE)
def test_a_snakemake_command_can_be_planned(checkout, command):
    arguments = shlex.split(command.replace("<folder>", "/tmp"))[1:]
    checkout.snakemake("--dry-run", "--quiet=rules", *arguments)


@pytest.mark.parametrize(("document", "command"), PROGRAMS)
def test_a_program_has_the_options_that_are_named(document, command):
    _, program, *arguments = shlex.split(command)
    done = subprocess.run(
        [sys.executable, ROOT / program, "--help"], text=True, capture_output=True,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for argument in arguments:
        if argument.startswith("--"):
            assert argument.partition("=")[0] in done.stdout, f"{document}: {command}"


@pytest.mark.parametrize(
    ("document", "number"),
    [(d, n) for d in DOCUMENTS for n in range(len(blocks(d, "yaml")))],
)
def test_a_config_is_accepted(document, number, monkeypatch):
    """Merged over config.yaml and the blocks before it in the document, as a reader would write it."""
    sizes = {"classes": ["a", "b"], "shape": [24, 24, 3], "train_size": 500, "test_size": 100}
    for name in ("image_folder", "csv", "npz"):
        found = FORMATS[name]._replace(sizes=lambda settings: sizes, check=None)
        monkeypatch.setitem(FORMATS, name, found)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    for text in blocks(document, "yaml")[: number + 1]:
        merge(config, yaml.safe_load(text))
    Plan(config, config_schema())


def merge(config: dict, more: dict) -> None:
    """As Snakemake merges config files."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(config.get(key), dict):
            merge(config[key], value)
        else:
            config[key] = value


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document):
    text = (ROOT / document).read_text()
    named = set(
        re.findall(
            r"`((?:scripts|workflow|tests|benchmarks|profiles)/[\w./-]+\.(?:py|smk|yaml|sh))`", text
        )
    )
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing
    requirements = set(re.findall(r"requirements[\w-]*\.txt", text))
    assert not [name for name in requirements if not (ROOT / name).exists()]


def named_tests(text: str) -> list[tuple[str, str]]:
    """Return (file, test) of each test in a document: `file::test`, or `test`, `test` (`file`)."""
    found = re.findall(r"`(tests/[\w/]+\.py)::(test_[^`\n]+)`", text)
    for names, file in re.findall(r"((?:`test_[^`\n]+`,?\s+)+)\(`(tests/[\w/]+\.py)`", text):
        found += [(file, name) for name in re.findall(r"`(test_[^`]+)`", names)]
    return found


def test_names_of_tests_are_found_in_documents():
    text = "`test_path` is a key. Held by `test_a`,\n`test_b[c]` (`tests/d.py`: e), `tests/f.py::test_g`."
    assert sorted(named_tests(text)) == [
        ("tests/d.py", "test_a"),
        ("tests/d.py", "test_b[c]"),
        ("tests/f.py", "test_g"),
    ]


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", *DOCUMENTS])
def test_tests_that_are_named_exist(document):
    named = named_tests((ROOT / document).read_text())
    assert len(named) >= 15 or document != "CONTRIBUTING.md"
    missing = []
    for file, test in named:
        name, _, parameter = test.rstrip("]").partition("[")
        code = (ROOT / file).read_text() if (ROOT / file).exists() else ""
        if f"def {name}(" not in code or parameter not in code:
            missing.append(f"{file}::{test}")
    assert not missing


def test_a_sweep_has_as_many_bundles_as_the_page_on_clusters_says():
    rows = re.findall(
        r"^\| (\d+) \| (\d+) \|$", (ROOT / "docs/cluster.md").read_text(), re.MULTILINE
    )
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    experiment = config["experiments"]["digits_mlp"]
    rates = [round(i / 100_000, 5) for i in range(1, 10_001)]
    experiment |= {"sweep": {"grid": {"training.learning_rate": rates}}, "seeds": 1}
    config |= {
        "experiments": {"digits_mlp": experiment}, "targets": ["digits_mlp"], "most_runs": 10_000
    }  # fmt: skip
    found = []
    for seconds, _ in rows:
        config["bundle_seconds"] = int(seconds)
        (wide,) = Plan(config, config_schema()).experiments.values()
        found.append((seconds, str(len(layout.bundled(wide)))))
    assert len(rows) == 2 and found == rows
