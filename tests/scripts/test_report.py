"""The report: one page with all tables, figures and studies, that asks no other host for anything."""

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

import report
import summarize
from figures import FIGURES
from files import artifacts
from files.markdown import MarkdownTable
from page import section
from tables import scoreboard
from tables import summary as summary_table

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ROW = {
    "experiment": "digits_mlp",
    "dataset": "digits",
    "runs": 3,
    "configurations": 1,
    "best_run": "l2=0.1__seed=0",
    "selected_by": "validation_accuracy",
    "training_accuracy": 1.0,
    "validation_accuracy": 0.9753,
    "test_accuracy": 0.9321,
    "published_test_accuracy": 0.94,
    "status": "completed",
}
SELECTION = {
    "settings": {
        "split": {"validation": 10, "take": "last", "training": None, "seed": 1},
        "network": {"hidden": [7], "activation": "relu"},
        "training": {"l2": 0.1},
        "preparation": ["unit"],
        "seed": 0,
    },
    "varied": [["training.l2", "l2"], ["training.epochs", "epochs"]],
    "criterion": "validation_accuracy",
    "best_configuration": "l2=0.1",
    "failures": [],
}
RUNS_OF_ALL = [
    {"run": f"l2={l2}__seed=0", "configuration": f"l2={l2}", "seed": 0, "training.l2": l2,
     "training.epochs": 3, "status": "completed", "reason": "", "validation_accuracy": 0.9 + l2}
    for l2 in (0.1, 0.01)
]  # fmt: skip
HISTORY = [
    {"run": f"l2={l2}__seed=0", "configuration": f"l2={l2}", "seed": 0, "epoch": epoch,
     "training_loss": 1 / epoch, "training_accuracy": 0.5, "validation_loss": "",
     "validation_accuracy": 0.8}
    for l2 in (0.1, 0.01) for epoch in (1, 2)
]  # fmt: skip
SCORE = {
    "experiment": "digits_mlp",
    "system": "a net",
    "source": "https://example.org/net",
    "figure": "test accuracy",
    "published": 0.94,
    "ours": 0.9321,
    "low": 0.92,
    "high": 0.945,
    "expected_low": 0.915,
    "expected_high": 0.95,
    "seeds": 3,
    "note": "",
    "found": "reproduced",
    "verdict": "reproduced",
    "command": "snakemake --cores 4 digits_mlp",
}


PREDICTED = ["file", "seed", "true_class", "predicted_class", "probability"]


class Page(HTMLParser):
    """What a browser would load, the text it would show, and the elements it would build."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.tags, self.links, self.texts, self.scripts = [], [], [], [], []
        self.commands = []  # behind buttons
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attributes = dict(attrs)
        for name in ("src", "srcset", "data", "poster", "action", "background"):
            if name in attributes:
                self.loaded.append(attributes[name])
        if "data-command" in attributes:
            self.commands.append(attributes["data-command"])
        if tag == "link":
            self.loaded.append(attributes.get("href"))
        if tag == "a":
            self.links.append(attributes["href"])

    def handle_data(self, data):
        own = self.tags[-1:] in (["script"], ["style"]) and data.strip()
        (self.scripts if own else self.texts).append(data)

    @property
    def is_harmless(self) -> bool:
        """Does it run nothing but its own scripts (data, two libraries, report.js), and load nothing?"""
        forbidden = {"link", "object", "embed", "iframe", "base"} & set(self.tags)
        local = all(address.startswith("data:") for address in self.loaded)
        return self.tags.count("script") == 4 and not forbidden and local

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def page(root, tmp_path, run_program):
    """page(rows, scores, shown): the report of these."""

    def made(
        rows,
        scores=(),
        shown=(),
        selection=None,
        runs_of=None,
        notes=None,
        prepared=(),
        baselines=(),
        descriptions=None,
        mistakes=(),
    ):
        summary, board = tmp_path / "summary.csv", tmp_path / "scoreboard.csv"
        artifacts.write_csv(tmp_path / "baselines.csv", summary_table.BASELINES, baselines)
        artifacts.write_csv(summary, summary_table.COLUMNS, rows)
        artifacts.write_csv(board, scoreboard.COLUMNS, scores)
        folders = [
            tmp_path / str(n) / row["experiment"].replace("/", "") for n, row in enumerate(rows)
        ]
        for folder in folders:
            artifacts.write_json(folder / "selection.json", selection or SELECTION)
            runs = RUNS_OF_ALL if runs_of is None else runs_of
            artifacts.write_csv(folder / "runs.csv", list(runs[0]), runs)
            artifacts.write_csv(folder / "histories.csv", list(HISTORY[0]), HISTORY)
            predicted = [dict(zip(PREDICTED, row, strict=True)) for row in mistakes]
            artifacts.write_csv(folder / "test_predictions.csv", PREDICTED, predicted)
            arrays = {
                "surest_mistakes_of_first": np.arange(1 if mistakes else 0),
                "images_of_surest_mistakes": np.ones((1 if mistakes else 0, 2, 2)),
            }
            artifacts.save_arrays(folder / "test_predictions.npz", arrays)
        infos = [tmp_path / "datasets" / name / "0/info.json" for name in notes or {}]
        for path in infos:
            artifacts.write_json(path, {"notes": notes[path.parts[-3]]})
        output = tmp_path / "report.html"
        run_program(
            report,
            *("--summary", summary, "--scoreboard", board, "--output", output),
            *("--baselines", tmp_path / "baselines.csv"),
            *("--template", root / "workflow/report/report.html.j2"),
            *("--selections", [folder / "selection.json" for folder in folders]),
            *("--shown", list(shown)),
            *("--infos", infos),
            *("--prepared", list(prepared)),
            *("--descriptions", json.dumps(descriptions or {})),
        )
        return output.read_text(encoding="utf-8")

    return made


@pytest.fixture
def figure(tmp_path):
    """figure(experiment, name): a PNG at its place in the workflow."""

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
        table = MarkdownTable(
            {"net": "text", "formula": "code", "error": "number"}, [["a", cell, "1e-3"]]
        )
        about = {"title": "A study", "about": "What it is.", "tables": [table.content()]}
        artifacts.write_json(path, about)
        return path

    return written


def test_an_experiment_has_a_row_with_its_accuracies_in_percent(page):
    text = Page(page([ROW])).text
    assert "digits_mlp digits 93.21 % 97.53 % 100.00 %" in text
    assert "completed" in text
    assert "many views" not in text


BASELINE = {
    "experiment": "digits_mlp", "baseline": "linear_svc_pixels", "test_accuracy": 0.875,
    "validation_accuracy": 0.9, "test_balanced_accuracy": 0.5, "test_macro_f1": 0.46,
    "compared_by": "test_accuracy", "network_better_by": 0.0571, "note": "cut <short>",
}  # fmt: skip


def test_an_experiment_has_the_metrics_of_its_last_split(page):
    more = {"test_balanced_accuracy": 0.93, "test_macro_f1": 0.92, "test_majority_rate": 0.11}
    text = Page(page([{**ROW, **more, "published_test_accuracy": None}])).text
    assert "training balanced accuracy macro F1 majority rate" in text
    assert "93.21 % 97.53 % 100.00 % 93.00 % 92.00 % 11.00 %" in text
    lost = {"test_accuracy": None, "published_test_accuracy": None}
    text = Page(page([{**ROW, **lost, "validation_balanced_accuracy": 0.5}])).text
    assert "97.53 % 100.00 % 50.00 % validation" in text


def test_baselines_are_rows_below_their_experiment(page):
    shown = page([ROW, {**ROW, "experiment": "other"}], baselines=[BASELINE])
    text = Page(shown).text
    assert (
        text.count(
            "linear SVC pixels 87.50 % 90.00 % 50.00 % 46.00 % baseline; the network is 5.71"
        )
        == 1
    )
    assert text.index("linear SVC pixels") < text.index("other digits 93.21")
    assert "points better in test accuracy; cut <short>" in text and "cut &lt;short&gt;" in shown


def test_a_warning_is_a_row_of_its_own_and_in_the_section(page):
    said = "the network predicts one class only"
    shown = page([{**ROW, "warning": said}])
    assert Page(shown).text.count(said) == 2
    row = rf'<tr class="failed"><td class="name" colspan="\d+">warning: {said}'
    assert re.search(row, shown)
    assert "warning" not in Page(page([ROW])).text


@pytest.mark.parametrize(
    ("status", "alarming"),
    [
        ("completed; selected by validation macro F1", False),
        ("completed; earlier run", False),
        ("2 of 6 runs failed; earlier run", True),
        ("completed; no configuration completed all of its seeds", True),
        ("failed: none of the 3 runs survived", True),
    ],
)
def test_only_failures_have_the_colour_of_an_alarm(page, status, alarming):
    shown = page([{**ROW, "status": status}]).split("<section ")[0]
    assert (f'<small class="failed">{status}' in shown) == alarming
    assert (f"<small>{status}" in shown) != alarming


def test_a_status_of_an_earlier_run_has_no_digest_in_the_first_table(page):
    row = {**ROW, "status": "completed; earlier run (settings 1add44c4)"}
    top, _, section = page([row]).partition("<section ")
    assert "earlier run" in top and "1add44c4" not in top and "1add44c4" in section


def test_an_experiment_has_its_description_in_the_table_and_in_its_section(page):
    said = "what <it> is about"
    shown = page([ROW], descriptions={"digits_mlp": said, "another": "nothing of it"})
    assert Page(shown).text.count(said) == 2
    assert "nothing of it" not in shown


def test_a_configuration_is_named_without_seed_and_breaks_between_settings(page):
    selection = SELECTION | {"best_configuration": "l2=0.1__hidden=7"}
    shown = page([ROW], selection=selection)
    assert '<code class="whole">l2=0.1</code>, <code class="whole">hidden=7</code>' in shown
    assert "seed=0" not in shown.split("<section ")[0]


def test_every_link_within_the_page_has_a_target(page, figure):
    other = {**ROW, "experiment": "spiral"}
    failures = [{"run": "l2=9__seed=0", "status": "diverged", "reason": "the loss became inf"}]
    text = page([ROW, other], [SCORE], [], SELECTION | {"failures": failures}, notes={"a": ["b"]})
    ends = set(re.findall(r' id="([^"]+)"', text))
    links = {link[1:] for link in Page(text).links if link.startswith("#")}
    assert links <= ends
    assert {"compared", "published", "failures", "data-notes", "digits_mlp", "spiral"} <= links


def test_figures_come_in_the_order_of_their_use(page, figure):
    names = ["class_balance", "layer_scales", "learning_curves", "confusion_matrix", "my_own"]
    shown = page([ROW], shown=[figure("digits_mlp", name) for name in names])
    assert re.findall(r'alt="digits_mlp: (.*?)"', shown) == [
        "confusion matrix", "learning curves", "class balance", "layer scales", "my own",
    ]  # fmt: skip


def test_the_page_knows_percentages_and_scores_that_are_better_low(page):
    data = json.loads(re.search(r'id="data">(.*?)</script>', page([ROW]), re.DOTALL)[1])
    assert "validation_macro_f1" in data["shares"] and "test_majority_rate" in data["shares"]
    assert "validation_loss" not in data["shares"]
    assert data["lower_is_better"] == ["training_loss", "validation_loss", "test_loss"]


def test_an_unmeasured_score_is_an_empty_cell(page):
    row = {**ROW, "validation_accuracy": None, "test_accuracy": None}
    text = Page(page([{**row, "published_test_accuracy": None}])).text
    assert "digits_mlp digits 100.00 % 100.00" not in text and "digits_mlp digits 100.00 %" in text
    assert "None" not in text and "nan" not in text


def test_notes_on_data_have_one_line_per_dataset(page):
    notes = {"a": ["3 of 9 test examples are <there>", "twice"], "digits": []}
    shown = page([ROW], notes=notes)
    assert "The data up a: 3 of 9 test examples are <there>; twice. " in Page(shown).text
    assert "&lt;there&gt;" in shown
    assert "data-notes" not in page([ROW], notes={"digits": []})


def test_the_notes_of_a_split_follow_those_of_its_data_each_once(page, tmp_path):
    paths = [tmp_path / f"datasets/a/0/prepared/{name}.npz" for name in ("one", "two", "none")]
    for path, notes in zip(paths, [["lacks a class"], ["lacks a class", "cut"], []], strict=True):
        given = {"notes": np.array(json.dumps(notes))} if notes else {}
        artifacts.save_arrays(path, {"training": np.arange(3), **given})
    shown = page([ROW], notes={"a": ["twice"]}, prepared=paths)
    assert "The data up a: twice; lacks a class; cut. " in Page(shown).text


def test_a_failed_experiment_is_shown_as_such(page):
    empty = dict.fromkeys(f"{split}_accuracy" for split in summary_table.SPLITS)
    row = {**ROW, **empty, "status": "failed: none of the 3 runs survived"}
    assert "failed: none of the 3 runs survived" in Page(page([row])).text


def test_one_run_is_not_called_runs(page):
    assert " 3 runs; selected" in Page(page([ROW])).text
    assert " 1 run; selected" in Page(page([{**ROW, "runs": 1}])).text


def test_the_accuracy_over_views_is_shown_only_with_the_test(page):
    more = {"test_accuracy_averaged": 0.95, "test_accuracy_ensemble": 0.96}
    text = Page(page([{**ROW, **more}])).text
    assert text.count("95.00 % over many views, 96.00 % by all seeds together.") == 1


def test_an_interval_names_what_is_new_and_a_best_is_optimistic(page):
    ends = {"test_accuracy_low": 0.92, "test_accuracy_high": 0.945}
    row = {**ROW, **ends, "test_accuracy_over": "trainings and examples", "configurations": 6}
    text = Page(page([row])).text
    assert "93.21 % 92.00 to 94.50 97.53" in text
    text = Page(page([{**row, "test_accuracy_over": "examples"}])).text
    assert "93.21 % 92.00 to 94.50 new examples 97.53" in text
    assert "97.53 % best of 6, optimistic" in text and text.count("optimistic") == 1
    assert "optimistic" not in Page(page([ROW])).text


def test_the_scoreboard_is_shown_if_there_are_published_figures(page):
    assert "Compared with published figures" not in page([ROW])
    text = page([ROW], [SCORE])
    assert (
        "a net test accuracy 94 % 93.21 % (92.00 to 94.50, 3) 91.50 to 95.00 reproduced"
        in Page(text).text
    )
    assert "https://example.org/net" in Page(text).links
    without = Page(page([ROW], [{**SCORE, "source": "a course"}]))
    assert all(link.startswith("#") for link in without.links)


def test_figures_are_in_the_page_with_their_captions(page, figure):
    text = page([ROW], shown=[figure("digits_mlp", "loss_history")])
    (image,) = [address for address in Page(text).loaded if address != "data:,"]
    kind, _, content = image.partition(",")
    assert kind == "data:image/png;base64"
    with (
        Image.open(io.BytesIO(base64.b64decode(content))) as shown,
        Image.open(io.BytesIO(PIXEL)) as pixel,
    ):
        assert shown.getpixel((0, 0)) == pixel.getpixel((0, 0))
    assert f"loss history. {FIGURES['loss_history'].caption}" in Page(text).text


def test_mistakes_are_listed_with_their_files_and_a_picture(page):
    rows = [("cat/a.png", 0, "cat", "dog", "0.9"), ("cat/b.png", 0, "cat", "cat", "0.9")]
    rows.append(("dog/c.png", 0, "dog", "cat", "0.8"))
    text = page([ROW], mistakes=rows)
    found = Page(text)
    assert "The network of seed 0 got 2 of 3 test examples wrong." in found.text
    assert "cat dog 0.9 cat/a.png dog cat 0.8 dog/c.png" in found.text
    assert "cat/b.png" not in found.text
    assert len(found.loaded) == 2  # the picture, and the empty one of the enlarged figure
    assert "Mistakes" not in Page(page([ROW])).text


def test_figures_are_in_the_section_of_their_experiment(page, figure):
    other = {**ROW, "experiment": "spiral"}
    shown = [figure("spiral", "loss_history"), figure("digits_mlp", "configurations")]
    text = page([ROW, other], shown=shown)
    first, second = re.split(r"<section ", text.partition("<dialog")[0])[1:]
    assert 'alt="digits_mlp: configurations"' in first and "loss history" not in first
    assert 'alt="spiral: loss history"' in second and "configurations" not in second
    assert {"#digits_mlp", "#spiral"} <= set(Page(text).links)


def test_a_study_is_a_table_in_the_section_of_its_experiment(page, study):
    text = page([ROW], shown=[study("digits_mlp", "posted_net", "p & q < 2")])
    assert "A study What it is. net formula error a p & q < 2 1e-3" in Page(text).text
    assert '<td class="code"><code>p &amp; q &lt; 2</code><td class="number">1e-3' in text


def data_in(text):
    return json.loads(next(s for s in Page(text).scripts if s.startswith('{"palette"')))


def test_the_data_of_the_page_match_the_tables(page):
    experiment = data_in(page([ROW]))["experiments"]["digits_mlp"]
    assert experiment["runs"]["columns"] == [
        "run", "validation_accuracy", "training.l2", "training.epochs", "seed", "status",
    ]  # fmt: skip
    assert experiment["runs"]["rows"][0] == ["l2=0.1__seed=0", 1.0, 0.1, 3.0, 0.0, "completed"]
    assert list(experiment["names"].items()) == [
        ("training.l2", "l2"),
        ("training.epochs", "epochs"),
    ]
    curve = experiment["curves"][1]
    assert (curve["run"], curve["epoch"]) == ("l2=0.01__seed=0", [1.0, 2.0])
    assert curve["training_loss"] == [1.0, 0.5] and curve["validation_loss"] == [None, None]


def test_settings_that_are_not_the_defaults_come_first(page):
    text = page([ROW])
    changed, rest = text.split("Other settings")
    for row in ("network.hidden<td><code>[7]", "split.seed<td><code>1", "split.validation"):
        assert f"<tr><td>{row}" in changed
    for row in ("network.activation<td><code>relu", "split.take<td><code>last", "split.training"):
        assert f"<tr><td>{row}" in rest


def test_the_page_says_how_to_use_its_commands_with_other_configs(page):
    assert Page(page([ROW])).commands == ["snakemake --cores 4 digits_mlp"]
    assert (
        "If you built it with --configfile , append that option to them" in Page(page([ROW])).text
    )


def test_failed_runs_are_listed_with_their_reasons(page):
    failures = [{"run": "l2=9__seed=0", "status": "diverged", "reason": "the loss became inf"}]
    text = Page(page([ROW], selection=SELECTION | {"failures": failures * 7})).text
    assert text.count("l2=9__seed=0 : the loss became inf") == 5 and "2 more" in text
    assert "What failed" not in Page(page([ROW])).text


def test_a_page_of_many_runs_says_how_many_curves_it_lacks(page, monkeypatch):
    monkeypatch.setattr(section, "MOST_CURVES", 1)
    text = page([ROW])
    assert len(data_in(text)["experiments"]["digits_mlp"]["curves"]) == 1
    assert "1 more runs are not drawn" in Page(text).text


def test_the_vendored_libraries_have_their_documented_checksums(root):
    """The README next to them documents their origin."""
    vendor = root / "workflow/report/vendor"
    text = (vendor / "README.md").read_text()
    for name, version in (("echarts", "5.6.0"), ("tabulator-tables", "6.5.3")):
        assert f"{name} {version}" in text
        assert version in (root / "workflow/report/report.html.j2").read_text()
    for file, digest in VENDORED.items():
        assert hashlib.sha256((vendor / file).read_bytes()).hexdigest().startswith(digest), file


VENDORED = {"echarts.min.js": "63560c7b", "tabulator.min.js": "7537edc5"}
EVIL = "<script>alert('x')</script><img src=http://example.org/x>&\"'"


@pytest.mark.parametrize("key", ["dataset", "best_run", "status", "remark"])
def test_texts_of_the_summary_are_escaped(page, key):
    text = page([{**ROW, key: EVIL}])
    assert Page(text).is_harmless
    assert EVIL in Page(text).text


@pytest.mark.parametrize("key", ["system", "figure", "verdict", "command"])
def test_texts_of_the_scoreboard_are_escaped(page, key):
    text = page([ROW], [{**SCORE, key: EVIL}])
    assert Page(text).is_harmless
    assert EVIL in Page(text).text or EVIL in Page(text).commands


ODD = "=SUM(A1)\x00\x1b[0m\u202e\u2028</script>"


def test_odd_names_of_files_and_classes_stay_text(page):
    rows = [(EVIL, 0, ODD, EVIL, "0.9"), (ODD, 0, EVIL, ODD, "0.8")]
    selection = SELECTION | {"best_configuration": ODD}
    text = page([{**ROW, "best_run": ODD}], selection=selection, mistakes=rows)
    assert Page(text).is_harmless
    assert EVIL in Page(text).text and "=SUM(A1)" in Page(text).text
    assert data_in(text)["experiments"]["digits_mlp"]["best"] == ODD


def test_an_address_cannot_leave_its_attribute(page):
    text = page([ROW], [{**SCORE, "source": 'http://x"><script>alert(1)</script>'}])
    assert Page(text).is_harmless
    assert 'http://x"><script>alert(1)</script>' in Page(text).links


def test_a_study_cannot_leave_its_cell(page, study):
    text = page([ROW], shown=[study("digits_mlp", "posted_net", '"><script>alert(1)</script>')])
    assert Page(text).is_harmless


def test_nothing_is_loaded_from_elsewhere(page, figure, study):
    shown = [figure("digits_mlp", "loss_history"), study("digits_mlp", "posted_net", "<p>one</p>")]
    text = page([ROW], [SCORE], shown)
    assert Page(text).is_harmless
    assert "default-src 'none'; img-src data:" in text  # a browser loads nothing from elsewhere
    css, data, *_ = Page(text).scripts
    assert "@import" not in css and "url(" not in css and "http" not in data
    assert [link for link in Page(text).links if not link.startswith("#")] == [SCORE["source"]]


def test_the_same_results_are_the_same_page_in_any_folder(page, figure, tmp_path):
    first = page([ROW], [SCORE], [figure("digits_mlp", "loss_history")])
    assert page([ROW], [SCORE], [figure("digits_mlp", "loss_history")]) == first
    assert str(tmp_path) not in first


def test_every_figure_has_a_caption_of_its_own():
    captions = {name: figure.caption for name, figure in FIGURES.items()}
    assert len(set(captions.values())) == len(captions)


def test_real_results_make_a_page(finished, tmp_path, page, run_program):
    selections = [finished(name).folder / "selection.json" for name in ("swept", "lost")]
    outputs = ("--csv", "--markdown", "--scoreboard", "--baselines", "--runs")
    made = {flag: tmp_path / f"made{flag}" for flag in outputs}
    run_program(summarize, "--selections", selections, *[p for pair in made.items() for p in pair])
    rows = artifacts.read_csv(made["--csv"])
    png, _ = finished("swept").draw("sweep_heatmap")
    found = Page(page(rows, shown=[png]))
    assert "6 of 12 runs failed" in found.text
    assert "failed: none of the 2 runs survived" in found.text
    assert len(found.loaded) == 2  # the figure, and the empty picture of the enlarged one


def test_the_report_imports_no_matplotlib(root):
    code = "import report, sys; assert report.PALETTE; print('matplotlib' in sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=root / "scripts", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
