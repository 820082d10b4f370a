"""Find finished experiments by name or path, and read their results."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

from components.errors import UserError
from evaluation import Interval, accuracy_interval, fold_interval, mean_score

from . import artifacts
from .columns import FOLD_NAMES

LEFT_OUT = "left out:"  # starts a line of the log about an experiment that cannot be shown
EARLIER = "earlier run"  # in the status of an experiment that another run of snakemake built


def _list(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


def _mapping(needed: dict[str, Any], others: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "required": [*needed], "properties": needed | (others or {})}


# JSON schemas of the keys that readers of finished experiments rely on.
TEXT, MAPPING = {"type": "string"}, {"type": "object"}
COUNT = {"type": "integer", "minimum": 0, "maximum": 2**53}  # up to here exact as floats
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
NULLABLE = SHARE | {"type": ["number", "null"]}
MEASURED = dict.fromkeys(("training_accuracy", "validation_accuracy"), NULLABLE)
MEASURED |= dict.fromkeys(("training_images", "validation_images", *FOLD_NAMES), COUNT)
SELECTION = _mapping(
    {
        "dataset": TEXT,
        "best_configuration": TEXT,
        "configurations": _list(_mapping({"runs": _list(TEXT)}), least=1),
        "failures": _list(_mapping({"run": TEXT})),
        "measured": _list(_mapping({"name": TEXT}, MEASURED)),
        "settings": _mapping({"split": MAPPING}, {"network": MAPPING, "training": MAPPING}),
    }
)
TEST = _mapping({"images": COUNT, "networks": _list(_mapping({"test_accuracy": SHARE}))})


def _read(path: Path, schema: dict[str, Any]) -> Any:
    """Read a JSON file; raise ArtifactError if it is damaged, or its readers cannot rely on it."""
    content = artifacts.read_json(path)
    with artifacts.whole(path):
        for error in Draft202012Validator(schema).iter_errors(content):
            raise ValueError(f"{error.json_path}: {error.message}")
    return content


def flat(settings: dict[str, Any]) -> dict[str, str]:
    """Return the settings of a run as texts by dotted keys; a component with arguments is one value."""
    found = {}
    for section, values in settings.items():
        parts = values if section in ("split", "network", "training") else {"": values}
        found |= {f"{section}.{key}".rstrip("."): value for key, value in parts.items()}
    return {k: value if isinstance(value, str) else json.dumps(value) for k, value in found.items()}


class Counts(NamedTuple):
    """How many trainings a mean is over; ``folds`` and ``repeats`` are 0 without a cross-validation."""

    seeds: int
    folds: int = 0
    repeats: int = 0

    @property
    def in_words(self) -> str:
        """Write as `3 seeds`, or `5 folds x 2 repeats x 3 seeds`."""
        names = [f"{self.folds} folds"] if self.folds else []
        if self.repeats > 1:
            names.append(f"{self.repeats} repeats")
        names.append("1 seed" if self.seeds == 1 else f"{self.seeds} seeds")
        return " x ".join(names)


@dataclass(frozen=True)
class FinishedExperiment:
    """The results in an experiment's folder."""

    folder: Path

    @cached_property
    def selection(self) -> dict[str, Any]:
        path = self.folder / "selection.json"
        content = _read(path, SELECTION)
        with artifacts.whole(path):
            if len({tuple(key in row for key in FOLD_NAMES) for row in content["measured"]}) > 1:
                raise ValueError("some runs have a fold and a repeat, others do not")
        return content

    @cached_property
    def test(self) -> dict[str, Any] | None:
        path = self.folder / "test.json"
        return _read(path, TEST) if path.exists() else None

    @cached_property
    def predictions(self) -> dict[str, Any] | None:
        path = self.folder / "test_predictions.npz"
        if not path.exists():
            return None
        found = artifacts.load_arrays(path, "labels", "predictions", "seeds")
        labels, predictions, seeds = found.values()
        with artifacts.whole(path):
            if len(seeds) and predictions.shape != (len(seeds), len(labels)):
                raise ValueError("its arrays have different lengths")
        return found

    @cached_property
    def data(self) -> dict[str, Any]:
        """The checksums of the parsed arrays, by split; empty if they were not kept."""
        model = next(self.folder.glob("final/*/model.npz"), None)
        results = self.folder.resolve().parent.parent
        if not model:
            return {}
        with artifacts.whole(model):
            made = json.loads(str(artifacts.load_arrays(model, "made")["made"]))["data"]
            made = {part: made[part] for part in ("images", "labels")}
        info = parsed(made, results)
        return artifacts.read_json(info)["splits"] if info else {}

    def measured(self, *keys: str) -> list[Any]:
        """Return a metric, or a part of it, of each seed of the chosen configuration that survived."""
        failed = {failure["run"] for failure in self.selection["failures"]}
        runs = set(self.selection["configurations"][0]["runs"]) - failed
        found = [row for row in self.selection["measured"] if row["name"] in runs]
        for key in keys:
            found = [row[key] for row in found if row.get(key) is not None]
        return found

    def scored(self, split: str) -> list[dict[str, Any]]:
        """Return the rows of `measured`, or of the test, that have an accuracy of a split."""
        tested = self.test["networks"] if self.test else []
        rows = tested if split == "test" else self.measured()
        return [row for row in rows if row.get(f"{split}_accuracy") is not None]

    def accuracies(self, split: str) -> list[float]:
        """The accuracy of each seed of the chosen configuration; none without such a split."""
        return [row[f"{split}_accuracy"] for row in self.scored(split)]

    def mean(self, split: str) -> float | None:
        """Return the mean accuracy of the chosen configuration, each fold counting the same."""
        return mean_score(self.scored(split), f"{split}_accuracy")

    def counts(self, split: str) -> Counts:
        """Count the trainings behind the mean accuracy of the chosen configuration."""
        runs = self.scored(split)
        if split == "test" or not self.folds:
            return Counts(len(runs))
        seeds = Counter((run["repeat"], run["fold"]) for run in runs)
        folds, repeats = ({run[key] for run in runs} for key in ("fold", "repeat"))
        return Counts(max(seeds.values(), default=0), len(folds), len(repeats))

    @property
    def folds(self) -> int:
        """The number of folds of a cross-validation, or 0."""
        return len({row["fold"] for row in self.selection["measured"] if "fold" in row})

    def images(self, split: str) -> int:
        """Return the number of examples of a split."""
        if split == "test":
            return self.test["images"] if self.test else 0
        return max(self.measured(f"{split}_images"), default=0)

    def interval(self, split: str, values: Sequence[float]) -> Interval | None:
        """Return the interval of a mean accuracy, or None; a training accuracy has no new examples."""
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
    """Return the experiment that an argument names under "", or all of a results folder by name."""
    for folder in (Path(name), results / "experiments" / name):
        if (folder / "selection.json").is_file():
            return {"": FinishedExperiment(folder)}
        for experiments in (folder / "experiments", folder / "results" / "experiments"):
            found = sorted(experiments.glob("*/selection.json"))
            if found:
                return {path.parent.name: FinishedExperiment(path.parent) for path in found}
    known = [path.parent.name for path in sorted(results.glob("experiments/*/selection.json"))]
    known = ", ".join(known) or f"none in {results}"
    others = "its folder with a selection.json, or a folder with experiments/*/selection.json"
    expected = f"expected the name of a finished experiment ({known}), {others}"
    raise UserError(f"no results found for {name}: {expected}")


def pair(a: str, b: str, results: Path) -> dict[str, tuple[FinishedExperiment, FinishedExperiment]]:
    """Return the pairs of experiments to compare, by name."""
    first, second = find(a, results), find(b, results)
    if ("" in first) != ("" in second):
        raise UserError(
            f"{a} and {b}: one is an experiment, the other a folder of several; compare two "
            "experiments, or two folders"
        )
    common = [name for name in first if name in second]
    if not common:
        names = f"{', '.join(first)} and {', '.join(second)}"
        raise UserError(f"{a} and {b} have no experiment in common: {names}")
    return {name or f"{a} and {b}": (first[name], second[name]) for name in common}


@contextmanager
def readable(folder: Path, earlier: bool) -> Iterator[None]:
    """Print that an experiment is left out if its files cannot be read; raise unless it is earlier."""
    try:
        yield
    except Exception as error:  # another version, or a hand, may have written anything
        if not earlier:
            raise
        reason = " ".join(f"{error if str(error) else type(error).__name__}".split())
        print(f"{LEFT_OUT} {folder}: {reason}")


def finished_besides(names: Iterable[str], folder: str | Path) -> list[Path]:
    """Return the folders of finished experiments, except those with the given names."""
    known = set(names)
    finished = [path.parent for path in sorted(Path(folder).glob("*/runs.csv"))]
    finished = [path for path in finished if (path / "selection.json").is_file()]
    return [path for path in finished if path.name not in known]
