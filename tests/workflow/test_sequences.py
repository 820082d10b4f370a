"""Sequences of edits and calls, with ``pytest -m exhaustive``; a sample of them is a test of its own."""

import os

import pytest
from sequences import SEQUENCES, Bench, drawn, sample

ALL = {sequence.name: sequence for sequence in SEQUENCES}
SAMPLE = [
    "values_reordered_and_back",
    "comment_in_nn",
    "lost_info",
    "lost_rung_metrics_and_selection",
    "touched_everything",
    "edited_histories",
    "damaged_final_model",
    "killed_in_halving",
]


@pytest.fixture(scope="session")
def bench(tmp_path_factory) -> Bench:
    """One finished build, and the clean builds, for all workers together."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder = folder / "sequences"
    folder.mkdir(exist_ok=True)
    return Bench(folder)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", SAMPLE)
def test_a_sequence_ends_as_a_clean_build(bench, name):
    assert bench.run(ALL[name]) is None


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [name for name in ALL if name not in SAMPLE])
def test_another_sequence_ends_as_a_clean_build(bench, name):
    assert bench.run(ALL[name]) is None


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(20))
def test_a_random_sequence_ends_as_a_clean_build(bench, seed):
    assert bench.run(drawn(seed)) is None


def test_no_two_sequences_have_the_same_name():
    assert len(ALL) == len(SEQUENCES) >= 100


def test_a_sample_has_a_sequence_of_each_part_of_the_list():
    assert sample(len(SEQUENCES)) == SEQUENCES
    third = len(SEQUENCES) / 3
    for part, sequence in enumerate(sample(3)):
        place = SEQUENCES.index(sequence)
        assert int(part * third) <= place < int((part + 1) * third)
