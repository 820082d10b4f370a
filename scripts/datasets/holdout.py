"""Order and test split of data that come without one: by a hash of each example's content.

So neither depends on names, on the order of a listing, or on what else there is: examples that are
added move none of the others to another side, and copies of one example are on the same side.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from .errors import DatasetError


def in_order(digests: Sequence[bytes]) -> np.ndarray:
    """The positions (n,) of examples sorted by the digests of their content; equal ones stay."""
    return np.array(sorted(range(len(digests)), key=lambda i: digests[i]), np.int64)


def held_out(digests: Sequence[bytes], share: float) -> np.ndarray:
    """Which examples, bool (n,), are the test split: those whose digest is in the lowest `share`."""
    limit = int(share * 2**64)
    return np.array([int.from_bytes(d[-8:], "big") < limit for d in digests], bool)


def splits_of(
    images: np.ndarray, labels: np.ndarray, digests: Sequence[bytes], share: float
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Training and, with a share above 0, test examples, each in the order of their digests.

    Raises DatasetError where the share leaves a side empty.
    """
    order = in_order(digests)
    test = held_out(digests, share)[order]
    sides = {"train": order[~test], "test": order[test]} if share else {"train": order}
    for name, rows in sides.items():
        if not len(rows):
            raise DatasetError(
                f"test: a share of {share} of {len(order)} examples leaves none for the {name} "
                "split; expected more examples, or another share"
            )
    return {name: (images[rows], labels[rows]) for name, rows in sides.items()}


def numbered(digests: Sequence[bytes]) -> list[bytes]:
    """Mix into each digest its number among equal ones, so that equal rows do not move together."""
    seen: Counter[bytes] = Counter()
    found = []
    for digest in digests:
        found.append(hashlib.sha256(digest + seen[digest].to_bytes(8, "big")).digest())
        seen[digest] += 1
    return found
