"""Draw the figures of an experiment as PNG and SVG; scripts/figures/catalogue.py lists them.

Removes all other figures of the catalogue from the folder: the experiment no longer has them.
"""

import json
from pathlib import Path

import cli
import figures
from figures.style import styled, write_figure
from files import artifacts
from origin.record import file_digest, made


def main() -> None:
    parser = cli.parser(__doc__)
    about = "all that the folder has to have"
    parser.add_argument("figures", choices=figures.FIGURES, nargs="+", help=about)
    parser.add_argument("--experiment", required=True, help="its name, for the titles")
    for name, content in figures.FILES.items():
        parser.add_argument(f"--{name}", nargs="+", default=[], type=Path, help=content)
    parser.add_argument("--published", type=cli.json_with(), help="JSON of published figures")
    parser.add_argument("--folder", required=True, type=Path, help="for <figure>.png and .svg")
    parser.add_argument("--code", help="a digest of this program, kept in each figure")
    options = parser.parse_args()
    files = {name: getattr(options, name) for name in figures.FILES}
    digests = {name: [file_digest(file) for file in given] for name, given in files.items()}
    results = figures.Results(files, options.published)
    for name in options.figures:
        entry = figures.FIGURES[name]
        read = {need: digests[need] for need in entry.needs if digests[need]}
        about = {"figure": name, "experiment": options.experiment}
        origin = json.dumps(
            made(__file__, options.published, read, options.code, **about), sort_keys=True
        )
        place = options.folder / name
        png, svg = place.with_suffix(".png"), place.with_suffix(".svg")
        with styled(), artifacts.atomic(png) as new_png, artifacts.atomic(svg) as new_svg:
            write_figure(entry.draw(results, options.experiment), new_png, new_svg, origin)
        print(png, flush=True)
    for name in figures.FIGURES.keys() - set(options.figures):
        for kind in ("png", "svg"):
            (options.folder / f"{name}.{kind}").unlink(missing_ok=True)


if __name__ == "__main__":
    cli.run(main)
