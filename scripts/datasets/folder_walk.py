"""List the pictures below folders and their classes, and count the files that tools and systems left."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .errors import DatasetError, count, readable, some
from .opening import not_a_file

# Names that systems, file managers and network storages leave in folders.
LEFT_BY_SYSTEMS = {
    "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "picasa.ini", "icon\r",
    "thumbs.db:encryptable", "zbthumbnail.info",
    "@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle", "#snapshot", "$recycle.bin",
    "recycler", "system volume information", "lost+found", "__macosx", "__pycache__",
    "network trash folder", "temporary items", "thumbnails",
}  # fmt: skip
ZONE = ":zone.identifier"  # next to a file that Windows downloaded
# Endings of other files often found next to pictures; any file without them should be a picture.
NO_PICTURES = {
    "txt", "md", "rst", "rtf", "pdf", "doc", "docx", "odt", "xls", "xlsx", "ods", "csv", "tsv", "json",
    "jsonl", "xml", "htm", "html", "yml", "yaml", "toml", "ini", "cfg", "log", "py", "ipynb", "r", "m",
    "mat", "npy", "npz", "h5", "hdf5", "pkl", "pickle", "parquet", "feather", "sqlite", "db", "zip",
    "tar", "gz", "tgz", "bz2", "xz", "rar", "7z", "md5", "sha1", "sha256", "url", "lnk", "webloc",
    "xmp", "aae", "thm", "mp3", "mp4", "mov", "avi", "mkv", "webm", "wav", "sh", "bat", "exe", "css",
    "js", "tmp", "part", "crdownload", "bak",
}  # fmt: skip
Identity = tuple[int, int]  # of a folder: device and inode


class Walk:
    """Lists the pictures below folders, and remembers names left out and files that cannot be pictures.

    ``above``: identities of folders to which links are not followed. ``left``: how often a name was left
    out. ``bad``: why a file is not opened, by its path.
    """

    def __init__(self) -> None:
        self.above: set[Identity] = set()
        self.left: Counter[str] = Counter()
        self.bad: dict[str, str] = {}

    def entries(self, folder: str) -> tuple[list[str], dict[str, Identity]]:
        """Return the files in a folder, and its folders; those left out are counted in ``left``."""
        files, folders = [], {}
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
            for entry in entries:
                name = entry.name.lower()
                if name.startswith(".") or name in LEFT_BY_SYSTEMS or name.endswith(ZONE):
                    self.left[readable(entry.name)] += 1
                elif _is_folder(entry):
                    folders |= self._unless_in(self.above, entry.path, identity(entry.stat()))
                elif (ending := name.rpartition(".")[2]) in NO_PICTURES and ending != name:
                    self.left[f"*.{ending}"] += 1
                elif name.endswith("~"):
                    self.left["*~"] += 1
                else:
                    files.append(self.checked(entry.path))
        except OSError as error:
            why = f"this folder cannot be listed: {(error.strerror or '').lower()}"
            raise refused(folder, why) from None
        return files, folders

    def checked(self, file: str) -> str:
        """Return a file, and note in ``bad`` if it cannot be a picture."""
        if reason := not_a_file(file):
            self.bad[file] = reason
        return file

    def below(self, folder: str) -> list[str]:
        """Return all files below a folder, sorted; a folder is read once, however many links lead to it."""
        waiting, seen, found = [folder], {identity(os.stat(folder))}, []
        while waiting:
            files, folders = self.entries(waiting.pop())
            found += files
            for path, known in folders.items():
                waiting += self._unless_in(seen, path, known)
                seen.add(known)
        return sorted(found)

    def _unless_in(self, known: set[Identity], path: str, own: Identity) -> dict[str, Identity]:
        """Return a folder with its identity, or nothing if it is known: then it is left out."""
        if own not in known:
            return {path: own}
        self.left[
            f"{readable(os.path.basename(path))} (a link to a folder above it or already read)"
        ] += 1
        return {}

    def said(self, place: str | Path) -> list[str]:
        """Return a note about files and folders that were left out, if any."""
        if not self.left:
            return []
        counts = [name if n == 1 else f"{name} ({n})" for name, n in sorted(self.left.items())]
        number = count(self.left.total(), "file or folder", "files and folders")
        return [f"{readable(place)}: {number} left out, not pictures: {some(counts, listed=20)}"]


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def identity(found: os.stat_result) -> Identity:
    """Return device and inode of a folder, which are the same for all links to it."""
    return found.st_dev, found.st_ino


def names_below(files: Iterable[str], root: str | Path) -> list[str]:
    """Return the names of files below a folder, for people."""
    return [readable(name_below(file, root)) for file in files]


def name_below(file: str, root: str | Path) -> str:
    """Return the path of a file that was found below a folder, relative to it."""
    return file[len(str(root)) :].lstrip("/")


def class_name(folder: str) -> str:
    """Return the class of the pictures in a folder: its name, in Unicode's form NFC."""
    try:
        text = unicodedata.normalize("NFC", os.fsencode(os.path.basename(folder)).decode())
    except UnicodeDecodeError:
        way = "rename it (mv, or `convmv -f latin1 -t utf8 --notest`)"
        raise refused(folder, f"the name of this class is not UTF-8; {way}") from None
    if not text.strip() or any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in text):
        raise refused(
            folder, "the name of this class is blank or has a control character; rename the folder"
        )
    return text


def classes_of(folders: dict[str, list[str]], notes: list[str]) -> dict[str, list[str]]:
    """Return the files of each class, sorted by name; folders with one name in two forms are one class."""
    found: dict[str, list[str]] = {}
    for folder, files in folders.items():
        if not files:
            raise refused(folder, "has no pictures; add some, or remove the folder")
        name = class_name(folder)
        if name in found:
            two = "two folders have this name, in two forms of Unicode; they are one class"
            notes.append(f"{readable(folder)}: {two}")
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


def not_classes(place: str, classes: dict[str, list[str]]) -> list[str]:
    """Return a note on the folders in the folders of classes, unless all are one, such as `images`."""
    parts = [
        {name.partition("/")[0] for name in names_below(map(os.path.dirname, files), folder)}
        for folder, files in classes.items()
    ]
    names = sorted(set().union(*parts) - {""})
    if len(names) < 2 and all(len(part) == 1 for part in parts):
        return []
    noun, are = ("folder", "is no class") if len(names) == 1 else ("folders", "are not classes")
    where = "in each of them" if all(part == parts[0] for part in parts) else "in them"
    folders = some(readable(os.path.basename(folder)) for folder in classes)
    return [
        f"{readable(place)}: the classes are its folders {folders}; the {noun} {some(names)} {where} "
        f"{are}, but all pictures are read"
    ]


def refused(place: str, why: str) -> DatasetError:
    return DatasetError(f"{readable(place)}: {why}")
