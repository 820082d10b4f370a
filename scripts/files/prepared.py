"""Read and write prepared data: a split, its fitted preparation, and the checksums of its arrays."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from components.groups import group, prefixed
from inputs import Examples, Preparation

from . import artifacts

PARTS = ("training", "validation")


@dataclass
class Prepared:
    """A dataset's split, and the preparation fitted on its training part.

    Attributes:
        split: ascending int64 indices (n,) of ``training`` and ``validation`` in the training file
        info: the dataset's info.json, with its classes and the checksums of its arrays
        images, labels: the arrays of the training file, None if they were not read
        settings: the ``split`` and ``preparation`` of the config
        notes: remarks about the split for readers of scores
    """

    split: dict[str, np.ndarray]
    preparation: Preparation
    info: dict[str, Any]
    images: np.ndarray | None = None
    labels: np.ndarray | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _shared: dict[tuple, Examples] = field(default_factory=dict, init=False, repr=False)

    def examples(self, part: str, dtype, rows: slice = slice(None), **options: Any) -> Examples:
        """Return some of the examples of a part, as the network sees them; for options see Examples.

        All examples of a part without options are made once, and shared.
        """
        options = {name: value for name, value in options.items() if value is not None}
        key = (part, np.dtype(dtype)) if rows == slice(None) and not options else None
        if key in self._shared:
            return self._shared[key]
        rows = self.split[part][rows]
        made = Examples(self.images, self.labels, rows, self.preparation, dtype, **options)
        if key:
            self._shared[key] = made
        return made


def save_prepared(path: str | Path, prepared: Prepared) -> None:
    """Write prepared data; other arrays of the dataset give other content."""
    arrays = {part: prepared.split[part] for part in PARTS}
    arrays["info"] = artifacts.as_text(prepared.info)
    arrays["settings"] = artifacts.as_text(prepared.settings)
    arrays |= prefixed("preparation/", prepared.preparation.state())
    if prepared.notes:
        arrays["notes"] = artifacts.as_text(prepared.notes)
    artifacts.save_arrays(path, arrays)


def load_prepared(
    path: str | Path, steps: list, images: str | Path, labels: str | Path
) -> Prepared:
    """Read prepared data, fitted with the setting ``preparation`` in ``steps``, and open its arrays.

    Raises an ArtifactError if a file is damaged, or an array differs from the prepared one.
    """
    with artifacts.whole(path):
        return prepared_of(artifacts.load_arrays(path), steps, images, labels)


def prepared_of(
    arrays: Mapping[str, np.ndarray], steps: list, images: str | Path, labels: str | Path
) -> Prepared:
    """Return prepared data from the arrays of their file."""
    info, settings = (json.loads(str(arrays[name])) for name in ("info", "settings"))
    split = {part: arrays[part] for part in PARTS}
    preparation = Preparation.from_state(steps, group(arrays, "preparation/"))
    notes = json.loads(str(arrays.get("notes", "[]")))
    opened = open_split(images, labels, info["splits"]["train"])
    return Prepared(split, preparation, info, *opened, settings, notes)


def notes_of(path: str | Path) -> list[str]:
    """Return the notes of prepared data without reading the rest."""
    with artifacts.whole(path), np.load(path, allow_pickle=False) as archive:
        return json.loads(str(archive["notes"])) if "notes" in archive else []


def open_split(images: str | Path, labels: str | Path, described: dict) -> tuple[np.ndarray, ...]:
    """Open the arrays of a split, memory-mapped; their checksums must be those of info.json."""
    opened = artifacts.open_array(images, described["images_sha256"])
    return opened, artifacts.open_array(labels, described["labels_sha256"])
