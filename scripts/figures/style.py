"""The shared look of all figures, and how they become files."""

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import LogFormatter
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .palette import PALETTE

MARKERS = "os^Dv"  # distinguish classes without colours
MANY = 2000  # an SVG stores more points than this as pixels
GREY = "#b8b8b8"
INK = "#333333"
SEQUENTIAL = "viridis"
HATCH = "////"
LAYOUT_PASSES = 2
COLOURS = 20_000  # photographs have more, and need a palette of their most frequent colours

FONT = "DejaVu Sans"  # comes with matplotlib: the same bytes on every machine
# System fonts; the installed ones draw only the letters that it lacks.
OTHER_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans SC", "Noto Sans JP",
    "Noto Sans KR", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
    "Droid Sans Fallback", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil",
    "Noto Sans Thai", "Noto Sans Ethiopic", "Noto Emoji", "Symbola", "Arial Unicode MS",
    "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Nirmala UI", "Leelawadee UI",
    "Segoe UI Emoji", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "FreeSans", "Unifont",
)  # fmt: skip
INSTALLED = [name for name in OTHER_FONTS if name in set(fontManager.get_font_names())]
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

STYLE = {
    "axes.edgecolor": "#888888",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "axes.prop_cycle": matplotlib.cycler(color=PALETTE),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.dpi": 110,  # letters of 10 pt have 15 pixels, like the text of the report
    "figure.titlesize": 12,
    "font.family": [FONT, *INSTALLED],
    "font.size": 10,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.8,
    "hatch.color": GREY,
    "image.interpolation": "none",
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "svg.hashsalt": "figures",  # the names of an SVG's parts depend on its content alone
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def styled() -> AbstractContextManager:
    """Return a context in which figures have the shared style, whatever the user's matplotlibrc says."""
    return matplotlib.style.context(["default", STYLE])


def write_figure(
    figure: Figure,
    png: str | Path | BinaryIO,
    svg: str | Path | BinaryIO | None = None,
    description: str | None = None,
) -> None:
    """Write the figure as PNG (110 dots an inch) and SVG: the same bytes for the same figure.

    Each target is a path, whatever its suffix, or an open binary file. The layout is computed in two
    passes, because one leaves labels cut off, and then fixed. Both files store the description as metadata.
    """
    if figure.axes and (engine := figure.get_layout_engine()):
        for _ in range(LAYOUT_PASSES):
            engine.execute(figure)  # draw_without_rendering would draw everything, too
        # With "none" in its place, savefig would go through the whole drawing once more.
        with matplotlib.rc_context({"figure.constrained_layout.use": False}):
            figure.set_layout_engine(None)
    figure.canvas.draw()
    image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[:, :, :3])
    few = image.getcolors(COLOURS)  # None if there are more
    method = Image.Quantize.MAXCOVERAGE if few else Image.Quantize.MEDIANCUT
    image = image.quantize(256, method, dither=Image.Dither.NONE)
    about = PngInfo()
    if description:
        about.add_text("Description", description)
    image.save(png, "PNG", pnginfo=about)
    if svg is not None:
        kept = {"Description": description} if description else {}
        figure.savefig(svg, format="svg", metadata={**kept, "Date": None, "Creator": None})


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of this size in inches."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)  # layout and PNG share its renderer, which caches the sizes of texts
    return figure


def empty(reason: str) -> Figure:
    """Return a figure that says why there is nothing to show."""
    figure = new_figure(6, 1.2)
    figure.text(0.5, 0.5, reason, ha="center", va="center")
    return figure


def titled(figure: Figure, title: str) -> Figure:
    """Write a title, the experiment and the network, above a figure."""
    below = f"\n{figure.get_suptitle()}" if figure.get_suptitle() else ""
    figure.suptitle(title + below, fontsize=10)
    return figure


def shorten(name: str, length: int = 70) -> str:
    """Return a name that matplotlib shows literally, without its middle if it is long.

    Names of a sweep differ at their ends. A dollar would start a formula, and legends skip names that
    start with an underscore.
    """
    name = CONTROLS.sub("\N{REPLACEMENT CHARACTER}", str(name))
    if len(name) > length:
        head = (length - 1) // 2
        name = f"{name[:head]}…{name[-(length - 1 - head) :]}"
    if name.startswith("_"):
        name = " " + name
    return name.replace("$", r"\$")


def count(number: int, noun: str) -> str:
    """Return a number with its noun: 1 run, 2 runs."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class PlainLog(LogFormatter):
    """Label a log axis with 0.01 and 100: parsing formulas such as 10^-2 takes longer than drawing."""

    def __call__(self, x, pos=None):
        return self.fix_minus(f"{x:g}") if super().__call__(x, pos) else ""


def plain_log_ticks(axis) -> None:
    """Label the ticks of an axis with a log or symlog scale by plain numbers."""
    axis.set_major_formatter(PlainLog())
    axis.set_minor_formatter(PlainLog())


def bare(axes) -> None:
    """Remove ticks, grid and frame from axes."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)
