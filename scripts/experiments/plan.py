"""The plan of the whole workflow: all experiments of a config, and the settings of their stages."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from components.addresses import shown

from .errors import ConfigError, suggestion
from .experiment import Experiment
from .naming import digest
from .validation import Sizes, raw_files, validated

FIGURES = ("accuracy", "loss")  # the ends of the keys of published figures


class Plan:
    """All experiments of a config, validated by a schema (`configuration.schema`).

    Args:
        sizes: finds the sizes of generated data and of data of this machine.
        text_at: returns the text of a value, by its path of keys, for the digits of published figures.
        code: returns the digest of a program in scripts/, a part of the names of the files it makes.
    """

    def __init__(
        self,
        config: dict[str, Any],
        schema: dict[str, Any],
        sizes: Sizes = lambda name, dataset, kind: kind.sizes(dataset) if kind.sizes else {},
        text_at: Callable[[tuple[str, ...]], str | None] = lambda path: None,
        code: Callable[[str], str] = lambda program: "",
    ):
        self.formats, self.code, self.text_at = schema["formats"], code, text_at
        self.config, self.experiments = validated(config, schema, sizes)
        self.datasets = self.config["datasets"]
        for experiment in self.experiments.values():
            experiment.plan = self

    def experiment(self, name: str) -> Experiment:
        """Return the experiment of this name; raise a ConfigError if the config has none."""
        if name not in self.experiments:
            hint = suggestion(name, self.experiments) or f"; known: {', '.join(self.experiments)}"
            raise ConfigError(f"config: no experiment {name!r}{hint}")
        return self.experiments[name]

    @property
    def targets(self) -> list[Experiment]:
        """The experiments that a plain `snakemake` builds."""
        return [self.experiments[name] for name in self.config["targets"]]

    @property
    def published(self) -> list[Experiment]:
        """The experiments that reproduce a published system."""
        return [e for e in self.experiments.values() if e.settings["published"]]

    def published_in(self, *shown: Iterable[Any]) -> dict[str, dict[str, Any]]:
        """Return the published figures of experiments, or folders of experiments, by their names.

        ``written`` has their texts, if known: 0.90 and 0.9 are one number of different precision.
        """
        found = {}
        for experiment in self._shown(shown):
            name, published, written = experiment.name, experiment.settings["published"], {}
            if not published:
                continue
            for key in published:
                text = self.text_at(("experiments", name, "published", key))
                if text and key.endswith(FIGURES):
                    written[key] = text
            found[name] = {**published, "written": written}
        return found

    @property
    def remarks(self) -> dict[str, str]:
        """The remarks on the data of each experiment."""
        remarks = {e.name: e.dataset.get("remark") for e in self.experiments.values()}
        return {name: remark for name, remark in remarks.items() if remark}

    def descriptions_of(self, *shown: Iterable[Any]) -> dict[str, str]:
        """Return the descriptions of experiments, or folders of experiments, by their names."""
        descriptions = {e.name: e.settings["description"] for e in self._shown(shown)}
        return {name: description for name, description in descriptions.items() if description}

    def _shown(self, shown: Iterable[Iterable[Any]]) -> list[Experiment]:
        names = {each.name for some in shown for each in some}
        return [e for e in self.experiments.values() if e.name in names]

    def requested(self, targets: set[str]) -> list[Experiment]:
        """Return the experiments asked for on the command line, or else the config's ``targets``."""
        if "everything" in targets:
            return list(self.experiments.values())
        asked = [e for name, e in self.experiments.items() if name in targets]
        if "published" in targets:
            asked += self.published
        return list(dict.fromkeys(asked)) or self.targets

    def file(self, dataset: str, file: str) -> dict[str, Any]:
        """Return the identity of a raw file: its checksums, or an array of a generator."""
        settings = self.datasets[dataset]
        role, entry = self._entry(dataset, file)
        if settings["generator"]:
            return {"generator": settings["generator"], "array": role}
        return {key: entry[key] for key in ("sha256", "members_md5")}

    def origin(self, dataset: str, file: str) -> dict[str, list[str]]:
        """Return options for fetching a raw file: its mirrors, and its size there.

        Commands are printed and kept, so the mirrors are without passwords and signatures.
        """
        entry, folder = self._entry(dataset, file)[1], self.config["local_mirror"]
        options = {"mirrors": list(map(shown, entry["mirrors"])), "local_mirror": [folder]}
        options["size"] = [str(entry["size"] or "")]
        return {name: values for name, values in options.items() if any(values)}

    def _entry(self, dataset: str, file: str) -> tuple[str, dict[str, Any]]:
        for role, entry in self.datasets[dataset]["files"].items():
            if entry["file"] == file:
                return role, entry
        raise ConfigError(f"config: datasets.{dataset} has no file {file!r}")

    def raw(self, dataset: str) -> dict[str, str]:
        """Return the raw files of a dataset, or its folders on this machine, by their roles."""
        settings = self.datasets[dataset]
        folder = settings.get("path") or f"data/raw/{dataset}"
        return raw_files(settings, self.formats[settings["format"]], folder)

    def parsed(self, dataset: str) -> dict[str, Any]:
        """Return the settings that the parsed arrays depend on, without the places of the files."""
        settings = self.datasets[dataset]
        places = {"files", "path", "remark", *self.formats[settings["format"]].places.values()}
        kept = {key: value for key, value in settings.items() if key not in places}
        files = settings["files"].items()
        return kept | {"files": {role: self.file(dataset, entry["file"]) for role, entry in files}}

    @cached_property
    def data_digests(self) -> dict[str, str]:
        """Digests of the settings, raw files and code that the arrays of each dataset depend on."""
        found, parse, digits = {}, self.code("parse"), self.code("datasets/digits")
        for name, dataset in self.datasets.items():
            generator = digits if dataset["generator"] else ""
            found[name] = digest([self.parsed(name), parse, generator], 10)
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

    @cached_property
    def architectures(self) -> dict[str, dict[str, Any]]:
        """The settings of the gradient check of each architecture."""
        found = {}
        for experiment in self.experiments.values():
            for run in experiment.runs.values():
                found[run.architecture] = run.gradients | {
                    "l2": 0.01 if run.gradients["l2"] else 0.0
                }
        return found
