"""Edit, delete, touch, kill, and build again: hundreds of ways to the same bytes.

    python tests/workflow/sequences.py [--seed N] [--count N] [--only NAME] [--sample N] [--workers N]

Every sequence starts from a finished build of three tiny experiments and ends with a plain `snakemake`.
Then (1) every artifact has the bytes of a clean build of the same config and sources, (2) only the jobs
that the sequence states have run, if it states any, and (3) another run has nothing to do. The sequences
in SEQUENCES are written down; --count adds random ones, drawn from --seed. --sample takes one sequence
from each of N equal parts of the list, sorted by kind and chosen by --seed.
"""

import argparse
import ast
import fcntl
import fnmatch
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import yaml
from harness import ROOT, SOURCES, Project, copy_sources

LOGS = ("results/logs", "results/benchmarks")
# Files of the workflow itself, and lists of all files.
KEPT = ("MANIFEST.sha256",)
# What shows experiments of other calls, too: a clean build knows of none.
SHARED = tuple(
    f"results/{name}"
    for name in ("summary.", "baselines.csv", "runs.csv", "scoreboard.csv", "report.html")
)
MARK = "EDITED = True"  # appended to a module: another syntax tree, the same results
RAW, DATASET = "data/raw/digits", "results/datasets/digits/*"  # a digest
SWEEP, HALVING, SINGLE = (f"results/experiments/{name}" for name in ("sweep", "halving", "single"))
LOSER, WINNER = "learning_rate=0.1__seed=0", "learning_rate=0.2__seed=0"

Action = Callable[[Project], None]


def three(config: dict) -> None:
    """A sweep with a refit, a sweep with halving, and a single network, all on the digits."""

    def experiment(rates: list[float], epochs: int, **others) -> dict:
        return {
            "dataset": "digits",
            "split": {"validation": 237},
            "network": {"hidden": [8]},
            "training": {"learning_rate": 0.1, "epochs": epochs},
            **({"sweep": {"grid": {"training.learning_rate": rates}}} if rates else {}),
            **others,
        }

    config["experiments"] = {
        "sweep": experiment([0.1, 0.2], 1, refit={"training.epochs": 2}),
        "halving": experiment([1.0e-6, 0.1, 0.2], 2, halving={"factor": 3, "min_epochs": 1}),
        "single": experiment([], 1),
    }
    config["targets"] = list(config["experiments"])
    config["bundle_seconds"] = 1e-9  # a job for each run


# ---------------------------------------------------------------------- the parts of a sequence


def edit(path: str, value) -> Action:
    """Set a value of the config by its dotted key; ``sweep: rates`` means the sweep's rates."""

    def act(project):
        def change(config):
            *parents, last = path.split(".")
            place = config
            for parent in parents:
                place = place.setdefault(parent, {})
            if value is None and last in place:
                del place[last]
            elif value is not None:
                place[last] = value

        project.edit(change)

    return act


def of(experiment: str, path: str, value) -> Action:
    return edit(f"experiments.{experiment}.{path}", value)


def rates(experiment: str, *values: float) -> Action:
    """The learning rates of a sweep."""
    return of(experiment, "sweep", {"grid": {"training.learning_rate": list(values)}})


def lose(*patterns: str) -> Action:
    """Delete files and folders."""

    def act(project):
        for pattern in patterns:
            found = list(project.folder.glob(pattern))
            assert found, f"nothing to delete: {pattern}"
            for path in found:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    return act


def touch(*patterns: str) -> Action:
    def act(project):
        time.sleep(0.02)
        for pattern in patterns:
            found = [path for path in project.folder.glob(pattern) if path.is_file()]
            assert found, f"nothing to touch: {pattern}"
            for path in found:
                path.touch()

    return act


def append(path: str, text: str) -> Action:
    def act(project):
        file = project.folder / path
        before = file.read_text() if file.exists() else ""
        file.write_text(f"{before}{text}\n")

    return act


def mark(path: str) -> Action:
    """Edit a module in a way that its digest sees, and no result."""
    return append(path, MARK)


def swap(path: str, old: str, new: str) -> Action:
    """Replace a text in a file, everywhere. Sources are checked at once: the long tests run rarely."""
    source = ROOT / path
    assert not source.exists() or old in source.read_text(), f"{path} has no {old!r}"

    def act(project):
        file = project.one(path)
        text = file.read_text()
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new))

    return act


def turn_labels(project: Project) -> None:
    """Other labels in a raw file that has no checksum in the config."""
    path = project.folder / RAW / "train-labels-idx1-ubyte.gz"
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content[:8] + content[:7:-1], mtime=0))


def number(path: str, key: str, value: float) -> Action:
    """Edit a number in a JSON file by hand; of a bundle that of LOSER."""

    def act(project):
        (file,) = project.folder.glob(path)
        content = json.loads(file.read_text())
        (content.get(LOSER) or content)[key] = value
        file.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")

    return act


def cut(path: str) -> Action:
    """Leave the first half of a file."""

    def act(project):
        file = project.one(path)
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2])

    return act


def remember(*paths: str) -> Action:
    """Keep copies of sources, for `restore`."""

    def act(project):
        for path in paths:
            target = project.folder / ".kept" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project.folder / path, target)

    return act


def restore(*paths: str) -> Action:
    def act(project):
        for path in paths:
            shutil.copy(project.folder / ".kept" / path, project.folder / path)

    return act


def call(*arguments: str, jobs: str | None = None) -> Action:
    """Run the workflow; ``jobs`` as in `Sequence`."""
    return lambda project: compare(project.jobs(*arguments), jobs)


def fails(*arguments: str, naming: str) -> Action:
    """The call ends in a message that names something, and in no traceback."""

    def act(project):
        done = project.snakemake(*arguments, check=False)
        assert done.returncode != 0, f"no failure: {naming}"
        assert naming in done.stdout, f"no message names {naming}:\n{done.stdout[-3000:]}"
        assert "Traceback (most recent call last)" not in done.stdout, done.stdout[-3000:]

    return act


def as_if_made_of_it(*patterns: str) -> Action:
    """Files made from an edited file are the same after they are deleted and rebuilt."""

    def act(project):
        before = artifacts(project)
        lose(*patterns)(project)
        project.snakemake()
        differing = [name for name, sum in artifacts(project).items() if before.get(name) != sum]
        assert not differing, f"stale: {differing}"

    return act


def touched_by_snakemake(project: Project) -> None:
    """Run ``--touch``, which declares all files current, and fails if one is missing."""
    project.snakemake("--touch", check=False)


def half_copied(project: Project) -> None:
    """Only every second file arrived, and nothing that Snakemake remembers."""
    for path in sorted(p for p in (project.folder / "results").rglob("*") if p.is_file())[::2]:
        path.unlink()
    shutil.rmtree(project.folder / ".snakemake")


def killed(earliest: float = 0.5, latest: float = 8.0) -> Action:
    """Kill Snakemake and its jobs at a random moment."""

    def act(project):
        command = [sys.executable, "-m", "snakemake", "--cores", "2"]
        process = subprocess.Popen(
            command, cwd=project.folder, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(random.uniform(earliest, latest))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    return act


@dataclass
class Sequence:
    """Some actions, and the jobs of the plain run after them.

    ``jobs`` are patterns, as in ``train sweep *; select_best sweep``: each has to match a job and each job
    a pattern; ``""`` is no job, None leaves it open. A pattern after ``~`` may match no job. Targets do
    not count. With ``earlier``
    experiments remain that the config has no more: then what shows all experiments is not compared.
    """

    name: str
    actions: tuple[Action, ...]
    jobs: str | None = None
    earlier: bool = False
    seconds: float = 0.0
    ran: list[str] = field(default_factory=list)

    def run(self, project: Project, clean: "CleanBuilds") -> None:
        for action in self.actions:
            action(project)
        self.ran, others = project.jobs(), ""
        try:
            compare(self.ran, self.jobs)
        except AssertionError as error:
            others = str(error)  # the bytes matter more: they are compared as well
        expected, found = clean.like(project), artifacts(project)
        if self.earlier:
            expected = {k: v for k, v in expected.items() if not k.startswith(SHARED)}
            assert "earlier run" in (project.folder / "results/summary.md").read_text()
        differing = [name for name, sum in expected.items() if found.get(name) != sum]
        assert not differing, f"not as in a clean build: {differing}; {others}; ran {self.ran}"
        assert not others, others
        again = project.snakemake().stdout
        assert "Nothing to be done" in again, f"not at rest: {again[-1500:]}"


def compare(jobs: list[str], patterns: str | None) -> None:
    jobs = [job for job in jobs if job not in ("all", "sweep", "halving", "single", "everything")]
    assert len(jobs) == len(set(jobs)), f"ran twice: {jobs}"
    if patterns is None:
        return
    wanted = [p.strip() for p in patterns.split(";") if p.strip()]
    allowed = [p.removeprefix("~") for p in wanted]
    missing = [p for p in wanted if not p.startswith("~") and not fnmatch.filter(jobs, p)]
    needless = [j for j in jobs if not any(fnmatch.fnmatchcase(j, p) for p in allowed)]
    assert not missing and not needless, f"needless: {needless}; missing: {missing}"


def artifacts(project: Project) -> dict[str, str]:
    """The checksums of all artifacts, the report among them."""
    found = {}
    for path in (project.folder / "results").rglob("*"):
        name = path.relative_to(project.folder).as_posix()
        if path.is_file() and not name.startswith(LOGS) and path.name not in KEPT:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


class CleanBuilds:
    """The artifacts of clean builds, by the digest of config and sources.

    Each experiment is built in a project of its own, once for all configs that have it like this, and
    what shows all experiments is made from these: else clean builds would take most of the time.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def like(self, project: Project) -> dict[str, str]:
        """The checksums of a clean build of a project's config and sources."""
        config = yaml.safe_load((project.folder / "config.yaml").read_text())
        return artifacts(self.built(project, config))

    def built(self, project: Project, config: dict) -> Project:
        """A clean build of this config with the sources of a project."""
        return self.once(project, config, lambda clean: self.build(project, config, clean))

    def once(self, project: Project, config: dict, make: Callable[[Project], None]) -> Project:
        """Build a project, unless another thread or process has built its like or does so now."""
        place = self.folder / digest(project, config)
        with open(f"{place}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.exists():
                with tempfile.TemporaryDirectory(prefix="making-", dir=self.folder) as folder:
                    clean = Project(Path(folder, "clean"))
                    copy_project(project, clean.folder)
                    (clean.folder / "config.yaml").write_text(
                        yaml.safe_dump(config, sort_keys=False)
                    )
                    make(clean)
                    os.rename(clean.folder, place)
        return Project(place)

    def build(self, project: Project, config: dict, clean: Project) -> None:
        shutil.copytree(project.folder / "data", clean.folder / "data", dirs_exist_ok=True)
        targets = config["targets"]
        for name in targets if len(targets) > 1 else ():
            one = config["experiments"][name]
            datasets = {one["dataset"]: config["datasets"][one["dataset"]]}
            part = self.built(
                project,
                {
                    "targets": [name],
                    "bundle_seconds": config["bundle_seconds"],
                    "datasets": datasets,
                    "experiments": {name: one},
                },
            )
            for path in sorted((part.folder / "results").rglob("*")):
                target = clean.folder / path.relative_to(part.folder)
                if path.is_file() and not target.exists() and path.parent.name != "results":
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, target)
        for path in clean.folder.rglob("*"):
            os.utime(path, (1e9, 1e9))  # all of one age: no file is newer than its products
        jobs = clean.jobs()
        if len(targets) > 1:
            compare(jobs, SHOWN)


def digest(project: Project, config: dict) -> str:
    """Return a digest of the sources and config of a clean build, with marked modules."""
    content = hashlib.sha256(json.dumps(config).encode())
    for name in SOURCES:
        top = project.folder / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts and name != "config.yaml":
                text = path.read_text(errors="replace")
                if path.suffix == ".py":
                    text = ast.unparse(ast.parse(text))  # without comments
                content.update(f"{path.relative_to(project.folder)}\n{text}\n".encode())
    return content.hexdigest()[:16]


def copy_project(project: Project, folder: Path) -> None:
    """Copy the sources of a project."""
    folder.mkdir(parents=True)
    for name in SOURCES:
        copy = shutil.copytree if (project.folder / name).is_dir() else shutil.copy
        copy(project.folder / name, folder / name)


# ---------------------------------------------------------------------- the sequences

SHOWN = "summarize; report"
# Jobs downstream of a sweep's selection and histories, and of its final networks.
OF_SELECTION = "collect {0}; plot_{0}"
OF_FINAL = "evaluate {0}; plot_{0}"
SWEEP_CHOSEN = f"select_best sweep; {OF_SELECTION.format('sweep')}; {SHOWN}"
SWEEP_KEPT = f"keep_sweep; {OF_FINAL.format('sweep')}"
SWEEP_REFITTED = f"refit sweep seed=0; {SWEEP_KEPT}"
HALVING_CHOSEN = f"select_best halving; {OF_SELECTION.format('halving')}; {SHOWN}"
SINGLE_CHOSEN = f"select_best {{0}}; collect {{0}}; plot_{{0}}; {SHOWN}"
SINGLE_DONE = (
    "select_best single; collect single; keep_single; evaluate single; plot_single; " + SHOWN
)
SINGLE_TRAINED = f"train single *; validate single *; {SINGLE_DONE}"
# Snakemake skips some jobs downstream of a selection whose bytes did not change.
TRAININGS = (
    "train *; train_rung *; validate *; validate_rung *; promote *; select_best *; ~collect *; ~refit *;"
    " ~keep_*; ~evaluate *; ~plot_*; ~summarize; ~report"
)
# Of earlier settings or code all bundles are there: no training, and no measurement.
RETURNED = f"promote *; select_best *; collect *; keep_*; evaluate *; plot_*; {SHOWN}"
PARSED = "parse digits"
CHECKED = "check_gradients *"
# What reads the description of a dataset.
DESCRIBED = f"{PARSED}; evaluate *; plot_*"
# What comes after a checkpoint that ended with the bytes it had may be made again: Snakemake looks again,
# but keeps the reasons of its first plan for jobs whose inputs are no functions. Nothing is trained.
SAME = "~collect *; ~keep_*; ~evaluate *; ~plot_*; ~summarize; ~report"
# What reads arrays that were deleted and made again; nothing is trained.
MEASURED = "~validate *; ~validate_rung *; ~promote *; ~select_best *; ~baseline *; " + SAME
LAYERS = "scripts/nn/layers.py"
PREPARATION = "scripts/inputs/preparation.py"
SPLIT = "scripts/inputs/split.py"
GRID = {"grid": {"training.learning_rate": [0.1, 0.2], "network.hidden": [[8], [4]]}}
UNRELATED = {"dataset": "spiral", "preparation": "identity", "training": {"epochs": 1}}
PUBLISHED = {"system": "a system", "source": "a paper", "validation_accuracy": 0.5}
# Below this size Snakemake compares checksums and not times; so small, nothing here is.
BY_TIME = ("--max-checksum-file-size", "10")

SEQUENCES: list[Sequence] = []


def add(name: str, *actions: Action, jobs: str | None = None, earlier: bool = False) -> None:
    SEQUENCES.append(Sequence(name, actions, jobs, earlier))


# -------- edits of the config

add("nothing", jobs="")
add(
    "value_added_that_loses",
    rates("sweep", 1.0e-6, 0.1, 0.2),
    jobs=f"train sweep learning_rate=1e-06*; validate sweep learning_rate=1e-06*; {SWEEP_CHOSEN}",
)
add(
    "value_added_that_wins",
    rates("sweep", 0.1, 0.2, 0.6),
    jobs=f"train sweep learning_rate=0.6*; validate sweep learning_rate=0.6*; {SWEEP_CHOSEN};"
    f" {SWEEP_REFITTED}",
)
# A single configuration has no figure `configurations`.
add("value_removed_that_lost", rates("sweep", 0.2), jobs=SINGLE_CHOSEN.format("sweep"))
add(
    "value_removed_that_won",
    rates("sweep", 0.1),
    jobs=f"{SINGLE_CHOSEN.format('sweep')}; {SWEEP_REFITTED}",
)
add("values_reordered", rates("sweep", 0.2, 0.1), jobs=SWEEP_CHOSEN)
add(
    "values_reordered_and_back",
    rates("sweep", 0.2, 0.1),
    call(),
    rates("sweep", 0.1, 0.2),
    jobs=SWEEP_CHOSEN,
)
add(
    "value_changed_there_and_back",
    rates("sweep", 0.05, 0.2),
    call(jobs=None),
    rates("sweep", 0.1, 0.2),
    jobs=SWEEP_CHOSEN,
)
add("value_changed_and_back_at_once", rates("sweep", 0.05, 0.2), rates("sweep", 0.1, 0.2), jobs="")
# The run in between did not draw the figure `configurations`, which still shows this selection.
add(
    "winner_changed_there_and_back",
    rates("sweep", 0.1),
    call(),
    rates("sweep", 0.1, 0.2),
    jobs=f"{SINGLE_CHOSEN.format('sweep')}; {SWEEP_KEPT}",
)
add(
    "value_there_back_and_there",
    rates("sweep", 0.1),
    call(),
    rates("sweep", 0.1, 0.2),
    call(),
    rates("sweep", 0.1),
    jobs=f"{SINGLE_CHOSEN.format('sweep')}; {SWEEP_KEPT}",
)
# A third of four is two: the second best continues, too.
add(
    "halving_value_added",
    rates("halving", 1.0e-6, 0.001, 0.1, 0.2),
    jobs="train_rung halving 0 learning_rate=0.001*; validate_rung halving 0 learning_rate=0.001*;"
    f" promote halving 0; train halving {LOSER}; validate halving {LOSER}; {HALVING_CHOSEN}",
)
add(
    "halving_value_removed",
    rates("halving", 0.1, 0.2, 1.0e-5),
    call(),
    rates("halving", 1.0e-6, 0.1, 0.2),
    jobs=f"promote halving 0; {HALVING_CHOSEN}",
)
add(
    "halving_winner_removed",
    rates("halving", 1.0e-6, 0.1),
    jobs=f"promote halving 0; train halving {LOSER}; validate halving {LOSER}; {HALVING_CHOSEN};"
    f" keep_halving; {OF_FINAL.format('halving')}",
)
add(
    "halving_reordered",
    rates("halving", 0.2, 0.1, 1.0e-6),
    jobs=f"promote halving 0; {HALVING_CHOSEN}",
)
add("halving_factor", of("halving", "halving.factor", 2))
add("halving_min_epochs", of("halving", "halving.min_epochs", 2))
# All are trained in one go; the winner, too, which ends with the same bytes as in parts.
add(
    "halving_off",
    of("halving", "halving", None),
    jobs=f"train halving *; validate halving *; {HALVING_CHOSEN}",
)
add(
    "halving_off_and_on",
    of("halving", "halving", None),
    call(),
    of("halving", "halving", {"factor": 3, "min_epochs": 1}),
)
add("halving_on", of("sweep", "training.epochs", 2), of("sweep", "halving", {"factor": 2}))
add("halving_epochs", of("halving", "training.epochs", 3))
add("seed_added", of("single", "seeds", 2))
add(
    "seed_removed",
    of("single", "seeds", 2),
    call(),
    of("single", "seeds", 1),
    jobs=SINGLE_DONE,
)
add("seed_other", of("single", "seeds", [1]))
add("split", of("single", "split.validation", 200), jobs=f"prepare digits *200*; {SINGLE_TRAINED}")
add(
    "split_there_and_back",
    of("single", "split.validation", 200),
    call(),
    of("single", "split.validation", 237),
    jobs=SINGLE_DONE,
)
add(
    "split_random", of("single", "split.take", "random"), jobs=f"prepare digits *; {SINGLE_TRAINED}"
)
add(
    "preparation",
    of("single", "preparation", "standardize"),
    jobs=f"prepare digits standardize*; {SINGLE_TRAINED}",
)
add("preparation_swept", of("single", "sweep", {"grid": {"preparation": ["unit", "mean_image"]}}))
add("network", of("single", "network.hidden", [6]), jobs=f"{CHECKED}; {SINGLE_TRAINED}")
add(
    "network_activation",
    of("single", "network.activation", "tanh"),
    jobs=f"{CHECKED}; {SINGLE_TRAINED}",
)
add(
    "network_dropout",
    of("single", "network.dropout", 0.1),
    jobs=f"{CHECKED}; {SINGLE_TRAINED}",
)
add(
    "network_of_all",
    of("sweep", "network.hidden", [6]),
    of("halving", "network.hidden", [6]),
    of("single", "network.hidden", [6]),
    jobs=f"{CHECKED}; {TRAININGS}",
)
add("training_l2", of("single", "training.l2", 0.001), jobs=f"{CHECKED}; {SINGLE_TRAINED}")
add("training_rate", of("single", "training.learning_rate", 0.3), jobs=SINGLE_TRAINED)
add("training_epochs", of("single", "training.epochs", 2), jobs=SINGLE_TRAINED)
add(
    "training_there_and_back",
    of("single", "training.epochs", 2),
    call(),
    of("single", "training.epochs", 1),
    jobs=SINGLE_DONE,
)
add("training_optimizer", of("sweep", "training.optimizer", "adam"))
add("training_default_written_out", of("single", "training.optimizer", "sgd"), jobs="")
add(
    "refit_epochs",
    of("sweep", "refit", {"training.epochs": 3}),
    # The plan of the experiment is in selection.json, by its digest.
    jobs=f"{SWEEP_CHOSEN}; {SWEEP_REFITTED}",
)
add("refit_off", of("sweep", "refit", None), jobs=None)
add(
    "refit_off_and_on",
    of("sweep", "refit", None),
    call(),
    of("sweep", "refit", {"training.epochs": 2}),
)
add("refit_on", of("single", "refit", {}))
add(
    "evaluation",
    of("single", "evaluation", {"shifts": 1}),
    jobs=f"evaluate single; plot_single; {SHOWN}",
)
add(
    "evaluation_there_and_back",
    of("sweep", "evaluation", {"flips": True}),
    call(),
    of("sweep", "evaluation", None),
    jobs=f"evaluate sweep; plot_sweep; {SHOWN}",
)
add(
    "baselines",
    of("single", "baselines", ["linear_svc_pixels", "gradient_boosting"]),
    jobs=f"baseline single; evaluate single; plot_single; {SHOWN}",
)
add(
    "baselines_on_scores",
    of("single", "baselines", ["linear_svc_scores"]),
    jobs=f"take single seed=0; baseline single; evaluate single; plot_single; {SHOWN}",
)
add(
    "baselines_there_and_back",
    of("single", "baselines", ["linear_svc_scores"]),
    call(),
    of("single", "baselines", None),
    jobs=f"evaluate single; plot_single; {SHOWN}",
)
add("published", of("sweep", "published", PUBLISHED), jobs=f"plot_sweep; {SHOWN}")
add(
    "published_there_and_back",
    of("sweep", "published", PUBLISHED),
    call(),
    of("sweep", "published", None),
    jobs=f"plot_sweep; {SHOWN}",
)
add("description", of("sweep", "description", "another text"), jobs="report")
add("comment_in_config", append("config.yaml", "# a comment"), jobs="")
add("targets_fewer", edit("targets", ["sweep", "single"]), jobs=SHOWN, earlier=True)
add(
    "targets_fewer_and_back",
    edit("targets", ["sweep"]),
    call(jobs=SHOWN),
    edit("targets", ["sweep", "halving", "single"]),
    jobs=SHOWN,
)
add("targets_reordered", edit("targets", ["single", "sweep", "halving"]), jobs=SHOWN)
add(
    "experiment_removed",
    edit("experiments.halving", None),
    edit("targets", ["sweep", "single"]),
    jobs=SHOWN,
    earlier=True,
)
add(
    "experiment_removed_and_back",
    edit("experiments.single", None),
    edit("targets", ["sweep", "halving"]),
    call(jobs=SHOWN),
    edit("targets", ["sweep", "halving", "single"]),
    edit(
        "experiments.single",
        {
            "dataset": "digits",
            "split": {"validation": 237},
            "network": {"hidden": [8]},
            "training": {"learning_rate": 0.1, "epochs": 1},
        },
    ),
    jobs=SHOWN,
)
add("unrelated_experiment_added", edit("experiments.other", UNRELATED), jobs="")
add(
    "unrelated_published_added",
    edit("experiments.other", {**UNRELATED, "published": PUBLISHED}),
    jobs="",
)
add("unrelated_dataset_removed", edit("datasets.cifar10", None), jobs="")
add(
    "experiment_added",
    edit("experiments.other", UNRELATED),
    edit("targets", ["sweep", "halving", "single", "other"]),
    jobs="parse_without_test spiral; prepare spiral *; train other *;"
    f" validate other *; select_best other; collect other; keep_other; plot_other; {CHECKED}; {SHOWN}",
)
add(
    "mirrors_of_another_dataset",
    edit("datasets.mnist.files.train_images.mirrors", ["http://127.0.0.1:9/"]),
    jobs="",
)
add("local_mirror", edit("local_mirror", "/tmp"), jobs="")
add(
    "local_mirror_there_and_back",
    edit("local_mirror", "/tmp"),
    call(jobs=""),
    edit("local_mirror", None),
    jobs="",
)
add(
    "classes",
    edit("datasets.digits.classes", list("abcdefghij")),
    jobs=f"{PARSED}; prepare *; {TRAININGS}",
)
add("grid_over_two_values", of("single", "sweep", GRID))
add(
    "random_search",
    of(
        "single",
        "sweep",
        {
            "random": {
                "samples": 2,
                "values": {"training.learning_rate": {"loguniform": [0.01, 1.0]}},
            }
        },
    ),
)
add(
    "zip",
    of(
        "single",
        "sweep",
        {"zip": {"training.learning_rate": [0.1, 0.2], "training.epochs": [1, 2]}},
    ),
)
add(
    "run_that_diverges",
    rates("sweep", 0.1, 0.2, 1.0e20),
    jobs=f"train sweep learning_rate=1e+20*; validate sweep learning_rate=1e+20*; {SWEEP_CHOSEN}",
)
add("experiment_that_diverges", of("single", "training.learning_rate", 1.0e20), jobs=SINGLE_TRAINED)
add(
    "experiment_that_diverges_and_back",
    of("single", "training.learning_rate", 1.0e20),
    call(),
    of("single", "training.learning_rate", 0.1),
    jobs=SINGLE_DONE,
)

# -------- edits of the code

for name, path in {
    "nn": LAYERS,
    "nn_init": "scripts/nn/__init__.py",
    "train": "scripts/train.py",
    "figures": "scripts/figures/curves.py",
    "rules": "workflow/rules/training.smk",
    "snakefile": "Snakefile",
    "profile": "profiles/default/config.yaml",
}.items():
    add(f"comment_in_{name}", append(path, "\n\n# a comment\n"), jobs="")
add("docstring_in_nn", swap(LAYERS, '"""', '""" '), jobs="")
add("blank_lines_in_nn", swap(LAYERS, "\n\n\nclass ", "\n\n\n\n\nclass "), jobs="")
add(
    "comment_and_code_and_back",
    remember(LAYERS),
    append(LAYERS, "# a comment"),
    mark(LAYERS),
    restore(LAYERS),
    jobs="",
)
add("module_that_nothing_imports", append("scripts/nn/unused.py", "x = 1"), jobs="")
add("module_of_a_tool", mark("scripts/compare.py"), mark("scripts/predict.py"), jobs="")
add(
    "module_that_is_imported",
    append("scripts/nn/helper.py", "x = 1"),
    append(LAYERS, "from . import helper  # noqa"),
    jobs=f"{CHECKED}; {TRAININGS}",
)
add(
    "code_of_layers",
    mark(LAYERS),
    jobs=f"{CHECKED}; {TRAININGS}",
)
add(
    "code_of_layers_there_and_back",
    remember(LAYERS),
    mark(LAYERS),
    call(),
    restore(LAYERS),
    jobs=RETURNED,
)
add("code_of_initializers_that_matters", swap("scripts/nn/initializers.py", "sqrt(", "sqrt(1.1 * "))
add("code_of_train", mark("scripts/train.py"), jobs=TRAININGS)
add("code_of_validate", mark("scripts/validate.py"))
add("code_of_select_best", mark("scripts/select_best.py"))
add("code_of_promote", mark("scripts/promote.py"))
add(
    "code_of_collect",
    mark("scripts/collect.py"),
    jobs=f"collect *; plot_*; {SHOWN}",
)
add("code_of_evaluate", mark("scripts/evaluate.py"), jobs=f"evaluate *; plot_*; {SHOWN}")
add("code_of_summarize", mark("scripts/summarize.py"), jobs=SHOWN)
add(
    "code_of_summarize_that_matters",
    swap("scripts/summarize.py", "# Results", "# All results"),
    jobs=SHOWN,
)
add("code_of_report", mark("scripts/report.py"), jobs="report")
add(
    "template_of_report",
    swap("workflow/report/report.html.j2", ">Results</h1>", ">All results</h1>"),
    jobs="report",
)
# Only Snakemake's own report has them from there.
add("captions", append("workflow/report/figures.rst", "More."), jobs="")
add("code_of_plot", mark("scripts/plot.py"), jobs="plot_*; report")
add("code_of_catalogue", mark("scripts/figures/catalogue.py"), jobs="plot_*; report")
add("code_of_figures", mark("scripts/figures/curves.py"), jobs="plot_*; report")
add(
    "code_of_figures_that_matters",
    swap("scripts/figures/curves.py", 'xlabel="epoch"', 'xlabel="epochs"'),
    jobs="plot_*; report",
)
add("code_of_prepare", mark("scripts/prepare.py"), jobs=f"prepare *; {TRAININGS}")
add("code_of_preparation", mark(PREPARATION))
add("code_of_split", mark(SPLIT))
add("code_of_parse", mark("scripts/parse.py"), jobs=f"{PARSED}; prepare *; {TRAININGS}")
add("code_of_idx", mark("scripts/datasets/idx.py"), jobs=f"{PARSED}; prepare *; {TRAININGS}")
add(
    "code_of_digits",
    mark("scripts/datasets/digits.py"),
    jobs=f"generate_digits; {PARSED}; prepare *; {TRAININGS}",
)
add("code_of_optimizers", mark("scripts/nn/optimizers.py"), jobs=TRAININGS)
add(
    "code_of_optimizers_there_and_back",
    remember("scripts/nn/optimizers.py"),
    mark("scripts/nn/optimizers.py"),
    call(),
    restore("scripts/nn/optimizers.py"),
    jobs=RETURNED,
)
add("code_of_fetch", mark("scripts/fetch.py"), jobs="")
add(
    "code_of_check_gradients",
    mark("scripts/check_gradients.py"),
    jobs=CHECKED,
)
add("code_of_metrics", mark("scripts/evaluation/metrics.py"))
add("code_of_selection", mark("scripts/evaluation/selection.py"))
add("code_of_intervals", mark("scripts/evaluation/intervals.py"))
# Baselines are measured with the code of the evaluation.
add(
    "code_of_baseline",
    mark("scripts/baselines/fitting.py"),
    jobs=f"evaluate *; plot_*; {SHOWN}",
)
add("code_of_progress", mark("scripts/running/progress.py"), jobs="")
add("code_of_halving", mark("scripts/promote.py"))

# -------- deletions

add(
    "lost_model_of_loser",
    lose(f"{SWEEP}/bundles/{LOSER}.*.npz"),
    jobs=f"train sweep {LOSER}; validate sweep {LOSER}; select_best sweep; {SAME}",
)
add(
    "lost_model_of_winner",
    lose(f"{SWEEP}/bundles/{WINNER}.*.npz"),
    jobs=f"train sweep {WINNER}; validate sweep {WINNER}; select_best sweep; {SAME}",
)
add(
    "lost_metrics",
    lose(f"{SWEEP}/bundles/{LOSER}.*.json"),
    jobs=f"validate sweep {LOSER}; select_best sweep; {SAME}",
)
add("lost_selection", lose(f"{SWEEP}/selection.json"), jobs=f"select_best sweep; {SAME}")
add(
    "lost_runs_csv",
    lose(f"{SWEEP}/runs.csv"),
    jobs=f"collect sweep; plot_sweep; {SHOWN}",
)
add(
    "lost_histories",
    lose(f"{SWEEP}/histories.csv"),
    jobs=f"collect sweep; plot_sweep; {SHOWN}",
)
add("lost_refit", lose(f"{SWEEP}/final/*/model.npz"), jobs=f"{SWEEP_KEPT}; {SHOWN}")
add(
    "lost_kept",
    lose(f"{SINGLE}/final/*/model.npz"),
    jobs=f"keep_single; {OF_FINAL.format('single')}; {SHOWN}",
)
add(
    "lost_model_of_single",
    lose(f"{SINGLE}/bundles/*.*.npz"),
    jobs="train single *; validate single *; select_best single; ~collect single; ~keep_single;"
    " ~evaluate single; ~plot_single; ~summarize; ~report",
)
add(
    "lost_test",
    lose(f"{SWEEP}/test.json"),
    jobs=f"evaluate sweep; plot_sweep; {SHOWN}",
)
add(
    "lost_predictions",
    lose(f"{SWEEP}/test_predictions.npz"),
    jobs=f"evaluate sweep; plot_sweep; {SHOWN}",
)
add(
    "lost_figure",
    lose(f"{SWEEP}/figures/configurations.png"),
    jobs="plot_sweep; report",
)
add(
    "lost_svg",
    lose(f"{SWEEP}/figures/configurations.svg"),
    jobs="plot_sweep; report",
)
add("lost_figures", lose("results/experiments/*/figures"), jobs="plot_*; report")
add("lost_summary", lose("results/summary.md"), jobs=SHOWN)
add("lost_all_runs", lose("results/runs.csv"), jobs=SHOWN)
add("lost_scoreboard", lose("results/scoreboard.csv"), jobs=SHOWN)
add("lost_report", lose("results/report.html"), jobs="report")
add("lost_info", lose(f"{DATASET}/info.json"), jobs=f"{DESCRIBED}; {SHOWN}")
add("lost_gradient_checks", lose("results/gradient_checks"), jobs=CHECKED)
# Snakemake reruns the readers of a missing file, `ancient` or not: `ancient` is about timestamps.
add(
    "lost_test_images",
    lose(f"{DATASET}/test_images.npy"),
    jobs=f"{PARSED}; evaluate *; plot_*; {SHOWN}",
)
add(
    "lost_test_labels",
    lose(f"{DATASET}/test_labels.npy"),
    jobs=f"{PARSED}; evaluate *; plot_*; {SHOWN}",
)
add(
    "lost_train_images",
    lose(f"{DATASET}/train_images.npy"),
    jobs=f"{PARSED}; {MEASURED}",
)
add("lost_train_labels", lose(f"{DATASET}/train_labels.npy"), jobs=f"{PARSED}; {MEASURED}")
add("lost_prepared", lose(f"{DATASET}/prepared/*=237__*.npz"))
add("lost_dataset", lose(DATASET), jobs=f"{PARSED}; prepare *; {MEASURED}")
add(
    "lost_dataset_with_baselines",
    of("single", "baselines", ["linear_svc_scores"]),
    call(),
    lose(DATASET),
    jobs=f"{PARSED}; prepare *; {MEASURED}",
)
add(
    "lost_dataset_with_halving_and_baselines",
    of("halving", "baselines", ["linear_svc_scores", "nearest_neighbors"]),
    call(),
    lose(DATASET),
    jobs=f"{PARSED}; prepare *; {MEASURED}",
)
add("lost_raw", lose(f"{RAW}/train-images-idx3-ubyte.gz"), jobs="")
add("lost_raw_folder", lose("data"), jobs="")
add("lost_promoted", lose(f"{HALVING}/rungs/0/promoted.json"), jobs=f"promote halving 0; {SAME}")
add("lost_rung_model", lose(f"{HALVING}/rungs/0/learning_rate=1e-06__seed=0.*.npz"))
add("lost_rung_model_of_winner", lose(f"{HALVING}/rungs/0/{WINNER}.*.npz"))
add("lost_rung_metrics", lose(f"{HALVING}/rungs/0/*.*.json"))
add("lost_rungs", lose(f"{HALVING}/rungs"))
add("lost_halving_runs", lose(f"{HALVING}/bundles"))
add("lost_halving", lose(HALVING))
add("lost_sweep", lose(SWEEP))
add(
    "lost_runs",
    lose(f"{SWEEP}/bundles"),
    jobs=f"train sweep *; validate sweep *; select_best sweep; {SAME}",
)
add("lost_experiments", lose("results/experiments"), jobs=TRAININGS)
add("lost_results", lose("results"), jobs=f"{CHECKED}; {PARSED}; prepare *; {TRAININGS}")
add(
    "lost_results_and_data",
    lose("results", "data"),
    jobs=f"generate_digits; {CHECKED}; {PARSED}; prepare *; {TRAININGS}",
)
add("lost_logs", lose("results/logs", "results/benchmarks"), jobs="")
add("lost_metadata", lose(".snakemake"), jobs="")
add(
    "lost_model_and_metrics",
    lose(f"{SWEEP}/bundles/{LOSER}.*"),
    jobs=f"train sweep {LOSER}; validate sweep {LOSER}; select_best sweep; {SAME}",
)
add("lost_model_and_selection", lose(f"{SWEEP}/bundles/{LOSER}.*.npz", f"{SWEEP}/selection.json"))
add("lost_selection_and_final", lose(f"{SWEEP}/selection.json", f"{SWEEP}/final"))
add("lost_prepared_and_final", lose(f"{DATASET}/prepared", f"{SWEEP}/final", f"{SINGLE}/final"))
add(
    "lost_rung_metrics_and_selection",
    lose(f"{HALVING}/rungs/*/*.*.json", f"{HALVING}/selection.json"),
)
add(
    "lost_promoted_and_models",
    lose(f"{HALVING}/rungs/0/promoted.json", f"{HALVING}/bundles/*.*.npz"),
)
add(
    "lost_summary_and_figure",
    lose("results/summary.*", f"{SINGLE}/figures/*.png"),
    jobs="summarize; plot_single; report",
)
add(
    "lost_checks_and_info",
    lose("results/gradient_checks", f"{DATASET}/info.json"),
    jobs=f"{CHECKED}; {DESCRIBED}; {SHOWN}",
)
# A final network of an old choice must not be tested or shown before the new choice is made.
add(
    "lost_test_and_a_winner_removed",
    lose(f"{SWEEP}/test.json", f"{SWEEP}/figures"),
    rates("sweep", 0.1),
    jobs=f"{SINGLE_CHOSEN.format('sweep')}; {SWEEP_REFITTED}",
)
add(
    "lost_test_and_an_edit",
    lose(f"{SINGLE}/test.json", f"{SINGLE}/figures"),
    of("single", "training.epochs", 2),
    jobs=SINGLE_TRAINED,
)
add(
    "lost_report_and_an_edit",
    lose("results/*.html", "results/*.csv"),
    of("single", "training.epochs", 2),
    jobs=SINGLE_TRAINED,
)
# Rebuilt files must not hide an edit from Snakemake.
add(
    "lost_checks_and_an_edit",
    lose("results/gradient_checks"),
    of("single", "training.epochs", 2),
    jobs=f"{CHECKED}; {SINGLE_TRAINED}",
)
add(
    "lost_info_and_an_edit",
    lose(f"{DATASET}/info.json"),
    of("single", "training.epochs", 2),
    jobs=f"{DESCRIBED}; {SINGLE_TRAINED}",
)
add(
    "lost_after_an_edit",
    lose(f"{SWEEP}/bundles/*.*.json"),
    rates("sweep", 0.2, 0.1),
    jobs=f"validate sweep *; {SWEEP_CHOSEN}",
)

# -------- touches: files of this size are compared by their checksums; with BY_TIME by their times alone

for name, pattern in {
    "everything": "results/**/*", "raw": "data/raw/*/*", "model": f"{SWEEP}/bundles/*.*.npz",
    "prepared": f"{DATASET}/prepared/*", "selection": "results/experiments/*/selection.json",
    "sources": "scripts/**/*.py", "rules": "workflow/**/*", "config": "config.yaml",
}.items():  # fmt: skip
    add(f"touched_{name}", touch(pattern), jobs="")
add(
    "touched_arrays_above_the_size",
    touch(f"{DATASET}/*.npy", f"{DATASET}/info.json"),
    call(*BY_TIME, jobs=""),
    jobs="",
)
add(
    "touched_checks_above_the_size",
    touch("results/gradient_checks/*"),
    call(*BY_TIME, jobs=""),
    jobs="",
)
add(
    "touched_raw_above_the_size",
    touch("data/raw/*/*"),
    call(*BY_TIME, jobs=""),
    jobs="",
)
add(
    "touched_models_above_the_size",
    touch(f"{SWEEP}/bundles/*.*.npz"),
    call(*BY_TIME, jobs=""),
    jobs="",
)
add(
    "touched_selection_above_the_size",
    touch(f"{SWEEP}/selection.json"),
    call(*BY_TIME, jobs=f"{OF_SELECTION.format('sweep')}; {SHOWN}"),
    jobs="",
)

# -------- artifacts edited by hand

add(
    "edited_raw",
    turn_labels,  # generated files count by the code of their generator
    call(jobs=""),
    lose("data"),
    jobs="",
)
add(
    "edited_histories",
    swap(f"{SWEEP}/histories.csv", "0.", "0.1"),
    call(jobs="plot_sweep; report"),
    call(jobs=""),
    as_if_made_of_it(f"{SWEEP}/figures", "results/report.html"),
    lose(f"{SWEEP}/histories.csv"),
    jobs=f"collect sweep; plot_sweep; {SHOWN}",
)
add(
    "edited_metrics",
    number(f"{SWEEP}/bundles/{LOSER}.*.json", "validation_accuracy", 0.99),
    call(jobs=f"{SWEEP_CHOSEN}; {SWEEP_REFITTED}"),
    call(jobs=""),
    as_if_made_of_it(
        f"{SWEEP}/final",
        f"{SWEEP}/*.json",
        f"{SWEEP}/*.csv",
        f"{SWEEP}/figures",
        "results/[a-z]*.*",
    ),
    lose(f"{SWEEP}/bundles/{LOSER}.*.json"),
    jobs=f"validate sweep {LOSER}; {SWEEP_CHOSEN}; {SWEEP_KEPT}",  # the first refit is still there
)
add(
    "edited_runs_csv",
    swap(f"{SWEEP}/runs.csv", "completed", "done"),
    call(jobs=SHOWN),
    call(jobs=""),
    as_if_made_of_it("results/[a-z]*.*"),
    lose(f"{SWEEP}/runs.csv"),
    jobs=f"collect sweep; plot_sweep; {SHOWN}",
)
add(
    "edited_test",
    number(f"{SWEEP}/test.json", "test_accuracy", 0.99),
    call(jobs=f"plot_sweep; {SHOWN}"),
    call(jobs=""),
    as_if_made_of_it("results/[a-z]*.*"),
    lose(f"{SWEEP}/test.json"),
    jobs=f"evaluate sweep; plot_sweep; {SHOWN}",
)
add(
    "edited_summary",
    swap("results/summary.csv", "completed", "done"),
    call(jobs="report"),
    call(jobs=""),
    lose("results/summary.csv"),
    jobs=SHOWN,
)
add(
    "edited_info",
    swap(f"{DATASET}/info.json", "\n", "\n\n"),
    call(jobs=""),
    lose(f"{DATASET}/info.json"),
    jobs=f"{DESCRIBED}; {SHOWN}",
)
add(
    "damaged_model",
    cut(f"{SWEEP}/bundles/{LOSER}.*.npz"),
    lose(f"{SWEEP}/runs.csv"),  # what reads it
    fails(naming=f"{SWEEP}/bundles/{LOSER}"),
    lose(f"{SWEEP}/bundles/{LOSER}.*.npz"),
)
add(
    "damaged_final_model",
    cut(f"{SWEEP}/final/seed=0/model.npz"),
    jobs=f"keep_sweep; {OF_FINAL.format('sweep')}; {SHOWN}",
)
add(
    "damaged_prepared",
    cut(f"{DATASET}/prepared/unit__validation=0__*.npz"),
    lose(f"{SWEEP}/refits", f"{SWEEP}/final"),  # what reads it
    fails(naming="prepared/unit__validation=0"),
    lose(f"{DATASET}/prepared/unit__validation=0__*.npz"),
)
add(
    "damaged_metrics",
    cut(f"{SWEEP}/bundles/{LOSER}.*.json"),
    fails(naming=f"{SWEEP}/bundles/{LOSER}"),
    lose(f"{SWEEP}/bundles/{LOSER}.*.json"),
)
add(
    "damaged_selection",
    cut(f"{SWEEP}/selection.json"),
    fails(naming=f"{SWEEP}/selection.json"),
    lose(f"{SWEEP}/selection.json"),
)
add(
    "damaged_promoted",
    cut(f"{HALVING}/rungs/0/promoted.json"),
    fails(naming=f"{HALVING}/rungs/0/promoted.json"),
    lose(f"{HALVING}/rungs/0/promoted.json"),
)
add(
    "damaged_raw",
    cut(f"{RAW}/train-images-idx3-ubyte.gz"),
    lose(f"{DATASET}/train_images.npy"),
    fails(naming=f"{RAW}/train-images-idx3-ubyte.gz"),
    lose(f"{RAW}/train-images-idx3-ubyte.gz"),
)
add(
    "damaged_array",
    cut(f"{DATASET}/train_images.npy"),
    of("single", "training.epochs", 2),
    fails(naming="/train_images.npy"),
    lose(f"{DATASET}/train_images.npy"),
)
add(
    "damaged_runs_csv",
    lambda p: (p.folder / f"{SWEEP}/runs.csv").write_text(""),
    fails(naming=f"{SWEEP}/runs.csv"),
    lose(f"{SWEEP}/runs.csv"),
)

# -------- other calls in between

add("until_select_best", rates("sweep", 0.1, 0.2, 0.3), call("--until", "select_best"))
add("until_train", of("single", "training.epochs", 2), call("--until", "train"))
add("until_evaluate", of("single", "training.epochs", 2), call("--until", "evaluate"))
add("until_promote", of("halving", "training.epochs", 3), call("--until", "promote"))
add(
    "omit_from_figures",
    of("single", "training.epochs", 2),
    call("--omit-from", "plot_single"),
)
for rule, jobs in {
    "generate_digits": f"generate_digits; {PARSED}",
    "parse": PARSED,
    "prepare": "prepare *",
    "check_gradients": CHECKED,
    "train": None,
    "validate": None,
    "select_best": None,
    "promote": None,
    "collect": f"collect *; plot_*; {SHOWN}",
    "refit": "refit sweep *",
    "keep_single": None,
    "evaluate": f"evaluate *; plot_*; {SHOWN}",
    "plot_sweep": "plot_sweep; report",
    "summarize": SHOWN,
    "report": "report",
}.items():
    add(f"forced_{rule}", call("--forcerun", rule, jobs=jobs), jobs="")
add("single_file", of("single", "training.epochs", 2), call(f"{SINGLE}/runs/seed=0/model.npz"))
add(
    "single_files_one_after_the_other",
    of("single", "training.evaluate_every", 2),
    of("single", "training.epochs", 2),
    call(f"{SINGLE}/runs/seed=0/model.npz"),
    call("--until", "validate"),
    call(f"{SINGLE}/selection.json"),
    call(f"{SINGLE}/runs.csv"),
)
add(
    "single_figure_of_lost_runs",
    lose(f"{SINGLE}/bundles"),
    call(f"{SINGLE}/figures/loss_history.png"),
)
add("rung_alone", rates("halving", 1.0e-6, 0.1), call(f"{HALVING}/rungs/0/promoted.json"))
add("another_target", call("single", jobs=SHOWN), jobs=SHOWN)
add(
    "another_target_after_an_edit",
    of("single", "training.epochs", 2),
    call("sweep"),
    jobs=SINGLE_TRAINED,
)
add(
    "its_own_target_after_an_edit",
    of("single", "training.epochs", 2),
    call("single", jobs=SINGLE_TRAINED),
    jobs=SHOWN,
)
add(
    "targets_in_turn", call("sweep"), call("halving"), call("single"), call("everything"), jobs=None
)
add("killed", lose("results/experiments"), killed())
add("killed_twice", lose("results/experiments"), killed(), killed(4, 12))
add("killed_after_an_edit", rates("sweep", 0.1, 0.2, 0.3), killed(2, 6))
add("killed_at_the_start", of("single", "training.epochs", 2), killed(0.3, 1.5))
add(
    "killed_and_edited_back",
    of("single", "training.epochs", 2),
    killed(2, 8),
    of("single", "training.epochs", 1),
)
add("killed_in_halving", lose(HALVING), killed(3, 9))
add("killed_then_edited", lose(HALVING), killed(3, 9), rates("halving", 1.0e-6, 0.1))


# -------- bundles of several runs

BUNDLES = edit("bundle_seconds", 10)  # the default: all runs of a sweep are one bundle
PAIRS = edit("bundle_seconds", 0.016)  # two runs of one epoch
ALL = "train sweep bundle=; validate sweep bundle="
THREE = rates("sweep", 1.0e-6, 0.1, 0.2)
# Halving keeps the bundles of its first rung, so the run that is left has another bundle, too.
RUNGS = (
    "train_rung halving 0 bundle=; validate_rung halving 0 bundle=; promote halving 0; "
    "train halving bundle=; validate halving bundle="
)
add(
    "bundles_instead_of_runs",
    BUNDLES,
    jobs=f"{ALL}; {RUNGS}; select_best sweep; select_best halving; {SAME}",
)
add(
    "bundles_and_runs_again",
    BUNDLES,
    call(),
    edit("bundle_seconds", 1e-9),
    jobs=f"promote halving 0; select_best sweep; select_best halving; {SAME}",
)
add("bundle_with_a_value_more", BUNDLES, call(), THREE, jobs=f"{ALL}; {SWEEP_CHOSEN}")
add(
    "bundle_with_a_value_less",
    BUNDLES,
    THREE,
    call(),
    rates("sweep", 0.1, 0.2),
    jobs=f"{ALL}; {SWEEP_CHOSEN}",
)
add(
    "bundle_with_a_value_more_and_less",
    BUNDLES,
    call(),
    THREE,
    call(),
    rates("sweep", 0.1, 0.2),
    jobs=SWEEP_CHOSEN,
)
add(
    "bundle_with_a_value_less_is_a_run",  # which was trained before
    BUNDLES,
    call(),
    rates("sweep", 0.2),
    jobs=SINGLE_CHOSEN.format("sweep"),
)
add(
    "runs_move_between_bundles",
    BUNDLES,
    THREE,
    call(),
    PAIRS,
    call(
        jobs="train *; validate *; train_rung *; validate_rung *; promote *; select_best *; " + SAME
    ),
    BUNDLES,
    jobs=f"promote halving 0; select_best *; {SAME}",
)
add(
    "lost_bundle",
    BUNDLES,
    call(),
    lose(f"{SWEEP}/bundles/bundle=.*.npz"),
    jobs=f"{ALL}; select_best sweep; {SAME}",
)
add("lost_rung_bundle", BUNDLES, call(), lose(f"{HALVING}/rungs/0/bundle=.*"))
add("code_of_bundles", BUNDLES, call(), mark("scripts/files/bundles.py"), jobs=TRAININGS)
add("killed_in_a_bundle", BUNDLES, of("sweep", "training.epochs", 300), killed(5, 12))
add(
    "killed_in_a_bundle_and_edited",
    BUNDLES,
    of("sweep", "training.epochs", 300),
    killed(5, 12),
    THREE,
)

# -------- Snakemake's records lost, or made to say that all is well

EDITED = of("single", "training.epochs", 2)
NO_RECORDS = lose(".snakemake")
add("lost_metadata_and_an_edit", NO_RECORDS, EDITED, jobs=SINGLE_TRAINED)
add(
    "lost_metadata_and_edited_back",
    EDITED,
    call(),
    NO_RECORDS,
    of("single", "training.epochs", 1),
    jobs=SINGLE_DONE,
)
add("lost_metadata_and_a_winner_removed", NO_RECORDS, rates("sweep", 0.1))
add(
    "lost_metadata_and_a_winner_back",
    rates("sweep", 0.1),
    call(),
    NO_RECORDS,
    rates("sweep", 0.1, 0.2),
)
add("lost_metadata_and_halving", NO_RECORDS, rates("halving", 1.0e-6, 0.1))
add("lost_metadata_and_refit", NO_RECORDS, of("sweep", "refit", {"training.epochs": 3}))
add("lost_metadata_and_evaluation", NO_RECORDS, of("single", "evaluation", {"shifts": 1}))
add("lost_metadata_and_labels", NO_RECORDS, edit("datasets.digits.classes", list("abcdefghij")))
add("edit_and_touch", EDITED, touched_by_snakemake)
add("edit_and_touch_and_back", EDITED, touched_by_snakemake, of("single", "training.epochs", 1))
add("value_removed_and_touch", rates("sweep", 0.1), touched_by_snakemake)
add("value_removed_planned_and_touch", rates("sweep", 0.1), call("-n"), touched_by_snakemake)
add("half_copied", half_copied)
add("half_copied_and_an_edit", half_copied, EDITED)
add("an_edit_half_copied_and_back", EDITED, call(), half_copied, of("single", "training.epochs", 1))


# -------- random ones

# Few configs, so that few clean builds serve many sequences.
STATES: tuple[tuple[Action, ...], ...] = (
    (),
    (rates("sweep", 0.2, 0.1),),
    (rates("sweep", 0.1),),
    (rates("halving", 1.0e-6, 0.1),),
    (of("single", "training.epochs", 2),),
    (of("sweep", "training.l2", 0.001), of("halving", "halving.factor", 2)),
)
DISTURBANCES: tuple[Action, ...] = (
    killed(1, 8),
    call("--until", "select_best"),
    call("--until", "train"),
    call("sweep"),
    call("halving"),
    call("--forcerun", "select_best"),
    call("--forcerun", "evaluate"),
    call(),
)


def drawn(seed: int) -> Sequence:
    """A random sequence of edits, losses, touches and calls; it ends in one of STATES."""
    rng = random.Random(seed)
    actions: list[Action] = []
    for _ in range(rng.randint(1, 3)):
        actions += [
            to_state(rng.choice(STATES)),
            lose_some(rng.random(), rng.choice((0.05, 0.3, 0.9))),
        ]
        actions.append(rng.choice(DISTURBANCES))
    actions.append(to_state(rng.choice(STATES)))
    return Sequence(f"random_{seed}", tuple(actions))


def to_state(state: tuple[Action, ...]) -> Action:
    def act(project):
        project.edit(three)
        for action in state:
            action(project)

    return act


def lose_some(seed: float, share: float) -> Action:
    """Delete, or touch, a random share of the artifacts."""

    def act(project):
        rng = random.Random(seed)
        for path in sorted((project.folder / "results").rglob("*")):
            if path.is_file() and rng.random() < share:
                path.unlink() if rng.random() < 0.5 else path.touch()

    return act


# ---------------------------------------------------------------------- running them


class Bench:
    """Runs sequences, each in a copy of one finished build."""

    def __init__(self, folder: Path, cache: Path | None = None):
        self.folder = Path(tempfile.mkdtemp(dir=folder))
        self.clean = CleanBuilds(cache or folder / "clean")
        sources = self.folder / "sources"
        sources.mkdir()
        fresh = copy_sources(sources)
        fresh.edit(three)
        config = yaml.safe_load((sources / "config.yaml").read_text())
        self.base = self.clean.once(fresh, config, lambda project: project.snakemake())

    def run(self, sequence: Sequence) -> str | None:
        """Return why it failed, or None."""
        started = time.monotonic()
        project = Project(self.folder / sequence.name)
        shutil.copytree(self.base.folder, project.folder)
        try:
            sequence.run(project, self.clean)
        except AssertionError as error:
            return str(error)
        finally:
            sequence.seconds = time.monotonic() - started
            shutil.rmtree(project.folder)
        return None


def sample(size: int) -> list[Sequence]:
    """Draw a sequence from each of ``size`` equal parts of the list."""
    ends = [len(SEQUENCES) * i // size for i in range(size + 1)]
    return [random.choice(SEQUENCES[start:end]) for start, end in pairwise(ends)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--count", type=int, default=0, help="how many random ones, too")
    parser.add_argument("--only", help="names of sequences, as a pattern: lost_*")
    parser.add_argument(
        "--sample", type=int, help="run this number of the written ones, of all kinds"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--cache", type=Path, help="folder that keeps the checksums of clean builds"
    )
    options = parser.parse_args()
    random.seed(options.seed)
    chosen = sample(options.sample) if options.sample else SEQUENCES
    chosen = [*chosen, *(drawn(options.seed + i) for i in range(options.count))]
    if options.only:
        patterns = options.only.split(",")
        chosen = [s for s in chosen if any(fnmatch.fnmatchcase(s.name, p) for p in patterns)]
    print(f"seed {options.seed}, {len(chosen)} sequences", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="sequences-") as folder:
        bench = Bench(Path(folder), options.cache)
        with ThreadPoolExecutor(options.workers) as pool:
            running = {pool.submit(bench.run, sequence): sequence for sequence in chosen}
            for done in as_completed(running):
                sequence, reason = running[done], done.result()
                failed += reason is not None
                verdict = f"FAILED: {reason}" if reason else f"ok: {len(sequence.ran)} jobs"
                print(f"{sequence.name} ({sequence.seconds:.0f} s) {verdict}", flush=True)
    print(
        f"{len(chosen) - failed} of {len(chosen)} sequences as they should be; seed {options.seed}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
