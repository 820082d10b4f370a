"""500 changed files of each format, others in every run; `python -m tests.fuzz` reads any number."""

import random
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from isolated import outcomes
from mutants import TARGETS, mutant, warm_up, write

from datasets import encode_idx

COUNT, SECONDS = 500, 5
FOUND = sorted((Path(__file__).parent / "found").glob("*/*"))


@pytest.mark.parametrize("name", TARGETS)
def test_changed_files_are_read_or_refused(name, tmp_path):
    warm_up()
    seed, folder = random.SystemRandom().randrange(10**6), tmp_path / "input"

    def work(number: int) -> str:
        shutil.rmtree(folder, ignore_errors=True)
        write(mutant(name, seed, number), folder)
        return TARGETS[name].read(folder)

    found = list(outcomes(work, COUNT, TARGETS[name].memory, SECONDS))
    assert [number for number, _ in found] == list(range(COUNT))
    others = [(number, text) for number, text in found if text not in ("read", "refused")]
    assert not others, f"python -m tests.fuzz --format {name} --seed {seed}: {others[0]}"
    assert len({text for _, text in found}) == 2  # some are read, too


@pytest.mark.parametrize("kept", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_earlier_findings_are_read_or_refused(kept, tmp_path):
    """Inputs that ended in another way, when `python -m tests.fuzz` put them here."""
    warm_up()
    target, folder = TARGETS[kept.parent.name], tmp_path / "input"
    shutil.copytree(kept, folder)
    results = outcomes(lambda _: target.read(folder), 1, target.memory, SECONDS)
    assert [text for _, text in results] in (["read"], ["refused"])


def test_inputs_that_only_waited_for_the_processor_are_retried(tmp_path):
    def work(number: int) -> str:
        waited = tmp_path / f"{number}"
        if number == 2 or not waited.exists():
            waited.touch()
            time.sleep(60)
        return "read"

    found = list(outcomes(work, 3, 1 << 28, 0.05))
    hung = "died: no end within 0.6 s by the clock, twice"
    assert found == [(0, "read"), (1, "read"), (2, hung)]


@pytest.mark.parametrize("shape", [(), (6,), (6, 0, 4), (6, 4, 0), (6, 0)])
def test_images_without_rows_or_a_pixel_are_refused(shape, tmp_path):
    labels = np.array([0, 1, 2, 0, 1, 2], np.uint8)
    write({"images": encode_idx(np.zeros(shape, np.uint8)), "labels": encode_idx(labels)}, tmp_path)
    assert TARGETS["idx"].read(tmp_path) == "refused"
