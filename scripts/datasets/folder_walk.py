"""List the pictures below a folder, and count the files that tools and systems left there."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .errors import DatasetError, readable
from .pictures import not_a_file

# Names that systems, file managers and network storages leave in folders.
LEFT_BY_SYSTEMS = {
    "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "picasa.ini", "icon\r",
    "thumbs.db:encryptable", "zbthumbnail.info",
    "@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle", "#snapshot", "$recycle.bin",
    "recycler", "system volume information", "lost+found", "__macosx", "__pycache__",
    "network trash folder", "temporary items",
}  # fmt: skip
ZONE = ":zone.identifier"  # next to a file that Windows downloaded
# Endings of other files often found next to pictures; any file without them should be a picture.
NO_PICTURES = re.compile(
    r".*\.(txt|md|rst|rtf|pdf|docx?|odt|xlsx?|ods|csv|tsv|jsonl?|xml|html?|ya?ml|toml|ini|cfg|log|py|ipynb|r|m|mat"
    r"|np[yz]|h5|hdf5|pkl|pickle|parquet|feather|sqlite|db|zip|tar|t?gz|bz2|xz|rar|7z|md5|sha1|sha256|url|lnk"
    r"|webloc|xmp|aae|thm|mp[34]|mov|avi|mkv|webm|wav|sh|bat|exe|css|js|tmp|part|crdownload|bak)",
    re.IGNORECASE | re.DOTALL,
)
MOST_LISTED = 20  # names in a message
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
                elif found := NO_PICTURES.fullmatch(entry.name):
                    self.left[f"*.{found[1].lower()}"] += 1
                elif entry.name.endswith("~"):
                    self.left["*~"] += 1
                else:
                    files.append(entry.path)
                    if reason := not_a_file(entry.path):
                        self.bad[entry.path] = reason
        except OSError as error:
            raise DatasetError(
                f"{readable(folder)}: this folder cannot be listed: {(error.strerror or '').lower()}"
            ) from None
        return files, folders

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
        return [f"{readable(place)}: {number} left out, not pictures: {several(counts)}"]


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def identity(found: os.stat_result) -> Identity:
    """Return device and inode of a folder, which are the same for all links to it."""
    return found.st_dev, found.st_ino


def count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def several(names: Iterable[str], most: int = MOST_LISTED) -> str:
    """Join names for a message, only the first of many."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def names_below(files: Iterable[str], root: str | Path) -> list[str]:
    """Return the names of files below a folder, for people."""
    return [readable(name_below(file, root)) for file in files]


def name_below(file: str, root: str | Path) -> str:
    """Return the path of a file that was found below a folder, relative to it."""
    return file[len(str(root)) :].lstrip("/")
