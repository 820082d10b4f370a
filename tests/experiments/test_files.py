"""The files of the workflow by name: what each stage needs, and that nothing which is made is forgotten."""

import pytest

import drawings
from experiments import files

HALVED = {
    "sweep": {"grid": {"training.learning_rate": [0.1, 0.2, 0.3, 0.4]}},
    "training": {"epochs": 4},
    "halving": {"factor": 2, "min_epochs": 1},
}
ONE, TWO, THREE, FOUR = (f"learning_rate=0.{n}__seed=0" for n in (1, 2, 3, 4))
FOLDER = "results/experiments/small"


def test_arrays_are_images_and_labels_of_the_splits_asked_for():
    assert files.arrays("mnist", "train") == [
        "results/datasets/mnist/train_images.npy",
        "results/datasets/mnist/train_labels.npy",
    ]
    assert len(files.arrays("mnist", "train", "test")) == 4


def test_prepared_data_belong_to_the_dataset(experiment):
    assert files.prepared(experiment(), "key") == "results/datasets/digits/prepared/key.npz"


def test_files_of_runs_are_run_after_run(experiment):
    small = experiment()
    assert files.of_runs(small, None, ["a", "b"], "model.npz", "metrics.json") == [
        f"{FOLDER}/runs/a/model.npz",
        f"{FOLDER}/runs/a/metrics.json",
        f"{FOLDER}/runs/b/model.npz",
        f"{FOLDER}/runs/b/metrics.json",
    ]
    assert files.of_runs(small, 0, ["a"], "model.npz") == [f"{FOLDER}/rungs/0/a/model.npz"]
    assert files.of_runs(small, 0, [], "model.npz") == []


def test_the_last_model_of_a_run_is_where_it_was_trained_longest(experiment):
    small = experiment(**HALVED)
    assert small.rungs == [1, 2]
    assert files.last_models(small, [[ONE, TWO, THREE, FOUR], [TWO, THREE], [THREE]]) == {
        ONE: f"{FOLDER}/rungs/0/{ONE}/model.npz",
        TWO: f"{FOLDER}/rungs/1/{TWO}/model.npz",
        THREE: f"{FOLDER}/runs/{THREE}/model.npz",
        FOUR: f"{FOLDER}/rungs/0/{FOUR}/model.npz",
    }
    nobody_left = files.last_models(small, [[ONE, TWO, THREE, FOUR], [], []])
    assert set(nobody_left.values()) == {
        f"{FOLDER}/rungs/0/{run}/model.npz" for run in (ONE, TWO, THREE, FOUR)
    }


def test_without_halving_every_run_is_trained_to_the_end(experiment):
    small = experiment(seeds=2)
    assert files.last_models(small, [list(small.runs)]) == {
        run: f"{FOLDER}/runs/{run}/model.npz" for run in ("seed=0", "seed=1")
    }


def test_every_seed_has_a_final_network_with_and_without_a_refit(experiment):
    expected = [f"{FOLDER}/final/seed={seed}/model.npz" for seed in (3, 5)]
    assert files.final_models(experiment(seeds=[3, 5])) == expected
    assert files.final_models(experiment(seeds=[3, 5], refit={})) == expected


def test_no_figure_reads_the_test_split(experiment):
    for name, figure in drawings.FIGURES.items():
        given = files.shown(experiment(), figure.needs)
        paths = [path for paths in given.values() for path in paths]
        assert paths, name
        assert not [path for path in paths if "datasets" in path and "test_" in path], name


def test_the_summary_reads_what_the_experiment_has(experiment, plan):
    tables = [f"{FOLDER}/selection.json", f"{FOLDER}/runs.csv"]
    assert files.tables(experiment()) == [*tables, f"{FOLDER}/test.json"]
    assert files.tables(experiment(dataset="spiral", split={})) == tables


def test_baselines_and_studies_are_those_of_the_settings(experiment):
    small = experiment(baselines=["linear_svc_pixels"], studies=["mistakes"])
    assert files.baselines(small, "npz", "json") == [
        f"{FOLDER}/baselines/linear_svc_pixels.npz",
        f"{FOLDER}/baselines/linear_svc_pixels.json",
    ]
    assert files.studies(small, "json") == [f"{FOLDER}/studies/mistakes.json"]
    assert files.baselines(experiment(), "npz") == files.studies(experiment(), "html") == []


def test_an_experiment_leaves_all_that_its_stages_make(experiment):
    small = experiment()
    key, architecture = small.prepared[0], small.architectures[0]
    assert sorted(files.artifacts(small, [list(small.runs)])) == sorted(
        [
            "results/datasets/digits/info.json",
            "results/datasets/digits/test_images.npy",
            "results/datasets/digits/test_labels.npy",
            "results/datasets/digits/train_images.npy",
            "results/datasets/digits/train_labels.npy",
            f"results/datasets/digits/prepared/{key}.npz",
            f"results/gradient_checks/{architecture}.csv",
            f"{FOLDER}/runs/seed=0/model.npz",
            f"{FOLDER}/runs/seed=0/metrics.json",
            f"{FOLDER}/selection.json",
            f"{FOLDER}/runs.csv",
            f"{FOLDER}/histories.csv",
            f"{FOLDER}/final/seed=0/model.npz",
            f"{FOLDER}/test.json",
            f"{FOLDER}/test_predictions.npz",
        ]
    )


def test_an_experiment_with_halving_leaves_the_rungs_too(experiment):
    small = experiment(**HALVED)
    made = files.artifacts(small, [[ONE, TWO, THREE, FOUR], [TWO, THREE], [THREE]])
    assert len(made) == len(set(made))
    models = [path for path in made if path.endswith("/model.npz") and "final" not in path]
    assert len(models) == 4 + 2 + 1
    assert {path.replace("model.npz", "metrics.json") for path in models} <= set(made)
    assert {f"{FOLDER}/rungs/0/promoted.json", f"{FOLDER}/rungs/1/promoted.json"} <= set(made)


def test_without_a_test_split_nothing_of_it_is_asked_for(experiment):
    small = experiment(dataset="spiral", split={})
    assert not [path for path in files.artifacts(small, [list(small.runs)]) if "test" in path]


def test_the_lists_of_rungs_have_to_be_complete(experiment):
    with pytest.raises(ValueError):
        files.last_models(experiment(**HALVED), [[ONE]])
