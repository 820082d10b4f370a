"""Find out which split and class each file of a folder of pictures belongs to."""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from .errors import MOST_CLASSES, DatasetError, readable
from .folder_classes import alike, classes_of
from .folder_walk import Walk, count, identity, names_below, several

SPLIT = re.compile(
    r"(?:(?P<train>train(?:ing)?)|(?P<test>test(?:ing)?)|(?P<validation>val(?:id(?:ation)?)?))"
    r"(?:[ _.-]*(?:set|split|data|images?))?s?"
)


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
    def full(self) -> list[str]:
        """The folders in it that have pictures."""
        return [folder for folder, files in self.below.items() if files]

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
        raise DatasetError(
            f"{readable(root)}: no such folder, expected one with a folder for each class"
        )
    walk = Walk()
    walk.above.add(identity(os.stat(root)))
    stray, folders = walk.entries(root)
    walk.above.update(folders.values())
    tops = []
    for place in folders:
        direct, inside = walk.entries(place)
        below = {each: walk.below(each) for each in inside}
        tops.append(_Top(place, direct, below))
    notes: list[str] = []
    roots, unlabelled = _splits(root, tops, notes)
    splits = {}
    for split, top in roots.items():
        stray += top.direct
        splits[split] = classes_of(top.below, notes)
    if not roots:
        splits["train"] = classes_of({top.path: top.files for top in tops}, notes)
    if stray:
        number = count(len(stray), "file is", "files are")
        names = several(names_below(stray, root), 5)
        notes.append(
            f"{readable(root)}: {number} outside the folders of classes and not used: {names}"
        )
    train = roots["train"].path if roots else root
    _check(splits, {split: top.path for split, top in roots.items()} or {"train": root}, stray)
    notes += alike(splits["train"], train)
    used = {file for classes in splits.values() for files in classes.values() for file in files}
    bad = {file: reason for file, reason in walk.bad.items() if file in used}
    if len(splits["train"]) > MOST_CLASSES:
        raise DatasetError(
            f"{readable(train)}: has {len(splits['train'])} folders, expected at most "
            f"{MOST_CLASSES} classes"
        )
    names = [readable(os.path.basename(top.path)) for top in roots.values()]
    return Layout(splits, names, notes + walk.said(root), bad, unlabelled)


def _splits(root: str, tops: list[_Top], notes: list[str]) -> tuple[dict[str, _Top], str | None]:
    """Return the folders of the splits, none if all are classes, and a test folder without classes."""
    place, named = readable(root), {}
    for top in tops:
        if top.files and (split := split_of(os.path.basename(top.path))):
            named.setdefault(split, []).append(top)
    alike = [top for several_tops in named.values() for top in several_tops]
    others = [top for top in tops if top.files and top not in alike]
    roots = {
        split: found[0]
        for split in ("train", "validation", "test")
        if (found := [top for top in named.get(split, []) if top.has_classes])
    }
    flat = [top for top in alike if not top.has_classes]
    if roots:
        return _checked_splits(root, named, roots, flat, others, tops, notes)
    if flat and not others:
        raise DatasetError(
            f"{_listed(flat)}: {_have(flat)} pictures, but no folders of classes; expected one for each "
            "class, such as train/cats and train/dogs"
        )
    like = {top.path: found for top in tops if (found := resembles(os.path.basename(top.path)))}
    divided = {like[top.path] for top in tops if top.path in like and top.has_classes}
    if len(divided) > 1 or (len(set(like.values())) > 1 and len(like) == len(tops)):
        raise DatasetError(
            f"{place}: the folders {_names(like)} look like splits; name them train, val and test, with a "
            "folder for each class in them"
        )
    inside = {tuple(os.path.basename(each) for each in top.full) for top in tops}
    if len(inside) == 1 and len(*inside) > 1:
        notes.append(
            f"{place}: the classes are its folders {_names(top.path for top in tops)}; the folders "
            f"{_names(*inside)} in each of them are not classes"
        )
    for top in flat:
        name = os.path.basename(top.path)
        if name.casefold() not in ("train", "trains"):
            raise DatasetError(
                f"{readable(top.path)}: has pictures, but no folders of classes, and is next to the "
                f"classes {_names(others)}; if it is a class, rename it; if it is a {split_of(name)} "
                "split, it and a folder train need a folder for each class; if its classes are unknown, "
                f"move it out of {readable(root)} (scripts/predict.py classifies it)"
            )
        notes.append(
            f"{readable(top.path)}: taken for a class, because it has no folders of classes, and is next "
            f"to {_names(others)}"
        )
    for top in tops:
        inside = {split_of(os.path.basename(each)): each for each in top.full}
        if len(inside.keys() - {None}) > 1:
            if len(tops) - sum(not each.files for each in tops) == 1:
                raise DatasetError(
                    f"{place}: the splits {_names(inside.values())} are in its one folder; set "
                    f"`path` to {readable(top.path)}"
                )
            first = os.path.basename(inside.get("train") or min(inside.values()))
            example = f"{first}/{readable(os.path.basename(top.path))}"
            raise DatasetError(
                f"{readable(top.path)}: has folders of splits in it ({_names(inside.values())}); expected "
                f"the splits outside and the classes in them, such as {example}"
            )
    return {}, None


def _checked_splits(
    root: str,
    named: dict[str, list[_Top]],
    roots: dict[str, _Top],
    flat: list[_Top],
    others: list[_Top],
    tops: list[_Top],
    notes: list[str],
) -> tuple[dict[str, _Top], str | None]:
    """Refuse folders of splits that contradict each other; note unused folders."""
    place = readable(root)
    for split, found in named.items():
        if len(found) > 1:
            raise DatasetError(
                f"{place}: the folders {_names(found)} are both for the {split} split; merge or rename one"
            )
    if "train" not in roots:
        instead = [top for top in flat if split_of(os.path.basename(top.path)) == "train"] or others
        there = f"; {_names(instead)} next to it" if instead else ""
        raise DatasetError(
            f"{_listed(roots.values())}: {_have(list(roots.values()))} folders of classes, but there is no "
            f"folder train that also has them{there}; put the training pictures into {place}/train, in a "
            "folder for each class"
        )
    if len(roots) == 1 and not flat and len(others) > 1:
        raise DatasetError(
            f"{readable(roots['train'].path)}: is a split by the folders in it, but a class by the folders "
            f"{_names(others)} next to it; if it is a class, rename it; if it is the training split, move "
            "the others away"
        )
    unlabelled = None
    for top in flat:
        if split_of(os.path.basename(top.path)) != "test":
            raise DatasetError(
                f"{readable(top.path)}: has pictures, but no folders of classes, as "
                f"{readable(roots['train'].path)} has; sort them into such folders, or move it away"
            )
        unlabelled = top.path
    empty = [top for top in tops if not top.files and split_of(os.path.basename(top.path))]
    for top in [*others, *empty]:
        pictures = count(len(top.files), "picture", "pictures")
        notes.append(f"{readable(top.path)}: not used ({pictures}), because it is not a split")
    return roots, unlabelled


def _check(
    splits: dict[str, dict[str, list[str]]], places: dict[str, str], stray: list[str]
) -> None:
    """Raise DatasetError for fewer than two classes, or classes that the training split lacks."""
    classes = splits["train"]
    if len(classes) < 2:
        there = f"the one folder {next(iter(classes))}" if classes else "no folders"
        there += f" and {count(len(stray), 'file', 'files')}" if stray else ""
        inside = {os.path.dirname(file) for files in classes.values() for file in files}
        raise DatasetError(
            f"{readable(places['train'])}: has {there}; expected at least two folders, one for each class"
            + ("; the classes seem to be one folder deeper" if len(inside) > 1 else "")
        )
    for split, found in splits.items():
        if strangers := found.keys() - classes.keys():
            raise DatasetError(
                f"{readable(os.path.join(places[split], min(strangers)))}: is a class that "
                f"{readable(places['train'])} lacks (it has {several(classes, 5)}); pictures without "
                "classes are for scripts/predict.py, outside of this folder"
            )


def _listed(tops: Iterable[_Top]) -> str:
    return " and ".join(readable(top.path) for top in tops)


def _have(tops: list[_Top]) -> str:
    return "has" if len(tops) == 1 else "have"


def _names(found: Iterable[_Top | str]) -> str:
    """Join the names of folders."""
    paths = (top if isinstance(top, str) else top.path for top in found)
    return several((readable(os.path.basename(path)) for path in paths), 5)
