"""Experiments as the workflow left them in their folders, found by name or by path."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from evaluation import METRICS, Interval, accuracy_interval, fold_interval

from . import artifacts

EARLIER = "earlier call"  # in the status of an experiment that another run of snakemake built
# The columns of runs.csv; between the two every swept value has one, by its dotted key.
RUN_NAMES = ["run", "configuration", "seed"]
FOLD_NAMES = ["fold", "repeat"]  # also columns, of a cross-validation
RUN_METRICS = [
    "epochs",
    "iterations",
    *[f"{split}_{name}" for split in ("training", "validation") for name in (*METRICS, "images")],
    "guarded_total_loss",
    "status",
    "reason",
]


class ResultsError(ValueError):
    """Arguments that name no results: the message says what was expected."""

    user_error = True


def flat(settings: dict[str, Any]) -> dict[str, str]:
    """Settings of a run by their dotted keys, as texts; a component with arguments is one value."""
    found = {}
    for section, values in settings.items():
        parts = values if section in ("split", "network", "training") else {"": values}
        found |= {f"{section}.{key}".rstrip("."): value for key, value in parts.items()}
    return {k: value if isinstance(value, str) else json.dumps(value) for k, value in found.items()}


@dataclass(frozen=True)
class FinishedExperiment:
    """What the workflow left in an experiment's folder."""

    folder: Path

    @cached_property
    def selection(self) -> dict[str, Any]:
        return artifacts.read_json(self.folder / "selection.json")

    @cached_property
    def test(self) -> dict[str, Any] | None:
        path = self.folder / "test.json"
        return artifacts.read_json(path) if path.exists() else None

    @cached_property
    def predictions(self) -> dict[str, Any] | None:
        path = self.folder / "test_predictions.npz"
        return artifacts.load_arrays(path) if path.exists() else None

    @cached_property
    def data(self) -> dict[str, Any]:
        """The checksums of the parsed arrays, by split; empty where they were not kept."""
        model = next(self.folder.glob("final/*/model.npz"), None)
        results = self.folder.resolve().parent.parent
        made = model and json.loads(str(artifacts.load_arrays(model, "made")["made"]))
        info = made and parsed(made["data"], results)
        return artifacts.read_json(info)["splits"] if info else {}

    def measured(self, *keys: str) -> list[Any]:
        """Return a metric of each seed of the chosen configuration, without failed runs.

        A second key takes one of a metric that consists of several.
        """
        failed = {failure["run"] for failure in self.selection["failures"]}
        runs = set(self.selection["configurations"][0]["runs"]) - failed
        found = [row for row in self.selection["measured"] if row["name"] in runs]
        for key in keys:
            found = [row[key] for row in found if row.get(key) is not None]
        return found

    def accuracies(self, split: str) -> list[float]:
        """The accuracy of each seed of the chosen configuration; none without such a split."""
        if split == "test":
            return [row["test_accuracy"] for row in self.test["networks"]] if self.test else []
        return self.measured(f"{split}_accuracy")

    @property
    def folds(self) -> int:
        """How many parts take turns to validate; 0 without a cross-validation."""
        return len({row["fold"] for row in self.selection["measured"] if "fold" in row})

    def images(self, split: str) -> int:
        """How many examples a split has."""
        if split == "test":
            return self.test["images"] if self.test else 0
        return max(self.measured(f"{split}_images"), default=0)

    def interval(self, split: str, values: Sequence[float]) -> Interval | None:
        """Of a mean accuracy; None where nothing tells. No new examples come into a training accuracy."""
        if self.folds and split != "test":
            return fold_interval(self.measured(), f"{split}_accuracy", self.folds)
        return accuracy_interval(values, 0 if split == "training" else self.images(split))


def parsed(data: Mapping[str, str], results: Path) -> Path | None:
    """Return the info.json of the parsed arrays with these checksums; None if they are not kept."""
    for info in sorted(results.glob("datasets/*/*/info.json")):
        with artifacts.whole(info):
            described = artifacts.read_json(info)["splits"]["train"]
            described = {part: described[f"{part}_sha256"] for part in ("images", "labels")}
        if all(sha256 == data[part] for part, sha256 in described.items()):
            return info
    return None


def find(name: str, results: Path) -> dict[str, FinishedExperiment]:
    """Return the experiments that an argument names: itself under "", or those of a results folder."""
    for folder in (Path(name), results / "experiments" / name):
        if (folder / "selection.json").is_file():
            return {"": FinishedExperiment(folder)}
        for experiments in (folder / "experiments", folder / "results" / "experiments"):
            found = sorted(experiments.glob("*/selection.json"))
            if found:
                return {path.parent.name: FinishedExperiment(path.parent) for path in found}
    known = [path.parent.name for path in sorted(results.glob("experiments/*/selection.json"))]
    raise ResultsError(
        f"{name} is no result: expected the name of an experiment that was built "
        f"({', '.join(known) or f'none in {results}'}), its folder with a selection.json, or a "
        "results folder with experiments/*/selection.json"
    )


def pair(a: str, b: str, results: Path) -> dict[str, tuple[FinishedExperiment, FinishedExperiment]]:
    """Return what to compare, by name."""
    first, second = find(a, results), find(b, results)
    if ("" in first) != ("" in second):
        raise ResultsError(f"{a} and {b}: one is an experiment and one a folder of several")
    common = [name for name in first if name in second]
    if not common:
        raise ResultsError(
            f"{a} and {b} have no experiment in common: {', '.join(first)} and {', '.join(second)}"
        )
    return {name or f"{a} and {b}": (first[name], second[name]) for name in common}


def finished_besides(names: Iterable[str], folder: str | Path) -> list[Path]:
    """Return the folders of the finished experiments in a folder, without those of some names."""
    known = set(names)
    finished = [path.parent for path in sorted(Path(folder).glob("*/runs.csv"))]
    finished = [path for path in finished if (path / "selection.json").exists()]
    return [path for path in finished if path.name not in known]
