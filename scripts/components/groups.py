"""Groups of named arrays in one dictionary or file: the names of a group have the same prefix."""

from collections.abc import Mapping

import numpy as np


def prefixed(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Put a prefix such as `network.` before the names of arrays."""
    return {f"{prefix}{name}": array for name, array in arrays.items()}


def group(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return the arrays whose names start with a prefix, without it."""
    return {k.removeprefix(prefix): arrays[k] for k in arrays if k.startswith(prefix)}
