"""The table of what each value of a random search is worth, as people get it."""

from common.artifacts import write_json

import itertools
import subprocess
import sys

import pytest


@pytest.fixture
def effects(root, tmp_path):
    """What the program says of configurations and their accuracies: the table's rows, or its message."""

    def said(configurations):
        rows = [{"values": v, "validation_accuracy": a} for v, a in configurations]
        write_json(tmp_path / "selection.json", {"configurations": rows})
        command = [sys.executable, root / "benchmarks/effects.py", tmp_path]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return done.stderr
        cells = [line.split("|")[1:-1] for line in done.stdout.splitlines()[2:]]
        return {what.strip(): effect.strip() for what, effect in cells}

    return said


def test_the_effects_of_a_linear_world_are_found(effects):
    banks = [{"name": "pca", "components": n, "exponent": e} for n in (384, 512) for e in (0, 1)]
    moves = ["flip"], ["flip", {"name": "shift", "pixels": 2}]
    rates = [0.01 * 2**i for i in range(5)]
    world = []
    for bank, augmentation, (i, rate) in itertools.product(banks, moves, enumerate(rates)):
        accuracy = 0.5 + 0.01 * i + 0.03 * (len(augmentation) == 2) - 0.02 * bank["exponent"]
        values = {
            "preparation": bank,
            "training.augmentation": augmentation,
            "training.learning_rate": rate,
            "network.activation": "relu",
        }
        world.append((values, accuracy))
    world.append((world[0][0], world[0][1]))  # so that one value is the usual one
    found = effects(world)
    assert list(found)[-1] == "components: 512 instead of 384"
    assert {what: effect.partition(" ")[0] for what, effect in found.items()} == {
        "augmentation: flip, shift instead of flip": "+3.00",
        "exponent: 1 instead of 0": "-2.00",
        "learning_rate, doubled": "+1.00",
        "components: 512 instead of 384": found["components: 512 instead of 384"].partition(" ")[0],
    }
    assert abs(float(found["components: 512 instead of 384"].partition(" ")[0])) == 0


def test_of_two_groups_the_interval_is_that_of_their_means(effects):
    # 1 2 3 and 4 6 8 percent: means 2 and 6, pooled variance (2 + 8) / 4 = 2.5, so the difference of 4
    # has a standard error of sqrt(2.5 (1/3 + 1/3)) = 1.291; t of 4 degrees of freedom is 2.776
    groups = [("relu", a) for a in (0.01, 0.02, 0.03)] + [("gelu", a) for a in (0.04, 0.06, 0.08)]
    found = effects([({"network.activation": name}, accuracy) for name, accuracy in groups])
    assert found == {"activation: gelu instead of relu": "+4.00 (+0.42 to +7.58)"}


def test_configurations_that_failed_are_left_out(effects):
    tried = [("relu", 0.1), ("relu", 0.2), ("gelu", 0.4), ("gelu", 0.5), ("tanh", None)]
    found = effects([({"network.activation": name}, accuracy) for name, accuracy in tried])
    assert list(found) == ["activation: gelu instead of relu"]


def test_too_few_configurations_are_refused(effects):
    tried = [({"training.learning_rate": 0.1}, 0.1), ({"training.learning_rate": 0.2}, 0.2)]
    assert "2 configurations do not tell 2 effects apart" in effects(tried)
