"""What the rules compute and Snakemake has no part in: patterns, options of commands, what lies on disk."""

import os
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from experiments import ConfigError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one, where it was built
PATHS = ("path", "test_path")  # of a dataset: files and folders of this machine


def any_of(names: Iterable[str]) -> str:
    """A pattern for one of some names; of none, a pattern that nothing matches."""
    return "|".join(names) or "$^"


def flags(items: Iterable[tuple[str, str | Iterable[str]]]) -> str:
    """Files by their names as options of a command; a name without files is left out."""
    options = [(name, [files] if isinstance(files, str) else list(files)) for name, files in items]
    return " ".join(shlex.join([f"--{name}", *files]) for name, files in options if files)


def repeated_key(files: Iterable[str | Path]) -> str | None:
    """What is wrong with a config file that has a key twice: YAML's readers take the last, silently."""

    def first_in(node: yaml.Node) -> tuple[yaml.Node, yaml.Node] | None:
        parts = node.value if isinstance(node, yaml.CollectionNode) and node not in seen else []
        seen.add(node)  # a node may be in several places, or even in itself (&name, *name)
        known: dict[str, yaml.Node] = {}
        for part in parts:
            key, value = part if isinstance(part, tuple) else (None, part)
            if key is not None and key.value in known and isinstance(key, yaml.ScalarNode):
                return known[key.value], key
            if isinstance(key, yaml.ScalarNode):
                known[key.value] = key
            if found := first_in(value):
                return found
        return None

    for file in files:
        seen: set[yaml.Node] = set()
        node = yaml.compose(Path(file).read_text(encoding="utf-8"), Loader=LOADER)
        if node is not None and (found := first_in(node)):
            one, two = (key.start_mark.line + 1 for key in found)
            name = found[0].value
            return (
                f"{file}: the key {name!r} is in line {one} and in line {two}; remove one of them"
            )
    return None


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
    for a source that has a key twice.
    """
    datasets = {}
    sources, contents = list(sources), {}
    if repeated := repeated_key(sources):
        raise ConfigError(repeated)
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
