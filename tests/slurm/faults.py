"""Faults of a training on a cluster, by its seed; the tests put this file beside train.py."""

import json
import sys
import time
from pathlib import Path

FAILS, HOARDS, LINGERS, HANGS, CRAWLS = range(5)
HOARD_MB = 350  # with the job's own 200: over the 401 of the first attempt, far from twice that


def inject() -> None:
    seed = json.loads(sys.argv[sys.argv.index("--settings") + 1])["seed"]
    attempted = Path(f".attempted-{seed}")
    first = not attempted.exists()
    attempted.touch()
    if seed == FAILS and first:
        sys.exit("a fault of the first attempt")
    if seed == HOARDS:
        hoard = bytearray(HOARD_MB * 2**20)
        hoard[::4096] = b"x" * len(hoard[::4096])
        time.sleep(300 if first else 15)  # a node ends it through slurmctld, which may be away
    if seed == LINGERS:
        time.sleep(95 if first else 65)  # Slurm looks at times every half minute
    if seed == HANGS and first:
        time.sleep(1000)
    if seed == CRAWLS:
        import __main__  # train.py

        update = __main__.Checkpoint.update
        __main__.Checkpoint.update = lambda *arguments: (time.sleep(0.5), update(*arguments))
