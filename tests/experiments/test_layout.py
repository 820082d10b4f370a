"""The layout of results/: the inputs of each stage, and the complete list of outputs."""

import copy
import re

import pytest

from experiments import layout
from experiments.plan import Plan
from figures import FIGURES

HALVED = {
    "sweep": {"grid": {"training.learning_rate": [0.1, 0.2, 0.3, 0.4]}},
    "training": {"epochs": 4},
    "halving": {"factor": 2, "min_epochs": 1},
}
ONE, TWO, THREE, FOUR = (f"learning_rate=0.{n}__seed=0" for n in (1, 2, 3, 4))
FOLDER = "results/experiments/small"


def test_parsed_data_are_an_info_and_the_arrays_of_all_splits(plan):
    digits, spiral = (layout.parsed(plan(), name) for name in ("digits", "spiral"))
    folder = f"results/datasets/digits/{plan().data_digests['digits']}"
    names = ("train_images.npy", "train_labels.npy", "test_images.npy", "test_labels.npy")
    assert digits == [f"{folder}/{name}" for name in ("info.json", *names, "test_sources.csv")]
    assert [path.rpartition("/")[2] for path in spiral] == ["info.json", *names[:2]]


def test_prepared_data_belong_to_the_parsed_dataset(experiment):
    small = experiment(split={"validation": 0.2})
    path = layout.prepared(small, small.prepared[0])
    assert path.startswith(f"results/datasets/digits/{small.plan.data_digests['digits']}/prepared/")
    key, digest = path.rpartition("/")[2].removesuffix(".npz").rsplit(".", 1)
    assert key == small.prepared[0] and "0.2" in key and re.fullmatch("[0-9a-f]{10}", digest)


@pytest.fixture
def named(config, schema):
    """The names of the parsed data, the prepared data and the check of the small config after a change."""

    def names(change=lambda config: None, code=lambda program: "") -> list[str]:
        changed = copy.deepcopy(config)
        changed["experiments"]["small"]["network"] = {"hidden": [4]}
        change(changed)
        plan = Plan(changed, schema, code=code)
        small = plan.experiments["small"]
        parsed = layout.parsed(plan, "digits")[0]
        prepared = layout.prepared(small, small.prepared[0])
        return [parsed, prepared, layout.checked(plan, small.architectures[0])]

    return names


@pytest.mark.parametrize(
    ("change", "renamed"),
    [
        (lambda c: c["datasets"]["digits"].update(classes=["a", "b"]), (True, True, False)),
        (lambda c: c["datasets"]["digits"].update(test_size=10), (True, True, False)),
        (lambda c: c["experiments"]["small"]["split"].update(seed=1), (False, True, False)),
        (
            lambda c: c["experiments"]["small"].update(preparation="standardize"),
            (False, True, False),
        ),
        (lambda c: c["experiments"]["small"]["network"].update(hidden=[5]), (False, False, True)),
        (lambda c: c["experiments"]["small"]["training"].update(epochs=9), (False, False, False)),
        (lambda c: c["datasets"]["digits"].update(remark="words"), (False, False, False)),
        (lambda c: c.update(local_mirror="/tmp"), (False, False, False)),
    ],
)
def test_names_change_with_the_settings_that_decide_the_bytes(named, change, renamed):
    pairs = zip(named(), named(change), strict=True)
    assert tuple(before != after for before, after in pairs) == renamed


@pytest.mark.parametrize(
    ("program", "renamed"),
    [
        ("parse", (True, True, False)),
        ("datasets/digits", (True, True, False)),
        ("prepare", (False, True, False)),
        ("check_gradients", (False, False, True)),
        ("train", (False, False, False)),
    ],
)
def test_names_change_with_the_code_that_makes_the_files(named, program, renamed):
    pairs = zip(named(), named(code=lambda name: "x" * (name == program)), strict=True)
    assert tuple(before != after for before, after in pairs) == renamed


def names_of(bundles: dict) -> dict[str, list[str]]:
    """The names of the runs of each bundle, by its file without the digest."""
    return {stem.rpartition(".")[0]: [run.name for run in runs] for stem, runs in bundles.items()}


def test_short_runs_are_one_bundle_and_long_ones_have_their_names(plan):
    short = plan(lambda c: c.update(bundle_seconds=60), seeds=2).experiments["small"]
    long = plan(lambda c: c.update(bundle_seconds=1e-6), seeds=2).experiments["small"]
    runs = ["seed=0", "seed=1"]
    assert names_of(layout.bundled(short)) == {f"{FOLDER}/bundles/bundle=": runs}
    assert names_of(layout.bundled(long)) == {f"{FOLDER}/bundles/{run}": [run] for run in runs}
    assert names_of(layout.refitted(short, short.settings)) == {f"{FOLDER}/refits/bundle=": runs}
    assert names_of(layout.refitted(long, long.settings)) == {
        f"{FOLDER}/refits/{run}": [run] for run in runs
    }


def test_a_rung_keeps_the_bundles_of_the_whole_experiment(experiment):
    small = experiment(**HALVED)
    assert small.rungs == [1, 2]
    assert names_of(layout.bundled(small, 0)) == {
        f"{FOLDER}/rungs/0/bundle=": [ONE, TWO, THREE, FOUR]
    }
    left = frozenset([TWO, THREE])
    assert names_of(layout.bundled(small, 1, left)) == {f"{FOLDER}/rungs/1/bundle=": [TWO, THREE]}
    assert names_of(layout.bundled(small, None, left)) == {
        f"{FOLDER}/bundles/bundle=": [TWO, THREE]
    }
    assert layout.bundled(small, 1, frozenset()) == {}


@pytest.mark.parametrize(
    ("change", "renamed"),
    [
        (lambda c: c["experiments"]["small"]["training"].update(epochs=9), True),
        (lambda c: c["experiments"]["small"].update(seeds=2), True),
        (lambda c: c["experiments"]["small"]["split"].update(seed=1), True),
        (lambda c: c["datasets"]["digits"].update(classes=["a", "b"]), True),
        (lambda c: c["experiments"]["small"].update(evaluation={"shifts": 1}), False),
        (lambda c: c.update(bundle_seconds=1000), False),
    ],
)
def test_names_of_bundles_change_with_what_decides_their_bytes(plan, change, renamed):
    before, after = (layout.bundled(p.experiments["small"]) for p in (plan(), plan(change)))
    assert (list(before) != list(after)) == renamed


@pytest.mark.parametrize(("program", "renamed"), [("train", True), ("validate", False)])
def test_names_of_bundles_change_with_the_code_of_training(config, schema, program, renamed):
    plans = [Plan(config, schema), Plan(config, schema, code=lambda name: "x" * (name == program))]
    before, after = (list(layout.bundled(plan.experiments["small"])) for plan in plans)
    assert (before != after) == renamed


def test_every_seed_has_a_final_network_with_and_without_a_refit(experiment):
    expected = [f"{FOLDER}/final/seed={seed}/model.npz" for seed in (3, 5)]
    assert layout.final_models(experiment(seeds=[3, 5])) == expected
    assert layout.final_models(experiment(seeds=[3, 5], refit={})) == expected


def test_no_figure_reads_the_test_split(experiment):
    for name, figure in FIGURES.items():
        given = layout.shown(experiment(), figure.needs)
        paths = [path for paths in given.values() for path in paths]
        assert paths, name
        assert not [path for path in paths if "datasets" in path and "test_" in path], name


def test_the_summary_reads_what_the_experiment_has(experiment, plan):
    tables = [f"{FOLDER}/selection.json", f"{FOLDER}/runs.csv"]
    assert layout.tables(experiment()) == [*tables, f"{FOLDER}/test.json"]
    assert layout.tables(experiment(dataset="spiral", split={})) == tables


def test_baselines_and_studies_follow_the_settings(experiment):
    small = experiment(baselines=["linear_svc_pixels"], studies=["posted_net"])
    both = [f"{FOLDER}/baselines.json", f"{FOLDER}/baselines.npz"]
    assert layout.baselines(small) == both
    assert set(both) < set(layout.artifacts(small))
    assert layout.studies(small, "json") == [f"{FOLDER}/studies/posted_net.json"]
    assert layout.baselines(experiment()) == layout.studies(experiment(), "html") == []


def test_an_experiment_leaves_all_that_its_stages_make(experiment):
    assert sorted(layout.artifacts(experiment())) == sorted(
        [
            f"{FOLDER}/selection.json",
            f"{FOLDER}/runs.csv",
            f"{FOLDER}/histories.csv",
            f"{FOLDER}/final/seed=0/model.npz",
            f"{FOLDER}/test.json",
            f"{FOLDER}/test_predictions.npz",
            f"{FOLDER}/test_predictions.csv",
        ]
    )


def test_an_experiment_with_halving_also_leaves_its_promotions(experiment):
    made = layout.artifacts(experiment(**HALVED))
    assert len(made) == len(set(made))
    assert {f"{FOLDER}/rungs/0/promoted.json", f"{FOLDER}/rungs/1/promoted.json"} <= set(made)


def test_without_a_test_split_no_test_files_are_requested(experiment):
    small = experiment(dataset="spiral", split={})
    assert not [path for path in layout.artifacts(small) if "test" in path]
