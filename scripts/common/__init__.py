"""What the programs share, and the workflow asks of them.

Every program imports it first, so that an older Python is told in one line what it is too old for.
Imported before numpy, it sets one BLAS thread, whatever the environment says: two add in another order
and give other bits. (Snakemake exports as many as a job has `threads`; those are threads of this
project, whose number changes no bit.)

With NN_PORTABLE=1, which `portable: true` of config.yaml sets for all jobs, it also asks OpenBLAS and numpy
for the kernels of one type of processor, Haswell, whatever the environment says: then all that are
as new as that give the same bits. `kernels.check` sees whether they took them.
"""

import os
import signal
import sys
import threading

if sys.version_info < (3, 11):  # noqa: UP036
    version = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"error: Python 3.11 or newer is needed, this is {version} ({sys.executable})")

for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

OFF = ("", "0", "false", "no", "off")
PORTABLE = os.environ.get("NN_PORTABLE", "").strip().lower() not in OFF
HASWELL = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # as numpy 2.4 names what is newer
}
if PORTABLE:
    os.environ |= HASWELL
    os.environ.pop("NPY_ENABLE_CPU_FEATURES", None)  # numpy refuses both


def end_quietly() -> None:
    """Have Ctrl-C end this process without a traceback, also while it reads its code or the workflow.

    Snakemake's scheduler takes a SystemExit like a KeyboardInterrupt: it stops the jobs.
    """
    main = threading.current_thread() is threading.main_thread()  # which gets the signals
    if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, frame: sys.exit(128 + number))


PROGRAMS, program = (os.path.dirname(os.path.abspath(path)) for path in (__path__[0], sys.argv[0]))
if program == PROGRAMS:
    end_quietly()  # a program; its tests, and notebooks, do as Python does
