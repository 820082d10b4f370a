"""Order and test split of data that come without one: by a hash of each example's content.

So neither depends on names, on the order of a listing, or on other examples: new examples move no other
to another split. Copies of a picture share a split; equal rows of numbers need not.
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

from .errors import DatasetError

BLOCK_ROWS = 1000


def as_array(digests: Iterable[bytes]) -> np.ndarray:
    """Return SHA-256 digests as an array, uint8 (n, 32)."""
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32)


def held_out(digests: np.ndarray, share: float) -> np.ndarray:
    """Return the mask, bool (n,), of the test split: the digests (n, 32) in the lowest `share`."""
    return np.ascontiguousarray(digests[:, -8:]).view(">u8")[:, 0] < int(share * 2**64)


def splits_of(
    digests: Sequence[bytes], share: float, *arrays: np.ndarray
) -> dict[str, tuple[np.ndarray, ...]]:
    """Divide arrays (n, ...) into training and, with a share above 0, test examples.

    Each split is in the order of its digests. Raises DatasetError if the share leaves a side empty.
    """
    sides, _ = sides_of(as_array(digests), share)
    return {name: tuple(array[rows] for array in arrays) for name, rows in sides.items()}


def numbered(digests: np.ndarray) -> np.ndarray:
    """Mix its number among equal ones into each repeated digest (n, 32), so they can part."""
    digests = digests.copy()
    order = sorted_by(digests)
    places = np.arange(len(order))
    equal = np.zeros(len(order), bool)
    equal[1:] = (digests[order[1:]] == digests[order[:-1]]).all(axis=1)
    number = places - np.maximum.accumulate(np.where(equal, 0, places))
    for place in np.flatnonzero(number):
        text = digests[order[place]].tobytes() + int(number[place]).to_bytes(8, "big")
        digests[order[place]] = np.frombuffer(hashlib.sha256(text).digest(), np.uint8)
    return digests


def digests_of_rows(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Return the digest of each row of a table, uint8 (n, 32): of its inputs, not of its label.

    `columns` have 8 bytes per cell.
    """
    found = []
    for start in range(0, len(columns[0]), BLOCK_ROWS):
        block = np.stack([column[start : start + BLOCK_ROWS] for column in columns], axis=1)
        found.append(b"".join(hashlib.sha256(row).digest() for row in block))
    return as_array(found)


def digests_of_groups(groups: Sequence[str]) -> np.ndarray:
    """Return the digest of each row's group, uint8 (n, 32)."""
    known = {group: hashlib.sha256(group.encode()).digest() for group in set(groups)}
    return as_array(known[group] for group in groups)


def sorted_by(*digests: np.ndarray) -> np.ndarray:
    """Return the positions (n,) of rows sorted by their digests, uint8 (n, 32) each."""
    keys = [key for d in digests for key in np.ascontiguousarray(d).view(">u8").T.astype(np.uint64)]
    order = np.argsort(keys[0], kind="stable")
    tied = keys[0][order[1:]] == keys[0][order[:-1]]  # mostly equal digests, if any
    if any((key[order[1:]] != key[order[:-1]])[tied].any() for key in keys[1:]):
        order = np.lexsort(keys[::-1])
    return order


def sides_of(
    digests: np.ndarray, share: float, groups: np.ndarray | None = None
) -> tuple[dict[str, np.ndarray], list[int] | None]:
    """Return the rows of each split in their order, and the sizes of the training split's groups.

    With the digests of `groups`, whole groups are held out, and rows come group after group.
    """
    owners = digests if groups is None else groups
    order = sorted_by(owners, digests) if groups is not None else sorted_by(digests)
    test = held_out(owners, share)[order] if share else np.zeros(len(order), bool)
    sides = {"train": order[~test], "test": order[test]} if share else {"train": order}
    for name, found in sides.items():
        if not len(found):
            unit = "examples" if groups is None else "rows (their groups stay together)"
            raise DatasetError(
                f"test: a share of {share} of {len(order)} {unit} leaves none for the {name} split; "
                "expected more examples, or another share"
            )
    if groups is None:
        return sides, None
    inside = groups[sides["train"]]
    ends = np.flatnonzero((inside[1:] != inside[:-1]).any(axis=1)) + 1
    return sides, np.diff([0, *ends, len(inside)]).tolist()
