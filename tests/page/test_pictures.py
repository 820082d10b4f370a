"""Pictures in the page: figures, and the surest mistakes."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from figures import FIGURES
from files import artifacts
from page import pictures


def decoded(address: str) -> np.ndarray:
    kind, _, content = address.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"), int)


def test_a_figure_is_embedded_unchanged_with_its_size(finished):
    png, _ = finished("swept").draw("learning_curves")
    found, before = pictures.embedded(png), np.asarray(Image.open(png).convert("RGB"), int)
    assert (decoded(found["image"]) == before).all()
    assert before.shape == (found["height"], found["width"], 3)


def test_the_groups_of_the_page_have_figures_that_exist_once_each():
    placed = [name for names in pictures.GROUPS.values() for name in names]
    assert len(placed) == len({*placed} & {*FIGURES})


def test_a_figure_of_no_group_is_in_the_last(finished, monkeypatch):
    png, _ = finished("swept").draw("learning_curves")
    monkeypatch.setitem(pictures.GROUPS, "training", ())
    shown = pictures.figures_of([png], {})
    assert [figure["name"] for figure in shown[pictures.LAST_GROUP]] == ["learning curves"]


@pytest.mark.parametrize("figure", ["configurations", "learning_curves", "confusion_matrix"])
def test_a_figure_of_earlier_results_is_not_shown(built, figure):
    swept = built("swept")
    png, _ = swept.draw(figure)
    assert pictures.is_current(png)
    for name in ("selection.json", "histories.csv", "test.json"):
        path = swept.folder / name
        path.write_text(path.read_text() + "\n")
    assert not pictures.is_current(png)


def test_thumbnails_share_a_range_and_are_small():
    first, second = map(decoded, pictures.thumbnails(np.array([[[0, 4]], [[8, 2]]])))
    assert first[0, :, 0].tolist() == [0, 128] and second[0, :, 0].tolist() == [255, 64]
    (large,) = pictures.thumbnails(np.zeros((1, 200, 100, 3), np.uint8))
    assert decoded(large).shape == (48, 24, 3)


@pytest.mark.parametrize("shape", [(0, 8, 8), (3, 5), (3, 8, 8, 2)])
def test_examples_other_than_pictures_have_no_thumbnails(shape):
    assert pictures.thumbnails(np.ones(shape)) == []


@pytest.fixture
def predicted(tmp_path):
    """predicted(rows, surest, images): the folder of an experiment with these predictions."""

    def written(rows, surest=(), images=None):
        columns = ["file", "seed", "true_class", "predicted_class", "probability"]
        cells = [dict(zip(columns, row, strict=True)) for row in rows]
        artifacts.write_csv(tmp_path / "test_predictions.csv", columns, cells)
        images = np.empty((0, 2, 2)) if images is None else images
        arrays = {"surest_mistakes_of_first": np.array(surest, int)}
        artifacts.save_arrays(
            tmp_path / "test_predictions.npz", {**arrays, "images_of_surest_mistakes": images}
        )
        return tmp_path

    return written


def test_mistakes_are_those_of_the_first_seed_surest_first(predicted):
    rows = [
        ("a.png", 3, "cat", "dog", "0.6"), ("a.png", 4, "cat", "cow", "0.99"),
        ("b.png", 3, "cat", "cat", "0.9"), ("b.png", 4, "cat", "dog", "0.99"),
        ("'=c.png", 3, "dog", "'=cat", "0.7"), ("'=c.png", 4, "dog", "dog", "0.99"),
        ("d.png", 3, "dog", "cat", "0.8"), ("d.png", 4, "dog", "dog", "0.99"),
    ]  # fmt: skip
    found = pictures.mistakes_of(predicted(rows, [3], np.ones((1, 2, 2))))
    assert [row["file"] for row in found["rows"]] == ["d.png", "=c.png", "a.png"]
    assert [bool(row["picture"]) for row in found["rows"]] == [True, False, False]
    assert found["classes"]["predicted_class"] == ["=cat", "cat", "dog"]
    assert (found["seed"], found["wrong"], found["examples"]) == ("3", 3, 4)


def test_at_most_a_hundred_mistakes_are_listed(predicted):
    rows = [(f"{n}.png", 0, "cat", "dog", "") for n in range(150)]  # without probabilities
    found = pictures.mistakes_of(predicted(rows))
    assert (len(found["rows"]), found["wrong"], found["pictures"]) == (100, 150, 0)


def test_without_mistakes_or_test_there_is_no_table(predicted, tmp_path):
    assert pictures.mistakes_of(predicted([("a.png", 0, "cat", "cat", "0.9")])) is None
    assert pictures.mistakes_of(predicted([])) is None
    assert pictures.mistakes_of(tmp_path / "other") is None
