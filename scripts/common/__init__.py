"""What the programs share, and the workflow asks of them.

Every program imports it first, so that an older Python is told in one line what it is too old for.
Imported before numpy, it sets one BLAS thread, whatever the environment says: two add in another order
and give other bits. (Snakemake exports as many as a job has `threads`; those are threads of this
project, whose number changes no bit.)
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    version = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"error: Python 3.11 or newer is needed, this is {version} ({sys.executable})")

for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
