"""Draw the figures of an experiment, as PNG and SVG; scripts/drawings/ lists them.

Removes other figures of this list from the folder: they show what the experiment no longer is.
"""

import argparse
import json
from pathlib import Path

import cli
import drawings
import figures
from files import artifacts
from origin.record import file_digest, made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "figures", choices=drawings.FIGURES, nargs="+", help="all that the folder has to have"
    )
    parser.add_argument("--experiment", required=True, help="its name, for the titles")
    for name, what in drawings.FILES.items():
        parser.add_argument(f"--{name}", nargs="+", default=[], type=Path, help=what)
    parser.add_argument("--published", type=cli.json_with(), help="JSON of published figures")
    parser.add_argument("--folder", required=True, type=Path, help="for <figure>.png and .svg")
    parser.add_argument("--code", help="a digest of this program, which each figure carries")
    options = parser.parse_args()
    files = {name: getattr(options, name) for name in drawings.FILES}
    digests = {name: [file_digest(file) for file in given] for name, given in files.items()}
    for name in options.figures:
        results = drawings.Results(files, options.published)
        drawing = drawings.FIGURES[name]
        try:
            drawn = drawing.draw(results)
        except drawings.NothingToShow as reason:
            drawn = figures.empty(f"{name.replace('_', ' ')}: {reason}")
        drawn = figures.titled(
            drawn, ": ".join(filter(None, (options.experiment, results.network)))
        )
        read = {need: digests[need] for need in drawing.needs if digests[need]}
        about = {"figure": name, "experiment": options.experiment}
        origin = json.dumps(
            made(__file__, options.published, read, options.code, **about), sort_keys=True
        )
        place = options.folder / name
        png, svg = place.with_suffix(".png"), place.with_suffix(".svg")
        with artifacts.atomic(png) as new_png, artifacts.atomic(svg) as new_svg:
            figures.write_figure(drawn, new_png, new_svg, origin)
        print(png, flush=True)
    for name in drawings.FIGURES.keys() - set(options.figures):
        for kind in ("png", "svg"):
            (options.folder / f"{name}.{kind}").unlink(missing_ok=True)


if __name__ == "__main__":
    cli.run(main)
