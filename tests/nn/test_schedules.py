import math

import pytest

from components import SettingsError
from nn import Schedule


def rates(component, warmup=0, per_epoch=False, iterations=40, iterations_per_epoch=10, rate=1.0):
    schedule = Schedule(rate, component, warmup, per_epoch, iterations_per_epoch, iterations)
    return [schedule(iteration) for iteration in range(iterations)]


def test_constant():
    assert rates("constant", rate=0.3) == [0.3] * 40


def test_exponential_per_epoch_and_per_iteration():
    component = {"name": "exponential", "decay": 0.5}
    assert rates(component, per_epoch=True) == [0.5 ** (t // 10) for t in range(40)]
    assert rates(component) == pytest.approx([0.5 ** (t / 10) for t in range(40)])


def test_exponential_every_two_epochs():
    component = {"name": "exponential", "decay": 0.5, "every": 2}
    assert rates(component, per_epoch=True) == [0.5 ** (t // 20) for t in range(40)]


def test_exponential_counted_as_cs231n_does():
    """Its loop decays after iteration `it` whenever it % iterations_per_epoch == 0."""
    expected, rate = [], 1e-3
    for it in range(40):
        expected.append(rate)
        if it % 10 == 0:
            rate *= 0.9
    component = {"name": "exponential", "decay": 0.9, "after_first_iteration": True}
    for per_epoch in (False, True):
        assert rates(component, per_epoch=per_epoch, rate=1e-3) == pytest.approx(expected)


def test_step():
    component = {"name": "step", "milestones": [1, 3], "factor": 0.1}
    expected = [1] * 10 + [0.1] * 20 + [0.01] * 10
    assert rates(component) == pytest.approx(expected)
    assert rates(component, per_epoch=True) == pytest.approx(expected)


def test_cosine_falls_from_one_to_final():
    found = rates({"name": "cosine", "final": 0.2})
    assert found[0] == 1
    assert found[20] == pytest.approx(0.6)
    assert found[-1] == pytest.approx(0.2 + 0.4 * (1 + math.cos(math.pi * 39 / 40)))
    assert found == sorted(found, reverse=True)


def test_warmup_rises_until_the_schedule_starts():
    found = rates("cosine", warmup=1.5, per_epoch=False)
    assert found[:15] == pytest.approx([(t + 1) / 15 for t in range(15)])
    assert found[15] == 1
    assert found[15 + 12] == pytest.approx(0.5 * (1 + math.cos(math.pi * 12 / 25)))


def test_wrong_settings():
    with pytest.raises(SettingsError, match="constant, exponential, step, cosine"):
        rates("linear")
    with pytest.raises(SettingsError, match="milestones"):
        rates("step")
    with pytest.raises(SettingsError, match="warmup: found 4 epochs"):
        rates("constant", warmup=4)
