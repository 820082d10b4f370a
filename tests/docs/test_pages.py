"""docs/library.md is run, and the messages of docs/troubleshooting.md are the printed ones."""

import ast
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml


def blocks(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


# ---------------------------------------------------------------------- docs/library.md


@pytest.fixture(scope="module")
def ran(root, finished, tmp_path_factory) -> dict:
    """The names that the blocks leave, run one after the other, with a trained network."""
    folder = tmp_path_factory.mktemp("library")
    place = folder / "results/experiments/digits_mlp/final/seed=0"
    place.mkdir(parents=True)
    shutil.copy(finished("plain").folder / "final/seed=0/model.npz", place)
    (folder / "scripts").symlink_to(root / "scripts")
    names: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", [*sys.path])
        for block in blocks(root / "docs/library.md", "python"):
            exec(compile(block, "docs/library.md", "exec"), names)
    return names


def test_the_network_of_the_page_learns_the_digits(ran):
    trainer = ran["trainer"]
    assert trainer.status in ("completed", "stopped")
    assert trainer.history[-1]["validation_accuracy"] > 0.85
    assert ran["probabilities"].shape == (397, 10)
    assert np.allclose(ran["probabilities"].sum(axis=1), 1)
    best = max(row["validation_accuracy"] for row in trainer.history)  # patience restores it
    assert ran["accuracy"] == pytest.approx(best)


def test_the_gradients_of_the_page_are_right(ran):
    assert len(ran["checked"]) == 5 and all(row.ok for row in ran["checked"])
    assert abs(ran["analytic"]) > 1e-3
    assert ran["numeric"] == pytest.approx(ran["analytic"], rel=1e-5)


def test_the_trained_network_of_the_page_is_loaded_and_predicts(ran):
    assert ran["probabilities_of_new"].shape == (3, 10)
    assert np.allclose(ran["probabilities_of_new"].sum(axis=1), 1)
    assert set(ran["names"]) <= set(map(str, range(10)))


# ---------------------------------------------------------------------- docs/troubleshooting.md


def templates(root: Path) -> list[list[str]]:
    """The f-strings of the code, and its texts with {}, as the texts between their fields."""
    found = []
    for path in (root / "scripts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else None for p in node.values]
                found.append(["" if part is None else part for part in parts])
            elif isinstance(node, ast.Constant) and "{}" in str(node.value):
                found.append(node.value.split("{}"))
    return found


def made_by(template: list[str], message: str) -> bool:
    """Has a message all texts of this f-string, in their order, and are they much of it?"""
    pattern = ".*".join(map(re.escape, template))
    return sum(map(len, template)) >= 0.4 * len(message) and bool(re.search(pattern, message))


def test_every_message_is_one_that_is_printed(root):
    table = yaml.safe_load((root / "tests/experiments/mistakes.yaml").read_text(encoding="utf-8"))
    said = [line for mistake in table for line in mistake["said"]]
    messages = [text.strip() for text in blocks(root / "docs/troubleshooting.md", "text")]
    assert len(messages) >= 10
    known = templates(root)
    for message in messages:
        message = message.removeprefix("error: ")  # common.smk and cli.run put it in front
        if message.startswith("config: "):
            shown = ".*".join(map(re.escape, message.split("...")))
            assert any(re.fullmatch(shown, line) for line in said), message
        else:
            message = message.partition("; did you mean ")[0]
            forms = message, f"error: {message}"
            assert any(made_by(template, form) for template in known for form in forms), message


# ---------------------------------------------------------------------- keys


@pytest.mark.parametrize("page", ["troubleshooting", "library", "configuring", "glossary", "tasks"])
def test_dotted_keys_that_are_named_exist(root, page):
    import options

    known = {option.name for option in options.options()}
    text = (root / f"docs/{page}.md").read_text(encoding="utf-8")
    sections = r"training|network|split|evaluation|sweep|halving"
    named = re.findall(rf"`((?:{sections})\.[a-z_0-9.]+)`", text)
    assert {*named} <= known
