"""What computes here: the kernels that OpenBLAS and numpy chose, which decide the last bits.

With NN_PORTABLE=1, which `portable: true` of config.yaml sets for all jobs, programs use the kernels of one
processor type, Haswell, whatever the environment says: then newer processors give the same bits. Libraries
ignore names that they do not know, so `check` looks at what they took.
"""

import os

import numpy as np
import threadpoolctl

OFF = ("", "0", "false", "no", "off")
PORTABLE = os.environ.get("NN_PORTABLE", "").strip().lower() not in OFF
HASWELL = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # numpy 2.4's names of what is newer
}

# numpy's names of what Haswell (and every Zen) has, of all versions; what else is switched on is newer.
UP_TO_HASWELL = {
    *("X86_V2", "X86_V3"),
    *("SSE", "SSE2", "SSE3", "SSSE3", "SSE41", "POPCNT", "SSE42", "AVX", "F16C", "FMA3", "AVX2"),
}


class KernelError(ValueError):
    """A processor or a library that cannot give the bits that ``portable`` promises."""

    user_error = True


def kernel() -> dict[str, str]:
    """Return what computes in this process.

    ``blas`` is numpy's BLAS with its version and kernel (``OpenBLAS 0.3.31 Haswell``), or ``unknown``
    if it is no OpenBLAS; ``numpy`` the highest group of processor features that numpy uses
    (``X86_V3``); ``portable`` is ``true`` or ``false``.
    """
    libraries = [x for x in threadpoolctl.threadpool_info() if x["internal_api"] == "openblas"]
    own = os.path.dirname(os.path.realpath(np.__file__))  # wheels: numpy.libs/, numpy/.dylibs/
    blas = max(libraries, key=lambda each: each["filepath"].startswith(own), default=None)
    version = blas and ".".join(blas["version"].split(".")[:3])
    return {
        "blas": f"OpenBLAS {version} {blas['architecture']}" if blas else "unknown",
        "numpy": (_features() or ["unknown"])[-1],
        "portable": str(PORTABLE).lower(),
    }


def name(kernel: dict[str, str]) -> str:
    """Return a kernel as one line: ``OpenBLAS 0.3.31 Haswell, numpy X86_V3, portable``."""
    portable = ", portable" if kernel["portable"] == "true" else ""
    return f"{kernel['blas']}, numpy {kernel['numpy']}{portable}"


def request_portable() -> bool:
    """Set the variables by which libraries choose portable kernels; return whether that changed any.

    Libraries read them when they are loaded, so only processes that start later follow them.
    """
    before = dict(os.environ)
    os.environ |= HASWELL
    os.environ.pop("NPY_ENABLE_CPU_FEATURES", None)  # numpy refuses both
    return before != dict(os.environ)


def check() -> None:
    """Raise a KernelError if ``portable`` is set, and other kernels than Haswell's were taken."""
    if not PORTABLE:
        return
    active, blas = set(_features()), kernel()["blas"]
    if not active & {"X86_V3", "AVX2"}:
        raise KernelError(
            "portable: this processor has no AVX2, which its kernels need (Intel has it from Haswell, "
            "AMD from Zen on); leave `portable` off"
        )
    if newer := sorted(active - UP_TO_HASWELL):
        raise KernelError(
            f"portable: numpy {np.__version__} still uses {', '.join(newer)}: it has other names for "
            f"features of processors than {HASWELL['NPY_DISABLE_CPU_FEATURES']}; install the numpy of "
            "requirements.txt, or leave `portable` off"
        )
    if not blas.endswith(" Haswell"):
        raise KernelError(
            f"portable: numpy's BLAS is {blas}, expected OpenBLAS with the kernel Haswell; install "
            "numpy by requirements.txt, or leave `portable` off"
        )


def _features() -> list[str]:
    """Return the groups of processor features that numpy uses, the highest last."""
    groups = np.show_config(mode="dicts")["SIMD Extensions"]
    return [*groups.get("baseline", ()), *groups.get("found", ())]
