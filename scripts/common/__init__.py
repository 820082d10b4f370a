"""What the programs share, and the workflow asks of them.

Every program imports it first, so that an older Python is told in one line what it is too old for.
Imported before numpy, it sets one BLAS thread, also for a program that is called by hand: two threads
add in another order and give other bits. Snakemake sets the same for its jobs.
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    version = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"error: Python 3.11 or newer is needed, this is {version} ({sys.executable})")

for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
