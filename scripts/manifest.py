"""Write the SHA-256 of files in the format of sha256sum: `sha256sum --check` finds a changed file."""

import os
import zipfile
from pathlib import Path

import cli
from files import artifacts
from origin.record import file_digest


def main() -> None:
    parser = cli.parser(__doc__, fromfile_prefix_chars="@")
    parser.add_argument("--files", required=True, nargs="+", help="or @FILE, with a name a line")
    parser.add_argument("--folder", default=".", help="the manifest has the names relative to it")
    parser.add_argument("--output", required=True, type=Path, help="MANIFEST.sha256")
    options = parser.parse_args()
    files = {os.path.relpath(file, options.folder): file for file in options.files}
    for file in options.files:
        if file.endswith(".npz"):
            with artifacts.whole(file), zipfile.ZipFile(file):
                pass  # a truncated file gets no checksum
    lines = (f"{file_digest(file)}  {name}\n" for name, file in sorted(files.items()))
    artifacts.write_text(options.output, "".join(lines))


if __name__ == "__main__":
    cli.run(main)
