"""What computes here: the kernels that OpenBLAS and numpy chose, which decide the last bits.

With NN_PORTABLE, `common/__init__.py` asks for those of Haswell before numpy is imported; whether they
were taken is seen here afterwards, for libraries ignore names that they do not know.
"""

import ctypes

from . import HASWELL, PORTABLE

# numpy's names of what Haswell (and every Zen) has, of all versions; what else is switched on is newer.
UP_TO_HASWELL = {
    *("X86_V2", "X86_V3"),
    *("SSE", "SSE2", "SSE3", "SSSE3", "SSE41", "POPCNT", "SSE42", "AVX", "F16C", "FMA3", "AVX2"),
}


class KernelError(ValueError):
    """A processor or a library that cannot give the bits that ``portable`` promises."""

    user_error = True


def kernel() -> dict[str, str]:
    """Return what computes in this process; imports numpy.

    ``blas`` is numpy's BLAS with its version and kernel (``OpenBLAS 0.3.31 Haswell``), or ``unknown``
    where it is no OpenBLAS; ``numpy`` the highest group of processor features that numpy uses
    (``X86_V3``); ``portable`` is ``true`` or ``false``.
    """
    active = _active()
    return {
        "blas": _openblas(),
        "numpy": active[-1] if active else "unknown",
        "portable": str(PORTABLE).lower(),
    }


def name(kernel: dict[str, str]) -> str:
    """Return a kernel as one line: ``OpenBLAS 0.3.31 Haswell, numpy X86_V3, portable``."""
    portable = ", portable" if kernel["portable"] == "true" else ""
    return f"{kernel['blas']}, numpy {kernel['numpy']}{portable}"


def check() -> None:
    """Raise a KernelError where ``portable`` is asked for, and other kernels than Haswell's were taken."""
    if not PORTABLE:
        return
    from numpy import __version__ as version

    active, blas = set(_active()), _openblas()
    if not active & {"X86_V3", "AVX2"}:
        raise KernelError(
            "portable: this processor has no AVX2, which its kernels need (Intel has it from Haswell, "
            "AMD from Zen on); leave `portable` off"
        )
    if newer := sorted(active - UP_TO_HASWELL):
        raise KernelError(
            f"portable: numpy {version} still uses {', '.join(newer)}: it has other names for features "
            f"of processors than {HASWELL['NPY_DISABLE_CPU_FEATURES']}; install the numpy of "
            "requirements.txt, or leave `portable` off"
        )
    if not blas.endswith(" Haswell"):
        raise KernelError(
            f"portable: numpy's BLAS is {blas}, expected OpenBLAS with the kernel Haswell; install "
            "numpy by requirements.txt, or leave `portable` off"
        )


def _active() -> list[str]:
    """The groups of processor features that numpy uses, the highest last."""
    from numpy._core import _multiarray_umath as core

    groups = [*core.__cpu_baseline__, *core.__cpu_dispatch__]
    return [group for group in groups if core.__cpu_features__.get(group)]


def _openblas() -> str:
    """Version and kernel of the OpenBLAS that numpy is linked with."""
    from numpy._core import _multiarray_umath as core

    library = ctypes.CDLL(core.__file__)  # a symbol is also looked for in what it is linked with
    for prefix, suffix in (("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", "")):
        try:
            config, core_name = (
                getattr(library, f"{prefix}openblas_get_{what}{suffix}")
                for what in ("config", "corename")
            )
        except AttributeError:
            continue
        config.restype = core_name.restype = ctypes.c_char_p
        version = ".".join(config().decode().split()[1].split(".")[:3])
        return f"OpenBLAS {version} {core_name().decode()}"
    return "unknown"
