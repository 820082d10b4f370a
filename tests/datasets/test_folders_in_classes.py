"""Folders in the folders of the classes: which names are the classes is said where it is not plain."""

import pytest
from PIL import Image

from datasets.formats import FORMATS

KIND = FORMATS["image_folder"]
DEFAULTS = {key: rule["default"] for key, rule in KIND.settings.items() if "default" in rule}


def read(folder, names):
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6), (number, 0, 0)).save(path)
    settings = {**DEFAULTS, "path": str(folder), "size": [1, 1]}
    return KIND.read(settings, {"pictures": str(folder)})


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["animals/cat/1.png", "animals/dog/2.png", "plants/rose/3.png"],
         "animals and plants; the folders cat, dog and rose in them are not classes"),
        (["animals/cat/1.png", "plants/rose/3.png"],
         "animals and plants; the folders cat and rose in them are not classes"),
        (["animals/cat/1.png", "animals/dog/2.png", "plants/3.png"],
         "animals and plants; the folders cat and dog in them are not classes"),
        (["animals/x.png", "animals/cat/1.png", "plants/rose/3.png", "plants/y.png"],
         "animals and plants; the folders cat and rose in them are not classes"),
        (["one/a/1.png", "one/b/2.png", "two/a/3.png", "two/b/4.png"],
         "one and two; the folders a and b in each of them are not classes"),
    ],
)  # fmt: skip
def test_classes_with_folders_in_them_are_named(tmp_path, names, said):
    parsed = read(tmp_path / "photos", names)
    assert parsed.classes == sorted({name.split("/")[0] for name in names})
    assert parsed.notes == (f"{tmp_path}/photos: the classes are its folders {said}",)


@pytest.mark.parametrize(
    "names",
    [
        ["cats/1.png", "dogs/2.png"],
        ["n01/images/1.png", "n02/images/2.png"],
        ["cats/more/1.png", "cats/2.png", "dogs/3.png"],
        ["train/cats/1.png", "train/dogs/2.png", "test/cats/3.png", "test/dogs/4.png"],
    ],
)
def test_plain_folders_need_no_note(tmp_path, names):
    assert read(tmp_path / "photos", names).notes == ()
