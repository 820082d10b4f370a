"""Bundles: the runs of an experiment, divided into sets that one job trains each.

The runs are sorted into a trie by the SHA-256 of their names. Adding or removing a run changes only
its own bundle, and a long run is a bundle of its own that keeps its name.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping

PREFIX = "bundle="  # then bits of the SHA-256 of the names of its runs


def bits_of(run_name: str) -> str:
    """Return the SHA-256 of a name as 256 characters, each 0 or 1."""
    return f"{int(hashlib.sha256(run_name.encode()).hexdigest(), 16):0256b}"


def runs_in(bundle: str, runs: Iterable[str]) -> list[str]:
    """Return those of some runs that belong to a bundle, sorted."""
    runs = sorted(runs)
    if bundle in runs:
        return [bundle]
    if not bundle.startswith(PREFIX):
        return []
    bits = bundle.removeprefix(PREFIX)
    return [name for name in runs if bits_of(name).startswith(bits)]


def divided(seconds: Mapping[str, float], most: float) -> dict[str, list[str]]:
    """Return the runs of each bundle, sorted; a bundle of one run has its name.

    A bundle takes at most ``most`` seconds by the estimates for its runs, or it is a single run.
    """
    bits = {name: bits_of(name) for name in sorted(seconds)}
    bundles, left = {}, [("", list(bits))]
    while left:
        prefix, names = left.pop()
        if len(names) > 1 and math.fsum(seconds[name] for name in names) > most:
            for bit in "01":
                half = [name for name in names if bits[name].startswith(prefix + bit)]
                left.append((prefix + bit, half))
        elif names:
            bundles[names[0] if len(names) == 1 else PREFIX + prefix] = names
    return dict(sorted(bundles.items()))
