"""What jobs ask of a cluster: small examples by hand, and that more work never asks for less."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from experiments import resources
from experiments.plan import Plan
from experiments.run import changed

DATASET = {"train_size": 100, "test_size": 20, "shape": [8, 8]}
ROOT = Path(__file__).parents[2]
UNIT, PCA = ["unit"], [{"name": "pca", "components": 5}]


@pytest.fixture
def first(experiment):
    """The first run of the small experiment with these settings."""
    return lambda **settings: next(iter(experiment(**settings).runs.values()))


@pytest.fixture(scope="module")
def published_plan(schema):
    """The plan of config.yaml."""
    return Plan(yaml.safe_load((ROOT / "config.yaml").read_text()), schema)


def test_a_resource_grows_with_every_attempt_and_is_a_whole_number():
    ask = resources.growing(lambda wildcards: wildcards * 10.2)
    assert [ask(3, attempt=n) for n in (1, 2, 3)] == [31, 62, 93]
    assert [resources.growing(2.5)(None, attempt=n) for n in (1, 2)] == [3, 6]
    assert isinstance(ask(3, attempt=1), int)


def test_data_take_a_byte_a_pixel():
    assert resources.data_mb(DATASET) == 120 * 64 / 1e6
    colours = {"train_size": 50000, "test_size": 10000, "shape": [32, 32, 3]}
    assert resources.data_mb(colours) == pytest.approx(184.32)
    assert resources.parse_mb(colours) == pytest.approx(300 + 100 + 2.5 * 184.32)


def test_only_folders_of_pictures_are_parsed_in_threads_which_take_memory():
    folder = DATASET | {"format": "image_folder"}
    assert resources.parse_threads(DATASET) == 1 and resources.parse_threads(folder) == 4
    assert resources.parse_mb(folder) == resources.parse_mb(DATASET) + 3 * 150


def test_values_of_tables_and_archives_take_8_bytes_and_of_pictures_one():
    table = {"format": "csv", "train_size": 900_000, "test_size": 100_000, "shape": [20]}
    assert resources.data_mb(table) == 1_000_000 * 20 * 8 / 1e6
    assert resources.data_mb(DATASET | {"format": "npz"}) == 8 * resources.data_mb(DATASET)
    assert resources.data_mb(DATASET | {"format": "image_folder"}) == resources.data_mb(DATASET)


def test_a_share_that_validates_trains_as_long_as_its_number(first):
    few, share = (
        resources.training_minutes([first(split={"validation": n}, training={"epochs": 90})])
        for n in (20, 0.2)
    )
    assert few == share


def test_weights_are_those_between_layers():
    def checked(*hidden):
        return {"inputs": 10, "network": {"hidden": list(hidden)}, "classes": 3}

    assert resources.weights(checked()) == 30
    assert resources.weights(checked(4)) == 10 * 4 + 4 * 3
    assert resources.weights(checked(4, 5)) == 10 * 4 + 4 * 5 + 5 * 3


def test_a_gradient_check_by_hand():
    checked = {"inputs": 1000, "network": {"hidden": [1000]}, "classes": 0}
    assert resources.check_mb(checked) == 300 + 100 + 60


def test_a_preparation_that_decomposes_a_covariance_requests_its_memory():
    dataset = {"train_size": 50000, "test_size": 10000, "shape": [1000]}
    plain = resources.prepare_mb(dataset, UNIT)
    assert plain == pytest.approx(300 + 100 + 1.2 * 8 * 60)  # values of float64
    for steps in (PCA, ["unit", "zca"], [{"name": "zca", "epsilon": 0.1}]):
        assert resources.prepare_mb(dataset, steps) == pytest.approx(plain + 6 * 8)


def test_a_training_by_hand(first):
    """80 examples in batches of 16, 64-100-2: 5 iterations an epoch, 6600 weights."""
    run = first(training={"epochs": 3, "batch_size": 16})
    seconds = 4e-3 + 6 * 15 * 16 * 6600 / 120e9 + 15 * 8e-5
    assert resources.training_seconds(run) == pytest.approx(seconds)
    assert resources.training_minutes([run]) == pytest.approx(4 + 8 * seconds / 60)
    data = (1.2 * 120 + 4 * 100) * 64  # the data, and the prepared training file
    batch = 100 * (4 * (64 + 3 * 100 + 8 * 2) + 64)  # all examples, in one block
    mb = 400 + (data + 60 * 6600 + batch + 24 * 15) / 1e6
    assert resources.training_mb([run]) == pytest.approx(mb)


def test_a_bundle_takes_the_time_of_all_runs_and_the_memory_of_the_largest_stack(first):
    runs = [first(training={"epochs": 3}), first(training={"epochs": 30})]
    minutes = 4 + sum(8 * resources.training_seconds(run) / 60 for run in runs)
    assert resources.training_minutes(runs) == pytest.approx(minutes)
    assert resources.training_mb(runs) == resources.training_mb(runs[1:]) + 64


def test_a_training_counted_in_iterations_or_with_full_batches(first):
    def seconds(**training):
        return resources.training_seconds(first(training=training))

    assert seconds(iterations=15, batch_size=16) == seconds(epochs=3, batch_size=16)
    assert seconds(epochs=3, batch_size="full") == seconds(epochs=3, batch_size=80)
    assert seconds(epochs=3, batch_size=48) == seconds(iterations=6, batch_size=48)  # 48, then 32


def test_augmentation_adds_time_for_each_image(first):
    plain = first(training={"epochs": 3, "batch_size": 16})
    moved = first(training={"epochs": 3, "batch_size": 16, "augmentation": ["shift"]})
    added = resources.training_seconds(moved) - resources.training_seconds(plain)
    assert added == pytest.approx(15 * 16 * 5e-5)


def test_every_example_is_multiplied_with_the_matrix_of_a_whitening(first):
    training = {"epochs": 3, "batch_size": 16}
    run = first(training=training, preparation=PCA)
    operations = 6 * 15 * 16 * (5 * 100 + 100 * 2 + 5 * 64)
    seconds = 4e-3 + operations / 120e9 + 15 * 8e-5
    assert resources.training_seconds(run) == pytest.approx(seconds)


def test_a_bank_of_transforms_requests_memory_for_its_matrices(first):
    plain, bank = (
        resources.training_mb(
            [first(preparation=PCA, training={"epochs": 3, "augmentation": steps})]
        )
        for steps in ([], [{"name": "affine_bank", "transforms": 1000}])
    )
    assert bank - plain == pytest.approx(4 * 1004 * 5 * 64 / 1e6)


def test_a_bank_of_transforms_takes_the_time_of_its_products(first):
    def seconds(preparation, *steps):
        training = {"epochs": 3, "batch_size": 16, "augmentation": list(steps)}
        return resources.training_seconds(first(preparation=preparation, training=training))

    assert seconds(PCA, "affine_bank") == seconds(PCA)
    product = 6 * 15 * 16 * 64 * 64 / 120e9  # of all pixels with all inputs
    assert seconds(["unit"], "affine_bank") - seconds(["unit"]) == pytest.approx(product)
    moved = seconds(PCA, "shift", "affine_bank") - seconds(PCA, "affine_bank")
    assert moved == pytest.approx(15 * 16 * 5e-5)


MEASURED = {  # seconds of one run on one core, and how far off an estimate may be
    "digits_mlp": (0.1, 1.3),
    "cifar10_two_layer": (17, 2),
    "cifar10_whitened": (480, 2),
    "cifar10_1min": (60, 2),
    "cifar10_5min": (360, 2),
    "cifar10_best": (46 * 60, 2),
}


@pytest.mark.parametrize("name", MEASURED)
def test_an_estimate_is_near_what_was_measured(published_plan, name):
    measured, factor = MEASURED[name]
    run = next(iter(published_plan.experiments[name].runs.values()))
    assert measured / factor < resources.training_seconds(run) < measured * factor


def test_a_trivial_run_is_estimated_as_its_start(published_plan):
    digits = published_plan.experiments["digits_mlp"]
    change = {"network.hidden": [], "training.epochs": 1, "training.batch_size": 100}
    trivial = replace(digits.refit(digits.settings, 0), settings=changed(digits.settings, change))
    assert resources.training_seconds(trivial) == pytest.approx(5e-3, rel=0.1)


MORE = [
    {"network": {"hidden": [200]}},
    {"network": {"hidden": [100, 100]}},
    {"training": {"epochs": 30}},
    {"preparation": ["zca"]},
]


@pytest.mark.parametrize("settings", MORE)
def test_more_work_asks_for_more_time_and_never_for_less_memory(first, settings):
    less, more = first(), first(**settings)
    assert resources.training_minutes([more]) > resources.training_minutes([less])
    assert resources.training_mb([more]) >= resources.training_mb([less])


def test_more_data_asks_for_more_of_everything(first, plan):
    def with_size(size):
        def change(config):
            config["datasets"]["digits"]["train_size"] = size

        return next(iter(plan(change).experiments["small"].runs.values()))

    few, many = with_size(100), with_size(100_000)
    for estimate in (resources.training_mb, resources.training_minutes):
        assert estimate([many]) > estimate([few])
    for estimate in (resources.data_mb, resources.parse_mb):
        assert estimate(many.dataset) > estimate(few.dataset)
    assert resources.prepare_mb(many.dataset, PCA) > resources.prepare_mb(few.dataset, PCA)


def test_too_large_data_are_not_cached_as_floats(first):
    """A data set too large to be kept as floats takes its bytes and no more."""
    run = first()
    big, bigger = ({**run.dataset, "train_size": size} for size in (3 * 10**6, 5 * 10**6))
    asked = [resources.training_mb([replace(run, dataset=dataset)]) for dataset in (big, bigger)]
    losses = 24 * 3 * 2 * 10**6 / 64
    assert asked[1] - asked[0] == pytest.approx((1.2 * 2 * 10**6 * 64 + losses) / 1e6, rel=1e-4)


def test_a_batch_asks_for_the_buffers_of_its_layers(plan):
    """2000 examples of 64-100-2: with batch normalization all of a full batch, else 750 of them."""

    def mb(network, **training):
        def change(config):
            config["datasets"]["digits"]["train_size"] = 2020

        training = {"epochs": 1, "batch_size": "full", **training}
        made = plan(change, network=network, training=training)
        return resources.training_mb([next(iter(made.experiments["small"].runs.values()))])

    def buffers(rows, units, item=4):
        return rows * (item * (64 + units + 8 * 2) + 64) / 1e6

    plain, batch = mb({}), mb({"normalization": "batch"})
    assert batch - plain == pytest.approx(buffers(2000, 500) - buffers(750, 300))
    gelu = mb({"normalization": "batch", "activation": "gelu", "residual": True})
    assert gelu - plain == pytest.approx(buffers(2000, 900) - buffers(750, 300))
    small = mb({"normalization": "batch"}, batch_size=500)
    assert small - plain == pytest.approx(buffers(750, 500) - buffers(750, 300) + 24 * 3 / 1e6)
    double = mb({"normalization": "batch", "precision": "float64"})
    more = 4 * (2020 * 64 + 15 * 6600) / 1e6  # data and weights of twice the size
    assert double - batch == pytest.approx(buffers(2000, 500, 8) - buffers(2000, 500) + more)


def test_only_a_single_training_gets_a_thread_for_each_shard(first):
    run = first(training={"epochs": 1, "shards": 3})
    assert resources.threads([run]) == 3
    assert resources.threads([run, run]) == 1
    assert resources.threads([first()]) == 1
    more = resources.training_mb([run]) - resources.training_mb([first(training={"epochs": 1})])
    assert more == pytest.approx(2 * (35 + 4 * 6600 / 1e6))


def test_a_refit_is_estimated_with_its_own_settings(experiment):
    small = experiment(refit={"training.epochs": 40})
    (run,), (refit,) = small.runs.values(), small.refits
    assert resources.training_minutes([refit]) > resources.training_minutes([run])
