"""Find out which array of an archive is which part of a dataset, and where its channels are."""

import re
from collections.abc import Mapping

import numpy as np

from .errors import DatasetError, some
from .npz_file import Headers, listing

SPLITS = ("train", "validation", "test")
ROLES = [f"{split}_{kind}" for split in SPLITS for kind in ("images", "labels")]
KERAS = dict(zip(ROLES, ("x_train", "y_train", "x_val", "y_val", "x_test", "y_test"), strict=True))
CHANNELS = ((1, 3), (2, 4))  # usual numbers of channels, and rarer ones
# Words in the names of arrays, by their meaning.
WORDS = {
    "train": "train training trn tr",
    "validation": "val valid validation dev",
    "test": "test testing tst te",
    "images": "x image images img imgs picture pictures pixels data feature features input inputs "
    "sample samples example examples",
    "labels": "y label labels target targets",
}
MEANINGS = {word: meaning for meaning, words in WORDS.items() for word in words.split()}


def role_of(name: str) -> str | None:
    """Guess the role of an array from its name: train_images for X_train, images for data."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rpartition("/")[2]).lower()
    found: list[str] = []
    for word in filter(None, re.split(r"[^a-z]+", words)):
        parts = [word] if word in MEANINGS else [word[0], word[1:]]  # xtrain
        if not all(part in MEANINGS for part in parts):
            return None
        found += [MEANINGS[part] for part in parts]
    kinds, splits = ([m for m in found if (m in SPLITS) is wanted] for wanted in (False, True))
    if len(kinds) != 1 or len(splits) > 1:
        return None
    return "_".join([*splits, *kinds])


def roles_of(known: Headers, named: Mapping[str, str | None], notes: list[str]) -> dict[str, str]:
    """Return the names of arrays by role: from the config, else Keras's names, else guessed."""
    for role, name in named.items():
        if name is not None and name not in known:
            raise DatasetError(
                f"has no array {name!r}, which arrays.{role} names; it has {listing(known)}"
            )
    roles = {role: name for role, name in named.items() if name is not None}
    roles |= {r: name for r, name in KERAS.items() if r not in named and name in known}
    for name in roles.values():
        if len(twice := [role for role, other in roles.items() if other == name]) > 1:
            raise DatasetError(
                f"the array {name} is both {some(twice)}; name another under `arrays`, or leave the split "
                "out with null"
            )
    guesses: dict[str, list[str]] = {}
    for name in known:
        if name not in roles.values() and (role := role_of(name)):
            guesses.setdefault(role, []).append(name)
    guessed = []
    for role in [role for role in ROLES if role not in roles and role not in named]:
        # x and y alone are training arrays
        candidates = guesses.get(role) or guesses.get(role.removeprefix("train_"), [])
        if len(candidates) > 1:
            raise DatasetError(
                f"{some(candidates)} may both be the {role}; name one under `arrays`, with "
                f"`arrays: {{{role}: {candidates[0]}}}`"
            )
        if candidates:
            (roles[role],) = candidates
            guessed.append(role)
    _check_pairs(roles, known)
    if renamed := [f"{roles[role]} is {role}" for role in guessed if roles[role] != role]:
        notes.append(
            f"by the names of the arrays, {', '.join(renamed)}; set `arrays` to name others"
        )
    if unused := [name for name in known if name not in roles.values()]:
        notes.append(f"arrays of the file that are not used: {some(unused, listed=12)}")
    return roles


def _check_pairs(roles: Mapping[str, str], known: Headers) -> None:
    """Raise DatasetError for images without labels, or the reverse, and without training arrays."""
    for split in SPLITS:
        pair = [f"{split}_images", f"{split}_labels"]
        missing = [role for role in pair if role not in roles]
        if len(missing) == 1 or (missing and split == "train"):
            there = "".join(f"{roles[role]} for {role}, but " for role in pair if role in roles)
            names = ", ".join(f"{role}: NAME" for role in missing)
            leave = f", or leave both out: `arrays: {{{pair[0]}: null, {pair[1]}: null}}`"
            raise DatasetError(
                f"has {there}no array for {some(missing)}; it has {listing(known)}; name it "
                f"with `arrays: {{{names}}}`{leave if split != 'train' else ''}"
            )


def channels_first(name: str, shape: tuple[int, ...], channels: str | None) -> bool:
    """Say if images (n, ...) have their channels first; raise DatasetError if unclear."""
    if len(shape) != 4:
        if channels:
            raise DatasetError(
                f"channels is {channels!r}, but {name} has the shape {shape}, expected 4 dimensions"
            )
        return False
    if channels:
        return channels == "first"
    for usual in CHANNELS:
        first, last = shape[1] in usual, shape[3] in usual
        if first != last:
            return first
        if first:
            break
    raise DatasetError(
        f"{name} has the shape {shape}, which does not say where its channels are; set "
        "`channels: first` for (n, channels, height, width), or `channels: last`"
    )


def shape_of_example(shape: tuple[int, ...], first: bool) -> list[int]:
    """Return the stored shape of an example: channels last, a single channel dropped."""
    example = list(shape[1:])
    if first:
        example = [*example[1:], example[0]]
    return example[:2] if len(example) == 3 and example[2] == 1 else example


def channels_last(images: np.ndarray, first: bool) -> np.ndarray:
    """Return images with their channels last, C-contiguous."""
    return np.ascontiguousarray(np.moveaxis(images, 1, -1) if first else images)
