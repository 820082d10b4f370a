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
        (["cats/more/1.png", "cats/2.png", "dogs/3.png"],
         "cats and dogs; the folder more in them is no class"),
        (["one/1.png", "one/masks/2.png", "two/3.png", "two/masks/4.png"],
         "one and two; the folder masks in each of them is no class"),
        (["one/a/1.png", "one/b/2.png", "two/a/3.png", "two/b/4.png"],
         "one and two; the folders a and b in each of them are not classes"),
    ],
)  # fmt: skip
def test_classes_with_folders_in_them_are_named(tmp_path, names, said):
    parsed = read(tmp_path / "photos", names)
    assert parsed.classes == sorted({name.split("/")[0] for name in names})
    start = f"{tmp_path}/photos: the classes are its folders"
    assert parsed.notes == (f"{start} {said}, but all pictures are read",)


@pytest.mark.parametrize(
    "names",
    [
        ["cats/1.png", "dogs/2.png"],
        ["cats/deep/1.png", "dogs/2.png"],
        ["n01/images/1.png", "n02/images/2.png"],
        ["train/cats/1.png", "train/dogs/2.png", "test/cats/3.png", "test/dogs/4.png"],
        ["train/cats/images/1.png", "train/dogs/images/2.png", "val/cats/3.png", "val/dogs/4.png"],
    ],
)
def test_plain_folders_need_no_note(tmp_path, names):
    assert read(tmp_path / "photos", names).notes == ()


def test_folders_in_the_classes_of_a_split_are_named(tmp_path):
    names = [f"train/{kind}/{part}/{kind}.png" for kind in "ab" for part in ("images", "masks")]
    parsed = read(tmp_path / "photos", names)
    assert parsed.notes == (
        f"{tmp_path}/photos/train: the classes are its folders a and b; the folders images and masks in "
        "each of them are not classes, but all pictures are read",
    )
