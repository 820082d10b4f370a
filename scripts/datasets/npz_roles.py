"""Find out which array of an archive is which part of a dataset, by their names."""

import re
from collections.abc import Mapping

from .errors import DatasetError
from .npz_file import Headers, listing

SPLITS = ("train", "validation", "test")
ROLES = [f"{split}_{kind}" for split in SPLITS for kind in ("images", "labels")]
DEFAULTS = {"train_images": "x_train", "train_labels": "y_train",
            "validation_images": "x_val", "validation_labels": "y_val",
            "test_images": "x_test", "test_labels": "y_test"}  # Keras's names  # fmt: skip
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
    roles |= {r: name for r, name in DEFAULTS.items() if r not in named and name in known}
    for name in roles.values():
        if len(twice := [role for role, other in roles.items() if other == name]) > 1:
            raise DatasetError(
                f"the array {name} is both {' and '.join(twice)}; name another under `arrays`, or "
                "leave the split out with null"
            )
    guessed = _guessed(known, named, roles)
    for split in SPLITS:
        pair = [f"{split}_images", f"{split}_labels"]
        missing = [role for role in pair if role not in roles]
        if len(missing) == 1 or missing and split == "train":
            there = [f"{roles[role]} for {role}, but " for role in pair if role in roles]
            leave = f", or leave both out: `arrays: {{{pair[0]}: null, {pair[1]}: null}}`"
            raise DatasetError(
                f"has {''.join(there)}no array for {' and '.join(missing)}; it has {listing(known)}; "
                f"name it with `arrays: {{{', '.join(f'{role}: NAME' for role in missing)}}}`"
                f"{leave if split != 'train' else ''}"
            )
    if guessed:
        notes.append(
            f"by the names of the arrays, {', '.join(guessed)}; set `arrays` to name others"
        )
    if unused := [name for name in known if name not in roles.values()]:
        notes.append(f"arrays of the file that are not used: {', '.join(unused[:12])}")
    return roles


def _guessed(known: Headers, named: Mapping[str, str | None], roles: dict[str, str]) -> list[str]:
    """Complete roles by the names of arrays; return a clause for each guess."""
    guesses: dict[str, list[str]] = {}
    for name in known:
        if name not in roles.values() and (role := role_of(name)):
            guesses.setdefault(role, []).append(name)
    said = []
    for role in [role for role in ROLES if role not in roles and role not in named]:
        plain = role.removeprefix("train_")  # x and y alone are training arrays
        candidates = guesses.get(role) or guesses.get(plain, [])
        if len(candidates) > 1:
            raise DatasetError(
                f"{' and '.join(candidates)} may both be the {role}; name one under `arrays`, with "
                f"`arrays: {{{role}: {candidates[0]}}}`"
            )
        if candidates:
            roles[role] = candidates[0]
            said += [f"{candidates[0]} is {role}"] if candidates[0] != role else []
    return said
