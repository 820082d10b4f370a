"""Find out which split and class each file of a folder of pictures belongs to."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from .errors import MOST_CLASSES, count, readable, some
from .folder_walk import Walk, alike, classes_of, identity, names_below, not_classes, refused

SPLIT = re.compile(
    r"(?:(?P<train>train(?:ing)?)|(?P<test>test(?:ing)?)|(?P<validation>val(?:id(?:ation)?)?))"
    r"(?:[ _.-]*(?:set|split|data|images?))?s?"
)
NO_CLASSES = "has pictures, but no folders of classes"


def split_of(name: str) -> str | None:
    """Return the split that a folder's name means: train, validation or test."""
    found = SPLIT.fullmatch(name.casefold())
    return found.lastgroup if found else None


def resembles(name: str) -> str | None:
    """Return the split that a word in a folder's name means, as in seg_train or val2017."""
    return next(filter(None, map(split_of, re.split(r"[\W\d_]+", name))), None)


class Layout(NamedTuple):
    """The files of a folder of pictures: by split (train, validation, test) and class.

    ``folders``: the names of the folders of the splits. ``unlabelled``: a folder `test` that
    has pictures and no folders of classes.
    """

    splits: dict[str, dict[str, list[str]]]
    folders: list[str]
    notes: list[str]
    bad: dict[str, str]
    unlabelled: str | None

    @property
    def files(self) -> list[str]:
        """All files that are read, split by split and class by class."""
        of_classes = (classes for split in self.splits.values() for classes in split.values())
        return [file for files in of_classes for file in files if file not in self.bad]


class _Top(NamedTuple):
    """A folder in the folder of pictures: its path, the files in it, and those below its folders."""

    path: str
    direct: list[str]
    below: dict[str, list[str]]

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    @property
    def full(self) -> list[str]:
        """The names of the folders in it that have pictures."""
        return [os.path.basename(folder) for folder, files in self.below.items() if files]

    @property
    def has_classes(self) -> bool:
        """Whether folders divide its pictures into classes, like those of a split."""
        return len(self.full) > 1 or (bool(self.full) and not self.direct)

    @property
    def files(self) -> list[str]:
        return sorted([*self.direct, *(file for files in self.below.values() for file in files)])


def layout_of(folder: str | Path) -> Layout:
    """Find out which files of a folder of pictures belong to which split and class.

    One folder for each class, sorted by name, as in torchvision's ImageFolder and Keras's
    image_dataset_from_directory. The classes may be in folders for the splits (`train`, `Training`,
    `val`, `test`, ...). A folder is a split if its pictures are in folders of their own; next to
    folders without subfolders, `train` is a class. Raises DatasetError if the folder is missing, if its
    layout has two meanings, if it has fewer than two classes, or a class without pictures.
    """
    root = str(folder)
    if not os.path.isdir(root):
        raise refused(root, "no such folder, expected one with a folder for each class")
    walk = Walk()
    walk.above.add(identity(os.stat(root)))
    stray, folders = walk.entries(root)
    walk.above.update(folders.values())
    tops = []
    for place in folders:
        direct, inside = walk.entries(place)
        tops.append(_Top(place, direct, {each: walk.below(each) for each in inside}))
    notes: list[str] = []
    roots, unlabelled = _splits(root, tops, notes)
    places = {split: top.path for split, top in roots.items()} or {"train": root}
    of_classes = {split: top.below for split, top in roots.items()}
    of_classes = of_classes or {"train": {top.path: top.files for top in tops}}
    splits = {split: classes_of(found, notes) for split, found in of_classes.items()}
    stray += [file for top in roots.values() for file in top.direct]
    if stray:
        number, names = count(len(stray), "file is", "files are"), some(names_below(stray, root))
        notes.append(
            f"{readable(root)}: {number} outside the folders of classes and not used: {names}"
        )
    _check(splits, places, stray)
    notes += not_classes(places["train"], of_classes["train"])
    notes += alike(splits["train"], places["train"])
    used = {file for classes in splits.values() for files in classes.values() for file in files}
    bad = {file: reason for file, reason in walk.bad.items() if file in used}
    names = [readable(top.name) for top in roots.values()]
    return Layout(splits, names, notes + walk.said(root), bad, unlabelled)


def _splits(root: str, tops: list[_Top], notes: list[str]) -> tuple[dict[str, _Top], str | None]:
    """Return the folders of the splits, none if all are classes, and a test folder without classes."""
    named: dict[str | None, list[_Top]] = {}
    for top in tops:
        if top.files:
            named.setdefault(split_of(top.name), []).append(top)
    others = named.pop(None, [])
    flat = [top for several in named.values() for top in several if not top.has_classes]
    roots = {}
    for split in ("train", "validation", "test"):
        with_classes = [top for top in named.get(split, []) if top.has_classes]
        if with_classes:
            roots[split] = with_classes[0]
    if roots:
        for split, found in named.items():
            if len(found) > 1:
                both = f"the folders {_names(found)} are both for the {split} split"
                raise refused(root, f"{both}; merge or rename one")
        unlabelled = _checked_splits(root, roots, flat, others)
        for top in tops:
            if top in others or (not top.files and split_of(top.name)):
                pictures = (
                    f"not used ({count(len(top.files), 'picture')}), because it is not a split"
                )
                notes.append(f"{readable(top.path)}: {pictures}")
        return roots, unlabelled
    if flat and not others:
        raise refused(
            flat[0].path,
            f"{NO_CLASSES}; expected one for each class, such as train/cats and train/dogs",
        )
    _check_no_splits(root, tops, others, flat)
    notes += [
        f"{readable(top.path)}: taken for a class, because it has no folders of classes, and is next "
        f"to {_names(others)}"
        for top in flat
    ]
    return {}, None


def _check_no_splits(root: str, tops: list[_Top], others: list[_Top], flat: list[_Top]) -> None:
    """Raise DatasetError if folders that are to be classes seem to be splits."""
    like = [top for top in tops if resembles(top.name)]
    found, divided = (
        {resembles(top.name) for top in some_tops}
        for some_tops in (like, [top for top in like if top.has_classes])
    )
    if len(divided) > 1 or (len(found) > 1 and len(like) == len(tops)):
        raise refused(
            root,
            f"the folders {_names(like)} look like splits; name them train, val and test, with a folder "
            "for each class in them",
        )
    for top in flat:
        if top.name.casefold() not in ("train", "trains"):
            raise refused(
                top.path,
                f"{NO_CLASSES}, and is next to the classes {_names(others)}; if it is a class, rename it; "
                f"if it is a {split_of(top.name)} split, it and a folder train need a folder for each "
                f"class; if its classes are unknown, move it out of {readable(root)} (scripts/predict.py "
                "classifies it)",
            )
    for top in tops:
        inside = {split_of(name): name for name in top.full}
        if len(inside.keys() - {None}) > 1:
            splits = some(map(readable, inside.values()))
            if sum(bool(each.files) for each in tops) == 1:
                where = f"are in its one folder; set `path` to {readable(top.path)}"
                raise refused(root, f"the splits {splits} {where}")
            example = f"{inside.get('train') or min(inside.values())}/{top.name}"
            raise refused(
                top.path,
                f"has folders of splits in it ({splits}); expected the splits outside and the classes in "
                f"them, such as {readable(example)}",
            )


def _checked_splits(
    root: str, roots: dict[str, _Top], flat: list[_Top], others: list[_Top]
) -> str | None:
    """Refuse folders of splits that contradict each other; return a test folder without classes."""
    if "train" not in roots:
        instead = [top for top in flat if split_of(top.name) == "train"] or others
        there = f"; {_names(instead)} next to it" if instead else ""
        raise refused(
            next(iter(roots.values())).path,
            f"has folders of classes, but there is no folder train that also has them{there}; put the "
            f"training pictures into {readable(root)}/train, in a folder for each class",
        )
    train = roots["train"].path
    if len(roots) == 1 and not flat and len(others) > 1:
        raise refused(
            train,
            f"is a split by the folders in it, but a class by the folders {_names(others)} next to it; "
            "if it is a class, rename it; if it is the training split, move the others away",
        )
    for top in flat:
        if split_of(top.name) != "test":
            way = f"as {readable(train)} has; sort them into such folders, or move it away"
            raise refused(top.path, f"{NO_CLASSES}, {way}")
    return flat[-1].path if flat else None


def _check(
    splits: dict[str, dict[str, list[str]]], places: dict[str, str], stray: list[str]
) -> None:
    """Raise DatasetError for too few or many classes, or classes that the training split lacks."""
    classes, train = splits["train"], places["train"]
    if len(classes) < 2:
        there = f"the one folder {next(iter(classes))}" if classes else "no folders"
        if stray:
            there += f" and {count(len(stray), 'file')}"
        inside = {os.path.dirname(file) for files in classes.values() for file in files}
        deeper = "; the classes seem to be one folder deeper" if len(inside) > 1 else ""
        raise refused(
            train, f"has {there}; expected at least two folders, one for each class{deeper}"
        )
    if len(classes) > MOST_CLASSES:
        raise refused(train, f"has {len(classes)} folders, expected at most {MOST_CLASSES} classes")
    for split, found in splits.items():
        if strangers := found.keys() - classes.keys():
            raise refused(
                os.path.join(places[split], min(strangers)),
                f"is a class that {readable(train)} lacks (it has {some(classes)}); pictures without "
                "classes are for scripts/predict.py, outside of this folder",
            )


def _names(tops: Iterable[_Top]) -> str:
    return some(readable(top.name) for top in tops)
