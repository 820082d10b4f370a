"""Write the SHA-256 of files in the format of sha256sum: `sha256sum --check` finds a changed file."""

from common import artifacts
from common.lists import unpack

import argparse
import os
from pathlib import Path

from records.made import file_digest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    files = parser.add_mutually_exclusive_group(required=True)
    files.add_argument("--files", nargs="+", help="their names, relative to --folder")
    files.add_argument("--packed", metavar="WORD", help="the same, as the workflow shortens them")
    parser.add_argument("--folder", default=".", help="that has them; the names are without it")
    parser.add_argument("--output", required=True, type=Path, help="MANIFEST.sha256")
    options = parser.parse_args()
    names = sorted(options.files or unpack(options.packed))
    lines = (f"{file_digest(os.path.join(options.folder, name))}  {name}\n" for name in names)
    artifacts.write_text(options.output, "".join(lines))


if __name__ == "__main__":
    artifacts.cli(main)
