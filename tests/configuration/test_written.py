"""Words that YAML changes are quoted as the config file has them."""

import datetime

import pytest
from snakemake.utils import update_config

from configuration.config_files import content_of
from configuration.schema import config_schema
from configuration.written import Written
from experiments import ConfigError
from experiments.plan import Plan

SCHEMA = config_schema()
CONFIG = """
targets: [one]
datasets:
  mine: {format: spiral, classes: [a, b], points_per_class: 50}
experiments:
  one: {dataset: mine, split: {validation: 20}, training: {epochs: 3}}
"""


@pytest.fixture
def said(tmp_path):
    """said(TEXT, ...): the lines of the message about CONFIG with these files merged over it."""

    def make(*texts):
        config, sources = {}, []
        for number, text in enumerate([CONFIG, *texts]):
            path = tmp_path / f"{number}.yaml"
            path.write_text(text)
            sources.insert(0, path)
            update_config(config, content_of(path))
        with pytest.raises(ConfigError) as error:
            Plan(config, SCHEMA, texts=Written(sources))
        return str(error.value).replace("config: ", "").splitlines()

    return make


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("010", "the number 8"),
        ("0o_10_0", None),
        ("0x10", "the number 16"),
        ("0b11", "the number 3"),
        ("1_000", "the number 1000"),
        ("1:30", "the number 90"),
        (".5", "the number 0.5"),
        ("1.10", "the number 1.1"),
        (".nan", "the number nan"),
        ("1e3", None),
        ("12e-1", None),
        ("on", "true"),
        ("no", "false"),
        ("Yes", "true"),
        ("OFF", "false"),
        ("TRUE", "true"),
        ("~", "null"),
        ("2020-01-01", "a date"),
        ("2020-01-01 10:00:00", "a date"),
    ],
)
def test_an_unquoted_word_is_shown_as_written(said, text, reading):
    """Those without a reading are texts to YAML, and are refused as the name of no dataset."""
    (line,) = said(f"experiments: {{one: {{dataset: {text}}}}}")
    if reading is None:
        assert line.startswith(f"experiments.one.dataset names the dataset {text!r}")
    else:
        assert line == (
            f'experiments.one.dataset is {text}, which YAML reads as {reading}; write "{text}", in quotes'
        )


def test_words_in_a_list(said):
    assert said("datasets:\n  mine:\n    classes: [no, 'yes', 007, x]\n") == [
        'datasets.mine.classes.0 is no, which YAML reads as false; write "no", in quotes',
        'datasets.mine.classes.2 is 007, which YAML reads as the number 7; write "007", in quotes',
    ]


def test_words_as_keys(said):
    assert said("experiments: {no: {dataset: mine, training: {epochs: 1}}}") == [
        'experiments has the key no, which YAML reads as false; write "no", in quotes'
    ]
    (line,) = said("datasets: {010: {format: spiral, classes: [a, b]}}")
    assert line.startswith(
        "datasets has the key 010, which YAML reads as the number 8; expected a name of letters"
    )
    (line,) = said("on: [one]")
    assert line.startswith(
        "the file has the unknown key on, which YAML reads as true; known: bundle_seconds"
    )


def test_the_text_is_that_of_the_last_file_that_has_the_key(said):
    first, second = "targets: [on]", "targets: [yes]"
    assert "is yes, which" in said(first, second)[0]
    assert "is on, which" in said(second, first)[0]
    assert "is on, which" in said(first, "most_runs: 5")[0]


def test_the_text_is_found_through_anchors_and_merges(said):
    text = """
datasets:
  base: &base {format: spiral, classes: &names [no, b]}
  two: {<<: *base, seed: 1}
  three: {format: spiral, classes: *names}
  four: {<<: [{seed: 2}, *base]}
"""
    assert said(text) == [
        f'datasets.{name}.classes.0 is no, which YAML reads as false; write "no", in quotes'
        for name in ("base", "four", "three", "two")
    ]


def test_an_empty_value_and_one_that_is_a_comment(said):
    assert said("experiments:\n  one:\n    dataset:\n") == [
        "experiments.one.dataset is empty; expected text"
    ]
    assert said("experiments:\n  one:\n    dataset: #2\n") == [
        'experiments.one.dataset is #2, which YAML reads as null; write "#2", in quotes'
    ]
    assert said("experiments:\n  one:\n    dataset: # which?\n") == [
        "experiments.one.dataset is empty; expected text"
    ]


@pytest.mark.parametrize(("text", "number"), [("010", 8), ("1:30", 90), ("0_10", 8)])
def test_a_number_that_people_read_otherwise_is_refused(said, text, number):
    (line,) = said(f"experiments: {{one: {{training: {{warmup: {text}}}}}}}")
    assert line == (
        f"experiments.one.training.warmup is {text}, which YAML reads as the number {number}; "
        f'write {number}, or "{text}" in quotes for a text'
    )


def test_numbers_that_everybody_reads_alike_are_right(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: [0, 00, 007, 1_000, 10, 0x10, '010', \"1:30\", 0.10, 1e3, 08, !!str 010]")
    assert list(Written([path]).misread()) == []
    path.write_text("a: {b: [1, 0100], c: &c [1:00], d: *c}\n")
    assert list(Written([path]).misread()) == [
        (("a", "b", 1), "0100", 64),
        (("a", "c", 0), "1:00", 60),
    ]


def test_a_value_that_no_file_has(tmp_path):
    """As that of --config."""
    path = tmp_path / "a.yaml"
    path.write_text("a: 010")
    written = Written([path])
    assert written.value(["a"], 8) == "010"
    assert (
        written.value(["a"], 10) is written.value(["a", "b"], 8) is written.value(["c"], 8) is None
    )
    assert written.value(["a"], datetime.date(2020, 1, 1)) is None


def test_inherited_values_are_found(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: &a {b: 010, c: 1}\nd: &d {<<: *a, c: 2}\ne: {<<: [{f: 1}, *d], b: 011}\n")
    written = Written([path])
    assert written.value(["d", "b"], 8) == "010" and written.value(["d", "c"], 2) == "2"
    assert written.value(["e", "b"], 9) == "011" and written.value(["e", "c"], 2) == "2"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.90", "0.90"), ("1.00", "1.00"), ("0.9", "0.9"), ("9.0e-1", "9.0e-1"), ("9e-1", "9e-1"),
        ('"9.0E-1"', "9.0E-1"), (".90", ".90"), ("1", "1"),
    ],
)  # fmt: skip
def test_published_figures_keep_the_digits_that_were_written(tmp_path, text, written):
    """Also if an earlier file has another value."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    published = (
        "published: {system: a net, source: a page, test_accuracy: 0.5000, total_loss: 2.10e+5}"
    )
    first.write_text(CONFIG.replace("epochs: 3}}", f"epochs: 3}}, {published}}}"))
    second.write_text(f"experiments: {{one: {{published: {{test_accuracy: {text}}}}}}}")
    config = {}
    for path in (first, second):
        update_config(config, content_of(path))
    plan = Plan(config, SCHEMA, texts=Written([second, first]))
    (found,) = plan.published_in(plan.published).values()
    assert found["written"] == {"test_accuracy": written, "total_loss": "2.10e+5"}
    assert found["test_accuracy"] == float(written)


def test_published_figures_keep_their_digits_in_json_and_by_inheritance(tmp_path):
    path = tmp_path / "a.json"
    settings = '"dataset": "mine", "training": {"epochs": 3}'
    figures = '{"system": "a", "source": "b", "test_accuracy": 0.90}'
    one = f'{{{settings}, "published": {figures}}}'
    data = '{"mine": {"format": "spiral", "classes": ["a", "b"], "points_per_class": 50}}'
    path.write_text(f'{{"targets": ["one"], "datasets": {data}, "experiments": {{"one": {one}}}}}')
    plan = Plan(content_of(path), SCHEMA, texts=Written([path]))
    assert plan.published_in(plan.published)["one"]["written"] == {"test_accuracy": "0.90"}
    path = tmp_path / "a.yaml"
    published = "published: {system: a, source: b, test_accuracy: 0.90}"
    anchored = CONFIG.replace("one: {", f"one: &one {{{published}, ")
    path.write_text(f"{anchored}  two: {{<<: *one, seeds: 2}}\n")
    plan = Plan(content_of(path), SCHEMA, texts=Written([path]))
    assert plan.published_in(plan.published)["two"]["written"] == {"test_accuracy": "0.90"}


@pytest.mark.parametrize(
    ("text", "quoted"), [("90 %", "90 %"), ('"0.90"', "0.90"), ("97.0", "97.0")]
)
def test_a_published_accuracy_that_is_not_a_number_from_0_to_1_is_refused(said, text, quoted):
    (line,) = said(
        f"experiments: {{one: {{published: {{system: a, source: b, test_accuracy: {text}}}}}}}"
    )
    assert line.startswith("experiments.one.published.test_accuracy is ") and quoted in line
