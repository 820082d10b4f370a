"""LinearSVC beside a network: what is fitted, and how a fitted one classifies."""

from common import artifacts
from common.models import Model, load_model
from common.prepared import load_prepared
from common.schema import config_schema

import numpy as np

import baseline
from components import streams
from inputs import Examples, Preparation
from nn import build_network

POINTS = np.array([[0, 0], [0, 1], [4, 0], [4, 1], [0, 8], [1, 8]], float)  # three corners
LABELS = np.array([0, 0, 1, 1, 2, 2])


def fitted(x, labels) -> tuple[dict[str, np.ndarray], dict]:
    coef, intercept, numbers = baseline.fit(x, labels)
    return {"coef": coef, "intercept": intercept, "classes": np.array(numbers["classes"])}, numbers


def test_separable_classes_are_separated():
    found, numbers = fitted(POINTS, LABELS)
    assert found["coef"].shape == (3, 2) and found["intercept"].shape == (3,)
    assert baseline.classify(found, POINTS).tolist() == LABELS.tolist()
    assert numbers["converged"] and numbers["iterations"] < baseline.ITERATIONS


def test_two_classes_have_a_score_each():
    found, _ = fitted(POINTS[:4], LABELS[:4])
    assert found["coef"].shape == (2, 2)
    np.testing.assert_array_equal(found["coef"][0], -found["coef"][1])
    assert baseline.classify(found, POINTS[:4]).tolist() == LABELS[:4].tolist()


def test_classes_that_were_not_seen_keep_the_others_in_place():
    found, _ = fitted(POINTS, np.array([0, 0, 3, 3, 7, 7]))
    assert baseline.classify(found, POINTS).tolist() == [0, 0, 3, 3, 7, 7]


def test_the_same_data_gives_the_same_bytes():
    first, second = fitted(POINTS, LABELS)[0], fitted(POINTS, LABELS)[0]
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_an_unfinished_fit_is_reported_as_such(monkeypatch):
    monkeypatch.setattr(baseline, "ITERATIONS", 1)
    _, numbers = fitted(POINTS, LABELS)
    assert numbers["iterations"] == 1 and not numbers["converged"]


def test_agrees_with_scikit_learn():
    from sklearn.svm import LinearSVC

    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((60, 4)), rng.integers(0, 3, 60)
    expected = LinearSVC(dual=False).fit(x, labels).predict(x)
    assert baseline.classify(fitted(x, labels)[0], x).tolist() == expected.tolist()


def test_scores_are_the_networks_outputs_and_pixels_its_inputs():
    images = np.array([[[0, 200]], [[100, 99]]], np.uint8)
    steps = [{"name": "binarize", "threshold": 99}]
    preparation = Preparation.fit(steps, images, np.arange(2))
    network = build_network({"hidden": []}, 2, 3, streams(0))
    weights = next(iter(network.named_parameters()))[1]
    weights[...] = [[1, 2, 3], [4, 5, 6]]
    model = Model(network, preparation, {})
    examples = Examples(images, np.array([0, 1]), np.arange(2), preparation)
    assert baseline.pixels(model, examples).tolist() == [[0, 1], [1, 0]]
    assert baseline.scores(model, examples).tolist() == [[4, 5, 6], [1, 2, 3]]


def test_a_fit_beside_a_network_says_how_it_went_and_is_tested(built):
    plain = built("plain")
    model = plain.folder / "final/seed=0/model.npz"
    fitted = [plain.fit(name, model) for name in baseline.BASELINES]
    data = load_prepared(plain.prepared("seed=0"), ["unit"], *plain.data()[1::2])
    for path, features in zip(fitted, (10, 64), strict=True):
        numbers = artifacts.read_json(path.with_suffix(".json"))
        assert (numbers["seed"], numbers["training_images"]) == (0, 200)
        found = artifacts.load_arrays(path)
        assert found["coef"].shape == (10, features)
        beside = load_model(model)
        examples = data.examples("training", beside.network.dtype)
        predicted = baseline.classify(found, baseline.BASELINES[path.stem](beside, examples))
        assert (predicted == examples.labels).mean() == numbers["training_accuracy"]


def test_beside_a_network_that_failed_nothing_is_fitted_and_the_reason_is_kept(finished):
    lost = finished("lost")
    reason = load_model(lost.folder / "final/seed=0/model.npz").config["reason"]
    for name in baseline.BASELINES:
        path = lost.folder / f"baselines/{name}.npz"
        assert artifacts.load_arrays(path) == {}
        assert artifacts.read_json(path.with_suffix(".json")) == {"failed": reason}


def test_the_schema_names_the_baselines(root):
    schema = config_schema()
    named = schema["$defs"]["experiment"]["properties"]["baselines"]["items"]["enum"]
    assert named == list(baseline.BASELINES)
