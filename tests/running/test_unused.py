"""What a user's own config files say without effect is noted, and nothing else is."""

import pytest
from snakemake.utils import update_config

from configuration.config_files import content_of
from configuration.schema import config_schema
from experiments import Plan
from running.unused import without_effect

SCHEMA = config_schema()
CONFIG = """
targets: [one]
datasets:
  mine: {format: spiral, classes: [a, b], points_per_class: 50}
  spare: {format: spiral, classes: [a, b]}
experiments:
  one:
    dataset: mine
    split: {validation: 20}
    training: {epochs: 3, learning_rate: 0.1}
    sweep: {grid: {training.learning_rate: [0.1, 0.2]}}
    refit: {training.epochs: 5}
  two: {dataset: mine, training: {epochs: 3}}
"""
OWN = "{dataset: mine, split: {validation: 20}, training: {epochs: 3}}"


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """notes(TEXT, ..., targets=[...]): what is noted of these files, merged over CONFIG."""
    monkeypatch.chdir(tmp_path)

    def make(*texts, targets=()):
        config, names = {}, []
        for number, text in enumerate([CONFIG, *texts]):
            names.append(f"{number}.yaml")
            (tmp_path / names[-1]).write_text(text)
            update_config(config, content_of(names[-1]))
        plan = Plan(config, SCHEMA)
        return list(
            without_effect(plan, [tmp_path / name for name in names[1:]], names[:1], targets)
        )

    return make


def test_the_published_config_alone_has_no_notes(notes):
    assert notes() == []


def test_an_experiment_that_is_no_target(notes):
    text = f"experiments: {{three: {OWN}}}"
    assert notes(text) == [
        "1.yaml defines `three`, which is not a target: run `snakemake --cores 4 three` with the same "
        "--configfile, or add `targets: [three]`"
    ]
    assert notes(text, targets=["all"]) == notes(text)
    assert notes(text, targets=["three"]) == notes(text, targets=["everything"]) == []
    assert notes(text, targets=["two"]) == []  # the user chose
    assert notes(f"targets: [three]\n{text}") == []
    assert notes("targets: [two, three]", text) == []


def test_several_experiments_that_are_no_targets_are_one_note(notes):
    text = f"targets: [one]\nexperiments: {{three: {OWN}, four: {OWN}, two: {{seeds: 2}}}}"
    assert notes(text) == [
        "1.yaml defines `three`, `four`, which are not targets: run `snakemake --cores 4 three four` "
        "with the same --configfile, or add three, four to `targets`",
        "1.yaml changes `two`, which is not a target: run `snakemake --cores 4 two` with the same "
        "--configfile, or add two to `targets`",
    ]


def test_a_change_of_an_experiment_that_is_a_target_has_no_note(notes):
    assert notes("experiments: {one: {seeds: 2, network: {hidden: [8]}}}") == []


def test_a_dataset_that_no_experiment_uses(notes):
    text = "datasets: {other: {format: spiral, classes: [a, b]}, mine: {seed: 1}}"
    assert notes(text) == ["1.yaml has the dataset `other`, which no experiment uses"]
    used = f"targets: [three]\nexperiments: {{three: {OWN.replace('mine', 'other')}}}"
    assert notes(text, used) == notes(used, text) == []


def test_a_value_that_the_sweep_replaces_in_every_run(notes):
    text = "experiments: {one: {training: {learning_rate: 0.5, l2: 0.1}}}"
    note = (
        "1.yaml: experiments.one.training.learning_rate has no effect, because the sweep sets "
        "training.learning_rate in every run"
    )
    assert notes(text) == [note]
    assert notes(text, "experiments: {one: {sweep: null}}") == []
    # Another space leaves it, so a run has it.
    spaces = "[{grid: {training.learning_rate: [1.0]}}, {grid: {training.l1: [0.1]}}]"
    assert notes(text, f"experiments: {{one: {{sweep: {spaces}}}}}") == []


def test_epochs_have_no_effect_if_the_sweep_counts_iterations(notes):
    sweep = "{grid: {training.iterations: [5, 6]}}"
    text = f"targets: [three]\nexperiments: {{three: {OWN[:-1]}, sweep: {sweep}}}}}"
    assert notes(text) == [
        "1.yaml: experiments.three.training.epochs has no effect, because the sweep sets "
        "training.iterations in every run"
    ]


def test_what_an_experiment_inherits_is_not_noted(notes):
    text = f"""
targets: [three, four]
experiments:
  three: &three {OWN}
  four:
    <<: *three
    sweep: {{grid: {{training.epochs: [1, 2]}}}}
"""
    assert notes(text) == []
    assert len(notes(text.replace("  four:\n", "  four:\n    training: {epochs: 3}\n"))) == 1


def test_an_empty_mapping_changes_nothing(notes):
    text = "experiments: {one: {sweep: {}, network: {}, refit: {}}, two: {sweep: {}}}\ntargets: [two, one]"
    assert notes(text) == [
        f"1.yaml: experiments.one.{key} is {{}}, which changes nothing, because files are merged; write "
        "null to undo what an earlier file sets"
        for key in ("sweep", "refit")
    ]


def test_the_published_config_given_again_has_no_notes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    plan = Plan(content_of("config.yaml"), SCHEMA)
    assert list(without_effect(plan, [tmp_path / "config.yaml"], ["config.yaml"], [])) == []


@pytest.mark.parametrize("odd", ["experiments: {}", "datasets: {}", "most_runs: 9"])
def test_files_without_experiments_or_datasets(notes, odd):
    assert notes(odd) == []
