"""Raw files that this machine has already: in the local mirror, or downloaded before."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from datasets import checksum
from experiments import ConfigError


def copies(config: Mapping[str, Any], here: bool) -> Callable[[str, str], tuple[str, str] | None]:
    """Return what finds a copy of a file of a dataset: its place and sha256, or None.

    Raises ConfigError where the local mirror is no folder; not in a job on another machine (``here`` is
    False), which fetches nothing.
    """
    key, mirror = "config: local_mirror", config.get("local_mirror")
    if not mirror:
        key, mirror = "the environment variable NN_LOCAL_MIRROR", os.environ.get("NN_LOCAL_MIRROR")
    if here and mirror and isinstance(mirror, str) and not os.path.isdir(mirror):
        raise ConfigError(
            f"{key} is {mirror!r}, which is no folder; expected one that has <dataset>/<file>: "
            "correct it, or do without"
        )

    def copy(dataset: str, file: str) -> tuple[str, str] | None:
        folders = [folder for folder in (mirror, "data/raw") if folder]
        places = (f"{folder}/{dataset}/{file}" for folder in folders)
        place = next(filter(os.path.isfile, places), None)
        return place and (place, checksum(place))

    return copy
