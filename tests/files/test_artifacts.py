"""Files are whole or not there; a damaged one, or another one, is a message that names it."""

import numpy as np
import pytest

import promote
import select_best
import summarize
from datasets import describe
from files import artifacts, models
from files.artifacts import ArtifactError
from files.bundles import Bundle
from files.prepared import PARTS, load_prepared, open_split, save_prepared
from inputs import Preparation

NAMES = ("model.npz", "bundle.npz", "prepared.npz", "metrics.json", "array.npy")


def model_in_a_bundle(path):
    with Bundle(path) as bundle:
        return models.model_in(bundle, "seed=0")


@pytest.fixture
def files(finished, tmp_path):
    """A copy of each kind of file, and how it is read."""
    plain = finished("plain")
    prepared = plain.prepared("seed=0")
    images, labels = (plain.dataset / f"train_{part}.npy" for part in ("images", "labels"))
    sources = {
        "model.npz": plain.folder / "runs/seed=0/model.npz",
        "bundle.npz": plain.bundle(),
        "prepared.npz": prepared,
        "metrics.json": plain.bundle().with_suffix(".json"),
        "array.npy": images,
    }
    for name, source in sources.items():
        (tmp_path / name).write_bytes(source.read_bytes())
    readers = {
        "model.npz": models.load_model,
        "bundle.npz": model_in_a_bundle,
        "prepared.npz": lambda path: load_prepared(path, ["unit"], images, labels),
        "metrics.json": artifacts.read_json,
        "array.npy": artifacts.open_array,
    }
    return {name: (tmp_path / name, readers[name]) for name in NAMES}


def refusal(path, read) -> str:
    with pytest.raises(ArtifactError) as error:
        read(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "delete it to rebuild it" in message
    return message


@pytest.mark.parametrize("name", NAMES)
def test_a_file_can_be_read(files, name):
    path, read = files[name]
    assert read(path) is not None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", [0, 0.01, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_off_is_refused(files, name, part):
    path, read = files[name]
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    refusal(path, read)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"<html>", b"\x00" * 100, b"\xff\xfe\xfa" * 50])
def test_something_else_is_refused(files, name, content):
    path, read = files[name]
    path.write_bytes(content)
    refusal(path, read)


@pytest.mark.parametrize("name", ["model.npz", "prepared.npz"])
def test_an_archive_of_other_arrays_is_refused(files, name):
    path, read = files[name]
    np.savez(path, a=np.zeros(3))
    refusal(path, read)


@pytest.mark.parametrize("name", ["model.npz", "bundle.npz", "prepared.npz"])
def test_an_array_in_the_place_of_an_archive_is_refused(files, name):
    path, read = files[name]
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))
    refusal(path, read)


def test_an_archive_in_the_place_of_an_array_is_refused(files):
    path, read = files["array.npy"]
    with open(path, "wb") as file:
        np.savez(file, a=np.zeros(3))
    refusal(path, read)


@pytest.mark.parametrize("name", ["model.npz", "bundle.npz", "prepared.npz", "array.npy"])
def test_pickles_are_refused_and_not_run(files, name, tmp_path):
    path, read = files[name]

    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "run"), "w")

    array = np.array([Evil()], object)
    with open(path, "wb") as file:
        if name == "array.npy":
            np.save(file, array, allow_pickle=True)
        else:
            names = ("config", "history", "losses", "info", "seed=0/config")
            np.savez(file, **dict.fromkeys(names, array))
    refusal(path, read)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_byte_anywhere_is_refused_or_does_no_harm(files, name):
    """In the heads of a file's arrays, and in the directory at the end of an archive."""
    path, read = files[name]
    content = path.read_bytes()
    places = {*range(min(len(content), 200)), *range(max(len(content) - 600, 0), len(content))}
    refused = 0
    for place in sorted(places):
        for mask in (0x10, 0xFF):
            changed = bytearray(content)
            changed[place] ^= mask
            path.write_bytes(changed)
            try:
                read(path)
            except ArtifactError as error:
                refused += 1
                assert str(error).startswith(f"{path}: ")
    assert refused > 20


def test_an_invalid_dtype_is_reported_as_damage(tmp_path):
    path = tmp_path / "array.npy"
    np.save(path, np.zeros(3))
    path.write_bytes(path.read_bytes().replace(b"'<f8'", b"',f8'"))
    refusal(path, artifacts.open_array)


@pytest.mark.parametrize("missing", ["config", "history", "losses", "preparation/operations"])
def test_a_model_that_lacks_an_array_is_refused(finished, tmp_path, missing):
    arrays = artifacts.load_arrays(finished("plain").folder / "runs/seed=0/model.npz")
    del arrays[missing]
    artifacts.save_arrays(tmp_path / "model.npz", arrays)
    refusal(tmp_path / "model.npz", models.load_model)


def test_a_model_without_parameters_could_not_be_built(finished, tmp_path):
    arrays = artifacts.load_arrays(finished("plain").folder / "runs/seed=0/model.npz")
    del arrays["parameters"]
    artifacts.save_arrays(tmp_path / "model.npz", arrays)
    assert models.load_model(tmp_path / "model.npz").network is None


def test_a_model_with_parameters_of_another_network_is_refused(finished, tmp_path):
    arrays = artifacts.load_arrays(finished("plain").folder / "runs/seed=0/model.npz")
    arrays["parameters"] = arrays["parameters"][:-1]
    artifacts.save_arrays(tmp_path / "model.npz", arrays)
    refusal(tmp_path / "model.npz", models.load_model)


def spoil(path):
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize(
    "read",
    [artifacts.read_json, artifacts.load_arrays, Bundle, models.load_model],
)
def test_a_device_is_refused_before_it_is_read(read):
    """Another device, /dev/zero, would fill the memory."""
    with pytest.raises(ArtifactError, match="a device, which may have no end"):
        read("/dev/null")


def test_a_damaged_model_stops_validate_with_its_name(built, refused):
    plain = built("plain")
    spoil(plain.bundle())
    message = refused(plain.validate, plain.bundle())
    assert f"{plain.bundle()}: damaged" in message and "delete it" in message


def test_damaged_prepared_data_stop_a_training_with_their_name(built, refused, tmp_path):
    plain = built("plain")
    spoil(plain.prepared("seed=0"))
    message = refused(plain.train, "seed=0", tmp_path / "model.npz")
    assert f"{plain.prepared('seed=0')}: damaged" in message
    assert not (tmp_path / "model.npz").exists()


@pytest.mark.parametrize("program", [select_best, promote])
def test_damaged_metrics_stop_promote_and_select_best(built, refused, program, tmp_path):
    plain = built("halved" if program is promote else "plain")
    metrics = plain.bundle(0 if program is promote else None).with_suffix(".json")
    spoil(metrics)
    message = refused(plain.choose, program, metrics.parent, tmp_path / "chosen.json")
    assert f"{metrics}: damaged" in message
    assert not (tmp_path / "chosen.json").exists()


@pytest.mark.parametrize("content", ["[]", '{"seed=0": {}}', "3", '{"seed=0": 3}'])
def test_foreign_metrics_stop_promote_and_select_best(built, refused, content, tmp_path):
    plain = built("plain")
    metrics = plain.bundle().with_suffix(".json")
    metrics.write_text(content)
    message = refused(plain.choose, select_best, metrics.parent, tmp_path / "chosen.json")
    assert f"{metrics}: damaged" in message


def test_a_run_without_metrics_stops_promote_and_select_best(built, refused, tmp_path):
    plain = built("plain")
    path = plain.bundle().with_suffix(".json")
    artifacts.write_json(path, {"seed=0": plain.metrics("seed=0")})
    message = refused(plain.choose, select_best, path.parent, tmp_path / "chosen.json")
    assert message == "error: seed=1: it is in no file of metrics that was given\n"


def test_a_damaged_bundle_stops_collect_with_its_name(built, refused):
    plain = built("plain")
    tables = [plain.folder / table for table in ("runs.csv", "histories.csv")]
    for table in tables:
        table.unlink()
    spoil(plain.bundle())
    assert f"{plain.bundle()}: damaged" in refused(plain.collect)
    assert not any(table.exists() for table in tables)


def test_a_damaged_selection_stops_a_figure_and_the_summary(built, refused, run_program, tmp_path):
    plain = built("plain")
    selection = plain.folder / "selection.json"
    spoil(selection)
    assert f"{selection}: damaged" in refused(plain.draw, "configurations")
    outputs = ("--csv", "--markdown", "--scoreboard", "--runs", "--baselines")
    flags = [part for flag in outputs for part in (flag, tmp_path / f"made{flag}")]
    message = refused(run_program, summarize, "--selections", selection, *flags)
    assert f"{selection}: damaged" in message


def test_a_damaged_final_model_stops_the_test(built, refused):
    plain = built("plain")
    model = plain.folder / "final/seed=1/model.npz"
    spoil(model)
    assert f"{model}: damaged" in refused(plain.test)


def change(path):
    """Another array of the same shape, as someone who edits a file leaves it."""
    array = np.load(path)
    array.flat[0] += 1
    np.save(path, array)


@pytest.mark.parametrize("part", ["images", "labels"])
def test_an_array_that_was_changed_after_parsing_is_refused(built, refused, tmp_path, part):
    plain = built("plain")
    array = plain.dataset / f"train_{part}.npy"
    change(array)
    for stage in (
        (plain.train, "seed=0", tmp_path / "model.npz"),
        (plain.validate, plain.bundle()),
        (plain.fit, "linear_svc_pixels"),
    ):
        message = refused(*stage)
        assert message.startswith(f"error: {array}: the sha256 of its array is ")
        assert "it was changed after it was parsed; delete it to rebuild it" in message
    assert not (tmp_path / "model.npz").exists()


@pytest.mark.parametrize("part", ["images", "labels"])
def test_a_test_array_that_was_changed_after_parsing_is_refused(built, refused, part):
    plain = built("plain")
    array = plain.dataset / f"test_{part}.npy"
    change(array)
    assert refused(plain.test).startswith(f"error: {array}: the sha256 of its array is ")


def test_prepared_data_and_arrays_of_another_parsing_are_refused(built, refused, tmp_path):
    """The images of the test split in the place of those of the training file."""
    plain = built("plain")
    images = plain.dataset / "train_images.npy"
    images.write_bytes((plain.dataset / "test_images.npy").read_bytes())
    assert str(images) in refused(plain.train, "seed=0", tmp_path / "model.npz")


def test_a_failed_write_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError), artifacts.atomic(tmp_path / "a/file.txt") as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert list((tmp_path / "a").iterdir()) == []


def test_a_replaced_file_is_always_complete(tmp_path):
    path = tmp_path / "file.txt"
    artifacts.write_text(path, "old")
    with artifacts.atomic(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old" and temporary.parent == path.parent
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_arrays_have_the_same_bytes_at_any_time(tmp_path):
    arrays = {"a": np.arange(3), "b/c": np.array("text")}
    artifacts.save_arrays(tmp_path / "1.npz", arrays)
    artifacts.save_arrays(tmp_path / "2.npz", dict(arrays))
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
    read = artifacts.load_arrays(tmp_path / "1.npz")
    assert read.keys() == arrays.keys() and str(read["b/c"]) == "text"
    assert artifacts.load_arrays(tmp_path / "1.npz", "a").keys() == {"a"}


def test_json_is_sorted_and_refuses_other_values(tmp_path):
    path = tmp_path / "a.json"
    artifacts.write_json(path, {"b": 1, "a": [0.1]})
    assert path.read_text() == '{\n  "a": [\n    0.1\n  ],\n  "b": 1\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        artifacts.write_json(path, float("nan"))
    assert artifacts.read_json(path) == {"a": [0.1], "b": 1}


def test_a_spreadsheet_runs_no_text_of_a_csv_file(tmp_path):
    row = {"a": "=1+1", "b": "@x", "c": "-1", "d": "'plain"}
    artifacts.write_csv(tmp_path / "x.csv", row, [row])
    assert (tmp_path / "x.csv").read_text().splitlines()[1] == "'=1+1,'@x,-1,'plain"
    assert artifacts.read_csv(tmp_path / "x.csv") == [row]


def test_numbers_survive_a_csv_file(tmp_path):
    path = tmp_path / "a.csv"
    row = {"a": 0.1 + 0.2, "b": None, "c": "x, y", "d": np.float64(1 / 3), "e": np.float32(0.5)}
    artifacts.write_csv(path, [*row, "missing"], [row])
    (read,) = artifacts.read_csv(path)
    assert float(read["a"]) == 0.1 + 0.2 and float(read["d"]) == 1 / 3 and read["e"] == "0.5"
    assert read["b"] == read["missing"] == "" and read["c"] == "x, y"
    with open(path, newline="") as file:
        assert "\r" not in file.read()


def test_arrays_must_match_their_description_from_parsing(tmp_path):
    images, labels = np.zeros((2, 2, 2), np.uint8), np.array([0, 1], np.uint8)
    described = describe(images, labels, 2)
    artifacts.save_array(tmp_path / "images.npy", images)
    artifacts.save_array(tmp_path / "labels.npy", labels)
    opened = open_split(tmp_path / "images.npy", tmp_path / "labels.npy", described)
    assert np.array_equal(opened[0], images) and np.array_equal(opened[1], labels)
    assert isinstance(opened[0], np.memmap)


def test_prepared_data_survive_a_round_trip(finished, tmp_path):
    plain = finished("plain")
    images, labels = (plain.dataset / f"train_{part}.npy" for part in ("images", "labels"))
    prepared = load_prepared(plain.prepared("seed=0"), ["unit"], images, labels)
    save_prepared(tmp_path / "again.npz", prepared)
    assert (tmp_path / "again.npz").read_bytes() == plain.prepared("seed=0").read_bytes()
    assert [len(prepared.split[part]) for part in PARTS] == [200, 40]
    assert isinstance(prepared.preparation, Preparation)
    assert prepared.info == artifacts.read_json(plain.dataset / "info.json")


def test_a_model_survives_a_round_trip(finished, tmp_path):
    for source in (
        finished("plain").folder / "runs/seed=0/model.npz",
        finished("lost").folder / "runs/seed=0/model.npz",
    ):
        models.save_model(tmp_path / "again.npz", models.load_model(source))
        assert (tmp_path / "again.npz").read_bytes() == source.read_bytes()


def test_the_examples_of_a_complete_part_are_prepared_once(finished):
    plain = finished("plain")
    images, labels = (plain.dataset / f"train_{part}.npy" for part in ("images", "labels"))
    data = load_prepared(plain.prepared("seed=0"), ["unit"], images, labels)
    first = data.examples("training", np.float32, augmentation=None)
    assert data.examples("training", "float32") is first
    for other in (
        data.examples("validation", np.float32),
        data.examples("training", np.float64),
        data.examples("training", np.float32, cache_bytes=0),
        data.examples("training", np.float32, slice(0, 10)),
    ):
        assert other is not first
    assert len(data.examples("training", np.float32, slice(0, 10))) == 10
