"""The classes in a folder of pictures: one for each folder, by its name."""

import os
import unicodedata
from collections.abc import Iterable

from .errors import DatasetError, readable

RENAME = "rename it (mv, or `convmv -f latin1 -t utf8 --notest`)"


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


def classes_of(folders: dict[str, list[str]], notes: list[str]) -> dict[str, list[str]]:
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


def alike(classes: Iterable[str], place: str) -> list[str]:
    """Return notes about classes whose names hardly differ to the eye."""
    seen: dict[str, str] = {}
    notes = []
    for name in classes:
        key = unicodedata.normalize("NFKC", name).casefold()
        key = "".join(c for c in key if unicodedata.category(c) != "Cf").strip()
        if key in seen:
            notes.append(
                f"{readable(place)}: {seen[key]!r} and {name!r} are two classes, though their names differ "
                "only in case, spaces or form"
            )
        seen.setdefault(key, name)
    return notes
