"""Experiments, and the list of their runs."""

import math
from collections import Counter
from functools import cached_property, reduce
from operator import getitem
from typing import Any

from components.registry import component_name

from . import folds, sizes, sweep
from .errors import ConfigError, suggestion
from .naming import configuration_name, digest, joined, short_keys
from .run import LONGEST, TRAINED, Run, changed, refit_settings
from .sweep import Change

METRIC = "accuracy"  # configurations are compared by it unless `selection.metric` says otherwise


def value_at(settings: dict[str, Any], key: str) -> Any:
    return reduce(getitem, key.split("."), settings)


class Experiment:
    """A dataset, a network, a training recipe and a sweep over any of their values.

    ``settings`` are complete, see `experiments.validation.validated`; the list of runs needs no dataset.
    """

    plan: Any = None  # which it belongs to; it knows the digests in the names of its files

    def __init__(self, name: str, settings: dict[str, Any], dataset: dict[str, Any] | None = None):
        self.name, self.settings, self.dataset = name, settings, dataset or {}
        self.dataset_name = settings["dataset"]
        seeds = settings["seeds"]
        self.seeds: list[int] = list(range(seeds)) if isinstance(seeds, int) else seeds

    @property
    def has_test(self) -> bool:
        return self.dataset["test_size"] > 0

    @cached_property
    def changes(self) -> list[Change]:
        """The changes of each configuration of the sweep."""
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
            for fold in folds.folds_of(settings["split"]):
                split = folds.split_of(settings["split"], fold)
                own = settings | {"split": split} if fold else settings
                for seed in self.seeds:
                    name = joined(configuration, *folds.name_of(fold), f"seed={seed}")
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
        if name not in self.runs:
            hint = suggestion(name, self.runs) or f"; the first is {next(iter(self.runs))!r}"
            raise ConfigError(f"config: {self.name} has no run {name!r}{hint}")
        return self.runs[name]

    def seeded(self, configuration: str) -> list[str]:
        """Return the names of the runs of a configuration, one per seed, without folds."""
        names = [joined(configuration, f"seed={seed}") for seed in self.seeds]
        return [name for name in names if name in self.runs]

    @cached_property
    def rungs(self) -> list[int]:
        """The epochs at which successive halving drops configurations; none without halving.

        Jamieson and Talwalkar (2016): rung k trains until ``min_epochs * factor**k`` epochs. The best
        1/factor of its configurations continue, those of the last rung to the end.
        """
        halving = self.settings["halving"]
        if not halving:
            return []
        ends, full = [halving["min_epochs"]], sizes.epochs(self.settings, self.dataset)
        while ends[-1] < full:
            ends.append(ends[-1] * halving["factor"])
        return ends[:-1]

    @property
    def planned(self) -> dict[str, Any]:
        """The settings that its list of runs depends on; an experiment can be built from them."""
        keys = (*TRAINED, "dataset", "split", "sweep", "seeds", "refit", "halving")
        chosen = {} if self.metric == METRIC else {"selection": {"metric": self.metric}}
        return {key: self.settings[key] for key in keys} | chosen

    @property
    def metric(self) -> str:
        """The metric that compares configurations, without the name of the split."""
        return (self.settings.get("selection") or {}).get("metric", METRIC)

    def refit(self, settings: dict[str, Any], seed: int) -> Run:
        """Return the final training of the selected settings, see :func:`refit_settings`."""
        change = self.settings["refit"]
        final = refit_settings(settings, change)
        return Run(f"seed={seed}", "", change, seed, final, self.dataset)

    @cached_property
    def refits(self) -> list[Run]:
        """The refits of all configurations, one of which will be selected, with the first seed."""
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
        """Was every combination of the values tried? If not, a table would be mostly holes."""
        counts = [len({repr(change.get(key)) for change in self.changes}) for key in self.varied]
        return math.prod(counts) == len(self.changes) > 3

    @property
    def is_probable(self) -> bool:
        """Do the networks of all its configurations give probabilities?"""
        losses = {component_name(run.settings["network"]["loss"]) for run in self.runs.values()}
        return losses == {"softmax_cross_entropy"}

    @property
    def changes_basis(self) -> bool:
        """Does any of its runs turn pixels into other inputs?"""
        steps = [step for run in self.runs.values() for step in run.settings["preparation"]]
        return any(component_name(step) == "pca" for step in steps)
