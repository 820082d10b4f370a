"""Faults of trainings on a cluster; the tests put this file next to train.py.

Every training adds the number of its Slurm job to ``attempts-<seed>``. A fault strikes the first
attempt; faults.json has them by seed. All other attempts wait until the file ``released`` exists. So
nothing ends before a test lets it, however slow the machine is.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

HOARD_MB = 350  # with the job's own 200: over the 401 of the first attempt, far from twice that
BEGUN, FAULTS, RELEASED = "attempts-{}", Path("faults.json"), Path("released")


def faulty(train_file: Callable[..., Iterator]) -> Callable[..., Iterator]:
    """Return train.train_file with the faults."""

    def with_faults(path: Path, settings: dict, *arguments: object) -> Iterator:
        seed = settings["seed"]
        fault = json.loads(FAULTS.read_text()).get(str(seed))
        begun = Path(BEGUN.format(seed))
        first = not begun.exists()
        if fault == "crawl" and first:
            hang_after_a_checkpoint(begun)
        else:
            note(begun)
        if fault == "hoard":
            hoard = bytearray(HOARD_MB * 2**20)
            hoard[::4096] = b"x" * len(hoard[::4096])
        if fault == "fail" and first:
            sys.exit("a fault of the first attempt")
        if fault in ("hang", "hoard") and first:
            hang()
        while not RELEASED.exists() and not (fault == "crawl" and first):
            time.sleep(0.1)
        yield from train_file(path, settings, *arguments)

    return with_faults


def note(begun: Path) -> None:
    with begun.open("a") as file:
        print(os.environ["SLURM_JOB_ID"], file=file)


def hang() -> NoReturn:
    while True:
        time.sleep(1)


def hang_after_a_checkpoint(begun: Path) -> None:
    import train

    train.Checkpoint.seconds = 0
    save = train.Checkpoint.save

    def save_and_hang(*arguments: object) -> None:
        save(*arguments)
        note(begun)
        hang()

    train.Checkpoint.save = save_and_hang
