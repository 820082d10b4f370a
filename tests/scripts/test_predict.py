"""The classification of a person's own pictures, with a tiny model whose answers are known."""

import json
import math
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cli
import predict
from components import streams
from datasets import FORMATS, in_range, new_pictures, read_picture, write_idx
from files import artifacts
from files.models import Model, load_model, save_model
from inputs import Preparation
from nn import build_network

SIZE = 4
CLASSES_AND_VALUES = ["class_1", "value_1", "class_2", "value_2"]


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
            cli.run(predict.main)
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
    pixels = read_picture(picture("wide.png", wide), [4, 4]).pixels
    assert pixels.shape == (4, 4) and (pixels == 200).all()


def test_resizing_averages_over_pixels(picture):
    checkers = np.indices((64, 64)).sum(axis=0) % 2 * 255
    pixels = read_picture(picture("checkers.png", checkers), [4, 4]).pixels
    assert np.abs(pixels.astype(int) - 127).max() <= 3


@pytest.mark.parametrize("name, mode", [("x.png", "RGB"), ("x.jpg", "RGB"), ("x.gif", "P")])
def test_colours_become_grey_and_grey_becomes_rgb(picture, name, mode):
    path = picture(name, np.full((5, 5), 120), mode)
    assert np.abs(read_picture(path, [4, 4]).pixels.astype(int) - 120).max() <= 2
    colours = read_picture(path, [4, 4, 3]).pixels
    assert colours.shape == (4, 4, 3) and np.abs(colours.astype(int) - 120).max() <= 2


def test_colour_order_is_red_green_blue(picture):
    red = np.zeros((5, 5, 3))
    red[..., 0] = 255
    assert (read_picture(picture("red.png", red), [2, 2, 3]).pixels == [255, 0, 0]).all()


def test_transparent_parts_are_white(picture):
    assert (read_picture(picture("clear.png", np.zeros((5, 5, 4))), [2, 2]).pixels == 255).all()


@pytest.fixture
def deep(tmp_path):
    """Save a picture of 16 bits."""

    def save(name, value):
        Image.fromarray(np.full((5, 5), value, np.uint16)).save(tmp_path / name)
        return tmp_path / name

    return save


def test_16_bit_pictures_keep_their_brightness(write_model, deep):
    config = load_model(write_model()).config
    (found,) = new_pictures([deep("x.png", 128 * 256)], config)
    assert (found.images == 128).all()


@pytest.mark.parametrize(
    ("pixels", "ending"),
    [
        (np.array([[0, 1], [1, 1]], np.uint8), "png"),  # a mask
        (np.array([[800, 1100], [900, 1000]], np.uint16), "png"),
        (np.array([[0, 1], [0.25, 0.5]], np.float32), "tif"),
    ],
)
def test_new_pictures_are_read_like_the_training_folder(tmp_path, write_model, pixels, ending):
    files = []
    for name, values in (("a", pixels), ("b", pixels[::-1])):
        (tmp_path / "photos" / name).mkdir(parents=True)
        files.append(tmp_path / f"photos/{name}/x.{ending}")
        Image.fromarray(values).save(files[-1])
    settings = {"size": [2, 2], "color": "grey", "test": 0, "skip_unreadable": False}
    parsed = FORMATS["image_folder"].read(settings, {"pictures": str(tmp_path / "photos")})
    images, labels = parsed.splits["train"]
    about = {**parsed.about, "dtype": str(images.dtype)}
    about["range"] = [images.min().item(), images.max().item()]
    config = load_model(write_model((2, 2), **about)).config
    (part,) = new_pictures(files, config)
    found = in_range(part.images, config, None)
    assert found.dtype == images.dtype and (found == images[np.argsort(labels)]).all()
    assert (found[0] == pixels).all()


def test_pictures_unlike_the_training_pictures_are_refused(run, write_model, picture, deep):
    good, other = picture("x.png", np.full((4, 4), 9)), deep("y.png", 800)
    model = write_model(picture={"bits": 8})
    assert "y.png (has 16 bits, but the training pictures have 8 bits)" in one_line_error(
        run(model, other)
    )
    model = write_model(picture={"bits": "float"}, dtype="float64")
    assert "x.png (has 8 bits, but the training pictures have floating-point numbers)" in (
        one_line_error(run(model, good))
    )
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(other.with_suffix(".tif"))
    assert "y.tif (has floating-point numbers, but the training pictures have 8 bits)" in (
        one_line_error(run(write_model(), other.with_suffix(".tif")))
    )


def test_invert_swaps_the_range_of_deep_pictures(run, write_model, deep):
    path = deep("x.png", 10)
    model = write_model(picture={"bits": 16}, range=[0.0, 255.0], dtype="float64")
    assert "dark" in run(model, path, "--top", 1)[1]
    assert "bright" in run(model, path, "--top", 1, "--invert")[1]  # 245


def test_training_like_pictures_get_no_background_remark(run, write_model, picture):
    paper = picture("paper.png", np.full((4, 4), 255))
    assert run(write_model(picture={"bits": 8}), paper)[2] == ""


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

    assert "gone.png (no such file)" in one_line_error(run(model, tmp_path / "gone.png"))
    assert "text.txt (not an image" in one_line_error(run(model, text, tmp_path / "gone.png"))
    assert "half.png (this image cannot be read" in one_line_error(run(model, half))
    assert "gone.npz: no such file" in one_line_error(run(tmp_path / "gone.npz", good))
    for wrong in (text, array, other, broken):
        assert f"{wrong.name}: not a model file" in one_line_error(run(wrong, good))


def test_models_that_cannot_classify_pictures_are_refused(run, write_model, picture):
    good = picture("good.png", np.zeros((4, 4)))
    diverged = write_model(status="diverged", reason="the loss became nan")
    assert "diverged" in (message := one_line_error(run(diverged, good)))
    assert "the loss became nan" in message
    assert "not pictures or tables" in one_line_error(run(write_model(shape=(2,)), good))


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
def test_pictures_come_into_the_range_of_the_training_images(about, white, expected):
    found = in_range(np.array([0, 100, 255], np.uint8), about, white)
    assert found == pytest.approx(expected)
    assert found.dtype == (np.uint8 if about.get("dtype", "uint8") == "uint8" else np.float64)


def test_a_folder_gives_all_pictures_and_notes_skipped_files(tmp_path, picture, run, write_model):
    folder = tmp_path / "new"
    (folder / "deep/@eaDir").mkdir(parents=True)
    for name in ("a.png", "b.JPG", "deep/@eaDir/thumb.png"):
        picture("x.png", np.zeros((4, 4))).rename(folder / name)
    picture("x.png", np.zeros((4, 4))).rename(folder / "deep/without an extension")
    (folder / "notes.txt").write_text("none")
    code, out, err = run(write_model(), folder, "--top", 1)
    names = [line.partition(": ")[0].removeprefix(f"{folder}/") for line in out.splitlines()]
    assert code == 0 and names == ["a.png", "b.JPG", "deep/without an extension"]
    assert err == f"note: {folder}: 2 files and folders left out, not pictures: *.txt and @eaDir\n"


@pytest.fixture
def mixed(tmp_path, picture):
    """A folder of a good picture and three files that are none."""
    folder = tmp_path / "new"
    folder.mkdir()
    picture("new/good.png", np.zeros((4, 4)))
    (folder / "text.png").write_text("none")
    (folder / "nothing.jpg").write_text("")
    os.mkfifo(folder / "pipe.png")
    return folder


def test_bad_pictures_are_named_in_one_message_and_the_others_are_classified(
    run, write_model, mixed
):
    for given in ([mixed], sorted(mixed.iterdir())):
        code, out, err = run(write_model(), *given, "--top", 1)
        assert code == 1 and out.splitlines() == [
            f"{mixed}/good.png: dark 100.0%",
            f"{mixed}/nothing.jpg: not classified (this file is empty)",
            f"{mixed}/pipe.png: not classified (this is a pipe, expected a picture)",
            f"{mixed}/text.png: not classified (not an image (PNG, JPEG, ...))",
        ]
        assert err == (
            f"error: 3 of 4 pictures cannot be classified: {mixed}/nothing.jpg (this file is empty); "
            f"{mixed}/pipe.png (this is a pipe, expected a picture); "
            f"{mixed}/text.png (not an image (PNG, JPEG, ...))\n"
        )


def test_tables_of_results_have_the_reason_for_each_bad_picture(run, write_model, mixed, tmp_path):
    code, out, _ = run(write_model(), mixed, "--json", "--csv", tmp_path / "out.csv")
    rows, listed = artifacts.read_csv(tmp_path / "out.csv"), json.loads(out)
    assert code == 1 and list(rows[0]) == ["file", *CLASSES_AND_VALUES, "reason"]
    assert [(bool(row["class_1"]), row["reason"]) for row in rows] == [
        (bool(row["classes"]), row.get("reason", "")) for row in listed
    ]
    assert rows[1] == dict.fromkeys(rows[0], "") | {
        "file": f"{mixed}/nothing.jpg", "reason": "this file is empty",
    }  # fmt: skip
    run(write_model(), mixed / "good.png", "--csv", tmp_path / "out.csv")
    assert list(artifacts.read_csv(tmp_path / "out.csv")[0]) == ["file", *CLASSES_AND_VALUES]


def test_no_table_is_written_if_every_picture_is_bad(run, write_model, mixed, tmp_path):
    (mixed / "good.png").unlink()
    message = one_line_error(run(write_model(), mixed, "--csv", tmp_path / "out.csv"))
    assert "3 of 3 pictures cannot be classified" in message and not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("name", ["pipe", "pipe.npz", "pipe.npy", "/dev/zero", "/dev/tty"])
def test_pipes_and_devices_end_in_one_line(run, write_model, picture, tmp_path, name):
    """Opening a pipe without a writer would wait forever."""
    if name.startswith("pipe"):
        os.mkfifo(tmp_path / name)
    odd, good = tmp_path / name, picture("good.png", np.zeros((4, 4)))
    what = "a pipe" if name.startswith("pipe") else "a device"
    assert f"{odd}: not a model file, or damaged ({what}" in one_line_error(run(odd, good))
    message = one_line_error(run(write_model(), odd))
    assert f"{odd} (this is {what}, expected a picture)" in message or (
        f"{odd}: is {what}, expected a file of arrays" in message
    )


@pytest.fixture
def parts(monkeypatch):
    """Read three pictures at a time, in two threads, also small ones; the module that reads them."""
    module = sys.modules["datasets.new_pictures"]
    monkeypatch.setattr(module, "PART", 3)
    monkeypatch.setattr(sys.modules["datasets.opening"], "_mean_size", lambda files: 2**20)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 2)
    return module


@pytest.fixture
def greys(tmp_path, picture):
    """Ten pictures, each of one value: 0, 20, ..., 180."""
    (tmp_path / "new").mkdir()
    names = [f"new/{number:02}.png" for number in range(10)]
    return [str(picture(name, np.full((4, 4), 20 * i))) for i, name in enumerate(names)]


def test_many_pictures_come_in_parts_in_the_order_of_their_names(
    parts, greys, run, write_model, monkeypatch
):
    read, first = parts.picture_of, Path(greys[0]).read_bytes()

    def first_is_last(content, shape):
        time.sleep(0.02 * (content.getvalue() == first))
        return read(content, shape)

    whole = run(write_model(), *greys, "--json")
    monkeypatch.setattr(parts, "picture_of", first_is_last)
    found = list(new_pictures(greys, {"shape": [4, 4]}))
    assert [len(part.files) for part in found] == [3, 3, 3, 1]
    values = np.concatenate([part.images for part in found])[:, 0, 0]
    assert values.tolist() == [20 * i for i in range(10)]
    assert run(write_model(), *greys, "--json") == whole
    monkeypatch.setattr(parts, "PART", 1000)  # a product of more rows has other last digits
    at_once = json.loads(run(write_model(), *greys, "--json")[1])

    def ranked(rows):
        return [(row["file"], [known["class"] for known in row["classes"]]) for row in rows]

    assert ranked(at_once) == ranked(json.loads(whole[1]))
    assert [row["file"] for row in at_once] == greys


def test_no_more_pictures_than_a_part_are_in_memory(parts, greys, monkeypatch):
    read, opened, most = parts.picture_of, [], []

    def counted(content, shape):
        opened.append(content)
        return read(content, shape)

    monkeypatch.setattr(parts, "picture_of", counted)
    used = 0
    for part in new_pictures(greys, {"shape": [4, 4]}):
        most.append(len(opened) - used)
        used += len(part.files)
    assert most == [3, 3, 3, 1]


def test_bad_pictures_of_all_parts_are_in_one_message(parts, greys, run, write_model):
    for number in (1, 3, 4, 5, 9):  # all of the second part
        with open(greys[number], "w") as file:
            file.write("none")
    code, out, err = run(write_model(picture={"bits": 8}), os.path.dirname(greys[0]))
    assert code == 1 and err.startswith("error: ") and err.count("\n") == 1
    assert all(f"{number:02}.png, " in err for number in (1, 3, 4, 5))
    assert "09.png (not an image" in err
    bad = [line for line in out.splitlines() if "not classified" in line]
    assert len(bad) == 5 and [line.partition(": ")[0] for line in out.splitlines()] == greys


def test_remarks_on_pictures_of_all_parts_come_once(parts, greys, run, write_model):
    for number in (2, 4):
        Image.new("L", (2, 2)).save(greys[number])
    notes = [line for line in run(write_model(), *greys)[2].splitlines() if "enlarged" in line]
    assert [line.partition(".png")[0][-2:] for line in notes] == ["02", "04"]


def test_many_remarks_of_one_kind_become_one_note(parts, greys, run, write_model):
    for grey in greys[:6]:
        Image.new("L", (2, 4)).save(grey)
    notes = run(write_model(), *greys[:7])[2].splitlines()
    assert len(notes) == 2  # on the sizes, and on the proportions
    assert notes[0].startswith("note: 6 pictures are enlarged to 4 x 4 pixels: ")
    assert "6 pictures have more than 20% cut off, to fit the proportions 4 x 4: " in notes[1]
    assert all(line.endswith(" and 1 more") and "05.png" not in line for line in notes)


def test_files_of_any_name_have_a_row(tmp_path, picture, run, write_model):
    folder = tmp_path / "new"
    folder.mkdir()
    for name in (b"caf\xe9.png", b"a\nb.png", "\u00e9.png".encode()):
        os.rename(picture("x.png", np.zeros((4, 4))), os.fsencode(folder) + b"/" + name)
    code, out, _ = run(write_model(), folder, "--top", 1, "--csv", tmp_path / "out.csv")
    rows = artifacts.read_csv(tmp_path / "out.csv")
    names = [row["file"].removeprefix(f"{folder}/") for row in rows]
    assert code == 0 and names == ["a\\nb.png", "caf\\xe9.png", "\u00e9.png"]
    assert len(out.splitlines()) == 3


# ------------------------------------------------------------------ arrays

DARK_AND_BRIGHT = np.stack([np.zeros((SIZE, SIZE)), np.full((SIZE, SIZE), 255)]).astype(np.uint8)


def test_arrays_are_classified_one_example_per_line(run, write_model, tmp_path):
    new = tmp_path / "new.npz"
    np.savez(new, x_test=DARK_AND_BRIGHT, y_test=np.arange(2))
    code, out, err = run(write_model(), new, "--top", 1, "--csv", tmp_path / "out.csv")
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"{new}[0]: dark 100.0%", f"{new}[1]: bright 100.0%"]
    rows = artifacts.read_csv(tmp_path / "out.csv")
    assert [(row["file"], row["class_1"]) for row in rows] == [
        (f"{new}[0]", "dark"),
        (f"{new}[1]", "bright"),
    ]


@pytest.mark.parametrize("name", ["new.npy", "new-images-idx3-ubyte", "new.idx3-ubyte.gz"])
def test_one_array_in_other_files(run, write_model, tmp_path, name):
    path = tmp_path / name
    if name.endswith("npy"):
        np.save(path, DARK_AND_BRIGHT)
    else:
        write_idx(path, DARK_AND_BRIGHT)
    out = run(write_model(), path, "--top", 1)[1]
    assert out.splitlines() == [f"{path}[0]: dark 100.0%", f"{path}[1]: bright 100.0%"]


def test_rows_and_channels_that_come_first(run, write_model, tmp_path):
    new, dark = tmp_path / "new.npz", np.zeros((1, 16))
    np.savez(new, rows=dark, colours=np.full((2, 3, SIZE, SIZE), 255))
    assert run(write_model(shape=(16,)), new, "--top", 1)[1] == f"{new}[0]: dark 100.0%\n"
    found = run(write_model(shape=(SIZE, SIZE, 3)), new, "--top", 1)[1]
    assert found.splitlines() == [f"{new}[{number}]: bright 100.0%" for number in range(2)]


def test_the_array_to_classify_can_be_named(run, write_model, tmp_path):
    new = tmp_path / "new.npz"
    np.savez(new, x_test=DARK_AND_BRIGHT[:1], x_train=DARK_AND_BRIGHT[1:])
    code, out, err = run(write_model(), new, "--top", 1)
    assert out.endswith("[0]: dark 100.0%\n")
    assert err == f"note: {new}: classifies x_test; --array chooses another\n"
    out = run(write_model(), new, "--top", 1, "--array", "x_train")[1]
    assert out.endswith("[0]: bright 100.0%\n")


def test_values_of_another_scale_are_remarked_on(run, write_model, tmp_path):
    new = tmp_path / "new.npy"
    np.save(new, DARK_AND_BRIGHT / 255)
    err = run(write_model(range=[0, 255], dtype="uint8"), new)[2]
    assert err == (
        f"note: {new}: values of 0 to 1, the model was trained on 0 to 255; expected the same scale\n"
    )


def test_unsuitable_arrays_are_reported_in_one_line(run, write_model, tmp_path, picture):
    new, model, good = tmp_path / "new.npz", write_model(), picture("a.png", np.zeros((4, 4)))
    np.savez(new, a=np.zeros((5, 7)))
    said = r"new.npz: has no array of shape (n, 4, 4), as the model was trained on; it has a (5, 7)"
    assert said in one_line_error(run(model, new))
    assert "gone.npz: no such file" in one_line_error(run(model, tmp_path / "gone.npz"))
    assert "gone.npy: no such file" in one_line_error(run(model, tmp_path / "gone.npy"))
    assert "a.png: not a file of arrays" in one_line_error(run(model, new, good))
    assert "--invert and --white are for" in one_line_error(run(model, new, "--invert"))
    np.savez(new, a=np.zeros((0, 4, 4)))
    assert "no examples found" in one_line_error(run(model, new))
    (tmp_path / "new.npy").write_bytes(b"\x93NUMPY\x01\x00")
    assert "new.npy: cannot be read" in one_line_error(run(model, tmp_path / "new.npy"))


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
        f"{new}, row 5: not classified, its values are missing or too large",
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


def test_a_table_in_other_units_is_noted(run, write_model, tmp_path):
    ranges = {"width": [165.0, 175.0], "height": [40.0, 60.0]}
    columns = [column | {"range": ranges[column["name"]]} for column in TABLE["columns"]]
    path, new = write_model(shape=(2,), table=TABLE | {"columns": columns}), tmp_path / "n.csv"
    new.write_text("width,height\n1.7,50\n1.8,55\n160,45\n")
    assert (
        f"note: {new}: 'width': values far from those of the training table; exp"
        in run(path, new)[2]
    )
    new.write_text("width,height\n1.7,50\n180,55\n160,45\n")  # one slip is no unit
    assert run(path, new)[2] == ""


def test_scores_that_overflow_are_no_answer(run, write_model, tmp_path):
    new = tmp_path / "new.csv"
    new.write_text("height,width\n255,255\n1e+60,0\n0,0\n,1\n")
    code, out, err = run(write_model(shape=(2,), table=TABLE), new, "--top", 1)
    absent = "not classified, its values are missing or too large"
    assert (code, out.splitlines()) == (0, [
        f"{new}, row 2: bright 100.0%", f"{new}, row 3: {absent}", f"{new}, row 4: dark 100.0%",
        f"{new}, row 5: {absent}",
    ])  # fmt: skip
    assert "note: 1 of 3 examples have scores that are not finite, because their values or" in err
    assert "RuntimeWarning" not in err


def test_a_table_unlike_the_training_table_is_refused(run, write_model, tmp_path):
    model = write_model(shape=(2,), table=TABLE | {"missing": "refuse"})
    new = tmp_path / "new.csv"
    for content, message in (
        ("width,breadth\n1,2\n", f"{new}: lacks the column 'height'; it has 'width' and 'breadth'"),
        (
            "width,height\n1,x\n",
            f"{new}: column 'height': has 1 cell that is not a number (row 2: 'x')",
        ),
        ("width,height\n1,\n", f"{new}: column 'height': no value in row 2"),
    ):
        new.write_text(content)
        code, out, err = run(model, new)
        assert (code, out) == (1, "") and err.startswith(f"error: {message}")
    assert "no such file, expected a table in CSV" in run(model, tmp_path / "none.csv")[2]
    os.mkfifo(tmp_path / "pipe.csv")
    assert "is a pipe, which can be read only once" in one_line_error(
        run(model, tmp_path / "pipe.csv")
    )


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
    with pytest.warns(UserWarning, match="1 of 3 rows have missing values"):
        gap = model.predict([*rows, {"height": None, "width": 1}])
    assert (gap[:2] == expected).all() and np.isnan(gap[2]).all()
