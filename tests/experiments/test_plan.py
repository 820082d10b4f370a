"""The list of runs, their dependencies, and the keys of shared work."""

from functools import partial
from types import SimpleNamespace
from unicodedata import normalize

import pytest
import yaml

from configuration.config_files import content_of, text_at
from configuration.schema import config_schema
from experiments import ConfigError, Experiment, prepared_key, refit_settings
from experiments.naming import digest
from experiments.plan import Plan
from experiments.run import TRAINED
from experiments.sizes import parts_of
from experiments.validation.datasets import with_sizes
from figures import FIGURES

RATE = "training.learning_rate"
HIDDEN = "network.hidden"


def rates(*values):
    return {"grid": {RATE: list(values)}}


def test_runs_are_every_configuration_with_every_seed(experiment):
    runs = experiment(sweep={"grid": {RATE: [0.1, 0.2], HIDDEN: [[8, 4]]}}, seeds=2).runs
    assert list(runs) == [
        "learning_rate=0.1__hidden=8-4__seed=0",
        "learning_rate=0.1__hidden=8-4__seed=1",
        "learning_rate=0.2__hidden=8-4__seed=0",
        "learning_rate=0.2__hidden=8-4__seed=1",
    ]
    last = runs["learning_rate=0.2__hidden=8-4__seed=1"]
    assert (last.configuration, last.seed) == ("learning_rate=0.2__hidden=8-4", 1)
    assert last.settings["network"]["hidden"] == [8, 4]
    assert last.trained["seed"] == 1


def test_without_a_sweep_a_run_is_its_seed(experiment):
    assert list(experiment(seeds=[3, 5]).runs) == ["seed=3", "seed=5"]


def test_names_and_settings_stay_when_a_value_or_a_sample_is_added(experiment):
    few, many = experiment(sweep=rates(0.2, 0.1)), experiment(sweep=rates(0.3, 0.2, 0.1))
    for name, run in few.runs.items():
        assert many.runs[name].trained == run.trained

    def search(samples):
        values = {RATE: {"loguniform": [0.01, 1.0]}, HIDDEN: {"choice": [[8], [16]]}}
        return experiment(sweep={"random": {"samples": samples, "values": values}})

    assert list(search(9).runs)[:4] == list(search(4).runs)


def test_a_run_has_the_defaults_that_its_change_leaves(experiment):
    (run,) = experiment(sweep=rates(0.3)).runs.values()
    assert run.settings["training"]["learning_rate"] == 0.3
    assert run.settings["training"]["batch_size"] == 64
    assert run.trained.keys() == {"network", "training", "preparation", "seed"}


def test_runs_do_not_change_each_other_or_their_experiment(experiment):
    small = experiment(sweep=rates(0.1, 0.2))
    first, second = small.runs.values()
    assert first.settings["training"]["learning_rate"] == 0.1
    assert second.settings["training"]["learning_rate"] == 0.2
    refit_settings(first.settings, {"training.epochs": 3, HIDDEN: [9]})
    assert small.settings["split"]["validation"] == 20
    assert first.settings["split"]["validation"] == 20
    assert first.settings["network"]["hidden"] == [100]


def test_naming_iterations_replaces_epochs(experiment):
    runs = experiment(sweep={"grid": {"training.iterations": [5, 6]}}).runs
    for run, iterations in zip(runs.values(), (5, 6), strict=True):
        assert run.settings["training"]["iterations"] == iterations
        assert run.settings["training"]["epochs"] is None


def test_values_with_equal_names_get_a_digest(experiment):
    settings, values = experiment().settings, ["a b", "a/b"]

    def runs_of(values):
        return Experiment("any", {**settings, "sweep": {"grid": {"network.bias": values}}}).runs

    first, second = runs_of(values)
    assert runs_of(values[::-1]).keys() == {first, second}
    assert first != second
    for name in (first, second):
        assert name.startswith("bias=a_b__") and name.endswith("__seed=0")
        assert len(name) == len("bias=a_b__seed=0") + 10


def test_a_name_and_a_mapping_with_only_the_name_are_one_run(experiment):
    names = [{"name": "he_normal"}, "he_normal"]
    assert list(experiment(sweep={"grid": {"network.initializer": names}}).runs) == [
        "initializer=he_normal__seed=0"
    ]


def test_a_value_given_twice_is_one_run(experiment):
    assert len(experiment(sweep=rates(0.1, 0.1)).runs) == 1


def test_a_name_is_never_too_long_for_a_file(experiment):
    widths = [list(range(100, 190)), list(range(100, 191))]
    runs = experiment(sweep={"grid": {HIDDEN: widths}}).runs
    assert len(runs) == 2
    assert all(len(f".{name}.log.12345678") < 255 for name in runs)


def test_spaces_that_vary_different_keys(experiment):
    runs = experiment(sweep=[rates(0.3), {"zip": {"training.l2": [0.1], HIDDEN: [[8]]}}]).runs
    assert list(runs) == ["learning_rate=0.3__seed=0", "l2=0.1__hidden=8__seed=0"]


def test_an_unknown_run_is_refused_with_the_nearest(experiment):
    with pytest.raises(ConfigError, match="no run 'learning_rate=0.1__seed=9'; did you mean"):
        experiment(sweep=rates(0.1)).run("learning_rate=0.1__seed=9")


def test_settings_irrelevant_to_training_are_not_part_of_a_run(experiment):
    (plain,) = experiment().runs.values()
    (other,) = experiment(
        description="new", evaluation={"shifts": 1}, published={"system": "x", "source": "y"}
    ).runs.values()
    assert plain.trained == other.trained
    assert (plain.prepared, plain.architecture) == (other.prepared, other.architecture)


def test_runs_share_a_preparation_unless_split_or_steps_differ(experiment):
    small = experiment(sweep=rates(0.1, 0.2), seeds=3)
    assert len(small.prepared) == 1
    assert small.prepared[0].startswith("unit__validation=20__")
    assert len(experiment(sweep={"grid": {"preparation": ["unit", "standardize"]}}).prepared) == 2
    (other,) = experiment(split={"validation": 20, "take": "first"}).prepared
    assert other != small.prepared[0]


def test_a_component_alone_is_the_list_of_it(experiment):
    (alone,) = experiment(preparation="unit").runs.values()
    (listed,) = experiment(preparation=["unit"]).runs.values()
    assert alone.trained == listed.trained
    assert alone.prepared == listed.prepared


def test_architectures_with_the_same_gradients_share_a_check(experiment):
    l2 = {"training.l2": [0.0, 0.1, 0.2], RATE: [0.1, 0.2]}
    assert len(experiment(sweep={"grid": l2}).architectures) == 2  # with and without L2
    (name,) = experiment(network={"hidden": [8], "activation": "tanh"}).architectures
    assert name.startswith("64-8-2__tanh__")


def test_a_refit_trains_on_everything(experiment):
    small = experiment(refit={"training.epochs": 9}, seeds=2, training={"epochs": 1, "patience": 2})
    (run, _) = small.runs.values()
    settings = refit_settings(run.settings, small.settings["refit"])
    assert settings["split"]["validation"] == 0
    assert (settings["training"]["epochs"], settings["training"]["patience"]) == (9, None)
    final = small.refit(run.settings, 1)
    assert (final.name, final.seed, final.settings) == ("seed=1", 1, settings)
    assert final.trained == {**{key: settings[key] for key in TRAINED}, "seed": 1}
    assert final.prepared == prepared_key(settings["split"], settings["preparation"])
    assert final.prepared not in small.prepared


def test_a_refit_of_a_whole_split_is_the_training_on_a_split_without_validation(experiment):
    small = experiment(refit={})
    (refit,) = small.refits
    everything = {"validation": 0, "take": "last", "training": None, "seed": 0}
    assert refit.settings["split"] == everything
    assert refit.prepared == f"unit__validation=0__{digest([everything, ['unit']])}"
    assert refit.trained.keys() == {*TRAINED, "seed"}


def test_a_refit_trains_only_on_the_rows_of_its_split(experiment):
    split = {"validation": 20, "training": 30}
    small = experiment(split=split, refit={})
    (run,), (refit,) = small.runs.values(), small.refits
    assert refit.settings["split"] == run.settings["split"] | {"refit": True}
    assert refit.prepared.startswith("unit__validation=0__") and refit.prepared != run.prepared
    assert parts_of(run.settings["split"], 100) == (30, 20)
    assert parts_of(refit.settings["split"], 100) == (50, 0)


def test_a_refit_may_change_its_length_or_what_is_learned(experiment):
    patient = {"epochs": 9, "patience": 2}
    for refit in ({}, {"training.epochs": 5}, {"training.evaluate_every": 2}):
        assert experiment(refit=refit, training=patient).refits
    assert experiment(refit={"training.l2": 0.1, "training.epochs": 5}, training=patient).refits
    assert experiment(refit={"training.l2": 0.1}).refits


def test_a_refit_may_turn_out_to_be_of_any_configuration(experiment, plan):
    assert experiment(sweep=rates(0.1, 0.2)).refits == []
    sweep = {"grid": {RATE: [0.1, 0.2], "preparation": ["unit", "standardize"]}}
    settings = {"sweep": sweep, "seeds": [3, 5], "refit": {}}
    small = experiment(**settings)
    assert [run.seed for run in small.refits] == [3] * 4
    assert {run.settings["training"]["learning_rate"] for run in small.refits} == {0.1, 0.2}
    keys = {run.prepared for run in small.refits}
    assert len(keys) == 2
    planned = plan(**settings).prepared
    assert set(planned) == {("digits", key) for key in keys | set(small.prepared)}
    assert all(planned["digits", key]["split"]["validation"] == 0 for key in keys)


def test_the_digest_of_raw_files_does_not_depend_on_their_source(plan):
    def from_the_network(config):
        digits = config["datasets"]["digits"]
        del digits["generator"]
        for entry in digits["files"].values():
            entry.update(sha256=64 * "0", mirrors=["https://example.org/"])

    generated, downloaded = plan(), plan(from_the_network)
    assert generated.file("digits", "b") == {
        "generator": "sklearn_digits",
        "array": "train_labels",
    }
    assert generated.origin("digits", "b") == {}
    assert downloaded.file("digits", "b") == {"sha256": 64 * "0", "members_md5": {}}
    assert downloaded.origin("digits", "b") == {"mirrors": ["https://example.org/"]}
    assert "https" not in str(downloaded.parsed("digits"))
    assert downloaded.parsed("digits")["files"]["test_images"]["sha256"] == 64 * "0"
    with pytest.raises(ConfigError, match="datasets.digits has no file 'x'"):
        generated.file("digits", "x")


def test_a_folder_for_a_file_is_refused_before_any_job(plan, tmp_path):
    def mine(config):
        digits = config["datasets"]["digits"]
        del digits["generator"]
        digits["path"] = str(tmp_path)

    for name in "abc":
        (tmp_path / name).touch()
    (tmp_path / "d").mkdir()
    said = f"^config: datasets.digits: {tmp_path}/d is a folder, expected a file$"
    with pytest.raises(ConfigError, match=said):
        plan(mine)
    (tmp_path / "d").rmdir()
    (tmp_path / "d").touch()
    assert plan(mine).raw("digits")["test_labels"] == f"{tmp_path}/d"


def test_requested_experiments_are_found_from_targets(plan):
    def change(config):
        other = config["experiments"]["small"] | {"published": {"system": "x", "source": "y"}}
        config["experiments"]["other"] = other

    both = plan(change)
    names = {
        targets: [e.name for e in both.requested(set(targets.split()))]
        for targets in ("", "all", "other", "everything", "published", "small published")
    }
    assert names == {
        "": ["small"],
        "all": ["small"],
        "other": ["other"],
        "everything": ["small", "other"],
        "published": ["other"],
        "small published": ["small", "other"],
    }


def test_published_figures_keep_the_digits_that_were_written(tmp_path):
    path = tmp_path / "config.yaml"
    figures = "system: a, source: b, test_accuracy: 0.90, total_loss: 2.10e+5"
    path.write_text(f"""
targets: [one]
datasets: {{mine: {{format: spiral, classes: [a, b], points_per_class: 50}}}}
experiments: {{one: {{dataset: mine, training: {{epochs: 3}}, published: {{{figures}}}}}}}
""")
    plan = Plan(content_of(path), config_schema(), text_at=partial(text_at, [path]))
    (found,) = plan.published_in(plan.published).values()
    assert found["written"] == {"test_accuracy": "0.90", "total_loss": "2.10e+5"}
    assert found["test_accuracy"] == 0.9


def test_experiments_have_only_figures_that_apply(experiment):
    def figures(**settings):
        return {name for name, f in FIGURES.items() if f.when(experiment(**settings))}

    single = figures()
    assert "configurations" not in single
    assert "decision_boundary" not in single
    wide = figures(sweep={"grid": {RATE: [0.1, 0.2, 0.3], "training.l2": [0.0, 0.1]}})
    assert {"sweep_heatmap", "marginals", "configurations"} <= wide
    assert "decision_boundary" in figures(dataset="spiral", split={})
    assert "first_layer_weights" in single
    assert "first_layer_weights" not in figures(preparation=["pca"])


def test_a_thousand_runs_are_planned_in_no_time(experiment):
    small = experiment(sweep=rates(*(i / 1000 for i in range(1, 1001))))
    assert len(small.runs) == 1000
    # a run has only its swept values of its own; the sweep itself is shared
    first, *_, last = small.runs.values()
    assert first.settings["sweep"] is last.settings["sweep"]
    assert first.settings["network"] is last.settings["network"]


def test_each_problem_of_a_table_is_a_line_of_the_message(tmp_path):
    names = [f"c{i}" for i in range(15)]
    rows = [",".join([*(["1,5".join('""')] * 15), "ab"[i % 2]]) for i in range(20)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join([",".join([*names, "kind"]), *rows]))
    config = {
        "targets": ["x"],
        "datasets": {"mine": {"format": "csv", "path": str(path), "label": "kind"}},
        "experiments": {
            "x": {"dataset": "mine", "split": {"validation": 5}, "training": {"epochs": 1}}
        },
    }
    with pytest.raises(ConfigError) as error:
        Plan(config, config_schema())
    lines = str(error.value).splitlines()
    assert lines[0] == f"config: datasets.mine: {path}: 15 problems:" and len(lines) == 16
    for name, line in zip(names, lines[1:], strict=True):
        assert line.startswith(
            f"config: datasets.mine:   column '{name}': looks like decimal commas"
        )


LOCAL = SimpleNamespace(places={"pictures": "path"}, check=None)  # a format of data of this machine


def test_declared_classes_may_have_any_form_of_unicode():
    one, other = (normalize(form, "café") for form in ("NFC", "NFD"))
    dataset = {"format": "f", "classes": [other, "tea"]}
    found = with_sizes("mine", dataset, LOCAL, lambda *_: {"classes": [one, "tea"]})
    assert found["classes"] == [one, "tea"]
    with pytest.raises(ConfigError, match="but the data has"):
        with_sizes("mine", dataset, LOCAL, lambda *_: {"classes": ["cafe", "tea"]})


def test_a_path_that_the_locale_cannot_write_is_named():
    def sizes(*_):
        "fotos_é".encode("ascii")

    with pytest.raises(
        ConfigError, match=r"'fotos_\\xe9' has letters that this locale .*PYTHONUTF8=1"
    ):
        with_sizes("mine", {"format": "f"}, LOCAL, sizes)


def test_a_wrong_key_is_reported_before_a_missing_file(tmp_path, monkeypatch, root):
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    config = yaml.safe_load((root / "config.yaml").read_text())
    digits = config["datasets"]["digits"] | {"generator": None, "path": "data"}
    digits["files"]["train_images"]["mirrors"] = ["http://127.0.0.1/a.gz"]
    with pytest.raises(ConfigError, match="train_images has mirrors, but the files are in data"):
        Plan(config | {"datasets": config["datasets"] | {"digits": digits}}, config_schema())


def test_a_metric_other_than_accuracy_is_part_of_the_plan(experiment):
    plain = experiment().planned
    assert "selection" not in plain and experiment(selection=None).planned == plain
    assert experiment(selection={"metric": "accuracy"}).planned == plain
    other = experiment(selection={"metric": "loss"})
    assert other.planned == plain | {"selection": {"metric": "loss"}}
    assert (experiment().metric, other.metric) == ("accuracy", "loss")
    again = Experiment("small", other.planned)  # as the programs build it
    assert again.metric == "loss"
    assert [run.trained for run in again.runs.values()] == [
        run.trained for run in experiment().runs.values()
    ]


def test_gradients_are_checked_with_sample_weights_if_labels_decide_them(experiment):
    def loss(weights):
        return {"name": "squared_error", "class_weights": weights}

    balanced, named, listed = (
        next(iter(experiment(network={"loss": loss(weights)}).runs.values()))
        for weights in ("balanced", {"1": 3}, [2, 1])
    )
    assert balanced.gradients["network"]["loss"] == loss([0.5, 1.0])
    assert named.architecture == balanced.architecture != listed.architecture
    assert listed.gradients["network"]["loss"] == loss([2, 1])
    assert balanced.settings["network"]["loss"] == loss("balanced")  # is trained


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["experiments"]["small"]["training"].update(epoch=3), "unknown key 'epoch'"),
        (lambda c: c["experiments"]["small"].update(dataset="digit"), "did you mean 'digits'"),
        (lambda c: c.update(targets=["smal"]), "did you mean 'small'"),
    ],
)
def test_a_misspelt_name_is_reported_before_data_are_read(config, schema, change, message):
    """A large table takes seconds."""

    def read(name, dataset, kind):
        pytest.fail("data was read")

    change(config)
    with pytest.raises(ConfigError, match=message):
        Plan(config, schema, sizes=read)


def test_descriptions_cover_the_experiments_shown(plan):
    def change(config):
        for name in ("other", "silent", "hidden"):
            about = "" if name == "silent" else f"about {name}"
            config["experiments"][name] = config["experiments"]["small"] | {"description": about}

    made = plan(change, description="about small")
    shown, earlier = (
        [SimpleNamespace(name=name) for name in names]
        for names in (["small", "silent"], ["other", "removed"])
    )
    assert made.descriptions_of(shown, earlier) == {"small": "about small", "other": "about other"}
