"""The tutorial: a folder of pictures, and a dirty table; a few commands to a classifier."""

import csv
import json
import re
import subprocess
import sys

import numpy as np
import pytest
import yaml
from clinic import NEW, write_clinic
from harness import ROOT, TABLES, copy_sources
from PIL import Image, ImageDraw

SHAPES = ("circle", "square", "triangle")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def draw(kind: str, seed: int) -> Image.Image:
    """A bright shape on a dark ground, somewhere about the middle."""
    rng = np.random.default_rng([SHAPES.index(kind), seed])
    image = Image.new("RGB", (60, 50 + seed % 10), tuple(map(int, rng.integers(0, 60, 3))))
    left, top = (int(v) for v in rng.integers(12, 18, 2))
    right, bottom = left + 30, top + 30
    colour = tuple(map(int, rng.integers(180, 256, 3)))
    pen = ImageDraw.Draw(image)
    if kind == "circle":
        pen.ellipse([left, top, right, bottom], fill=colour)
    elif kind == "square":
        pen.rectangle([left, top, right, bottom], fill=colour)
    else:
        pen.polygon([(left, bottom), (right, bottom), ((left + right) // 2, top)], fill=colour)
    return image


@pytest.fixture(scope="module")
def tutorial() -> list[tuple[str, str]]:
    """The blocks of the tutorial: language and content."""
    return BLOCK.findall((ROOT / "docs/tutorial.md").read_text())


def predicted(project, model, place):
    """Classify new data by the program; return the finished process and the rows of its table."""
    done = subprocess.run(
        [sys.executable, "scripts/predict.py", model, str(place), "--csv", "classes.csv"],
        cwd=project.folder,
        text=True,
        capture_output=True,
        check=True,
    )
    return done, list(csv.DictReader((project.folder / "classes.csv").read_text().splitlines()))


@pytest.mark.exhaustive
def test_three_commands_from_a_folder_of_pictures_to_a_classifier(tmp_path, tutorial):
    project = copy_sources(tmp_path / "checkout")
    mine = tmp_path / "mine"  # paths are relative to the config file, not to the checkout
    for kind in SHAPES:
        (mine / "photos" / kind).mkdir(parents=True)
        (mine / "new-photos").mkdir(exist_ok=True)
        for seed in range(90):
            draw(kind, seed).save(mine / "photos" / kind / f"{seed}.{('png', 'jpg')[seed % 2]}")
        for seed in (1000, 1001):
            draw(kind, seed).save(mine / "new-photos" / f"{kind}{seed}.png")
    config = next(text for language, text in tutorial if language == "yaml")
    (mine / "photos.yaml").write_text(config)
    call = ["--configfile", str(mine / "photos.yaml")]
    project.snakemake(*call)

    summary = (project.folder / "results/summary.csv").read_text()
    row = next(csv.DictReader(summary.splitlines()))
    assert (row["experiment"], row["runs"], row["status"]) == ("photos", "6", "completed")
    assert float(row["test_accuracy"]) > 0.8
    model = "results/experiments/photos/final/seed=0/model.npz"
    done, rows = predicted(project, model, mine / "new-photos")
    assert len(done.stdout.splitlines()) == 6 and "%" in done.stdout
    right = [row["class_1"] in row["file"] for row in rows]
    assert sum(right) >= 5 and set(rows[0]) >= {"class_3", "value_3"}

    assert "Nothing to be done" in project.snakemake(*call).stdout
    draw("circle", 500).save(mine / "photos/circle/500.png")
    jobs = project.jobs(*call, "--", TABLES)
    assert {"parse photos", "summarize"} <= set(jobs)
    assert sum(job.startswith("train ") for job in jobs) == 1  # the bundle of all six
    assert not [job for job in jobs if job.startswith("check_gradients")]
    (mine / "photos/circle/0.png").touch()  # the same content
    assert project.jobs(*call, "--dry-run", "--", TABLES) == []
    (mine / "photos/circle/500.png").unlink()  # as before: the arrays of then are still there
    jobs = project.jobs(*call, "--dry-run", "--", TABLES)
    assert "select_best photos" in jobs and not [
        job for job in jobs if job.startswith(("parse", "prepare"))
    ]


@pytest.mark.exhaustive
def test_from_a_dirty_table_to_predictions(tmp_path, tutorial):
    project = copy_sources(tmp_path / "checkout")
    mine = tmp_path / "mine"
    mine.mkdir()
    write_clinic(mine)
    plain, complete = (text for language, text in tutorial if text.startswith("# clinic.yaml"))
    (mine / "clinic.yaml").write_text(plain)
    call = ["--configfile", str(mine / "clinic.yaml")]
    said = project.snakemake(*call, check=False).stdout
    (printed,) = (text for _, text in tutorial if text.startswith("clinic.csv: "))
    for line in printed.splitlines():  # as the tutorial prints it, shortened by dots
        for part in line.split("..."):
            assert part.strip() in said, part
    assert "Traceback" not in said

    table = (mine / "clinic.csv").read_text()
    (mine / "clinic.csv").write_text(table.replace('"81,5"', "81.5"))
    (mine / "clinic.yaml").write_text(complete)
    said = project.snakemake(*call).stdout
    assert "warning: clinic: column 'column 1': left out" in said
    results = project.folder / "results"
    test = json.loads((results / "experiments/clinic/test.json").read_text())
    assert test["test_accuracy"] > 0.9
    info = json.loads(next(results.glob("datasets/clinic/*/info.json")).read_text())
    sizes = {split: about["size"] for split, about in info["splits"].items()}
    assert sum(sizes.values()) == 300 and 40 < sizes["test"] < 110
    assert set(info["groups"]) == {2} and sum(info["groups"]) == sizes["train"]

    (new,) = (text for _, text in tutorial if text.startswith("visit,age"))
    assert new == NEW
    model = "results/experiments/clinic/final/seed=0/model.npz"
    done, rows = predicted(project, model, mine / "new.csv")
    assert [row["class_1"] for row in rows] == ["ill", "healthy", "healthy"]
    assert "column 'remark': ignored" in done.stderr and "'sometimes'" in done.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": "nowhere"}, "datasets.photos: ../mine/nowhere: no such folder"),
        *(
            pytest.param(change, message, marks=pytest.mark.exhaustive)
            for change, message in (
                (
                    {"size": [24]},
                    "datasets.photos.size is [24]; expected a list of length at least 2",
                ),
                ({"color": "cmyk"}, "datasets.photos.color is 'cmyk'; allowed: rgb, grey"),
                ({"test": 1.5}, "datasets.photos.test is 1.5; expected less than 1"),
                ({"classes": ["dog", "cat"]}, "datasets.photos: ../mine/photos: has no folders"),
                ({"train_size": 3}, "datasets.photos has the unknown key 'train_size'"),
            )
        ),
    ],
)
def test_mistakes_are_named(tmp_path, tutorial, change, message):
    project = copy_sources(tmp_path / "checkout")
    (tmp_path / "mine/photos").mkdir(parents=True)
    config = yaml.safe_load(next(text for language, text in tutorial if language == "yaml"))
    config["datasets"]["photos"] |= change
    (tmp_path / "mine/photos.yaml").write_text(yaml.safe_dump(config))
    arguments = ["--configfile", str(tmp_path / "mine/photos.yaml"), "-n"]
    done = project.snakemake(*arguments, check=False)
    assert done.returncode == 1 and message in done.stdout and "Traceback" not in done.stdout
