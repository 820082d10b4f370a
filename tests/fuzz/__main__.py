"""Read changed files of a format until one is neither read nor refused: python -m tests.fuzz --help"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "scripts")]

import argparse  # noqa: E402
import collections  # noqa: E402
import math  # noqa: E402
import random  # noqa: E402
import shutil  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402

from isolated import outcomes  # noqa: E402
from mutants import TARGETS, mutant, warm_up, write  # noqa: E402

SECONDS = 5  # for one input


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--format", required=True, choices=TARGETS)
    parser.add_argument("--count", type=int, help="inputs (default: without end)")
    parser.add_argument("--minutes", type=float, default=math.inf, help="(default: without end)")
    parser.add_argument("--seed", type=int, help="(default: by chance; it is printed)")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument(
        "--found",
        type=Path,
        default=HERE / "found",
        metavar="DIR",
        help="where inputs go that are neither read nor refused (default: %(default)s); the tests "
        "read all that lie there",
    )
    return parser.parse_args()


def counted(counts: collections.Counter[str], begin: float) -> str:
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in ("read", "refused", "found"))
    return f"{counts.total()} inputs in {time.monotonic() - begin:.0f} s: {kinds}"


def main() -> int:
    options = arguments()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    target = TARGETS[options.format]
    print(f"format {options.format}, seed {seed}", flush=True)
    warm_up()
    counts: collections.Counter[str] = collections.Counter()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "input"

        def work(number: int) -> str:
            shutil.rmtree(folder, ignore_errors=True)
            write(mutant(options.format, seed, number), folder)
            return target.read(folder)

        results = outcomes(
            work,
            options.count or math.inf,
            target.memory,
            SECONDS,
            begin + 60 * options.minutes,
            options.first,
        )
        printed = begin
        for number, result in results:
            if time.monotonic() > printed + 60:  # a killed run has printed its progress
                printed = time.monotonic()
                print(counted(counts, begin), flush=True)
            counts[result if result in ("read", "refused") else "found"] += 1
            if result not in ("read", "refused"):
                kept = options.found / options.format / f"{seed}-{number}"
                write(mutant(options.format, seed, number), kept)
                print(f"input {number}, kept in {kept}: {result}", flush=True)
    print(counted(counts, begin))
    return 1 if counts["found"] else 0


if __name__ == "__main__":
    sys.exit(main())
