"""Report the CPU kernels that OpenBLAS and numpy chose: they decide the last bits of results.

With NN_PORTABLE=1, which `portable: true` of config.yaml sets for all jobs, programs use the kernels of one
processor type, Haswell. Libraries ignore unknown names, so `check` reads which kernels they chose.
"""

import os

import numpy as np

from components.errors import UserError

OFF = ("", "0", "false", "no", "off")
PORTABLE = os.environ.get("NN_PORTABLE", "").strip().lower() not in OFF
HASWELL = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # numpy 2.4's names of newer features
}

# numpy's names, of all versions, for features of Haswell and every Zen; all others are newer.
UP_TO_HASWELL = {
    *("X86_V2", "X86_V3"),
    *("SSE", "SSE2", "SSE3", "SSSE3", "SSE41", "POPCNT", "SSE42", "AVX", "F16C", "FMA3", "AVX2"),
}


def kernel() -> dict[str, str]:
    """Return the kernels of this process: numpy's BLAS, and the highest group of features it uses."""
    import threadpoolctl  # most programs never need it

    found = threadpoolctl.threadpool_info()
    libraries = [library for library in found if library["internal_api"] == "openblas"]
    own = os.path.dirname(os.path.realpath(np.__file__))  # wheels: numpy.libs/, numpy/.dylibs/
    blas = max(libraries, key=lambda each: each["filepath"].startswith(own), default=None)
    version = blas and ".".join(blas["version"].split(".")[:3])
    return {
        "blas": f"OpenBLAS {version} {blas['architecture']}" if blas else "unknown",
        "numpy": (_features() or ["unknown"])[-1],
        "portable": str(PORTABLE).lower(),
    }


def name(kernel: dict[str, str]) -> str:
    """Return kernels as one line: ``OpenBLAS 0.3.31 Haswell, numpy X86_V3, portable``."""
    portable = ", portable" if kernel["portable"] == "true" else ""
    return f"{kernel['blas']}, numpy {kernel['numpy']}{portable}"


def request_portable() -> bool:
    """Make processes that start later choose portable kernels; return whether that changed a variable."""
    before = dict(os.environ)
    os.environ |= HASWELL
    os.environ.pop("NPY_ENABLE_CPU_FEATURES", None)  # numpy refuses both
    return before != dict(os.environ)


def check() -> None:
    """Raise a UserError if ``portable`` is set, but other kernels than Haswell's are used."""
    if not PORTABLE:
        return
    features, blas = _features(), kernel()["blas"]
    newer, as_haswell = {*features} - UP_TO_HASWELL, {*features} & {"X86_V3", "AVX2"}
    if newer or not as_haswell or not blas.endswith(" Haswell"):
        found = f"{blas} and numpy {np.__version__} with {', '.join(features)}"
        advice = "a processor with AVX2 and the numpy of requirements.txt, or leave `portable` off"
        raise UserError(f"portable: expected the kernels of Haswell, found {found}; use {advice}")


def _features() -> list[str]:
    """Return the groups of processor features that numpy uses, the highest last."""
    groups = np.show_config(mode="dicts")["SIMD Extensions"]
    return [*groups.get("baseline", ()), *groups.get("found", ())]
