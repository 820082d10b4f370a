"""Folders of pictures: find the split and class of each file, and read the files into arrays."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .checksums import checksum
from .errors import MOST_CLASSES, DatasetError, readable
from .format import PLACE, SHARE, Format, Parsed, shared
from .holdout import splits_of
from .pictures import DEPTH, FRAMES, Picture, not_a_file, picture_in

# Names that systems, file managers and network storages leave in folders.
LEFT_BY_SYSTEMS = {
    "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "picasa.ini", "icon\r",
    "@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle", "#snapshot", "$recycle.bin",
    "recycler", "system volume information", "lost+found", "__macosx", "__pycache__",
    "network trash folder", "temporary items",
}  # fmt: skip
# Endings of files that lie beside pictures and are none; any other file is expected to be a picture.
NO_PICTURES = re.compile(
    r".*\.(txt|md|rst|rtf|pdf|docx?|odt|xlsx?|ods|csv|tsv|jsonl?|xml|html?|ya?ml|toml|ini|cfg|log|py|ipynb|r|m|mat"
    r"|np[yz]|h5|hdf5|pkl|pickle|parquet|feather|sqlite|db|zip|tar|t?gz|bz2|xz|rar|7z|md5|sha1|sha256|url|lnk"
    r"|webloc|xmp|aae|thm|mp[34]|mov|avi|mkv|webm|wav|sh|bat|exe|css|js|tmp|part|crdownload|bak)",
    re.IGNORECASE | re.DOTALL,
)
SPLIT = re.compile(
    r"(?:(?P<train>train(?:ing)?)|(?P<test>test(?:ing)?)|(?P<validation>val(?:id(?:ation)?)?))"
    r"(?:[ _.-]*(?:set|split|data|images?))?s?"
)
MOST_LISTED = 20  # names in a message
RENAME = "rename it (mv, or `convmv -f latin1 -t utf8 --notest`)"


def split_of(name: str) -> str | None:
    """Return the split that a folder's name means: train, validation or test."""
    found = SPLIT.fullmatch(name.casefold())
    return found.lastgroup if found else None


def resembles(name: str) -> str | None:
    """Return the split that a word in a folder's name means, as in seg_train or val2017."""
    return next(filter(None, map(split_of, re.split(r"[\W\d_]+", name))), None)


def class_name(folder: str) -> str:
    """Return the class of the pictures in a folder: its name, in Unicode's form NFC."""
    name = os.path.basename(folder)
    try:
        text = unicodedata.normalize("NFC", os.fsencode(name).decode())
    except UnicodeDecodeError:
        raise DatasetError(
            f"{readable(folder)}: the name of this class is not UTF-8; {RENAME}"
        ) from None
    if not text.strip() or any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in text):
        raise DatasetError(
            f"{readable(folder)}: the name of this class is blank or has a line break or another control "
            "character; rename the folder"
        )
    return text


class Walk:
    """Lists the pictures below folders, and remembers what it leaves out and what no picture can be.

    ``left``: how often a name was left out. ``bad``: why a file is not opened, by its path.
    """

    def __init__(self) -> None:
        self.left: Counter[str] = Counter()
        self.bad: dict[str, str] = {}

    def entries(self, folder: str) -> tuple[list[str], list[str]]:
        """Return the files and folders in a folder; those left out are counted in ``left``."""
        files, folders = [], []
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            raise DatasetError(
                f"{readable(folder)}: this folder cannot be listed: {(error.strerror or '').lower()}"
            ) from None
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower() in LEFT_BY_SYSTEMS:
                self.left[readable(entry.name)] += 1
            elif _is_folder(entry):
                folders.append(entry.path)
            elif found := NO_PICTURES.fullmatch(entry.name):
                self.left[f"*.{found[1].lower()}"] += 1
            elif entry.name.endswith("~"):
                self.left["*~"] += 1
            elif reason := not_a_file(entry.path):
                self.bad[entry.path] = reason
                files.append(entry.path)
            else:
                files.append(entry.path)
        return files, folders

    def below(self, folder: str, above: Iterable[str] = ()) -> list[str]:
        """Return all files below a folder, sorted; each folder counts once, however links lead to it."""
        seen, waiting, found = {*map(_identity, above)}, [folder], []
        while waiting:
            place = waiting.pop()
            if (identity := _identity(place)) in seen:
                self.left[
                    f"{readable(os.path.basename(place))} (a link to a folder above or read)"
                ] += 1
                continue
            seen.add(identity)
            files, folders = self.entries(place)
            found += files
            waiting += folders[::-1]
        return sorted(found)

    def said(self, place: str | Path) -> list[str]:
        """Return a note about files and folders that were left out, if any."""
        if not self.left:
            return []
        counts = [name if n == 1 else f"{name} ({n})" for name, n in sorted(self.left.items())]
        number = count(self.left.total(), "file or folder", "files and folders")
        return [f"{readable(place)}: {number} left out, no pictures: {several(counts)}"]


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _identity(folder: str) -> tuple[int, int]:
    found = os.stat(folder)
    return found.st_dev, found.st_ino


def count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def several(names: Iterable[str], most: int = MOST_LISTED) -> str:
    """Join names for a message, only the first of many."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


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
        """Do folders divide its pictures into classes, like those of a split?"""
        return len(self.full) > 1 or (bool(self.full) and not self.direct)

    @property
    def files(self) -> list[str]:
        return sorted([*self.direct, *(file for files in self.below.values() for file in files)])


def layout_of(folder: str | Path) -> Layout:
    """Find out which files of a folder of pictures belong to which split and class.

    One folder for each class, sorted by name, as in torchvision's ImageFolder and Keras's
    image_dataset_from_directory. The classes may be in folders for the splits (`train`, `Training`,
    `val`, `test`, ...). A folder is one for a split if its pictures are in folders themselves: among
    others that have none, `train` is a class. Raises DatasetError if the folder is missing, if its layout
    has two meanings, if it has fewer than two classes, or a class without pictures.
    """
    root = str(folder)
    if not os.path.isdir(root):
        raise DatasetError(
            f"{readable(root)}: no such folder, expected one with a folder for each class"
        )
    walk = Walk()
    stray, folders = walk.entries(root)
    tops = []
    for place in folders:
        if _identity(place) == _identity(root):
            walk.left[
                f"{readable(os.path.basename(place))} (a link to a folder above or read)"
            ] += 1
            continue
        direct, inside = walk.entries(place)
        below = {each: walk.below(each, (root, place)) for each in inside}
        tops.append(_Top(place, direct, below))
    notes: list[str] = []
    roots, unlabelled = _splits(root, tops, notes)
    splits = {}
    for split, top in roots.items():
        stray += top.direct
        splits[split] = _classes(top.below, notes)
    if not roots:
        splits["train"] = _classes({top.path: top.files for top in tops}, notes)
    if stray:
        number = count(len(stray), "file is", "files are")
        names = several(_named(stray, root), 5)
        notes.append(f"{readable(root)}: {number} in no class's folder and not used: {names}")
    train = roots["train"].path if roots else root
    _check(splits, {split: top.path for split, top in roots.items()} or {"train": root})
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
            "class, as train/cats and train/dogs"
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
            f"{_names(*inside)} in each of them count for nothing"
        )
    for top in flat:
        name = os.path.basename(top.path)
        if name.casefold() not in ("train", "trains"):
            raise DatasetError(
                f"{readable(top.path)}: has pictures, but no folders of classes, and is beside the classes "
                f"{_names(others)}; a class needs another name; pictures without classes belong outside "
                f"of {readable(root)} (scripts/predict.py classifies them); a {split_of(name)} split needs "
                "a folder for each class, beside a folder train with the classes"
            )
        notes.append(
            f"{readable(top.path)}: taken for a class, since no folders of classes are in it, and "
            f"{_names(others)} beside it"
        )
    for top in tops:
        inside = {split_of(os.path.basename(each)): each for each in top.full}
        if len(inside.keys() - {None}) > 1:
            first = os.path.basename(inside.get("train") or min(inside.values()))
            example = f"{first}/{readable(os.path.basename(top.path))}"
            raise DatasetError(
                f"{readable(top.path)}: has folders of splits in it ({_names(inside.values())}); expected "
                f"the splits outside and the classes in them, as {example}"
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
        there = f"; {_names(instead)} beside it" if instead else ""
        raise DatasetError(
            f"{_listed(roots.values())}: {_have(list(roots.values()))} folders of classes, but there is no "
            f"folder train that has them too{there}; put the training pictures into {place}/train, in a "
            "folder for each class"
        )
    if len(roots) == 1 and not flat and len(others) > 1:
        raise DatasetError(
            f"{readable(roots['train'].path)}: has folders in it, as that of a split, but is beside "
            f"{_names(others)}, as that of a class; if it is a class, rename it; if it is the training "
            "split, move the others away"
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
        notes.append(f"{readable(top.path)}: not used ({pictures}), since it is none of the splits")
    return roots, unlabelled


def _classes(folders: dict[str, list[str]], notes: list[str]) -> dict[str, list[str]]:
    """Return the files of each class, sorted by name; folders with one name in two forms are one class."""
    found: dict[str, list[str]] = {}
    for folder, files in folders.items():
        if not files:
            raise DatasetError(
                f"{readable(folder)}: has no pictures; add some, or remove the folder"
            )
        name = class_name(folder)
        if name in found:
            notes.append(
                f"{readable(folder)}: two folders have this name, in two forms of Unicode; they are one "
                "class"
            )
        found[name] = sorted([*found.get(name, []), *files])
    return dict(sorted(found.items()))


def _check(splits: dict[str, dict[str, list[str]]], places: dict[str, str]) -> None:
    """Raise a DatasetError unless there are two classes, and all splits have those of the training."""
    classes = splits["train"]
    if len(classes) < 2:
        raise DatasetError(
            f"{readable(places['train'])}: has the folders {', '.join(classes) or 'none'}; expected at "
            "least two, one for each class"
        )
    for split, found in splits.items():
        if strangers := found.keys() - classes.keys():
            raise DatasetError(
                f"{readable(os.path.join(places[split], min(strangers)))}: is a class that "
                f"{readable(places['train'])} has not"
            )


def _listed(tops: Iterable[_Top]) -> str:
    return " and ".join(readable(top.path) for top in tops)


def _have(tops: list[_Top]) -> str:
    return "has" if len(tops) == 1 else "have"


def _names(found: Iterable[_Top | str]) -> str:
    """The names of folders, joined."""
    paths = (top if isinstance(top, str) else top.path for top in found)
    return several((readable(os.path.basename(path)) for path in paths), 5)


def _named(files: Iterable[str], root: str | Path) -> list[str]:
    """The names of files below a folder, for people."""
    return [readable(os.path.relpath(file, root)) for file in files]


def files_in(role: str, place: str | Path) -> list[str]:
    """Return the files of raw data of a role: for `pictures`, those of all classes."""
    if role == "pictures" and os.path.isdir(place):
        return layout_of(place).files
    if os.path.isdir(place):
        inside = Walk().entries(str(place))[0]
        there = f"; there is one in it: {readable(inside[0])}" if len(inside) == 1 else ""
        raise DatasetError(f"{readable(place)}: is a folder, expected a file{there}")
    return [str(place)]


def shape_of(size: list[int], color: str) -> list[int]:
    """Return the shape of a picture: (height, width) if grey, (height, width, 3) in colour."""
    return [*size, 3] if color == "rgb" else list(size)


class Reader:
    """Reads the pictures of a folder, and remembers unreadable ones and the kinds of pictures."""

    def __init__(self, root: str, shape: list[int], bad: dict[str, str]):
        self.root, self.shape, self.bad = root, shape, dict(bad)
        self.bits: dict[int | str, list[str]] = {}  # files by their bits, as a Picture has them
        self.lost: dict[str, list[str]] = {FRAMES: [], DEPTH: []}

    def read(self, files: list[str]) -> tuple[np.ndarray, list[int]]:
        """Return the arrays (n, ...) of the files that can be read, and their places in the list."""
        images, places = np.empty((0, *self.shape), np.uint8), []
        for place, file in enumerate(files):
            picture = self._picture(file)
            if picture is None or len(self.bits) > 1:  # of two kinds only names are kept
                continue
            if not places:
                images = np.empty((len(files), *self.shape), picture.pixels.dtype)
            images[len(places)] = picture.pixels
            places.append(place)
        return images[: len(places)], places

    def _picture(self, file: str) -> Picture | None:
        if file in self.bad:
            return None
        try:
            picture = picture_in(file, self.shape)
        except ValueError as error:
            self.bad[file] = str(error)
            return None
        self.bits.setdefault(picture.bits, []).append(file)
        for what in picture.lost:
            self.lost[what].append(file)
        return picture

    def check(self, skip: bool) -> None:
        """Raise DatasetError for pictures of two kinds, or with all unreadable ones unless skipped."""
        said = []
        if self.bad and not skip:
            said.append(
                f"{count(len(self.bad), 'file', 'files')} cannot be read: {reasons(self.bad, self.root)}. "
                "Mend or remove them, or set `skip_unreadable: true`"
            )
        if len(self.bits) > 1:
            kinds = (
                f"{len(files)} of {words(bits)} ({several(_named(files, self.root), 3)})"
                for bits, files in self.bits.items()
            )
            said.append(
                f"pictures of different kinds: {', '.join(kinds)}. Save all with as many bits"
            )
        if not self.bits and not said:
            said.append("none of its pictures can be read")
        if said:
            raise DatasetError(f"{readable(self.root)}: {'; '.join(said)}")

    def notes(self, images: Iterable[np.ndarray]) -> list[str]:
        """Return notes on the pictures that were read; ``images``: their arrays."""
        place, said = readable(self.root), []
        if self.bad:
            number = count(len(self.bad), "unreadable file is", "unreadable files are")
            said.append(f"{place}: {number} left out: {reasons(self.bad, self.root)}")
        for what, words_of in (
            (FRAMES, "more than one frame, of which the first is read"),
            (DEPTH, "16 bits a colour, of which the upper 8 are read"),
        ):
            if files := self.lost[what]:
                number = count(len(files), "picture has", "pictures have")
                said.append(f"{place}: {number} {words_of}: {several(_named(files, self.root), 5)}")
        (bits,) = self.bits
        if bits != 8:
            arrays = [each for each in images if each.size]
            low, high = min(map(np.min, arrays)), max(map(np.max, arrays))
            said.append(
                f"{place}: its pictures are of {words(bits)}, with values from {low:g} to {high:g}; they "
                "are kept unchanged, and scaled by one range for the whole folder"
            )
        return said


def words(bits: int | str) -> str:
    """Describe the bits of a picture's values."""
    return "floating-point numbers" if bits == "float" else f"{bits} bits"


def reasons(bad: dict[str, str], root: str | Path | None = None) -> str:
    """Join names of unreadable files, relative to a folder, with each reason given once."""
    by_reason: dict[str, list[str]] = {}
    for file, reason in sorted(bad.items())[:MOST_LISTED]:
        name = os.path.relpath(file, root) if root else file
        by_reason.setdefault(reason, []).append(readable(name))
    said = "; ".join(f"{', '.join(files)} ({reason})" for reason, files in by_reason.items())
    return said + (f"; and {len(bad) - MOST_LISTED} more" if len(bad) > MOST_LISTED else "")


def usable(folder: str | Path, share: float) -> Layout:
    """Return the layout of a folder; raise a DatasetError unless it agrees with the share for the test."""
    found = layout_of(folder)
    if share and "test" in found.splits:
        raise DatasetError(
            f"{readable(folder)}: its folders {', '.join(found.folders)} are the splits "
            f"{', '.join(found.splits)}, and a share for the test is set (`test: {share}`); remove one"
        )
    if found.unlabelled:
        place = f"{readable(found.unlabelled)}: has pictures, but no folders of classes"
        if not share:
            raise DatasetError(
                f"{place}; move it away and classify its pictures with scripts/predict.py, or hold out a "
                "share of the training pictures instead, as `test: 0.2`"
            )
        found.notes.append(f"{place}: it is not used, and the test split is a share of the others")
    return found


def parse_folder(settings: dict[str, Any], files: dict[str, str]) -> Parsed:
    """Read a folder of pictures: images (n, height, width[, 3]), labels, and class names.

    Images are uint8; those of more than 8 bits float64, unchanged. Without a folder for the test,
    a share is the test split, by a hash of each file's content.
    """
    root, share = files["pictures"], settings["test"]
    found = usable(root, share)
    names = list(found.splits["train"])
    reader = Reader(root, shape_of(settings["size"], settings["color"]), found.bad)
    read = {}
    for split, classes in found.splits.items():
        pairs = [(file, names.index(name)) for name, several in classes.items() for file in several]
        images, places = reader.read([file for file, _ in pairs])
        read[split] = images, np.array([pairs[place][1] for place in places], np.int64), [
            bytes.fromhex(checksum(pairs[place][0])) for place in places
        ]  # fmt: skip
    reader.check(settings["skip_unreadable"])
    notes = found.notes + reader.notes(images for images, *_ in read.values())
    for split, (images, *_) in read.items():
        if not len(images):
            raise DatasetError(f"{readable(root)}: no picture of the {split} split can be read")
    splits = splits_of(*read["train"], share)
    own = {split: splits_of(*read[split], 0)["train"] for split in read if split != "train"}
    validation = 0
    if "validation" in own:
        pair = zip(splits["train"], own["validation"], strict=True)
        images, labels = map(np.concatenate, pair)
        splits["train"], validation = (images, labels), len(own["validation"][1])
    if "test" in own:
        splits["test"] = own["test"]
    (bits,) = reader.bits
    return Parsed(splits, names, {"picture": {"bits": bits}}, tuple(notes), validation)


def folder_sizes(settings: dict[str, Any]) -> dict[str, Any]:
    root = settings["path"]
    found = usable(root, settings["test"])
    left = found.bad
    if settings["skip_unreadable"]:
        reader = Reader(root, [1, 1], found.bad)
        for classes in found.splits.values():
            reader.read([file for files in classes.values() for file in files])
        left = reader.bad
    counts = {
        split: sum(file not in left for files in classes.values() for file in files)
        for split, classes in found.splits.items()
    }
    validation = counts.pop("validation", 0)
    sizes = shared(settings, counts)
    sizes["train_size"] += validation
    shape = shape_of(settings["size"], settings["color"])
    own = {"validation_size": validation} if validation else {}
    return {"classes": list(found.splits["train"]), "shape": shape} | sizes | own


IMAGE_FOLDER = Format(
    parse_folder,
    settings={
        "path": PLACE,
        "size": {
            "description": "height and width that every picture gets, as [64, 64]",
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "integer", "minimum": 1, "maximum": 1024},
        },
        "color": {"enum": ["rgb", "grey"], "default": "rgb"},
        "test": SHARE,
        "skip_unreadable": {
            "description": "leave out files that cannot be read as pictures, and count them",
            "type": "boolean",
            "default": False,
        },
    },
    required=("path", "size"),
    sizes=folder_sizes,
    places={"pictures": "path"},
)
