"""Kernels are named; with NN_PORTABLE they are the same on every processor, or refused."""

import json
import os
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
sys.path.insert(0, "scripts")
import cli
from files import artifacts
from origin import kernels
{before}
cli.run(lambda: print(json.dumps(kernels.kernel())))
"""


def called(root, before="", **environment) -> subprocess.CompletedProcess:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NN_", "NPY_", "OPENBLAS_"))}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before)], cwd=root, text=True, capture_output=True,
        env={**kept, **environment},
    )  # fmt: skip


@pytest.mark.parametrize("value", ["", "0", "False", "off"])
def test_without_portable_the_environment_decides(root, value):
    found = json.loads(called(root, NN_PORTABLE=value, OPENBLAS_CORETYPE="Nehalem").stdout)
    assert found["blas"].startswith("OpenBLAS 0.3.") and found["blas"].endswith(" Nehalem")
    assert found["portable"] == "false"


@pytest.mark.parametrize(
    "environment",
    [{}, {"OPENBLAS_CORETYPE": "SkylakeX"}, {"NPY_ENABLE_CPU_FEATURES": "X86_V3"}],
)
def test_portable_takes_haswells_kernels_whatever_the_environment_says(root, environment):
    found = json.loads(called(root, NN_PORTABLE="1", **environment).stdout)
    assert found["blas"].endswith(" Haswell")
    assert found | {"blas": ""} == {"blas": "", "numpy": "X86_V3", "portable": "true"}


def switched(*features: str) -> str:
    """A line that lets numpy use other groups of features than on this processor."""
    return f"import numpy; numpy.__config__.CONFIG['SIMD Extensions'] = {{'found': {features}}}"


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (switched("X86_V3", "X86_V5"), "with X86_V3, X86_V5;"),
        (switched("X86_V2"), "with X86_V2; use a processor with AVX2"),
        ("import threadpoolctl; threadpoolctl.threadpool_info = list", "found unknown and numpy"),
    ],
)
def test_portable_stops_if_other_kernels_would_compute(root, before, message):
    refused = called(root, before, NN_PORTABLE="1")
    assert refused.returncode == 1 and refused.stdout == ""
    assert refused.stderr.startswith("error: portable: ") and message in refused.stderr
    assert called(root, before).returncode == 0


def test_a_kernel_in_one_line(root):
    from origin import kernels

    found = {"blas": "OpenBLAS 0.3.31 Haswell", "numpy": "X86_V3", "portable": "true"}
    assert kernels.name(found) == "OpenBLAS 0.3.31 Haswell, numpy X86_V3, portable"
    assert kernels.name(found | {"portable": "false"}) == "OpenBLAS 0.3.31 Haswell, numpy X86_V3"


def test_the_kernel_is_that_of_numpys_own_blas(root):
    """SciPy brings another OpenBLAS."""
    alone = called(root).stdout
    assert called(root, "import scipy.linalg").stdout == alone
