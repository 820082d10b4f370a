"""Unknown targets get a suggestion; experiments that no target builds get a note."""

import pytest
from snakemake.utils import update_config

from configuration.config_files import content_of
from configuration.schema import config_schema
from experiments.plan import Plan
from running.checks import is_unknown, not_built

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
    """notes(TEXT, ...): the notes on these files, merged over CONFIG."""
    monkeypatch.chdir(tmp_path)

    def make(*texts):
        config, names = {}, []
        for number, text in enumerate([CONFIG, *texts]):
            names.append(f"{number}.yaml")
            (tmp_path / names[-1]).write_text(text)
            update_config(config, content_of(names[-1]))
        plan = Plan(config, SCHEMA)
        return list(not_built(plan, [tmp_path / name for name in names[1:]], names[:1]))

    return make


def test_the_published_config_alone_has_no_notes(notes):
    assert notes() == []


def test_an_experiment_that_no_target_builds_is_noted(notes):
    text = f"experiments: {{three: {OWN}}}"
    assert notes(text) == [
        "1.yaml defines three, which no target builds: run `snakemake --cores 4 three` with the same "
        "--configfile, or add `targets: [three]`"
    ]
    assert notes(f"targets: [three]\n{text}") == []
    assert notes("targets: [two, three]", text) == []


def test_several_experiments_are_one_note(notes):
    text = f"experiments: {{three: {OWN}, four: {OWN}, two: {{seeds: 2}}}}"
    assert notes(text) == [
        "1.yaml defines three, four, which no target builds: run `snakemake --cores 4 three four` with "
        "the same --configfile, or add `targets: [three, four]`"
    ]


def test_the_published_config_given_again_has_no_notes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    plan = Plan(content_of("config.yaml"), SCHEMA)
    assert list(not_built(plan, [tmp_path / "config.yaml"], ["config.yaml"])) == []


@pytest.mark.parametrize("odd", ["experiments: {}", "datasets: {}", "most_runs: 9"])
def test_files_without_experiments_or_datasets(notes, odd):
    assert notes(odd) == []


@pytest.mark.parametrize(
    ("target", "unknown"),
    [("tinny", True), ("tiny", False), ("all", False), ("results/x.csv", False), ("here", False)],
)
def test_unknown_targets(tmp_path, monkeypatch, target, unknown):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").touch()
    assert is_unknown(target, ["tiny", "all"]) is unknown
