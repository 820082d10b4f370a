"""States as plain arrays, fit for `np.savez` without pickles: those of parts under a prefix."""

from collections.abc import Mapping

import numpy as np


def prefixed(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def part(state: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays under this prefix, without it."""
    start = f"{prefix}."
    return {name.removeprefix(start): state[name] for name in state if name.startswith(start)}
