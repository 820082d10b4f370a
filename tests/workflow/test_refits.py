"""A refit has the rows and the length that the choice had."""

import numpy as np
import pytest
from harness import TABLES, Project, small

from files.artifacts import read_json
from files.models import load_model


def stopped_early(config: dict) -> None:
    """A sweep of networks that stop early on 300 of the rows, and one refit of each kind."""
    small(config)
    tiny = config["experiments"]["tiny"]
    tiny["split"] = {"validation": 237, "take": "random", "training": 300}
    tiny["training"] |= {"epochs": 30, "patience": 2, "schedule": "cosine", "batch_size": 16}
    tiny |= {"refit": {}, "seeds": 3}
    config["targets"] = ["tiny"]


@pytest.fixture(scope="module")
def finished(build_once) -> Project:
    """Instead of the usual finished project."""
    return build_once("refit", stopped_early, TABLES)


def test_a_refit_has_the_rows_and_the_length_of_the_choice(finished):
    folder = finished.folder / "results/experiments/tiny"
    selection = read_json(folder / "selection.json")
    chosen = [row for row in selection["measured"]
              if row["configuration"] == selection["best_configuration"]]  # fmt: skip
    lengths = [row["best"]["epochs"] for row in chosen]
    assert len(lengths) == 3 and all(
        length < row["epochs"] for length, row in zip(lengths, chosen, strict=True)
    )
    expected = int(sum(lengths) / 3 + 0.5)
    assert selection["settings"]["ends_after"] == {"epochs": expected}
    for seed in range(3):
        model = load_model(folder / f"final/seed={seed}/model.npz")
        assert (model.config["epochs"], model.config["status"]) == (expected, "completed")
        assert model.config["iterations"] == expected * -(-537 // 16)  # rows: 300 + 237
        assert model.config["training"]["epochs"] == 30
        rates = model.history[:, 2]
        ends = model.history[:, 1] - 1
        cosine = (1 + np.cos(np.pi * ends / (30 * 34))) / 2
        assert rates == pytest.approx(model.config["training"]["learning_rate"] * cosine)
    splits = [np.load(file) for file in finished.folder.glob("results/datasets/*/*/prepared/*.npz")]
    parts = {len(split["validation"]): split for split in splits}
    whole = np.union1d(parts[237]["training"], parts[237]["validation"])
    assert parts[0]["training"].tolist() == whole.tolist() and len(whole) == 537
    assert finished.jobs("--dry-run", TABLES) == []
