"""Mistakes that no schema sees."""

import re

import pytest

from experiments.checks import RESERVED


def sweep(key, *values):
    return {"sweep": {"grid": {key: list(values)}}}


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"dataset": "digitz"}, ["dataset names the dataset 'digitz'", "digits, spiral", "mean"]),
        (
            {"split": {"validation": 100}},
            ["split asks for 100 validation", "at least 1 training", "has 100", "lower"],
        ),
        (
            {"split": {"validation": 50, "training": 51}},
            ["split asks for 50 validation and 51 training", "has 100"],
        ),
        (
            {"sweep": {"random": {"samples": 10**7, "values": {"training.l2": {"choice": [0.0]}}}}},
            ["small comes to 10000000 x 1 = 10000000 runs", "at most 100000", "most_runs"],
        ),
        ({"seeds": 10**9}, ["1 x 1000000000 = 1000000000 runs", "narrow the sweep"]),
        ({"training": {}}, ["training has neither epochs nor iterations", "exactly one"]),
        (
            {"training": {"epochs": 1, "iterations": 1}},
            ["training has epochs and iterations", "exactly one"],
        ),
        (
            {"training": {"epochs": 1, "batch_size": "full", "batches": "replacement"}},
            ["training.batches is 'replacement'", "'full'", "shuffled or sequential"],
        ),
        (
            {
                "dataset": "spiral",
                "split": {},
                "training": {"epochs": 1, "augmentation": ["shift"]},
            },
            ["training.augmentation moves pixels", "spiral", "[2]", "only images"],
        ),
        (
            {"dataset": "spiral", "split": {}, "evaluation": {"flips": True}},
            ["evaluation moves pixels", "[2]"],
        ),
        ({"split": {}, "refit": {"training.epochs": 2}}, ["refit", "split.validation is 0"]),
        ({"refit": {"training.epoch": 2}}, ["refit changes 'training.epoch'", "mean 'epochs'?"]),
        ({"refit": {"training.epochs": 0}}, ["refit: training.epochs is 0", "at least 1"]),
        (
            sweep("training.learning_rate", 0.1, "1e-3"),
            ["sweep: training.learning_rate is '1e-3'", "write 1.0e-3"],
        ),
        (sweep("training.l2", 0.1, -1), ["sweep: training.l2 is -1", "at least 0"]),
        (sweep("network.activation", "rellu"), ["activation is 'rellu'", "mean 'relu'?"]),
        (
            sweep("training.learning_rat", 0.1),
            ["no key 'learning_rat'", "known: optimizer", "mean 'learning_rate'?"],
        ),
        (sweep("learning_rate", 0.1), ["'learning_rate'; did you mean 'training.learning_rate'?"]),
        (sweep("training", {"epochs": 2}), ["all of 'training'", "vary values in it"]),
        (
            sweep("training.optimizer.momentum", 0.9),
            ["no key 'momentum'", "vary the whole component"],
        ),
        (
            {"sweep": {"zip": {"training.l2": [0.1], "training.learning_rate": [0.1, 0.2]}}},
            ["experiments.small.sweep", "differ in length", "'training.l2': 1", "equal"],
        ),
        (
            {"sweep": {"random": {"samples": 1, "values": {"training.l2": {"uniform": [2, 1]}}}}},
            ["experiments.small.sweep: training.l2: the interval [2, 1] is empty", "[low, high]"],
        ),
        (
            {
                "sweep": {
                    "grid": {
                        "training.batch_size": [8, "full"],
                        "training.batches": ["replacement"],
                    }
                }
            },
            ["run batch_size=full__batches=replacement__seed=0", "'replacement'"],
        ),
        (
            {"network": {"normalization": "batch"}, "training": {"epochs": 1, "batch_size": 1}},
            ["network.normalization is 'batch'", "batch_size is 1", "'layer'"],
        ),
        (
            {"split": {}, "training": {"epochs": 9, "patience": 2}},
            ["training.patience", "split.validation is 0"],
        ),
        (
            {"preparation": {"name": "pca", "components": 65}},
            ["asks for 65 components", "has 64 values"],
        ),
        (
            {"training": {"epochs": 10**12}},
            ["training comes to 2e+12 iterations", "1.6e+04 GB", "1e+09"],
        ),
        (
            {"network": {"hidden": [10**9]}},
            ["network.hidden comes to 6.6e+10 weights", "264 GB"],
        ),
        (
            {"network": {"loss": {"name": "softmax_cross_entropy", "class_weights": [1, 2, 3]}}},
            ["network.loss has 3 class_weights", "expected 2"],
        ),
        (
            {
                "network": {"loss": "multiclass_hinge"},
                "training": {"epochs": 1, "augmentation": [{"name": "mixup", "alpha": 1}]},
            },
            ["training.augmentation has mixup", "multiclass_hinge takes one true class"],
        ),
        (
            {"training": {"epochs": 1, "optimizer": "adamw"}},
            ["training.optimizer is 'adamw'", "training.weight_decay is 0", "0.01", "or use adam"],
        ),
    ],
)
def test_a_message_names_the_key_the_value_and_what_to_do(message, settings, parts):
    said = message(**settings)
    assert said.startswith("config: experiments.small")
    assert len(said.splitlines()) == 1
    for part in parts:
        assert part in said


@pytest.mark.parametrize("key", ["dataset", "split.validation", "seeds", "evaluation.shifts"])
def test_what_makes_scores_incomparable_cannot_be_swept(message, key):
    said = message(**sweep(key, 1, 2))
    assert repr(key) in said
    assert "network, training, preparation can vary" in said
    assert "cannot be compared: make it an experiment of its own" in said


def test_a_target_that_is_no_experiment(message):
    said = message(lambda config: config.update(targets=["smal"]))
    assert "targets names the experiment 'smal'" in said
    assert "known: small; did you mean 'small'?" in said


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda d: d["files"].pop("test_labels"), ["files lacks test_labels", "'idx'"]),
        (
            lambda d: d["files"]["test_labels"].update(mirrors=["https://x"]),
            ["files.test_labels has mirrors but no sha256", "add the checksum"],
        ),
        (lambda d: d.pop("shape"), ["lacks the key 'shape'", "[28, 28]"]),
    ],
)
def test_a_dataset_that_lacks_something(message, change, parts):
    said = message(lambda config: change(config["datasets"]["digits"]))
    assert said.startswith("config: datasets.digits")
    for part in parts:
        assert part in said


def test_a_dataset_without_a_test_split_needs_no_test_files(plan):
    def change(config):
        digits = config["datasets"]["digits"]
        digits["test_size"] = 0
        del digits["files"]["test_images"], digits["files"]["test_labels"]

    assert not plan(change).experiments["small"].has_test


def test_no_experiment_can_have_the_name_of_a_rule(message, root):
    def change(config):
        config["experiments"]["train"] = config["experiments"]["small"]

    assert "experiments.train: the name is a rule's" in message(change)
    text = "\n".join(path.read_text() for path in root.glob("workflow/rules/*.smk"))
    text += (root / "Snakefile").read_text()
    rules = re.findall(r"^(?:rule|checkpoint|use rule \w+ as) (\w+)", text, re.MULTILINE)
    assert len(rules) > 10
    assert set(rules) <= RESERVED
