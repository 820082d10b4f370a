"""What the rules compute and Snakemake has no part in: patterns, options of commands, what lies on disk."""

import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from experiments import ConfigError
from experiments.schema import suggestion

from .configfiles import mistake_in

PATHS = ("path", "test_path")  # of a dataset: files and folders of this machine


def any_of(names: Iterable[str]) -> str:
    """A pattern for one of some names; of none, a pattern that nothing matches."""
    return "|".join(names) or "$^"


FOLDERS = {
    "results/experiments/": "experiment",
    "results/datasets/": "dataset",
    "data/raw/": "dataset",
}


def no_targets(experiments: Iterable[str], datasets: Iterable[str]) -> str:
    """A pattern for what no rule makes: names without a folder, folders of what no config has."""
    names = {"experiment": any_of(experiments), "dataset": any_of(datasets)}
    folders = (f"{folder}(?!(?:{names[kind]})/)[^/]+/.+" for folder, kind in FOLDERS.items())
    return "|".join(["[^/]+", *folders])


def refuse_target(target: str, names: Iterable[str], datasets: Iterable[str]) -> None:
    """End the call with what a target should have been, or raise ConfigError for a file that is there.

    Snakemake takes a file that is there and that no rule can make for a source. Raised for one that is
    missing, an error would be shown with a trace of its calls.
    """
    kind, known, name = "target", [*names], target
    for folder, of in FOLDERS.items():
        if target.startswith(folder):
            name = target.removeprefix(folder).partition("/")[0]
            kind, known = of, [*datasets] if of == "dataset" else known
    place = f" (of {target})" if name != target else ""
    hint = suggestion(name, known) or f"; known: {', '.join(known)}"
    message = f"no {kind} {name}{place}{hint}"
    if os.path.exists(target):
        raise ConfigError(message)
    sys.exit(f"error: {message}")


def flags(items: Iterable[tuple[str, str | Iterable[str]]]) -> str:
    """Files by their names as options of a command; a name without files is left out."""
    options = [(name, [files] if isinstance(files, str) else list(files)) for name, files in items]
    return " ".join(shlex.join([f"--{name}", *files]) for name, files in options if files)


def raw_flag(places: Mapping[str, str], files: Any) -> str:
    """The option that names raw data by their roles: the input of a job, or the folder that has it."""
    roles = (
        f"{role}={place if os.path.isdir(place) else files[role]}" for role, place in places.items()
    )
    return shlex.join(["--raw", *roles])


def located(config: dict[str, Any], sources: Iterable[str | Path]) -> dict[str, Any]:
    """A config in which paths of data of this machine are relative to the working directory.

    In a config file they are relative to that file: of ``sources``, the most important first, the one
    that names it counts. Of a path from the command line nothing is known; it stays. Raises ConfigError
    for a source in which something is wrong.
    """
    datasets = {}
    sources, contents = list(sources), {}
    for wrong in filter(None, map(mistake_in, sources)):
        raise ConfigError(wrong)
    for name, settings in _datasets_of(config).items():
        datasets[name] = settings
        for key in PATHS:
            place = settings.get(key) if isinstance(settings, dict) else None
            if not isinstance(place, str) or os.path.isabs(place):
                continue
            for source in sources:
                if source not in contents:
                    contents[source] = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
                theirs = _datasets_of(contents[source]).get(name)
                if isinstance(theirs, dict) and theirs.get(key) == place:
                    found = os.path.relpath(Path(source).absolute().parent / place)
                    datasets[name] = datasets[name] | {key: found}
                    break
    return {**config, "datasets": datasets} if datasets else config


def _datasets_of(config: Any) -> dict[Any, Any]:
    """The datasets of a config that may be anything yet."""
    datasets = config.get("datasets") if isinstance(config, dict) else None
    return datasets if isinstance(datasets, dict) else {}


def finished_besides(names: Iterable[str], folder: str | Path) -> list[Path]:
    """The folders of the finished experiments in a folder, without those of some names."""
    known = set(names)
    folders = [path.parent for path in sorted(Path(folder).glob("*/runs.csv"))]
    others = [path for path in folders if path.name not in known]
    return [path for path in others if (path / "selection.json").exists()]


def is_made_from(record: str | Path, digest: str, sources: Iterable[str | Path]) -> bool:
    """Does a record say that its folder was made from this, and is none of the sources newer?"""
    record = Path(record)
    if not record.exists() or record.read_text().strip() != digest:
        return False
    made = record.stat().st_mtime
    return all(path.stat().st_mtime <= made for path in map(Path, sources) if path.exists())
