"""The grids of the search, and that both sides search the same."""

import importlib.util
import subprocess
import sys

import pytest
import yaml

from configuration.schema import config_schema
from experiments.plan import Plan


@pytest.fixture(scope="module")
def search(root):
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location("search_bench", root / "benchmarks/search.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root / "benchmarks")
        spec.loader.exec_module(module)
    return module


def test_the_grids_are_experiments_of_18_and_of_120_runs(search, root):

    config = yaml.safe_load((root / "config.yaml").read_text())
    config |= {"experiments": search.grids(), "targets": list(search.grids())}
    plan = Plan(config, config_schema())
    assert {n: len(e.runs) for n, e in plan.experiments.items()} == {
        "digits_mlp": 18,
        "digits_grid": 120,
    }
    for experiment in plan.experiments.values():
        assert search.ARGUMENTS.keys() >= set(experiment.varied)
        assert experiment.settings["split"]["validation"] == search.VALIDATION
        assert experiment.dataset["train_size"] == search.TRAINING + search.VALIDATION


def test_scikit_learn_searches_the_grid_with_every_seed(search):
    pytest.importorskip("sklearn")
    small = search.grids()["digits_mlp"]
    small |= {"seeds": 2, "sweep": {"grid": {"network.hidden": [[4], [32]]}}}
    small["training"] = small["training"] | {"epochs": 3}
    assert 0.6 < search.of_sklearn(small) < 1


def test_an_unknown_grid_is_refused(root):
    command = [sys.executable, root / "benchmarks/search.py", "letters"]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 2 and "no grid letters; known: digits_mlp, digits_grid" in said.stderr
