"""Mistakes that no schema sees."""

import pytest


def sweep(key, *values):
    return {"sweep": {"grid": {key: list(values)}}}


@pytest.mark.parametrize("key", ["dataset", "split.validation", "seeds", "evaluation.shifts"])
def test_keys_that_make_scores_incomparable_cannot_be_swept(message, key):
    said = message(**sweep(key, 1, 2))
    assert repr(key) in said
    assert "only values of network, training, preparation can vary" in said
    assert "cannot be compared; make it an experiment of its own" in said


def test_an_unknown_target_is_refused(message):
    said = message(lambda config: config.update(targets=["smal"]))
    assert "targets names the experiment 'smal'" in said
    assert "known: small; did you mean 'small'?" in said


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda d: d["files"].pop("test_labels"), ["files lacks test_labels", "'idx'"]),
        (
            lambda d: d["files"]["test_labels"].update(mirrors=["https://x"]),
            ["files.test_labels has mirrors but no sha256", "curl -fL https://x | sha256sum"],
        ),
        (lambda d: d.pop("shape"), ["lacks the key 'shape'", "[28, 28]"]),
    ],
)
def test_an_incomplete_dataset_is_refused(message, change, parts):
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
