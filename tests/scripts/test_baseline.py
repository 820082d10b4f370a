"""Classifiers of scikit-learn for comparison: how they are fitted, and how they classify."""

import numpy as np
import pytest

import baseline
from baselines import classifiers, fitting
from components import streams
from configuration.schema import config_schema
from datasets import describe
from evaluation import measure_classes
from files import artifacts
from files.models import Model, load_model
from files.prepared import Prepared, load_prepared
from inputs import Examples, Preparation
from nn import build_network

POINTS = np.array([[0, 0], [0, 1], [4, 0], [4, 1], [0, 8], [1, 8]], float)  # three corners
LABELS = np.array([0, 0, 1, 1, 2, 2])
LINEAR = ["majority", "logistic_regression", "linear_svc_pixels"]
PLAIN = [name for name, each in classifiers.BASELINES.items() if each.on is not classifiers.scores]


def fitted(name, x=POINTS, labels=LABELS):
    found, numbers = classifiers.BASELINES[name].fit(x, labels)
    return classifiers.predictor(found), numbers


@pytest.mark.parametrize("name", ["logistic_regression", "linear_svc_pixels"])
def test_separable_classes_are_separated(name):
    predict, numbers = fitted(name)
    assert predict(POINTS).tolist() == LABELS.tolist()
    assert numbers["converged"] and numbers["iterations"] < classifiers.ITERATIONS
    assert "note" not in numbers


def test_the_majority_is_the_first_most_frequent_class():
    predict, numbers = fitted("majority", POINTS, np.array([7, 2, 2, 7, 2, 0]))
    assert predict(POINTS).tolist() == [2] * 6 and numbers == {}
    assert fitted("majority")[0](POINTS[:2]).tolist() == [0, 0]


@pytest.mark.parametrize("name", ["logistic_regression", "linear_svc_pixels"])
def test_two_classes_have_a_score_each(name):
    found, _ = classifiers.BASELINES[name].fit(POINTS[:4], LABELS[:4])
    assert found["coef"].shape == (2, 2)
    np.testing.assert_array_equal(found["coef"][0], -found["coef"][1])
    assert classifiers.classify(found, POINTS[:4]).tolist() == LABELS[:4].tolist()


@pytest.mark.parametrize("name", ["logistic_regression", "linear_svc_pixels"])
def test_classes_that_were_not_seen_keep_the_others_in_place(name):
    predict, _ = fitted(name, POINTS, np.array([0, 0, 3, 3, 7, 7]))
    assert predict(POINTS).tolist() == [0, 0, 3, 3, 7, 7]


def noisy(classes=3, rows=90):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, rows)
    return rng.standard_normal((rows, 4)) + labels[:, None] * [1.0, 0, -1, 0], labels


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", PLAIN)
def test_agrees_with_scikit_learn(name, classes):
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import LinearSVC

    x, labels = noisy(classes)
    expected = {
        "majority": DummyClassifier(),
        "logistic_regression": LogisticRegression(max_iter=1000),
        "nearest_neighbors": KNeighborsClassifier(),
        "gradient_boosting": HistGradientBoostingClassifier(random_state=5),
        "linear_svc_pixels": LinearSVC(dual=False),
    }[name].fit(x[:60], labels[:60])
    assert fitted(name, x[:60], labels[:60])[0](x).tolist() == expected.predict(x).tolist()


@pytest.mark.parametrize("name", PLAIN)
def test_the_same_data_give_the_same_answers_and_arrays(name):
    x, labels = noisy()
    (first, _), (second, _) = (classifiers.BASELINES[name].fit(x, labels) for _ in range(2))
    if not callable(first):
        assert all(first[key].tobytes() == second[key].tobytes() for key in first)
    more = np.random.default_rng(1).standard_normal((500, 4))
    assert (classifiers.predictor(first)(more) == classifiers.predictor(second)(more)).all()


@pytest.mark.parametrize("name", ["logistic_regression", "linear_svc_pixels"])
def test_an_unfinished_fit_is_reported_as_such(monkeypatch, recwarn, name):
    monkeypatch.setattr(classifiers, "ITERATIONS", 1)
    _, numbers = fitted(name)
    assert numbers["iterations"] == 1 and not numbers["converged"]
    assert numbers["note"] == "did not converge in 1 iterations"
    assert not len(recwarn)


def test_few_examples_have_few_neighbors():
    predict, numbers = fitted("nearest_neighbors", POINTS[:3], LABELS[:3])
    assert numbers["neighbors"] == 3 and predict(POINTS[:1]).tolist() == [0]


def test_the_limits_do_not_cut_tables_mnist_and_cifar():
    most = {name: each.most for name, each in classifiers.BASELINES.items()}
    assert most["logistic_regression"](50_000, 3072) == 50_000
    assert most["logistic_regression"](50_000, 12_288) == 16_276
    assert most["nearest_neighbors"](10**6, 20) == 60_000
    assert most["nearest_neighbors"](60_000, 784) == 60_000
    assert most["gradient_boosting"](10**6, 20) == 10**6
    assert most["gradient_boosting"](50_000, 3072) == 9765
    assert most["gradient_boosting"](5000, 10**9) == 1000
    assert most["gradient_boosting"](50, 10**9) == 50
    assert most["majority"](10**9, 10**9) == most["linear_svc_scores"](10**9, 10**9) == 10**9


def test_scores_are_the_networks_outputs_and_pixels_its_inputs():
    images = np.array([[[0, 200]], [[100, 99]]], np.uint8)
    steps = [{"name": "binarize", "threshold": 99}]
    preparation = Preparation.fit(steps, images, np.arange(2))
    network = build_network({"hidden": []}, 2, 3, streams(0))
    weights = next(iter(network.named_parameters()))[1]
    weights[...] = [[1, 2, 3], [4, 5, 6]]
    model = Model(network, preparation, {})
    examples = Examples(images, np.array([0, 1]), np.arange(2), preparation)
    both, second = np.arange(2), np.array([1])
    assert classifiers.pixels(model, examples, both).tolist() == [[0, 1], [1, 0]]
    assert classifiers.scores(model, examples, both).tolist() == [[4, 5, 6], [1, 2, 3]]
    assert classifiers.pixels(model, examples, second).tolist() == [[1, 0]]
    assert classifiers.scores(model, examples, second).tolist() == [[1, 2, 3]]
    assert classifiers.nothing(model, examples, both).shape == (2, 0)


def test_all_are_fitted_measured_and_tested(built):
    plain = built("plain")
    plain.experiment.settings["baselines"] = list(classifiers.BASELINES)
    try:
        plain.test()
    finally:
        plain.experiment.settings["baselines"] = []
    numbers, tested = plain.read("baselines.json"), plain.read("test.json")["baselines"]
    assert set(numbers) == set(tested) == set(classifiers.BASELINES)
    kept = artifacts.load_arrays(plain.folder / "baselines.npz")
    about = {"settings", "prepared", "model"}
    assert {name.partition("/")[0] for name in kept} == {*LINEAR, "linear_svc_scores", *about}
    data = load_prepared(plain.prepared("seed=0"), ["unit"], *plain.data()[1::2])
    model = load_model(plain.folder / "final/seed=0/model.npz")
    test_images, test_labels = (np.load(path) for path in plain.data("test")[1::2])
    rows = np.arange(len(test_labels))
    test = Examples(test_images, test_labels, rows, data.preparation, np.float32)
    training = data.examples("training", np.float32)
    for name, each in classifiers.BASELINES.items():
        x = each.on(model, training, np.arange(len(training)))
        found, _ = each.fit(x, training.labels)
        splits = {"validation": data.examples("validation", np.float32), "test": test}
        splits |= {"training": training} if name != "nearest_neighbors" else {}
        assert "training_accuracy" in tested[name] or "training" not in splits
        for split, examples in splits.items():
            x = each.on(model, examples, np.arange(len(examples)))
            predicted = classifiers.predictor(found)(x)
            for metric, value in measure_classes(predicted, examples.labels).items():
                assert tested[name][f"{split}_{metric}"] == value, (name, split, metric)
        assert not [key for key in numbers[name] if key.startswith("test_")]
    assert tested["majority"]["test_accuracy"] < 0.2 < tested["gradient_boosting"]["test_accuracy"]


def test_a_failed_network_has_only_no_baseline_of_its_scores(finished):
    lost = finished("lost")
    reason = load_model(lost.folder / "final/seed=0/model.npz").config["reason"]
    numbers, tested = lost.read("baselines.json"), lost.read("test.json")["baselines"]
    assert numbers["linear_svc_scores"] == tested["linear_svc_scores"] == {"failed": reason}
    assert numbers["linear_svc_pixels"]["validation_accuracy"] > 0.5
    assert tested["linear_svc_pixels"]["test_accuracy"] > 0.5


@pytest.fixture
def data_of(tmp_path):
    """data_of(images, labels): what baselines are fitted on, without a validation part."""

    def made(images, labels):
        rows = np.arange(len(labels))
        preparation = Preparation.fit(["identity"], images, rows)
        info = {"splits": {"train": describe(images, labels, 3)}}
        split = {"training": rows, "validation": rows[:0]}
        return fitting.Fitting(Prepared(split, preparation, info, images, labels), "float64", None)

    return made


def test_without_validation_only_training_is_measured(data_of):
    _, numbers = fitting.fit_all(PLAIN, data_of(POINTS, LABELS))
    assert numbers["logistic_regression"]["training_accuracy"] == 1
    assert not [key for each in numbers.values() for key in each if key.startswith("valid")]


def test_one_class_alone_has_a_majority_and_nothing_to_fit(data_of, capsys):
    kept, numbers = fitting.fit_all(PLAIN, data_of(POINTS, np.ones(6, int)))
    assert list(kept) == ["majority"] and numbers["majority"]["training_accuracy"] == 1
    failed = {"failed": "the training examples are all of one class"}
    assert all(numbers[name] == failed for name in PLAIN if name != "majority")
    assert "gradient_boosting: failed: the training examples" in capsys.readouterr().out


def test_a_refusal_of_scikit_learn_stops_no_other_baseline(data_of):
    points = POINTS.copy()
    points[0, 0] = np.inf
    _, numbers = fitting.fit_all(["logistic_regression", "majority"], data_of(points, LABELS))
    assert "infinity" in numbers["logistic_regression"]["failed"]
    assert numbers["majority"]["training_accuracy"] == pytest.approx(1 / 3)


def test_scores_need_the_network(run_program, capsys, tmp_path):
    with pytest.raises(SystemExit):
        run_program(
            baseline, "linear_svc_scores", "--settings", '{"network": {}, "preparation": []}',
            *("--prepared", "p", "--images", "i", "--labels", "l"),
            *("--output", tmp_path / "o.npz", "--numbers", tmp_path / "n.json"),
        )  # fmt: skip
    assert "linear_svc_scores needs --model" in capsys.readouterr().err


def test_the_schema_names_the_baselines():
    schema = config_schema()
    named = schema["$defs"]["experiment"]["properties"]["baselines"]["items"]["enum"]
    assert named == list(classifiers.BASELINES)


@pytest.fixture
def many(data_of):
    """90 noisy examples, of which a baseline may get fewer; blocks of 7 rows, prepared one by one."""
    x, labels = noisy()
    made = data_of(x.astype(np.float32), labels)
    made.training = Examples(
        made.data.images, labels, np.arange(90), made.data.preparation, np.float64, cache_bytes=0
    )
    return made


@pytest.mark.parametrize("name", PLAIN)
def test_the_size_of_blocks_changes_nothing(many, monkeypatch, name):
    whole, _ = many.fit(name)
    expected = many.classes(name, whole, many.training)
    monkeypatch.setattr(classifiers, "BLOCK_ROWS", 7)
    monkeypatch.setattr(fitting, "BLOCK_ROWS", 7)
    fitted, _ = many.fit(name)
    for _ in range(2):  # classified examples do not overwrite the fitted ones
        assert (many.classes(name, fitted, many.training) == expected).all()


def test_many_examples_are_cut_to_a_fixed_sample(many, monkeypatch):
    few = classifiers.BASELINES["nearest_neighbors"]._replace(rows=40)
    monkeypatch.setitem(classifiers.BASELINES, "nearest_neighbors", few)
    fitted, numbers = many.fit("nearest_neighbors")
    assert numbers["training_images"] == 40
    assert numbers["note"] == "fitted on 40 of 90 training examples"
    again, _ = many.fit("nearest_neighbors")
    found = [many.classes("nearest_neighbors", each, many.training) for each in (fitted, again)]
    assert (found[0] == found[1]).all()


def test_a_sample_and_an_unfinished_fit_are_both_noted(many, monkeypatch):
    few = classifiers.BASELINES["logistic_regression"]._replace(rows=40)
    monkeypatch.setitem(classifiers.BASELINES, "logistic_regression", few)
    monkeypatch.setattr(classifiers, "ITERATIONS", 1)
    _, numbers = many.fit("logistic_regression")
    assert numbers["note"] == (
        "fitted on 40 of 90 training examples; did not converge in 1 iterations"
    )
