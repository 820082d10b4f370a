"""What the programs share, and the workflow asks of them.

Imported before numpy, it sets one BLAS thread, also for a program that is called by hand: two threads
add in another order and give other bits. Snakemake sets the same for its jobs.
"""

import os

for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
