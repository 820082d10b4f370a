"""Test the files around the code: licence, citation, environments, image, checks, links of documents."""

import ast
import functools
import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(path for place in ("", "docs", "config") for path in (ROOT / place).glob("*.md"))
ENVIRONMENT = "requirements/environment.yaml"
YAML_FILES = [
    *("CITATION.cff", ENVIRONMENT, "config.yaml", ".snakemake-workflow-catalog.yml"),
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/workflows/*.yml")),
]
CONDA_NAMES = {"matplotlib-base": "matplotlib"}  # conda's name: name on PyPI
SOURCES = {
    "requirements.txt": "requirements/base.in",
    "requirements-dev.txt": "requirements/dev.in",
}
REQUIREMENTS = ["requirements.txt", "requirements-dev.txt"] + sorted(
    str(path.relative_to(ROOT)) for path in ROOT.glob("requirements/*.txt")
)
STYLE = ("ruff format --check .", "ruff check .", "snakefmt --check Snakefile workflow")


@functools.cache
def lines_of(name: str) -> list[str]:
    """A file without comments and empty lines."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def load(name: str):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


# ---------------------------------------------------------------------- environments


@functools.cache
def pinned(name: str) -> dict[str, str]:
    """The version of every package in a list of requirements."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", "\n".join(lines_of(name)), re.M))


@pytest.fixture
def pins() -> dict[str, str]:
    """The version of every package in requirements.txt."""
    return pinned("requirements.txt")


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_package_is_pinned_with_the_sums_of_its_files(name):
    packages = "\n".join(lines_of(name)).replace("\\\n", " ").splitlines()
    assert len(packages) == len(pinned(name)) > 50
    for package in packages:
        assert re.fullmatch(r"[\w.-]+==[\w.]+( +--hash=sha256:[0-9a-f]{64})+", package), package
    # No list has settings of one machine, such as the address of its index.
    assert not re.search(r"://|--(extra-)?index|--find-links", (ROOT / name).read_text())


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_all_lists_fit_into_one_environment(name, pins):
    """.ci/run installs them on top of each other."""
    assert pins.items() <= pinned(name).items()
    for other in REQUIREMENTS:
        both = pinned(name).keys() & pinned(other).keys()
        assert {k: pinned(name)[k] for k in both} == {k: pinned(other)[k] for k in both}


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_list_is_made_by_the_command_in_its_source(name):
    source = SOURCES.get(name, name.removesuffix(".txt") + ".in")
    command, made = (
        re.search(rf"pip-compile (.*) {source}$", (ROOT / file).read_text(), re.MULTILINE)
        for file in (source, name)
    )
    assert set(command[1].split()) == set(made[1].split()) and "--generate-hashes" in made[1]
    direct = {re.match(r"[\w.-]+", line)[0] for line in lines_of(source) if line[0] != "-"}
    assert direct <= pinned(name).keys()


@pytest.fixture
def conda() -> dict[str, str]:
    """The version of every package in environment.yaml, by its name on PyPI."""
    found = (re.split("==?", package) for package in load(ENVIRONMENT)["dependencies"])
    return {CONDA_NAMES.get(name, name): version for name, version in found}


def test_conda_has_the_versions_that_pip_has(pins, conda):
    direct = {re.match(r"[\w.-]+", line)[0] for line in lines_of("requirements/base.in")}
    assert conda.pop("python") == "3.11"
    assert conda == {name: pins[name] for name in direct}
    assert load(ENVIRONMENT)["channels"][:2] == ["conda-forge", "bioconda"]


def test_the_image_installs_the_requirements_and_runs_snakemake_but_not_as_root(conda):
    text = "\n".join(lines_of("Dockerfile")).replace("\\\n", " ")
    steps = [tuple(line.split(maxsplit=1)) for line in text.splitlines()]
    assert steps[0] == ("FROM", f"python:{conda['python']}-slim")
    copied = steps.index(("COPY", "requirements.txt /tmp/"))
    assert ("RUN", "pip install --no-cache-dir -r /tmp/requirements.txt") in steps[copied:]
    assert ("COPY", ". /networks") in steps
    last = dict(steps)  # of several the last one counts
    assert last["USER"] not in ("root", "0")
    assert json.loads(last["ENTRYPOINT"])[:2] == ["snakemake", "--snakefile"]


def test_files_ignored_by_git_are_not_in_the_image():
    left_out = {line.removeprefix("**/").strip("/*") for line in lines_of(".dockerignore")}
    ignored = {line.strip("/*") for line in lines_of(".gitignore") if not line.startswith("!")}
    assert ignored | {".git"} <= left_out


# ---------------------------------------------------------------------- licence, citation, catalog, checks


@pytest.mark.parametrize("name", YAML_FILES)
def test_a_yaml_file_is_a_mapping(name):
    assert isinstance(load(name), dict)


def test_the_licence_is_the_one_that_the_citation_names():
    citation, licence = load("CITATION.cff"), lines_of("LICENSE")
    assert licence[0] == f"{citation['license']} License"
    (author,) = citation["authors"]
    assert re.fullmatch(rf"Copyright \(c\) \d{{4}} {author['name']}", licence[1])


def test_the_citation_has_what_its_format_asks_for():
    citation = load("CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"] and citation["title"]
    for reference in citation["references"]:
        assert {"authors", "title", "type"} <= reference.keys()
    experiments = load("config.yaml")["experiments"].values()
    sources = {e["published"]["source"] for e in experiments if e.get("published")}
    urls = {r["url"] for r in citation["references"] if "url" in r}
    assert urls == {source for source in sources if source.startswith("https://")}


def test_the_catalog_finds_what_it_looks_for():
    assert (ROOT / "workflow/Snakefile").is_file() and (ROOT / "config/README.md").is_file()
    usage = load(".snakemake-workflow-catalog.yml")["usage"]
    deployed = {key for key, possible in usage["software-stack-deployment"].items() if possible}
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    own = {key for key in ("conda", "container") if re.search(rf"^ +{key}:", rules, re.MULTILINE)}
    assert bool(deployed) == bool(own)  # without environments of rules there is nothing to deploy


def test_continuous_integration_runs_the_checks_of_the_script():
    checks = load(".github/workflows/ci.yml")
    assert checks["permissions"] == {"contents": "read"}
    assert "secrets" not in (ROOT / ".github/workflows/ci.yml").read_text()
    script = (ROOT / ".ci/run").read_text().replace('"$work/venv/bin/', "").replace('"', "")
    commands = [step.get("run") for job in checks["jobs"].values() for step in job["steps"]]
    for command in (*STYLE, "pytest --durations=10"):
        assert command in commands and command in script


# ---------------------------------------------------------------------- documents


def without_code(text: str) -> str:
    """A document without blocks of code, which have headings and links of their own."""
    return re.sub(r"^( *)(```|~~~).*?^\1\2 *$", "", text, flags=re.MULTILINE | re.DOTALL)


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading: its text in lower case, spaces as hyphens, no signs."""
    shown = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", heading)  # of a link its text
    return re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """The anchors of a document; of headings that are alike, the later ones are numbered."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} +(.*?)[ #]*$", without_code(text), re.MULTILINE):
        name = slug(heading)
        found[name] = found.get(name, -1) + 1
        if found[name]:
            found[f"{name}-{found[name]}"] = 0
    return found.keys()


def links(text: str) -> list[str]:
    """Return the destinations of links and pictures in a document."""
    text = re.sub(r"`[^`\n]*`", "", without_code(text))
    inline = re.findall(r"\]\(<?([^)>\s]+)", text)
    named = re.findall(r"^ {0,3}\[[^]]+\]: *<?([^>\s]+)", text, re.MULTILINE)
    return inline + named + re.findall(r'\b(?:src|href)="([^"]+)"', text)


def broken(document: Path) -> list[str]:
    """The links of a document within the project that lead nowhere."""
    found = []
    for link in links(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):  # elsewhere
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        there = target.exists() and target.is_relative_to(ROOT)
        if there and anchor and target.suffix == ".md":
            there = anchor in anchors(target.read_text(encoding="utf-8"))
        if not there:
            found.append(link)
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_a_heading(document):
    assert broken(document) == []


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("How it works", "how-it-works"),
        ("... add an experiment", "-add-an-experiment"),
        ("1. The pictures", "1-the-pictures"),
        ("A `code_word`, and a [link](there.md)!", "a-code_word-and-a-link"),
        ("snake_case & kebab-case", "snake_case--kebab-case"),
        ("Übergrößen", "übergrößen"),
    ],
)
def test_a_slug_is_githubs(heading, anchor):
    assert slug(heading) == anchor


def test_headings_are_recognized():
    text = "# One\n```sh\n# no heading\n```\n## One ##\n\n  ```\n  # none\n  ```\n### One\n#none\n"
    assert anchors(text) == {"one", "one-1", "one-2"}


def test_a_link_that_leads_nowhere_is_found(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "other.md").write_text("# There\n")
    document = tmp_path / "document.md"
    good = "[a](other.md#there) [b](https://x.org/y#z) `[c](none.md)` ![d](other.md) [e](#here)"
    document.write_text(
        f"# Here\n{good}\n\n[f](other.md#nowhere) [g](none.md) [h](#none) [i](../x)\n"
    )
    (tmp_path.parent / "x").touch()
    assert broken(document) == ["other.md#nowhere", "none.md", "#none", "../x"]


# ---------------------------------------------------------------------- CONTRIBUTING.md


@pytest.fixture
def guide() -> str:
    return (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_guide_names_existing_files_and_tests(guide):
    names = re.findall(r"`([^`\n]+)`", without_code(guide))
    places = [name for name in names if re.match(r"(scripts|tests|workflow|docs)/", name)]
    assert len(places) > 50
    for name in places:
        path, _, test = name.partition("::")
        assert list(ROOT.glob(path)), name
        if test:
            assert f"def {test}(" in (ROOT / path).read_text(), name


def test_the_examples_of_the_guide_are_python_and_their_files_known(guide):
    blocks = re.findall(r"^( *)```python\n(.*?)^\1```$", guide, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 12
    for indent, block in blocks:
        text = re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)
        name, new = re.match(r"# (\S+?)(, a new file)?\n", text).groups()
        assert (ROOT / name).exists() != bool(new), name
        for node in ast.parse(text.replace("    ...,\n", "")).body:
            if isinstance(node, ast.Assign):  # a line of a registry
                assert re.search(
                    rf"^{node.targets[0].id} = ", (ROOT / name).read_text(), re.MULTILINE
                )
