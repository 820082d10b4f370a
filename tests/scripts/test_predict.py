"""The classification of a person's own pictures, with a tiny model whose answers are known."""

from common import artifacts
from common.models import Model, load_model, save_model

import json
import math
import sys

import numpy as np
import pytest
from PIL import Image

import predict
from components import streams
from datasets import read_picture
from inputs import Preparation
from nn import build_network

SIZE = 4


@pytest.fixture
def write_model(tmp_path):
    """Write a model that asks whether the mean pixel, in [0, 1], is above 1/2.

    scores = (dark, bright) = (4 - 8 mean, 8 mean - 4).
    """

    def write(shape=(SIZE, SIZE), **changes):
        inputs = math.prod(shape)
        images = np.stack([np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)])
        preparation = Preparation.fit(["unit"], images, np.arange(2))
        settings = {"hidden": [], "loss": changes.pop("loss", "softmax_cross_entropy")}
        network = build_network(settings, inputs, 2, streams(0))
        for name, value, _, _ in network.named_parameters():
            value[...] = np.array([-8, 8]) / inputs if name.endswith("weight") else [4, -4]
        config = {
            "network": settings,
            "preparation": ["unit"],
            "inputs": inputs,
            "classes": ["dark", "bright"],
            "shape": list(shape),
            "seed": 0,
            "status": "completed",
            "reason": None,
            **changes,
        }
        path = tmp_path / "model.npz"
        save_model(path, Model(network, preparation, config))
        return path

    return write


@pytest.fixture
def picture(tmp_path):
    """Save pixels as a picture file."""

    def save(name, pixels, mode=None):
        image = Image.fromarray(np.asarray(pixels, np.uint8))
        path = tmp_path / name
        (image.convert(mode) if mode else image).save(path)
        return path

    return save


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the program: (exit code, standard output, standard error)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["predict.py", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit:
            artifacts.cli(predict.main)
        return exit.value.code or 0, *capsys.readouterr()

    return run


def test_probabilities_are_the_softmax_of_the_scores(run, write_model, picture):
    path = picture("white.png", np.full((10, 10), 255))
    code, out, _ = run(write_model(), path, "--json")
    (result,) = json.loads(out)
    assert code == 0 and result["file"] == str(path)
    assert [row["class"] for row in result["classes"]] == ["bright", "dark"]
    assert result["classes"][0]["probability"] == pytest.approx(1 / (1 + math.exp(-8)), abs=1e-5)


def test_every_image_gets_a_line_with_its_best_classes(run, write_model, picture):
    black, white = picture("b.png", np.zeros((4, 4))), picture("w.jpg", np.full((9, 9), 255))
    code, out, _ = run(write_model(), black, white, "--top", 1)
    assert out.splitlines() == [f"{black}: dark 100.0%", f"{white}: bright 100.0%"]
    assert code == 0


def test_invert_swaps_dark_and_bright(run, write_model, picture):
    out = run(write_model(), picture("b.png", np.zeros((4, 4))), "--invert", "--top", 1)[1]
    assert out.endswith("b.png: bright 100.0%\n")


def test_a_bright_background_of_a_grey_model_is_remarked_on(run, write_model, picture):
    ink = np.full((8, 8), 255)
    ink[2:6, 2:6] = 0
    model, paper = write_model(), picture("paper.png", ink)
    assert "paper.png: the background looks bright" in run(model, paper)[2]
    assert "--invert" in run(model, paper)[2]
    assert run(model, paper, "--invert")[2] == ""
    assert run(write_model(shape=(4, 4, 3)), paper)[2] == ""


def test_only_the_centre_of_a_wide_picture_counts(picture):
    wide = np.zeros((60, 180))
    wide[:, 60:120] = 200
    pixels = read_picture(picture("wide.png", wide), [4, 4])
    assert pixels.shape == (4, 4) and (pixels == 200).all()


def test_resizing_averages_over_pixels(picture):
    checkers = np.indices((64, 64)).sum(axis=0) % 2 * 255
    pixels = read_picture(picture("checkers.png", checkers), [4, 4])
    assert np.abs(pixels.astype(int) - 127).max() <= 3


@pytest.mark.parametrize("name, mode", [("x.png", "RGB"), ("x.jpg", "RGB"), ("x.gif", "P")])
def test_colours_become_grey_and_grey_becomes_rgb(picture, name, mode):
    path = picture(name, np.full((5, 5), 120), mode)
    assert np.abs(read_picture(path, [4, 4]).astype(int) - 120).max() <= 2
    colours = read_picture(path, [4, 4, 3])
    assert colours.shape == (4, 4, 3) and np.abs(colours.astype(int) - 120).max() <= 2


def test_colour_order_is_red_green_blue(picture):
    red = np.zeros((5, 5, 3))
    red[..., 0] = 255
    assert (read_picture(picture("red.png", red), [2, 2, 3]) == [255, 0, 0]).all()


def test_transparent_parts_are_white(picture):
    assert (read_picture(picture("clear.png", np.zeros((5, 5, 4))), [2, 2]) == 255).all()


def test_16_bit_pictures_keep_their_brightness(tmp_path):
    Image.fromarray(np.full((5, 5), 128 * 256, np.uint16)).save(tmp_path / "deep.png")
    assert (read_picture(tmp_path / "deep.png", [2, 2]) == 128).all()


def test_white_scales_to_the_pixels_of_the_training_images(run, write_model, picture):
    half = picture("half.png", np.full((4, 4), 255))
    code, out, _ = run(write_model(), half, "--white", 51, "--json")  # mean 1/5: score -+2.4
    shown = json.loads(out)[0]["classes"][0]
    assert shown["class"] == "dark"
    assert shown["probability"] == pytest.approx(1 / (1 + math.exp(-4.8)), abs=1e-5)


def test_other_losses_show_scores_and_say_so(run, write_model, picture):
    model = write_model(loss={"name": "squared_error", "low": 0.1})
    code, out, err = run(model, picture("w.png", np.full((4, 4), 255)))
    assert out.endswith("w.png: bright 4, dark -4\n")
    assert "scores" in err


def one_line_error(result):
    code, out, err = result
    assert code == 1 and out == "" and err.startswith("error: ") and err.count("\n") == 1
    return err


def test_errors_are_one_line_that_names_the_file(run, write_model, picture, tmp_path):
    model, good = write_model(), picture("good.png", np.zeros((4, 4)))
    text, array, other = (tmp_path / name for name in ("text.txt", "a.npy", "other.npz"))
    text.write_text("not a picture")
    np.save(array, np.zeros(3))
    np.savez(other, a=np.zeros(3))
    half = tmp_path / "half.png"
    noise = np.random.default_rng(0).integers(0, 256, (50, 50))
    half.write_bytes(picture("noise.png", noise).read_bytes()[:1500])
    broken = tmp_path / "broken.npz"
    broken.write_bytes(model.read_bytes()[:300])

    assert "gone.png: no such file" in one_line_error(run(model, tmp_path / "gone.png"))
    assert "text.txt: not an image" in one_line_error(run(model, good, text))
    assert "half.png: this image cannot be read" in one_line_error(run(model, half))
    assert "gone.npz: no such file" in one_line_error(run(tmp_path / "gone.npz", good))
    for wrong in (text, array, other, broken):
        assert f"{wrong.name}: not a model file" in one_line_error(run(wrong, good))


def test_models_that_cannot_classify_pictures_are_refused(run, write_model, picture):
    good = picture("good.png", np.zeros((4, 4)))
    diverged = write_model(status="diverged", reason="the loss became nan")
    assert "diverged" in (message := one_line_error(run(diverged, good)))
    assert "the loss became nan" in message
    assert "not images" in one_line_error(run(write_model(shape=(2,)), good))


@pytest.mark.parametrize(
    ("about", "white", "expected"),
    [
        ({"range": [0, 255], "dtype": "uint8"}, None, [0, 100, 255]),
        ({"range": [3, 150], "dtype": "uint8"}, None, [0, 100, 255]),  # dark pictures stay dark
        ({"range": [0, 16], "dtype": "uint8"}, None, [0, 6, 16]),
        ({"range": [0, 16], "dtype": "uint8"}, 255, [0, 100, 255]),
        ({"range": [0.0, 1.0], "dtype": "float64"}, None, [0, 100 / 255, 1]),
        ({"range": [-1.0, 1.0], "dtype": "float64"}, None, [-1, 200 / 255 - 1, 1]),
        ({}, None, [0, 100, 255]),
    ],
)
def test_pictures_come_into_the_range_of_the_training_images(write_model, about, white, expected):
    model = load_model(write_model())
    model.config.pop("range", None)
    model.config |= about
    found = predict.in_range(np.array([0, 100, 255], np.uint8), model, white)
    assert found == pytest.approx(expected)
    assert found.dtype == (np.uint8 if about.get("dtype", "uint8") == "uint8" else np.float64)


def test_of_a_folder_the_pictures_count(tmp_path, write_model, picture):
    picture("a.png", np.zeros((4, 4)))
    (tmp_path / "notes.txt").write_text("none")
    names = [path.name for path in predict.pictures([tmp_path])]
    assert names == ["a.png"]


# ------------------------------------------------------------------ tables


TABLE = {
    "columns": [{"name": "width", "kind": "number"}, {"name": "height", "kind": "number"}],
    "label": "kind",
    "classes": ["dark", "bright"],
    "group": None,
    "left_out": ["id"],
    "names": ["id", "width", "height", "kind"],
    "missing": "row",
    "indicators": [],
    "inputs": ["width", "height"],
    **{"decimal": ".", "missing_values": None, "separator": None, "encoding": None, "header": True},
}


def test_rows_of_a_table_are_classified(run, write_model, tmp_path):
    model = write_model(shape=(2,), table=TABLE)
    new = tmp_path / "new.csv"
    new.write_text("height;id;width\n255;1;255\n0;2;0\n\n;3;9\n")
    code, out, err = run(model, new, "--csv", tmp_path / "out.csv", "--top", 1)
    assert (code, out.splitlines()) == (0, [
        f"{new}, row 2: bright 100.0%", f"{new}, row 3: dark 100.0%",
        f"{new}, row 5: not classified, it has a missing value",
    ])  # fmt: skip
    assert f"note: {new}: 1 of 3 rows have missing values and are left out" in err
    found = artifacts.read_csv(tmp_path / "out.csv")
    assert [(row["row"], row["class_1"]) for row in found] == [
        ("2", "bright"),
        ("3", "dark"),
        ("5", ""),
    ]
    (first, *_) = json.loads(run(model, new, "--json")[1])
    assert first["row"] == 2 and [c["class"] for c in first["classes"]] == ["bright", "dark"]


def test_a_table_that_does_not_fit_the_model(run, write_model, tmp_path):
    model = write_model(shape=(2,), table=TABLE | {"missing": "refuse"})
    new = tmp_path / "new.csv"
    for content, message in (
        ("width,breadth\n1,2\n", f"{new}: lacks the column 'height'; it has 'width' and 'breadth'"),
        ("width,height\n1,x\n", f"{new}: column 'height': 1 cell not a number (row 2: 'x')"),
        ("width,height\n1,\n", f"{new}: column 'height': no value in row 2"),
    ):
        new.write_text(content)
        code, out, err = run(model, new)
        assert (code, out) == (1, "") and err.startswith(f"error: {message}")
    assert "no such file, expected a table in CSV" in run(model, tmp_path / "none.csv")[2]


def test_a_model_of_a_table_takes_files_rows_and_columns(write_model, tmp_path):
    model = load_model(write_model(shape=(2,), table=TABLE))
    new = tmp_path / "new.csv"
    new.write_text("height,width\n255,255\n0,0\n")
    rows = [{"height": 255, "width": 255}, {"height": 0, "width": 0}]
    columns = {"height": [255, 0], "width": [255, 0]}
    expected = model.predict(np.array([[255.0, 255.0], [0.0, 0.0]]))
    assert expected[0, 1] > 0.99
    for given in (new, str(new), rows, columns):
        assert (model.predict(given) == expected).all()
    gap = model.predict([*rows, {"height": None, "width": 1}])
    assert (gap[:2] == expected).all() and np.isnan(gap[2]).all()
