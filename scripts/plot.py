"""Draw one figure of an experiment, as PNG and SVG; which there are is in drawings/."""

from common import artifacts

import argparse
from pathlib import Path

import drawings
import figures
from records.made import file_digest, made, text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figure", choices=drawings.FIGURES, help="its name")
    parser.add_argument("--experiment", required=True, help="the name that its title has")
    for name, what in drawings.FILES.items():
        parser.add_argument(f"--{name}", nargs="+", default=[], type=Path, help=what)
    parser.add_argument("--published", type=artifacts.json_with(), help="JSON of published figures")
    parser.add_argument("--png", required=True, type=Path, help="the figure as PNG")
    parser.add_argument("--svg", required=True, type=Path, help="the figure as SVG")
    parser.add_argument("--code", help="a digest of this program, which the figure carries")
    options = parser.parse_args()
    results = drawings.Results(
        {name: getattr(options, name) for name in drawings.FILES}, options.published
    )
    try:
        drawn = drawings.FIGURES[options.figure].draw(results)
    except drawings.NothingToShow as reason:
        drawn = figures.empty(f"{options.figure.replace('_', ' ')}: {reason}")
    drawn = figures.titled(drawn, ": ".join(filter(None, (options.experiment, results.network))))
    read = {
        name: [file_digest(file) for file in files]
        for name in drawings.FILES
        if (files := getattr(options, name))
    }
    about = {"figure": options.figure, "experiment": options.experiment}
    origin = text(made(__file__, options.published, read, options.code, **about))
    with artifacts.atomic(options.png) as png, artifacts.atomic(options.svg) as svg:
        figures.write_figure(drawn, png, svg, origin)


if __name__ == "__main__":
    artifacts.cli(main)
