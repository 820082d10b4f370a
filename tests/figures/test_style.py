import hashlib
import io
import os
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font

from datasets.checks import unshown
from figures.bars import class_balance
from figures.boundary import decision_boundary
from figures.curves import loss_history
from figures.learning_curves import learning_curves
from figures.matrices import confusion_matrix, sweep_heatmap
from figures.style import STYLE, count, shorten, styled, write_figure

HISTORY = {
    "epoch": [0, 1, 2],
    "training_loss": [2.3, 1.2, 0.9],
    "training_accuracy": [0.1, 0.6, 0.7],
    "validation_loss": [2.3, 1.3, None],
    "validation_accuracy": [0.1, 0.5, 0.6],
}
PROGRAM = """
import hashlib, io, sys
import numpy as np
from figures.matrices import sweep_heatmap
from figures.style import styled, write_figure
png, svg = io.BytesIO(), io.BytesIO()
scores = np.ma.array([[0.1, np.nan], [0.2, 0.3]])
with styled():
    write_figure(sweep_heatmap(scores, [1, 2], [3, 4], "rows", "columns", "score"), png, svg)
print(hashlib.sha256(png.getvalue() + svg.getvalue()).hexdigest())
print("matplotlib.pyplot" in sys.modules)
"""


def heatmap():
    scores = np.ma.array([[0.1, np.nan], [0.2, 0.3]])
    return sweep_heatmap(scores, [1, 2], [3, 4], "rows", "columns", "score")


def written(figure) -> tuple[bytes, bytes]:
    png, svg = io.BytesIO(), io.BytesIO()
    write_figure(figure, png, svg)
    return png.getvalue(), svg.getvalue()


@pytest.mark.parametrize(
    "draw",
    [
        lambda: learning_curves({"a": [HISTORY], "b": [HISTORY]}, best="b"),
        heatmap,
    ],
)
def test_the_same_figure_has_the_same_bytes(draw):
    assert written(draw()) == written(draw())
    figure = draw()
    assert written(figure) == written(figure)  # its layout has settled


def test_another_process_writes_the_same_bytes_and_never_imports_pyplot(root):
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=root / "scripts",
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert answer == [hashlib.sha256(b"".join(written(heatmap()))).hexdigest(), "False"]


def test_files_carry_no_date_and_no_program():
    png, svg = written(loss_history([3.0, 2.0, 1.0]))
    assert b"Software" not in png
    assert b"dc:date" not in svg
    assert b"Matplotlib v" not in svg


def test_matplotlib_settings_of_the_user_have_no_effect_and_stay_unchanged():
    expected = written(loss_history([3.0, 2.0, 1.0]))
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "svg.hashsalt": None}):
        with styled():
            assert written(loss_history([3.0, 2.0, 1.0])) == expected
        assert matplotlib.rcParams["font.size"] == 30


def test_any_suffix_and_png_alone(tmp_path):
    write_figure(loss_history([1.0, 0.5]), tmp_path / "a.partial", tmp_path / "b.partial")
    assert (tmp_path / "a.partial").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "b.partial").read_bytes().startswith(b"<?xml")
    write_figure(loss_history([1.0, 0.5]), tmp_path / "c.png")
    assert (tmp_path / "c.png").exists()


def test_shorten_keeps_both_ends():
    assert shorten("short") == "short"
    name = shorten("learning_rate=0.001," * 5 + "seed=3", 20)
    assert len(name) == 20
    assert name.startswith("learning_")
    assert name.endswith(",seed=3")


@pytest.mark.parametrize(
    "name",
    [
        "$x$",
        "$",
        r"a\$b$",
        "_hidden",
        "%s",
        "{x}",
        "a\nb\x00",
        "<b>",
        "^_^",
        r"\frac{",
        "\udce9",
        "",
        "#",
    ],
)
def test_no_figure_fails_on_a_name_or_leaves_it_out(name):
    names = [name, "other"]
    points = np.array([[0.0, 0.0], [1.0, 1.0]])
    square = np.zeros((2, 2), int)
    plane = points, np.array([0, 1]), np.array([0.0, 1.0]), np.array([0.0, 1.0]), names
    drawn = decision_boundary(square, *plane)
    for figure in (
        confusion_matrix(np.eye(2, dtype=int), names),
        drawn,
        class_balance({"a": [1, 2]}, names),
    ):
        assert all(written(figure))
    shown = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert len(shown) == 2 and not any(is_math_text(text) is True for text in shown)


def test_fonts_for_other_letters_change_no_byte_of_a_figure_without_them(monkeypatch):
    expected = written(heatmap())
    monkeypatch.setitem(STYLE, "font.family", ["DejaVu Sans", "DejaVu Serif", "STIXGeneral"])
    with styled():
        assert written(heatmap()) == expected


def test_the_font_has_the_scripts_without_a_warning():
    font = FT2Font(findfont("DejaVu Sans")).get_charmap()
    names = [
        "café",
        "straße",
        "γάτα",
        "кошка",
        "կատու",
        "חתול",
        "قط",
        "კატა",
        "ແມວ",
        "µm",
        "ﬁ",
        "Å",
    ]
    assert unshown(names) == [] and all(ord(letter) in font for letter in "".join(names))
    for name, script in (
        ("圆形", "CJK"), ("ねこ", "Hiragana"), ("ネコ", "Katakana"), ("고양이", "Hangul"), ("แมว", "Thai"),
        ("बिल्ली", "Devanagari"), ("பூனை", "Tamil"), ("🐈", "emoji"),
    ):  # fmt: skip
        assert unshown([name, "cat"]) == [script] and not all(
            ord(letter) in font for letter in name
        )


def test_count():
    assert [count(n, "run") for n in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]
