"""Describe a dataset format: how it is read, which files it needs, and its settings."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

Splits = dict[str, tuple[np.ndarray, np.ndarray]]  # train, test -> images, labels
SPLITS = ("train", "test")


class Parsed(NamedTuple):
    """The result of a reader.

    ``splits``: images and labels of train and, if there is one, test. ``classes``: their names, if the
    data has them. ``about``: more keys for info.json. ``notes``: sentences that a user should read
    before trusting a score, printed and kept in info.json. ``validation``: how many rows at the end of
    the training split are the user's own validation split. ``groups``: how many consecutive training
    rows belong together (all of one patient), group after group; None if each row is on its own.
    ``test_sources``: for each test example its file, relative to the dataset's folder, or its row
    number in the source; None if they are the rows 0, 1, 2, ... ``checksums``: the SHA-256 of all files
    of a folder, in their order.
    """

    splits: Splits
    classes: list[str] | None = None
    about: Mapping[str, Any] = {}
    notes: tuple[str, ...] = ()
    validation: int = 0
    groups: list[int] | None = None
    test_sources: list[str] | list[int] | None = None
    checksums: Mapping[str, str] = {}


class Format(NamedTuple):
    """How a format is read, and its keys in config.yaml.

    ``read`` gets the dataset's settings and its raw files by their roles. ``files`` are the roles it
    needs, ``test_files`` those it needs for a test split. ``settings`` are its own keys in
    config.yaml, as properties of a JSON schema; ``required`` are the mandatory ones. ``sizes``
    finds the undeclared sizes: shape, classes, train_size (user's validation rows included),
    test_size and validation_size (of a share, an estimate). ``places`` names the settings that are
    files and folders of this machine, by their roles; paths are relative to the config. ``check`` gets
    the files of this machine by their roles before anything is read, and raises DatasetError.
    """

    read: Callable[[dict[str, Any], dict[str, str]], Parsed]
    files: tuple[str, ...] = ()
    test_files: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {}
    required: tuple[str, ...] = ()
    sizes: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    places: Mapping[str, str] = {}
    check: Callable[[dict[str, str]], None] | None = None


PLACE = {
    "type": "string",
    "minLength": 1,
    "pattern": r"^[^\x00-\x1f]+\Z",  # a line break is a slip, and would split messages
    "description": "a file or folder on this machine",
}
SHARE = {
    "type": "number",
    "minimum": 0,
    "exclusiveMaximum": 1,
    "default": 0,
    "description": "the share of the examples to hold out for the test",
}
NAMES = {"type": "array", "items": {"type": "string"}, "default": []}
SIZES = ("classes", "shape", "train_size")


def shared(settings: dict[str, Any], counts: dict[str, int]) -> dict[str, int]:
    """Return the sizes of the splits from counts of examples; those of a held-out share are estimates."""
    train, test = counts["train"], counts.get("test", 0)
    if settings["test"] and not test:
        test = max(1, round(settings["test"] * train))
        train -= test
    validation = counts.get("validation", 0)
    own = {"validation_size": validation} if validation else {}
    return {"train_size": train + validation, "test_size": test} | own


def joined(splits: Splits) -> tuple[Splits, int]:
    """Append the user's validation split, if any, to the training split; return its size, too."""
    own = splits.pop("validation", None)
    if own is None:
        return splits, 0
    train = tuple(np.concatenate(pair) for pair in zip(splits["train"], own, strict=True))
    return splits | {"train": train}, len(own[1])
