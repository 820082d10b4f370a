"""What the rules compute and Snakemake has no part in: patterns, options of commands, what lies on disk."""

import shlex
from collections.abc import Iterable
from pathlib import Path


def any_of(names: Iterable[str]) -> str:
    """A pattern for one of some names; of none, a pattern that nothing matches."""
    return "|".join(names) or "$^"


def flags(items: Iterable[tuple[str, str | Iterable[str]]]) -> str:
    """Files by their names as options of a command; a name without files is left out."""
    options = [(name, [files] if isinstance(files, str) else list(files)) for name, files in items]
    return " ".join(shlex.join([f"--{name}", *files]) for name, files in options if files)


def finished_besides(names: Iterable[str], folder: str | Path) -> list[Path]:
    """The folders of the finished experiments in a folder, without those of some names."""
    known = set(names)
    folders = [path.parent for path in sorted(Path(folder).glob("*/runs.csv"))]
    others = [path for path in folders if path.name not in known]
    return [path for path in others if (path / "selection.json").exists()]


def is_made_from(record: str | Path, digest: str, sources: Iterable[str | Path]) -> bool:
    """Does a record say that its folder was made from this, and is none of the sources newer?"""
    record = Path(record)
    if not record.exists() or record.read_text().strip() != digest:
        return False
    made = record.stat().st_mtime
    return all(path.stat().st_mtime <= made for path in map(Path, sources) if path.exists())
