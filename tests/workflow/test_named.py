"""Data are named by a digest of their sources: every change is noticed, and nothing else."""

import os
import shutil

import pytest
from harness import Project, copy_sources
from PIL import Image

FOLDERS = "results/datasets/photos/*"
ARRAYS = f"{FOLDERS}/train_images.npy"
MODEL = "results/experiments/photos/final/seed=0/model.npz"
MADE = ("parse", "parse_without_test", "prepare", "check_gradients")


def draw(path, shade: int) -> None:
    """A picture of one shade, whose file has the same size for all shades."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), shade).save(path, format="BMP")


def photos(config: dict) -> None:
    data = {"format": "image_folder", "path": "photos", "size": [4, 4], "color": "grey"}
    config["datasets"] = {"photos": data}
    training = {"epochs": 1, "batch_size": 8}
    experiment = {"dataset": "photos", "split": {"validation": 4}, "training": training}
    config["experiments"] = {"photos": {**experiment, "network": {"hidden": []}}}
    config["targets"] = ["photos"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Project:
    """A project on twenty pictures of two classes, built up to its final network."""
    project = copy_sources(tmp_path_factory.mktemp("named"))
    for number in range(10):
        draw(project.folder / f"photos/dark/{number}.bmp", number)
        draw(project.folder / f"photos/light/{number}.bmp", 200 + number)
    project.edit(photos)
    project.snakemake(MODEL)
    return project


@pytest.fixture
def project(trained, tmp_path) -> Project:
    """A copy of it, with the timestamps of the original."""
    shutil.copytree(trained.folder, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")


def made(project: Project, *arguments: str) -> list[str]:
    """Build the network; return the names of the rules that made data or checks, or trained."""
    rules = {job.split()[0] for job in project.jobs(*(arguments or [MODEL]))}
    return sorted(rules & {*MADE, "train"})


def planned(project: Project) -> list[str]:
    """The same of a build of everything, without running it."""
    return made(project, "--dry-run")


def swap_classes(folder):
    (folder / "dark").rename(folder / "x")
    (folder / "light").rename(folder / "dark")
    (folder / "x").rename(folder / "light")


def point_link_elsewhere(folder):
    """Only the link changes: the file behind it is as old as the others."""
    other = folder.parent / "other.bmp"
    draw(other, 90)
    os.utime(other, (1e9, 1e9))
    (folder / "dark/3.bmp").unlink()
    (folder / "dark/3.bmp").symlink_to(other)


def put_older_picture(folder):
    file, new = folder / "dark/3.bmp", folder.parent / "new.bmp"
    draw(new, 90)
    assert new.stat().st_size == file.stat().st_size
    os.utime(new, (1e9, 1e9))
    new.replace(file)


@pytest.mark.parametrize("change", [swap_classes, point_link_elsewhere, put_older_picture])
def test_changed_pictures_are_parsed_and_trained_on(project, change):
    before, model = project.one(ARRAYS), (project.folder / MODEL).read_bytes()
    change(project.folder / "photos")
    if change != swap_classes:
        assert planned(project) == ["parse_without_test", "prepare", "train"]
        return
    assert made(project) == ["parse_without_test", "prepare", "train"]
    (after,) = set(project.folder.glob(ARRAYS)) - {before}
    assert (project.folder / MODEL).read_bytes() != model
    assert after.read_bytes() != before.read_bytes() or change == swap_classes
    assert made(project) == []


def test_pictures_that_were_only_touched_are_not_parsed_again(project):
    for path in (project.folder / "photos").rglob("*.bmp"):
        path.touch()
    assert made(project) == []


def test_files_of_a_fixed_format_without_checksums_count_by_their_content(tmp_path, built):
    raw = shutil.copytree(built.folder / "data/raw/digits", tmp_path / "mine")
    dataset = {"format": "idx", "path": str(raw)}

    def change(config):
        digits = config["datasets"]["digits"]
        keys = ("files", "classes", "shape", "train_size", "test_size")
        config["datasets"]["digits"] = {**dataset, **{key: digits[key] for key in keys}}

    def parsed() -> set[str]:
        plan = built.snakemake("--dry-run", "results/experiments/single/test.json").stdout
        return {word.rstrip(",") for word in plan.split() if word.startswith("results/datasets")}

    built.edit(change)
    before = parsed()
    file = raw / "train-labels-idx1-ubyte.gz"
    stat, content = file.stat(), bytearray(file.read_bytes())
    content[4] ^= 1  # the time in the header of gzip
    new = raw / "new"
    new.write_bytes(content)
    os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    new.replace(file)
    assert before and parsed() and not before & parsed()


def edit_settings(project: Project, color: str) -> None:
    project.edit(lambda config: config["datasets"]["photos"].update(color=color))


def test_an_edit_after_snakemake_has_lost_its_records_is_seen(project):
    shutil.rmtree(project.folder / ".snakemake")
    assert made(project) == []
    shutil.rmtree(project.folder / ".snakemake")
    edit_settings(project, "rgb")
    assert planned(project) == ["check_gradients", "parse_without_test", "prepare", "train"]


def test_an_edit_followed_by_touch_is_seen(project):
    edit_settings(project, "rgb")
    project.snakemake("--touch", MODEL, check=False)
    assert planned(project) == ["check_gradients", "parse_without_test", "prepare", "train"]


@pytest.mark.exhaustive
def test_half_of_the_files_without_records_are_completed_to_the_same_bytes(project):
    before = project.checksums()
    for path in sorted(p for p in (project.folder / "results").rglob("*") if p.is_file())[::2]:
        path.unlink()
    shutil.rmtree(project.folder / ".snakemake")
    asked = [name for name in before if "/photos/" in name or "gradient" in name]
    project.snakemake(MODEL, *asked)
    assert {name: project.checksums()[name] for name in asked} == {n: before[n] for n in asked}


def test_earlier_settings_find_their_files(project):
    before = project.checksums()
    edit_settings(project, "rgb")
    assert "train" in made(project)
    edit_settings(project, "grey")
    assert made(project) == []
    assert project.checksums().items() >= before.items()
    assert len(list(project.folder.glob(FOLDERS))) == 3  # with contents.json


@pytest.mark.exhaustive
def test_a_deleted_array_comes_back_and_is_not_prepared_again(project):
    before, lost = project.checksums(), project.one(ARRAYS)
    lost.unlink()
    assert project.jobs(str(lost.relative_to(project.folder))) == ["parse_without_test photos"]
    assert "prepare" not in made(project)
    assert project.checksums() == before


@pytest.mark.exhaustive
def test_a_name_of_other_data_is_refused(project):
    other = project.one(ARRAYS).parent.with_name("0123456789") / "info.json"
    done = project.snakemake(str(other.relative_to(project.folder)), check=False)
    assert done.returncode == 1 and "made from other settings, data or code" in done.stdout
