"""Read and write bundles: the models of several runs in one ``.npz``, each array as ``<run>/<array>``.

Arrays are copied byte for byte, so a model taken out of a bundle is the file that scripts/train.py writes.
"""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import artifacts


class Bundle:
    """The models in a file, read on request. Use it in a ``with``.

    Every method raises an ArtifactError if the file is damaged or lacks the run.
    """

    def __init__(self, path: str | Path):
        self.path = path
        with artifacts.whole(path):
            self._archive = zipfile.ZipFile(path)
        self._members: dict[str, dict[str, str]] = {}  # by run and array
        for member in self._archive.namelist():
            run, _, array = member.partition("/")
            self._members.setdefault(run, {})[array.removesuffix(".npy")] = member

    def __enter__(self) -> "Bundle":
        return self

    def __exit__(self, *exception: object) -> None:
        self._archive.close()

    @property
    def runs(self) -> list[str]:
        """The names of its runs, in their order."""
        return list(self._members)

    def text(self, run: str, name: str) -> Any:
        """Read JSON that an array of a run's model holds: ``config`` or ``made``."""
        arrays = self.arrays(run, name)
        with artifacts.whole(self.path):
            return json.loads(str(arrays[name]))

    def arrays(self, run: str, *names: str, without: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
        """Read the arrays of a run's model, or those named; not those that start as ``without``."""
        members = self._of(run)
        names = names or tuple(name for name in members if not name.startswith(without))
        with artifacts.whole(self.path):
            contents = {name: self._archive.read(members[name]) for name in names}
            return {name: artifacts.array_in(content) for name, content in contents.items()}

    def take(self, run: str, path: str | Path) -> None:
        """Write a run's model to its own file."""
        members = self._of(run)
        with artifacts.atomic(path) as temporary, zipfile.ZipFile(temporary, "w") as target:
            for array, member in members.items():
                with artifacts.whole(self.path):
                    content = self._archive.read(member)
                _write(target, f"{array}.npy", content)

    def _of(self, run: str) -> dict[str, str]:
        if run not in self._members:
            raise artifacts.ArtifactError(f"{self.path}: has no run {run}")
        return self._members[run]


def join(path: str | Path, models: Mapping[str, Path]) -> None:
    """Write a bundle from the model files of its runs, by name, in their order."""
    with artifacts.atomic(path) as temporary, zipfile.ZipFile(temporary, "w") as target:
        for run, model in models.items():
            with artifacts.whole(model), zipfile.ZipFile(model) as source:
                members = {member: source.read(member) for member in source.namelist()}
            for member, content in members.items():
                _write(target, f"{run}/{member}", content)


def _write(target: zipfile.ZipFile, member: str, content: bytes) -> None:
    """Add a member to an archive exactly as numpy's savez does."""
    with target.open(member, "w", force_zip64=True) as file:
        file.write(content)
