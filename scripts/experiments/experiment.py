"""Experiments and their runs, and the keys under which runs share work."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property, reduce
from math import prod
from operator import getitem
from typing import Any

from . import folds, sweep
from .errors import ConfigError
from .explanations import suggestion
from .halving import rungs, total_epochs
from .naming import configuration_name, digest, joined, name_of, once, short_keys, text_of
from .sweep import Change

METRIC = "accuracy"  # that an experiment is selected by if it names no other
# What a training job depends on besides its data; everything else belongs to later stages.
TRAINED = ("network", "training", "preparation")
LONGEST = (
    200  # characters of a name's parts that may be many; a file system takes 255 with the rest
)


def changed(settings: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return ``settings`` with the values of ``change`` put at their dotted keys.

    Only what is on the way to them is copied, and nobody changes settings in place.
    """
    result = dict(settings)
    for key, value in change.items():
        *parents, last = key.split(".")
        place = result
        for parent in parents:
            place[parent] = dict(place[parent])
            place = place[parent]
        place[last] = value
        # A run is counted in epochs or in iterations: naming one replaces the other.
        if key in ("training.epochs", "training.iterations") and value is not None:
            place["iterations" if last == "epochs" else "epochs"] = None
    result["preparation"] = as_list(result["preparation"])
    return result


def value_at(settings: dict[str, Any], key: str) -> Any:
    """Return the value at a dotted key."""
    return reduce(getitem, key.split("."), settings)


@dataclass(frozen=True)
class Run:
    """One configuration with one seed."""

    name: str
    configuration: str
    change: dict[str, Any]
    seed: int
    settings: dict[str, Any]
    dataset: dict[str, Any]

    @property
    def trained(self) -> dict[str, Any]:
        """The part of the settings that its training depends on, with the seed."""
        length = {key: self.settings[key] for key in ("ends_after",) if key in self.settings}
        return {**{key: self.settings[key] for key in TRAINED}, "seed": self.seed, **length}

    @property
    def part(self) -> dict[str, int]:
        """Its repeat and fold of a cross-validation; empty without."""
        split = self.settings["split"]
        return {key: split[key] for key in folds.PARTS if key in split}

    @property
    def prepared(self) -> str:
        """The key of its split and preparation."""
        return prepared_key(self.settings)

    @property
    def gradients(self) -> dict[str, Any]:
        """What its gradients depend on: network, loss, whether there is L2, and the width of the input."""
        settings, l2 = self.settings, self.settings["training"]["l2"] > 0
        return _gradients(settings["network"], settings["preparation"], self.dataset, l2)

    @property
    def architecture(self) -> str:
        """The key of its gradient check: ``784-100-10__relu__5d41402a``."""
        return _architecture(self.gradients)


class Experiment:
    """A dataset, a network, a training recipe and a sweep over any of their values.

    Args:
        name: its key in config.yaml.
        settings: resolved, see :func:`experiments.resolve`.
        dataset: the resolved settings of its dataset; not needed for the list of runs.
        plan: the plan it is part of, which knows the digests in the names of its files.
    """

    def __init__(
        self,
        name: str,
        settings: dict[str, Any],
        dataset: dict[str, Any] | None = None,
        plan: Any = None,
    ):
        self.name, self.settings, self.dataset, self.plan = name, settings, dataset or {}, plan
        self.dataset_name = settings["dataset"]
        seeds = settings["seeds"]
        self.seeds: list[int] = list(range(seeds)) if isinstance(seeds, int) else seeds

    @property
    def has_test(self) -> bool:
        return self.dataset["test_size"] > 0

    @cached_property
    def changes(self) -> list[Change]:
        """What each configuration of the sweep changes."""
        try:
            return sweep.expand(self.settings["sweep"])
        except ConfigError as error:
            raise ConfigError(f"config: experiments.{self.name}.sweep: {error}") from None

    @cached_property
    def runs(self) -> dict[str, Run]:
        """All runs by name, configuration after configuration, each with every fold and seed."""
        names = short_keys(self.varied)
        runs: dict[str, Run] = {}
        texts = [configuration_name(change, names) for change in self.changes]
        alike = Counter(texts)
        for change, configuration in zip(self.changes, texts, strict=True):
            if len(configuration) > LONGEST or alike[configuration] > 1:
                configuration = joined(configuration[:LONGEST], digest(change))
            settings = changed(self.settings, change)
            for part in folds.parts_of(settings["split"]):
                split = folds.split_of(settings["split"], part)
                own = settings | {"split": split} if part else settings
                for seed in self.seeds:
                    name = joined(configuration, *folds.name_of(part), f"seed={seed}")
                    runs[name] = Run(name, configuration, change, seed, own, self.dataset)
        return runs

    @cached_property
    def configurations(self) -> dict[str, Run]:
        """The first run of each configuration, by the configuration's name."""
        first: dict[str, Run] = {}
        for run in self.runs.values():
            first.setdefault(run.configuration, run)
        return first

    def run(self, name: str) -> Run:
        """Return the run called ``name``; raise a ConfigError if the experiment has none."""
        try:
            return self.runs[name]
        except KeyError:
            hint = suggestion(name, self.runs)
            raise ConfigError(f"config: {self.name} has no run {name!r}{hint}") from None

    def seeded(self, configuration: str, seed: int) -> list[str]:
        """The run of a configuration with a seed, by its name; none if the sweep does not have it."""
        name = joined(configuration, f"seed={seed}")
        return [name] if name in self.runs else []

    @cached_property
    def rungs(self) -> list[int]:
        """The epochs at which halving drops configurations; none without halving."""
        if not self.settings["halving"]:
            return []
        epochs = total_epochs(self.settings, self.dataset, f"experiments.{self.name}")
        return rungs(self.settings["halving"], epochs)

    @property
    def planned(self) -> dict[str, Any]:
        """What its list of runs depends on; enough to build the experiment again elsewhere."""
        keys = (*TRAINED, "dataset", "split", "sweep", "seeds", "refit", "halving")
        planned = {key: self.settings[key] for key in keys}
        if self.metric != METRIC:
            planned["selection"] = {"metric": self.metric}
        return planned

    @property
    def metric(self) -> str:
        """What configurations are compared by, without the name of the split."""
        return (self.settings.get("selection") or {}).get("metric", METRIC)

    def refit(self, settings: dict[str, Any], seed: int) -> Run:
        """Return the final training of the selected settings, see :func:`refit_settings`."""
        change = self.settings["refit"]
        final = refit_settings(settings, change)
        return Run(f"seed={seed}", "", change, seed, final, self.dataset)

    @cached_property
    def refits(self) -> list[Run]:
        """The runs that a refit may turn out to be, with the first seed."""
        if self.settings["refit"] is None:
            return []
        return [self.refit(run.settings, run.seed) for run in self.configurations.values()]

    @cached_property
    def prepared(self) -> list[str]:
        """The keys of the preparations of its runs."""
        return list(dict.fromkeys(run.prepared for run in self.runs.values()))

    @cached_property
    def architectures(self) -> list[str]:
        """The keys of the gradient checks of its runs."""
        return list(dict.fromkeys(run.architecture for run in self.runs.values()))

    @cached_property
    def varied(self) -> list[str]:
        """The dotted keys that the sweep varies."""
        return list(dict.fromkeys(key for change in self.changes for key in change))

    @property
    def is_full_grid(self) -> bool:
        """Was every combination of the values tried? Where not, a table would be mostly holes."""
        counts = [len({repr(change.get(key)) for change in self.changes}) for key in self.varied]
        return prod(counts) == len(self.changes) > 3

    @property
    def is_probable(self) -> bool:
        """Are its networks trained to give probabilities, whichever is chosen?"""
        losses = {name_of(run.settings["network"]["loss"]) for run in self.runs.values()}
        return losses == {"softmax_cross_entropy"}

    @property
    def changes_basis(self) -> bool:
        """Are the inputs of the network no pixels any more, in any of its runs?"""
        steps = [step for run in self.runs.values() for step in run.settings["preparation"]]
        return any(name_of(step) == "pca" for step in steps)


def as_list(steps: Any) -> list:
    """A single component is a list of one."""
    return steps if isinstance(steps, list) else [steps]


def network_inputs(settings: dict[str, Any], dataset: dict[str, Any]) -> int:
    """Return how many values a network reads; fewer where pca finds fewer axes with variance."""
    steps = [step for step in settings["preparation"] if isinstance(step, dict)]
    widths = [step["components"] for step in steps if step.get("components") is not None]
    return widths[-1] if widths else prod(dataset["shape"])


def prepared_key(settings: dict[str, Any]) -> str:
    """Name the split and preparation that runs share: ``unit__validation=5000__1f0c2a9b``.

    Those of a fold have its number instead: ``unit__fold=3__5d41402a``.
    """
    return _prepared(settings["split"], settings["preparation"])


@once
def _prepared(split: dict[str, Any], steps: list) -> str:
    names = "-".join(map(name_of, steps))[:LONGEST]
    validation = 0 if split.get("refit") else split["validation"]
    part = folds.name_of(split) or [f"validation={validation}"]
    return joined(names, *part, digest([split, steps]))


@once
def _gradients(
    network: dict[str, Any], steps: list, dataset: dict[str, Any], l2: bool
) -> dict[str, Any]:
    network = dict(network)
    for key in ("input_dropout", "dropout"):  # the derivative is the same for any probability
        network[key] = 0.5 * (network[key] > 0)
    network["input_initializer"] = None  # where a check starts from does not matter to it
    loss, classes = network.get("loss"), len(dataset["classes"])
    if isinstance(loss, dict) and isinstance(loss.get("class_weights"), str | dict):
        # Any numbers that differ will do: those of the training labels are not known here.
        weights = [(number + 1) / classes for number in range(classes)]
        network["loss"] = {**loss, "class_weights": weights}
    inputs = network_inputs({"preparation": steps}, dataset)
    return {"network": network, "l2": l2, "inputs": inputs, "classes": classes}


@once
def _architecture(gradients: dict[str, Any]) -> str:
    network = gradients["network"]
    widths = [gradients["inputs"], *network["hidden"], gradients["classes"]]
    return joined(text_of(widths)[:LONGEST], text_of(network["activation"]), digest(gradients))


def refit_settings(settings: dict[str, Any], change: Change | None = None) -> dict[str, Any]:
    """Return the settings of a final training, with ``change`` put in.

    It trains on the training and validation rows of the split, and no others: ``refit`` in a split
    puts the two together. Without validation rows it cannot wait for a better score: ``ends_after`` in
    the selected settings says how long it trains instead of ``patience``.
    """
    settings = changed(settings, change or {})
    split = folds.without(settings["split"])
    whole = {"validation": 0} if split["training"] is None else {"refit": True}
    settings["split"] = split | whole
    settings["training"] = settings["training"] | {"patience": None}
    return settings
