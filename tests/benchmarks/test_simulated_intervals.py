"""The simulation of coverage draws as documented, and compares the interval that the workflow uses."""

import importlib.util

import numpy as np
import pytest

from evaluation import accuracy_interval


@pytest.fixture(scope="module")
def simulation(root):
    place = root / "benchmarks/intervals.py"
    spec = importlib.util.spec_from_file_location("intervals_bench", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("accuracy", "deviation"), [(0.9, 0.0), (0.9, 0.05), (0.98, 0.01)])
def test_trainings_have_the_accuracy_and_the_spread_that_were_asked_for(
    simulation, accuracy, deviation
):
    rng = np.random.default_rng(0)
    mean, spread = simulation.skills(accuracy, deviation)
    skill = mean + spread * rng.standard_normal(200_000)
    of_each = simulation.ndtr(skill)
    assert of_each.mean() == pytest.approx(accuracy, abs=5e-4)
    assert of_each.std() == pytest.approx(deviation, abs=5e-4)


def test_the_answers_are_as_often_right_as_the_accuracy_says(simulation):
    rng = np.random.default_rng(0)
    right = simulation.answers(rng, *simulation.skills(0.9, 0.0), 0.5, (20, 20_000))
    assert right.mean() == pytest.approx(0.9, abs=0.005)
    both = (right[0] & right[1]).mean()
    assert both > 0.9**2 + 0.01  # examples easy for one are easy for another


def test_the_interval_of_the_workflow_is_among_those_compared(simulation):
    rng = np.random.default_rng(0)
    right = simulation.answers(rng, *simulation.skills(0.9, 0.05), 0.5, (3, 100))
    found = simulation.intervals(right)
    assert found["both"] == accuracy_interval(right.mean(axis=1).tolist(), 100)[:2]
    assert list(found) == list(simulation.METHODS)
    case = (3, 100, 0.9, "small")
    result = {case: simulation.coverage(case, 20, rng)}
    assert 60 < result[case]["seeds"] <= 100
    assert simulation.ranges(result).rows[0][:2] == ["3", "100"]
