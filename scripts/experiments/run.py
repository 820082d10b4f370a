"""Runs, and the keys under which they share preparations and gradient checks."""

from dataclasses import dataclass
from typing import Any

from components.registry import component_name

from .folds import FOLD, name_of, without_folds
from .naming import digest, joined, once, text_of
from .sizes import network_inputs

# A training job depends on these and its data; other settings belong to later stages.
TRAINED = ("network", "training", "preparation")
# Characters of the parts of a name that can be many; a file system allows 255 in all.
LONGEST = 200


def changed(settings: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return ``settings`` with the values of ``change`` put in at their dotted keys.

    Copies only the dictionaries on the way to them, so large sweeps stay cheap.
    """
    result = dict(settings)
    for key, value in change.items():
        *parents, last = key.split(".")
        place = result
        for parent in parents:
            place[parent] = dict(place[parent])
            place = place[parent]
        place[last] = value
        # The length is given in epochs or in iterations: one replaces the other.
        if key in ("training.epochs", "training.iterations") and value is not None:
            place["iterations" if last == "epochs" else "epochs"] = None
    result["preparation"] = as_list(result["preparation"])
    return result


def refit_settings(settings: dict, change: dict | None = None) -> dict:
    """Return the settings of a final training on training and validation rows, with ``change`` put in.

    It cannot wait for a better score: ``ends_after`` in the selected settings replaces ``patience``.
    """
    settings = changed(settings, change or {})
    split = without_folds(settings["split"])
    everything = {"validation": 0} if split["training"] is None else {"refit": True}
    settings["split"] = split | everything
    settings["training"] = settings["training"] | {"patience": None}
    return settings


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
        """The settings that its training depends on, with the seed."""
        keys = [key for key in (*TRAINED, "ends_after") if key in self.settings]
        return {key: self.settings[key] for key in keys} | {"seed": self.seed}

    @property
    def fold(self) -> dict[str, int]:
        """Its repeat and fold of a cross-validation; empty without one."""
        split = self.settings["split"]
        return {key: split[key] for key in FOLD if key in split}

    @property
    def prepared(self) -> str:
        """The key of its split and preparation."""
        return prepared_key(self.settings["split"], self.settings["preparation"])

    @property
    def gradients(self) -> dict[str, Any]:
        """The settings of its gradient check: network, loss, L2 or not, inputs and classes."""
        settings, l2 = self.settings, self.settings["training"]["l2"] > 0
        return _gradients(settings["network"], settings["preparation"], self.dataset, l2)

    @property
    def architecture(self) -> str:
        """The key of its gradient check: ``784-100-10__relu__5d41402a``."""
        return _architecture(self.gradients)


def as_list(steps: Any) -> list:
    """Return a list of components; a single one becomes a list of one."""
    return steps if isinstance(steps, list) else [steps]


@once
def prepared_key(split: dict[str, Any], steps: list) -> str:
    """Name what runs share: ``unit__validation=5000__1f0c2a9b``, or a fold ``unit__fold=3__5d41402a``."""
    names = "-".join(map(component_name, steps))[:LONGEST]
    validation = 0 if split.get("refit") else split["validation"]
    part = name_of(split) or [f"validation={validation}"]
    return joined(names, *part, digest([split, steps]))


@once
def _gradients(network: dict, steps: list, dataset: dict, l2: bool) -> dict:
    network = dict(network)
    for key in ("input_dropout", "dropout"):  # the derivative is the same for any probability
        network[key] = 0.5 if network[key] else 0.0
    network["input_initializer"] = None  # any initial weights will do
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
