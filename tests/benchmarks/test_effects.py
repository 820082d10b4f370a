"""The printed table of the effect of each value in a random search."""

import itertools

import pytest

from files.artifacts import write_json

BANK = {"name": "affine_bank", "shift": 3}
COLOURED = {**BANK, "brightness": 0.2}
MIRRORED = ["horizontal_flip", {"name": "shift", "pixels": 2}]
SMOOTHED = {"name": "softmax_cross_entropy", "label_smoothing": 0.1}


def write(folder, configurations):
    rows = [
        {"values": values, "validation_accuracy": a, "runs": []} for values, a in configurations
    ]
    selection = {"dataset": "world", "best_configuration": "", "failures": [], "measured": []}
    selection |= {"settings": {"split": {}}, "configurations": rows}
    write_json(folder / "selection.json", selection)


@pytest.fixture
def effects(table_of, tmp_path):
    """The program's effects of such configurations and accuracies, with or without intervals."""

    def found(configurations, intervals=True):
        write(tmp_path, configurations)
        cells = {what: effect for what, (effect,) in table_of("effects.py").items()}
        if intervals:
            return cells
        return {what: float(effect.partition(" ")[0]) for what, effect in cells.items()}

    return found


@pytest.fixture
def refused(refusal_of, tmp_path):
    def message(configurations):
        write(tmp_path, configurations)
        return refusal_of("effects.py")

    return message


def test_the_effects_of_a_linear_world_are_found(effects):
    rates = [0.01 * 2**i for i in range(5)]
    swept = {
        "training.learning_rate": rates,
        "training.batch_size": [64, 128, 256, 128],  # 128 twice: the usual one
        "preparation": [{"name": "pca", "components": n} for n in (384, 512, 384)],
        "network.loss": ["softmax_cross_entropy", SMOOTHED, SMOOTHED],
        "training.augmentation": [[BANK], [COLOURED], MIRRORED, MIRRORED],
        "network.hidden": [[64], [64, 32], [64]],
    }
    world = []
    for chosen in itertools.product(*swept.values()):
        rate, batch, preparation, loss, augmentation, hidden = chosen
        accuracy = 0.5 + 0.01 * rates.index(rate) - 0.02 * (preparation["components"] == 512)
        accuracy += {64: 0.06, 128: 0.01, 256: -0.02}[batch] - 0.04 * (loss != SMOOTHED)
        accuracy += 0.08 * (augmentation == [COLOURED]) + 0.07 * (len(hidden) == 2)
        world.append((dict(zip(swept, chosen, strict=True)), accuracy))
    assert effects(world, intervals=False) == pytest.approx(
        {
            "learning_rate, doubled": 1,
            "batch_size: 64 instead of 128": 5,
            "batch_size: 256 instead of 128": -3,
            "components: 512 instead of 384": -2,
            "label_smoothing: none instead of 0.1": -4,
            "augmentation: affine_bank-brightness=0.2-shift=3 instead of "
            "horizontal_flip-shift-pixels=2": 8,
            "augmentation: affine_bank-shift=3 instead of horizontal_flip-shift-pixels=2": 0,
            "hidden: 64-32 instead of 64": 7,
        },
        abs=0.005,
    )


def test_the_interval_of_two_groups_is_that_of_their_means(effects):
    # 1 2 3 and 4 6 8 percent: means 2 and 6, pooled variance (2 + 8) / 4 = 2.5, so the difference of 4
    # has a standard error of sqrt(2.5 (1/3 + 1/3)) = 1.291; t of 4 degrees of freedom is 2.776
    groups = [("relu", a) for a in (0.01, 0.02, 0.03)] + [("gelu", a) for a in (0.04, 0.06, 0.08)]
    found = effects([({"network.activation": name}, accuracy) for name, accuracy in groups])
    assert found == {"activation: relu instead of gelu": "-4.00 (-7.58 to -0.42)"}


def test_an_argument_that_the_first_does_not_have_counts(effects):
    tried = [[BANK], [BANK], [COLOURED], [COLOURED]]
    found = effects([({"training.augmentation": a}, 0.5 + 0.1 * len(a[0])) for a in tried], False)
    assert found == {"brightness: none instead of 0.2": -10}


def test_equal_argument_names_of_two_components_stay_apart(effects):
    tried = itertools.product([1, 1, 2], [1, 1, 2])
    world = [
        ({"training.augmentation": [{"name": "a", "by": i}, {"name": "b", "by": j}]}, 0.1 * i)
        for i, j in tried
    ]
    assert effects(world, intervals=False) == {
        "by: 2 instead of 1": 10,
        "training.augmentation: by: 2 instead of 1": 0,
    }


def test_numbers_that_include_zero_are_not_doubled(effects):
    world = [({"training.weight_decay": d}, 0.1 + d) for d in (0, 0.1, 0.2, 0.3, 0.4, 0)]
    found = effects(world, intervals=False)
    assert found["weight_decay: 0.4 instead of 0"] == 40 and len(found) == 4


def test_configurations_that_failed_are_left_out(effects):
    tried = [("relu", 0.1), ("relu", 0.2), ("gelu", 0.4), ("gelu", 0.5), ("tanh", None)]
    found = effects([({"network.activation": name}, accuracy) for name, accuracy in tried])
    assert list(found) == ["activation: relu instead of gelu"]


def test_inseparable_effects_are_refused(refused, refusal_of, tmp_path):
    few = [({"training.learning_rate": rate}, rate) for rate in (0.1, 0.2)]
    assert "2 configurations cannot separate 1 effects" in refused(few)
    together = [
        ({"training.batch_size": 64 * i, "training.learning_rate": 0.1 * i}, 0.1 * i)
        for i in (1, 2) * 5
    ]
    assert "10 configurations cannot separate 2 effects" in refused(together)
    assert "0 effects" in refused([({"network.activation": "relu"}, 0.1)] * 3)
    assert "no configuration has a validation accuracy" in refused([(few[0][0], None)])
    assert "nowhere" in refusal_of("effects.py", tmp_path / "nowhere")
