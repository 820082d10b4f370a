"""The plan of the whole workflow: all experiments of a config, and what their stages need to know."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any
from unicodedata import normalize

from components.addresses import shown

from . import folds, own_data
from .changes import check_changes, read_numbers
from .checks import check_checksums, check_config, check_dataset, check_names
from .errors import ConfigError
from .experiment import Experiment, as_list
from .explanations import NO_TEXTS, Texts, suggestion
from .naming import digest
from .schema import resolve

# (name, settings, format) of a dataset -> its sizes, as the format finds them
Sizes = Callable[[str, dict[str, Any], Any], dict[str, Any]]

FIGURES = ("accuracy", "loss")  # the ends of the keys of published figures
ROOM_FOR_DATA = 5000  # characters of a message with a line for each column of a table


def derived(
    config: dict[str, Any], formats: dict[str, Any], sizes: Sizes, given: dict[str, Any]
) -> dict[str, Any]:
    """Complete a resolved config with everything that follows from it.

    `sizes` finds the sizes of generated data and of data of this machine. Own data have defaults for
    keys that the experiments in `given` lack. A single preparation step becomes a list.
    """
    for name, dataset in config["datasets"].items():
        kind = formats[dataset["format"]]
        if kind.places:
            dataset |= {"files": {}, "generator": None}
        else:  # a wrong key is said before a missing file
            check_dataset(f"datasets.{name}", dataset, kind)
        try:  # data of this machine
            if kind.check and dataset.get("path"):
                kind.check(_raw(dataset, kind, dataset["path"]))
            found = sizes(name, dataset, kind)
        except UnicodeEncodeError as error:
            raise ConfigError(
                f"config: datasets.{name}: {error.object!a} has letters that this locale cannot write: "
                "set PYTHONUTF8=1 or LC_ALL=C.UTF-8"
            ) from None
        except (ValueError, OSError) as error:
            lines = (f"config: datasets.{name}: {line}" for line in str(error).split("\n"))
            raise ConfigError("\n".join(lines), ROOM_FOR_DATA) from None
        if found:
            declared = dataset.get("classes", found.get("classes"))
            if isinstance(declared, list):  # names are compared in one form of Unicode
                declared = [normalize("NFC", str(name)) for name in declared]
            if "classes" in found and declared != found["classes"]:
                raise ConfigError(
                    f"config: datasets.{name}.classes is {declared}, but the data has {found['classes']}; "
                    "remove the key"
                )
            dataset |= found
    for name, settings in config["experiments"].items():
        dataset = config["datasets"].get(settings["dataset"])
        if dataset and formats[dataset["format"]].places:
            settings |= own_data.completed(given[name], settings, dataset)
        split = settings["split"], given[name].get("split"), dataset or {}
        settings["split"] = folds.completed(f"experiments.{name}", *split)
        if "folds" in settings["split"]:  # the networks of the folds are many; one is tested
            settings["refit"] = settings["refit"] or {}
        settings["preparation"] = as_list(settings["preparation"])
    return config


def _raw(dataset: dict[str, Any], kind: Any, folder: str) -> dict[str, str]:
    """The raw files of a dataset, or its places on this machine, by their roles."""
    if kind.places:
        return {role: dataset[key] for role, key in kind.places.items() if dataset[key]}
    return {role: f"{folder}/{entry['file']}" for role, entry in dataset["files"].items()}


class Plan:
    """All experiments of a config, validated.

    Args:
        config: as read from config.yaml and the files that override it.
        schema: the JSON schema, with the formats of datasets and the components of networks.
        sizes: finds the sizes of generated data and of data of this machine.
        texts: the text of the config's files before YAML converts it, for messages and for the digits of
            published figures.
        code: returns the digest of a program in scripts/, which is part of the names of what it makes.

    ``notes`` are sentences about the config that a user should read.

    Raises:
        ConfigError: naming the key, the value and what is allowed.
    """

    def __init__(
        self,
        config: dict[str, Any],
        schema: dict[str, Any],
        sizes: Sizes = lambda name, dataset, kind: kind.sizes(dataset) if kind.sizes else {},
        texts: Texts = NO_TEXTS,
        code: Callable[[str], str] = lambda program: "",
    ):
        self.formats, self.code, self.texts = schema["formats"], code, texts
        resolved, given = resolve(config, schema, texts), config["experiments"]
        self.given = given
        check_names(resolved)  # before a large table is read
        self.config = derived(resolved, self.formats, sizes, given)
        for settings in self.config["experiments"].values():
            read_numbers(settings, schema)
        check_config(self.config)
        self.datasets = self.config["datasets"]
        check_checksums(self.datasets)
        self.experiments = {
            name: Experiment(name, settings, self.datasets[settings["dataset"]], self)
            for name, settings in self.config["experiments"].items()
        }
        for experiment in self.experiments.values():
            check_changes(experiment, schema)
        self.notes = [
            f"experiments.{name}: {note}"
            for name, experiment in self.experiments.items()
            for note in own_data.notes(given[name], experiment.settings, experiment.dataset)
        ]

    def experiment(self, name: str) -> Experiment:
        """The experiment of this name; raises a ConfigError where the config has none."""
        if name not in self.experiments:
            hint = suggestion(name, self.experiments) or f"; known: {', '.join(self.experiments)}"
            raise ConfigError(f"config: no experiment {name!r}{hint}")
        return self.experiments[name]

    @property
    def targets(self) -> list[Experiment]:
        """What a plain `snakemake` builds."""
        return [self.experiments[name] for name in self.config["targets"]]

    @property
    def published(self) -> list[Experiment]:
        """The experiments that reproduce a published system."""
        return [e for e in self.experiments.values() if e.settings["published"]]

    def published_in(self, *shown: Iterable[Any]) -> dict[str, dict[str, Any]]:
        """The published figures of experiments, or folders of experiments, by their names.

        ``written`` has their texts, if known: 0.90 and 0.9 are one number, but not as precise.
        """
        names = {each.name for some in shown for each in some}
        return {
            e.name: {**e.settings["published"], "written": self._written(e)}
            for e in self.published
            if e.name in names
        }

    def _written(self, experiment: Experiment) -> dict[str, str]:
        path, texts = ("experiments", experiment.name, "published"), {}
        for name, value in self.given[experiment.name]["published"].items():
            if name.endswith(FIGURES):
                text = value if isinstance(value, str) else self.texts.value((*path, name), value)
                texts |= {name: text} if text else {}
        return texts

    @property
    def remarks(self) -> dict[str, str]:
        """What is to be known of the data, by experiment."""
        each = self.experiments.values()
        return {e.name: e.dataset["remark"] for e in each if e.dataset.get("remark")}

    def descriptions_of(self, *shown: Iterable[Any]) -> dict[str, str]:
        """Return what experiments, or folders of experiments, are about, by their names."""
        names = {each.name for some in shown for each in some}
        found = {e.name: e.settings["description"] for e in self.experiments.values()}
        return {name: text for name, text in found.items() if text and name in names}

    def requested(self, targets: set[str]) -> list[Experiment]:
        """The experiments asked for on the command line; without any, the config's ``targets``."""
        if "everything" in targets:
            return list(self.experiments.values())
        asked = [e for name, e in self.experiments.items() if name in targets]
        if "published" in targets:
            asked += self.published
        return list(dict.fromkeys(asked)) or self.targets

    def file(self, dataset: str, file: str) -> dict[str, Any]:
        """What a raw file is: its checksums, or which array of a generator."""
        settings = self.datasets[dataset]
        role, entry = self._entry(dataset, file)
        if settings["generator"]:
            return {"generator": settings["generator"], "array": role}
        return {key: entry[key] for key in ("sha256", "members_md5")}

    def mirrors(self, dataset: str, file: str) -> list[str]:
        """Where a raw file may come from; no part of what it is."""
        return self._entry(dataset, file)[1]["mirrors"]

    def origin(self, dataset: str, file: str) -> list[tuple[str, list[str]]]:
        """Options for fetching a raw file: where it may come from, and the bytes it has there.

        Commands are printed and kept, so the mirrors are without what may be secret.
        """
        size, folder = self._entry(dataset, file)[1]["size"], self.config["local_mirror"]
        mirrors = list(map(shown, self.mirrors(dataset, file)))
        options = {"mirrors": mirrors, "local-mirror": folder, "size": size}
        return [(k, v if isinstance(v, list) else [str(v)]) for k, v in options.items() if v]

    def _entry(self, dataset: str, file: str) -> tuple[str, dict[str, Any]]:
        for role, entry in self.datasets[dataset]["files"].items():
            if entry["file"] == file:
                return role, entry
        raise ConfigError(f"config: datasets.{dataset} has no file {file!r}")

    def raw(self, dataset: str) -> dict[str, str]:
        """The raw files of a dataset, or the folders of this machine that have them, by their roles."""
        settings = self.datasets[dataset]
        folder = settings.get("path") or f"data/raw/{dataset}"
        return _raw(settings, self.formats[settings["format"]], folder)

    def parsed(self, dataset: str) -> dict[str, Any]:
        """What the parsed arrays of a dataset depend on: all but where its files come from."""
        settings = self.datasets[dataset]
        places = {"files", "path", "remark", *self.formats[settings["format"]].places.values()}
        files = settings["files"]
        settings = {key: value for key, value in settings.items() if key not in places}
        return {**settings, "files": {k: self.file(dataset, e["file"]) for k, e in files.items()}}

    @cached_property
    def data_digests(self) -> dict[str, str]:
        """Digests of all that decides the parsed arrays of each dataset: settings, raw files and code."""
        found = {}
        for name, dataset in self.datasets.items():
            generator = self.code("datasets/digits") if dataset["generator"] else ""
            found[name] = digest([self.parsed(name), self.code("parse"), generator], 10)
        return found

    @cached_property
    def prepared(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Split and preparation by dataset and key."""
        found = {}
        for experiment in self.experiments.values():
            for run in (*experiment.runs.values(), *experiment.refits):
                found[experiment.dataset_name, run.prepared] = {
                    key: run.settings[key] for key in ("split", "preparation")
                }
        return found

    def to_prepare(self, dataset: str, key: str) -> tuple[dict[str, Any], list]:
        """A dataset's settings and the steps of one of its preparations."""
        return self.datasets[dataset], self.prepared[dataset, key]["preparation"]

    @cached_property
    def architectures(self) -> dict[str, dict[str, Any]]:
        """What the gradient check of each distinct architecture needs to know."""
        return {
            run.architecture: run.gradients | {"l2": 0.01 * run.gradients["l2"]}
            for experiment in self.experiments.values()
            for run in experiment.runs.values()
        }
