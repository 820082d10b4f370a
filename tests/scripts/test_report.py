"""The report: one page with all tables, figures and studies, that asks no other host for anything."""

from common import artifacts
from common.tables import Table

import base64
import re
from html.parser import HTMLParser

import pytest

import plot
import report
import scoreboard
import summarize

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ROW = {
    "experiment": "digits_mlp",
    "dataset": "digits",
    "runs": 3,
    "best_run": "l2=0.1__seed=0",
    "training_accuracy": 1.0,
    "validation_accuracy": 0.9753,
    "test_accuracy": 0.9321,
    "published_test_accuracy": 0.94,
    "status": "completed",
}
SCORE = {
    "system": "a net",
    "source": "https://example.org/net",
    "figure": "test accuracy",
    "published": 0.94,
    "ours": 0.9321,
    "low": 0.92,
    "high": 0.945,
    "seeds": 3,
    "note": "",
    "verdict": "reproduced",
    "command": "snakemake --cores 4 digits_mlp",
}


class Page(HTMLParser):
    """What a browser would load, the text it would show, and the elements it would build."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.tags, self.links, self.texts = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attributes = dict(attrs)
        for name in ("src", "srcset", "data", "poster", "action", "background"):
            if name in attributes:
                self.loaded.append(attributes[name])
        if tag == "link":
            self.loaded.append(attributes.get("href"))
        if tag == "a":
            self.links.append(attributes["href"])

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def page(root, tmp_path, run_program):
    """page(rows, scores, shown): the report of these."""

    def made(rows, scores=(), shown=()):
        summary, board = tmp_path / "summary.csv", tmp_path / "scoreboard.csv"
        artifacts.write_csv(summary, summarize.COLUMNS, rows)
        artifacts.write_csv(board, scoreboard.COLUMNS, scores)
        output = tmp_path / "report.html"
        run_program(
            report,
            *("--summary", summary, "--scoreboard", board, "--output", output),
            *("--template", root / "workflow/report/report.html.j2"),
            *("--shown", list(shown)),
        )
        return output.read_text(encoding="utf-8")

    return made


@pytest.fixture
def figure(tmp_path):
    """figure(experiment, name): a PNG where the workflow has it."""

    def drawn(experiment, name):
        path = tmp_path / f"results/experiments/{experiment}/figures/{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PIXEL)
        return path

    return drawn


@pytest.fixture
def study(tmp_path):
    def written(experiment, name, cell):
        path = tmp_path / f"results/experiments/{experiment}/studies/{name}.json"
        table = Table({"net": "text", "formula": "code", "error": "number"}, [["a", cell, "1e-3"]])
        about = {"title": "A study", "about": "What it is.", "tables": [table.content()]}
        artifacts.write_json(path, about)
        return path

    return written


def test_an_experiment_has_a_row_with_its_accuracies_in_percent(page):
    text = Page(page([ROW])).text
    assert "digits_mlp digits 3 l2=0.1__seed=0 100.00 % 97.53 % 93.21 %" in text
    assert "published 94.00 %" in text
    assert "completed" in text
    assert "moved copies" not in text


def test_what_was_not_measured_is_an_empty_cell(page):
    row = {**ROW, "validation_accuracy": None, "test_accuracy": None}
    text = Page(page([{**row, "published_test_accuracy": None}])).text
    assert "l2=0.1__seed=0 100.00 % completed" in text
    assert "None" not in text and "nan" not in text


def test_a_failed_experiment_is_shown_as_such(page):
    empty = dict.fromkeys(f"{split}_accuracy" for split in report.SPLITS)
    row = {**ROW, **empty, "status": "failed: none of the 3 runs survived"}
    assert "failed: none of the 3 runs survived" in Page(page([row])).text


def test_the_accuracy_over_moved_copies_stands_with_the_test_alone(page):
    text = Page(page([{**ROW, "test_accuracy_averaged": 0.95}])).text
    assert text.count("95.00 % over moved copies") == 1


def test_the_scoreboard_is_there_where_something_was_published(page):
    assert "Beside the published figures" not in page([ROW])
    text = page([ROW], [SCORE])
    assert "a net test accuracy 94 % 93.21 % (92.00 to 94.50, 3) reproduced" in Page(text).text
    assert "https://example.org/net" in Page(text).links
    without = Page(page([ROW], [{**SCORE, "source": "a course"}]))
    assert without.links == ["#digits_mlp"]


def test_figures_are_in_the_page_with_their_captions(page, figure):
    text = page([ROW], shown=[figure("digits_mlp", "loss_history")])
    (image,) = Page(text).loaded
    kind, _, content = image.partition(",")
    assert kind == "data:image/png;base64" and base64.b64decode(content) == PIXEL
    assert f"loss history. {plot.FIGURES['loss_history'].caption}" in Page(text).text


def test_figures_stand_with_their_own_experiment(page, figure):
    other = {**ROW, "experiment": "spiral"}
    shown = [figure("spiral", "loss_history"), figure("digits_mlp", "configurations")]
    text = page([ROW, other], shown=shown)
    first, second = re.split(r"<h2 id=", text)[1:]
    assert 'alt="digits_mlp: configurations"' in first and "loss history" not in first
    assert 'alt="spiral: loss history"' in second and "configurations" not in second
    assert Page(text).links == ["#digits_mlp", "#spiral"]


def test_a_study_stands_with_its_experiment_as_a_table(page, study):
    text = page([ROW], shown=[study("digits_mlp", "mistakes", "p & q < 2")])
    assert "A study What it is. net formula error a p & q < 2 1e-3" in Page(text).text
    assert '<td class="code"><code>p &amp; q &lt; 2</code><td class="number">1e-3' in text


EVIL = "<script>alert('x')</script><img src=http://example.org/x>&\"'"


@pytest.mark.parametrize("key", ["experiment", "dataset", "best_run", "status"])
def test_what_the_summary_says_is_text_and_never_html(page, key):
    text = page([{**ROW, key: EVIL}])
    assert not {"script", "img"} & set(Page(text).tags)
    assert EVIL in Page(text).text


@pytest.mark.parametrize("key", ["system", "figure", "verdict", "command"])
def test_what_the_scoreboard_says_is_text_and_never_html(page, key):
    text = page([ROW], [{**SCORE, key: EVIL}])
    assert not {"script", "img"} & set(Page(text).tags)
    assert EVIL in Page(text).text


def test_an_address_cannot_leave_its_attribute(page):
    text = page([ROW], [{**SCORE, "source": 'http://x"><script>alert(1)</script>'}])
    assert "script" not in Page(text).tags
    assert 'http://x"><script>alert(1)</script>' in Page(text).links


def test_a_study_cannot_leave_its_cell(page, study):
    text = page([ROW], shown=[study("digits_mlp", "mistakes", '"><script>alert(1)</script>')])
    assert "script" not in Page(text).tags


def test_nothing_is_loaded_from_elsewhere(page, figure, study):
    shown = [figure("digits_mlp", "loss_history"), study("digits_mlp", "mistakes", "<p>one</p>")]
    text = page([ROW], [SCORE], shown)
    assert all(address.startswith("data:") for address in Page(text).loaded)
    assert not {"script", "link", "object", "embed"} & set(Page(text).tags)
    assert "@import" not in text and "url(" not in text
    assert text.count("http") == 1  # the source of the published figure, a link


def test_the_same_results_are_the_same_page_in_any_folder(page, figure, tmp_path):
    first = page([ROW], [SCORE], [figure("digits_mlp", "loss_history")])
    assert page([ROW], [SCORE], [figure("digits_mlp", "loss_history")]) == first
    assert str(tmp_path) not in first


def test_every_figure_has_a_caption_of_its_own():
    captions = {name: figure.caption for name, figure in plot.FIGURES.items()}
    assert len(set(captions.values())) == len(captions)


def test_real_results_make_a_page(finished, tmp_path, page, run_program):
    selections = [finished(name).folder / "selection.json" for name in ("swept", "lost")]
    outputs = ("--csv", "--markdown", "--scoreboard", "--runs")
    made = {flag: tmp_path / f"made{flag}" for flag in outputs}
    run_program(summarize, "--selections", selections, *[p for pair in made.items() for p in pair])
    rows = artifacts.read_csv(made["--csv"])
    png, _ = finished("swept").draw("sweep_heatmap")
    found = Page(page(rows, shown=[png]))
    assert "6 of 12 runs failed" in found.text
    assert "failed: none of the 2 runs survived" in found.text
    assert len(found.loaded) == 1
