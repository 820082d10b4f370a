"""results/provenance.json and results/MANIFEST.sha256 as files: what is in them, read and written.

    {"artifacts": {path: {"sha256", "rule", "command", "inputs": [path], "settings", "code"}},
     "inputs": {path: sha256 of a file that no job made},
     "not_compared": {"environments": {key: versions and kernels}, "made_in": {path: key}}}

All but ``not_compared`` has the same bytes for the same results.
"""

from common import artifacts

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .made import text as as_json

FILE, MANIFEST = Path("results/provenance.json"), Path("results/MANIFEST.sha256")
Record = dict[str, Any]


def load(path: Path = FILE) -> Record:
    """Read what is recorded; of a file that is not there, or is damaged, nothing."""
    nothing = {"artifacts": {}, "inputs": {}, "not_compared": {"environments": {}, "made_in": {}}}
    try:
        found = artifacts.read_json(path)
    except (FileNotFoundError, artifacts.ArtifactError):
        return nothing
    return found if isinstance(found, dict) and found.keys() >= nothing.keys() else nothing


def write(recorded: Record) -> None:
    """Write both files: a line an artifact, so that they can be searched and compared."""
    parts = {name: lines(recorded[name]) for name in ("artifacts", "inputs")}
    parts["not_compared"] = lines(recorded["not_compared"], lines)
    texts = {FILE: lines(parts, str) + "\n", MANIFEST: manifest(recorded["artifacts"])}
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            artifacts.write_text(path, text)


def lines(table: dict[str, Any], write: Callable[[Any], str] = as_json) -> str:
    """JSON with a line for each key of a table, sorted."""
    return "{\n" + ",\n".join(f"{as_json(k)}: {write(v)}" for k, v in sorted(table.items())) + "\n}"


def manifest(entries: dict[str, Record]) -> str:
    """The lines of `sha256sum` for the artifacts that people look at: no hidden file, no raw data."""
    shown = (path for path in sorted(entries) if path.startswith("results/") and "/." not in path)
    return "".join(f"{entries[path]['sha256']}  {path}\n" for path in shown)
