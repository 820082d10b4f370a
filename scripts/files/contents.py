"""Cache the contents of the user's own data between runs of `snakemake`.

Reading a table of a million rows only to learn its classes takes most of a minute. So contents.json
keeps the SHA-256 of each file under its path, size, timestamps and inode, as git's index does, and the
findings of the format's `sizes`. A run with unchanged data costs one `stat` per file.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from datasets import checksum, files_in
from experiments import digest

from . import artifacts

SETTLED_NS = 10**8  # a file that changed just now may change again within the same timestamp


def remembered(folder: str | Path, code: Callable[[], str]) -> Callable[..., dict[str, Any]]:
    """Return a function (name, settings, format) -> the findings of the format's `sizes`, and `listing`.

    `folder` has a place for `{dataset}`; `code` returns a digest of the code that reads the data.
    `listing` is a digest of the names and contents of all files, by which jobs notice changed data.
    """

    def found(name: str, settings: dict[str, Any], kind: Any) -> dict[str, Any]:
        places = {role: settings[key] for role, key in kind.places.items() if settings[key]}
        if settings.get("path") and not places:  # raw files, which need no checksum
            places = {
                role: f"{settings['path']}/{entry['file']}"
                for role, entry in settings["files"].items()
                if not entry["sha256"]
            }
        places = {role: os.path.relpath(place) for role, place in places.items()}
        sizes = kind.sizes or (lambda settings: {})
        # Generated data have no files; `sizes` reports missing ones.
        if not places or not all(map(os.path.exists, places.values())):
            return sizes(settings)
        cache = Path(str(folder).format(dataset=name), "contents.json")
        known = _load(cache)
        before = dict(known)
        files, names = {}, []
        for role, place in places.items():
            for path in files_in(role, place):
                stat = os.stat(path)
                about = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
                entry = known["files"].get(path)
                if not entry or entry[:-1] != about:
                    entry = [*about, checksum(path)]
                files[path] = entry
                names.append([f"{role}/{path[len(place) :].lstrip('/') or '.'}", entry[-1]])
        listing = hashlib.sha256(json.dumps(names).encode()).hexdigest()[:32]
        aside = {"path", "files", *kind.places.values()}
        key = digest([{name: settings[name] for name in settings if name not in aside}, code()])
        if [known["key"], known["listing"]] != [key, listing]:
            known |= {"key": key, "listing": listing, "found": sizes(settings)}
        now = time.time_ns()
        known["files"] = {p: entry for p, entry in files.items() if now - entry[1] > SETTLED_NS}
        if known != before:
            with suppress(OSError):  # an unwritable folder only costs time
                artifacts.write_text(cache, json.dumps(known))
        return known["found"] | {"listing": listing}

    return found


def _load(cache: Path) -> dict[str, Any]:
    """Return the content of the cache, empty if it is missing or damaged."""
    empty = {"key": None, "listing": None, "found": {}, "files": {}}
    try:
        known = json.loads(cache.read_text(encoding="utf-8"))
        return known if isinstance(known, dict) and known.keys() == empty.keys() else empty
    except (OSError, ValueError):
        return empty
