"""A sweep that goes on on another type of processor: said once an experiment, before its jobs start."""

from common import artifacts, kernels
from common.continued import begun_elsewhere

import json
import time

import numpy as np
import pytest

from experiments import Experiment

HERE = kernels.name(kernels.kernel())


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    """An experiment of a thousand runs in an empty folder; sweep(index, kernels) finishes one of them."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "dataset": "digits",
        "sweep": {},
        "seeds": 1000,
        "halving": None,
        "preparation": "unit",
    }
    plan = type("Plan", (), {"experiments": {"wide": Experiment("wide", settings)}})
    models = [
        f"results/experiments/wide/runs/{run}/model.npz" for run in plan.experiments["wide"].runs
    ]

    def finish(index, **about):
        artifacts.save_arrays(models[index], {"config": np.array(json.dumps(about))})

    return plan, models, finish


def test_a_finished_run_of_another_kernel_is_told_and_the_same_is_not(sweep):
    plan, models, finish = sweep
    assert list(begun_elsewhere(plan, set(models))) == []  # nothing is finished
    finish(999, kernels=["OpenBLAS 0.3.31 Zen, numpy X86_V3"])
    start = time.perf_counter()
    (line,) = begun_elsewhere(plan, set(models[:999]))
    assert time.perf_counter() - start < 0.5  # some 10 ms where nothing else runs
    assert line.startswith(
        "wide: finished runs were trained with OpenBLAS 0.3.31 Zen, numpy X86_V3,"
    )
    assert HERE in line
    assert list(begun_elsewhere(plan, set(models))) == []  # it is made again
    assert list(begun_elsewhere(plan, {"results/experiments/wide/final/seed=0/model.npz"})) == []
    finish(999, kernels=[HERE])
    assert list(begun_elsewhere(plan, set(models[:999]))) == []
    finish(999)  # of a version that did not say
    assert list(begun_elsewhere(plan, set(models[:999]))) == []
