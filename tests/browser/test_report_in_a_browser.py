"""The report in a real browser: no message, every picture, sorting, filtering and brushing.

Needs requirements/browser.txt and a Chromium (NN_TEST_BROWSER=1, and /usr/bin/chromium or NN_CHROMIUM).
"""

import os
from pathlib import Path

import pytest
from harness import copy_sources

CHROMIUM = os.environ.get("NN_CHROMIUM", "/usr/bin/chromium")
# Without the network that it looks for at every start, and as root in a container.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip

pytestmark = pytest.mark.skipif(
    not os.environ.get("NN_TEST_BROWSER"), reason="set NN_TEST_BROWSER=1 with a Chromium"
)


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    """The report of the default experiments."""
    project = copy_sources(tmp_path_factory.mktemp("project"))
    project.snakemake()
    return project.folder / "results/report.html"


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=[(1400, "light"), (390, "dark")], ids=str)
def page(request, browser, report):
    """The report opened from disk and scrolled through once, with the messages of the console."""
    width, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(report.as_uri())
    for section in page.locator("section[data-experiment]").all():
        section.scroll_into_view_if_needed()
        for part in section.locator(".curves, .parallel, .runs").all():  # drawn when they are seen
            part.scroll_into_view_if_needed()
        section.locator(".tabulator-row").first.wait_for()
    yield page
    page.close()


@pytest.fixture
def digits(page):
    """The section of an experiment with a sweep."""
    return page.locator("section[data-experiment=digits_mlp]")


def test_the_page_logs_no_errors_loads_nothing_and_shows_every_picture(page, report):
    assert page.said == []
    assert [url for url in page.asked if not url.startswith("data:")] == [report.as_uri()]
    widths = page.evaluate("""Promise.all([...document.querySelectorAll('figure img')].map(
        async (image) => { image.loading = 'eager'; await image.decode(); return image.naturalWidth; }))""")
    assert len(widths) >= 12 and min(widths) > 300
    assert report.stat().st_size < 2_500_000


def test_the_page_fits_the_screen(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    pictures = "[...document.querySelectorAll('figure img')]"
    smallest = page.evaluate(f"Math.min(...{pictures}.map(p => p.getBoundingClientRect().width))")
    assert smallest > 250


def scores(section) -> list[float]:
    cells = section.locator('.tabulator-cell[tabulator-field="validation_accuracy"]')
    return [float(text) for text in cells.all_inner_texts()]


def test_the_table_of_runs_is_sorted_by_pointer_and_keyboard(page, digits):
    before = scores(digits)
    assert before == sorted(before, reverse=True) and len(before) == 18
    title = digits.locator('.tabulator-col[tabulator-field="validation_accuracy"]')
    title.locator(".tabulator-col-title").click()
    assert scores(digits) == sorted(before)
    title.focus()
    page.keyboard.press("Enter")
    assert scores(digits) == before


def test_the_table_of_runs_is_filtered(page, digits):
    best = max(scores(digits))
    field = digits.locator('.tabulator-col[tabulator-field="validation_accuracy"] input')
    every = scores(digits)
    for text, kept in (
        (str(best), lambda score: score >= best),
        ("<= 96", lambda score: score <= 96),
        (">95 <97", lambda score: 95 < score < 97),
        ("95..96.5", lambda score: 95 <= score <= 96.5),
        (f"= {best}", lambda score: score == best),
    ):
        field.fill("")
        field.press_sequentially(text)
        page.wait_for_timeout(500)  # it waits for the end of the word
        assert scores(digits) == [score for score in every if kept(score)]
        assert "of 18 runs" in digits.locator(".count").inner_text()
    digits.locator('.tabulator-col[tabulator-field="run"] input').press_sequentially("nothing")
    page.wait_for_timeout(500)
    assert digits.locator(".count").inner_text() == "0 of 18 runs"


def test_a_brush_on_an_axis_filters_the_table(page, digits):
    plot = digits.locator(".parallel")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    axis = box["x"] + box["width"] - 70  # of the score
    page.mouse.move(axis, box["y"] + 51)
    page.mouse.down()
    page.mouse.move(axis, box["y"] + 150, steps=8)
    page.mouse.up()
    page.wait_for_timeout(300)
    kept = scores(digits)
    assert 0 < len(kept) < 18
    digits.locator(".clear").click()
    page.wait_for_timeout(300)
    assert len(scores(digits)) == 18
    assert min(kept) > min(scores(digits))


def test_settings_are_compared_and_figures_enlarged(page, digits):
    digits.locator(".other").select_option("spiral_mlp")
    differences = digits.locator(".differences").inner_text()
    assert "network.hidden" in differences and "split.take" not in differences
    digits.locator("figure > button").first.click()
    assert page.locator("#zoom").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#zoom").is_visible()


def test_mistakes_are_filtered_by_their_classes(page, digits):
    rows = digits.locator(".mistakes tbody tr[data-true_class]")
    every = rows.count()
    assert digits.locator(".mistakes img").count() == 25
    true, predicted = rows.first.locator("td:not(.number)").all_inner_texts()[1:3]
    digits.locator("select[data-column=true_class]").select_option(true)
    digits.locator("select[data-column=predicted_class]").select_option(predicted)
    kept = [row for row in rows.all() if row.is_visible()]
    assert 0 < len(kept) < every
    for row in kept:
        assert row.locator("td:not(.number)").all_inner_texts()[1:3] == [true, predicted]
    assert digits.locator(".left").inner_text() == f"{len(kept)} of {every} mistakes"
    for choice in digits.locator("select.class").all():
        choice.select_option("any")
    assert digits.locator(".left").inner_text() == f"{every} of {every} mistakes"


def test_the_accuracies_are_on_the_first_screen(page):
    cells = page.locator('#experiments td[data-title="test"]:not(.empty)').all()
    assert cells
    for cell in cells:
        box = cell.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]


def test_curves_are_means_until_single_runs_are_asked_for(page, digits):
    digits.locator(".curves canvas").wait_for()
    assert digits.locator(".legend label").count() == 6  # configurations
    plot = digits.locator(".curves")
    means = plot.screenshot()
    digits.locator(".single").check()
    single = plot.screenshot()
    digits.locator(".legend input").first.uncheck()
    fewer = plot.screenshot()
    assert len({means, single, fewer}) == 3
    digits.locator(".legend input").first.check()
    digits.locator(".single").uncheck()
    assert plot.screenshot() == means


def test_a_command_is_copied(page, digits):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    digits.locator("button.copy").first.click()
    assert page.evaluate("navigator.clipboard.readText()") == "snakemake --cores 4 digits_mlp"


def test_tables_can_be_saved(page, digits):
    with page.expect_download() as download:
        digits.locator(".save-runs").click()
    text = Path(download.value.path()).read_text()
    assert download.value.suggested_filename == "digits_mlp_runs.csv"
    assert text.startswith("run,validation_accuracy,") and text.count("\n") == 19
