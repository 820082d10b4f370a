"""Which runs are trained together: by hand, and what holds for every set of runs."""

import hashlib

import numpy as np
import pytest

from experiments.bundles import bits_of, divided, runs_in


def some_runs(seed: int, count: int = 60) -> dict[str, float]:
    """Runs with estimates of 0.1 to 100 seconds."""
    seconds = np.random.default_rng(seed).lognormal(0, 2, count).clip(0.1, 100)
    return {f"learning_rate={number}__seed=0": float(s) for number, s in enumerate(seconds)}


def test_the_bits_are_those_of_the_sha_256():
    digest = hashlib.sha256(b"seed=0").digest()
    assert bits_of("seed=0") == "".join(f"{byte:08b}" for byte in digest)


def test_runs_are_divided_by_the_first_bits_that_make_them_fit():
    # The names a to f begin with the bits 110, 001, 001, 000, 001 and 001.
    names = "abcdef"
    assert [bits_of(name)[:3] for name in names] == ["110", "001", "001", "000", "001", "001"]
    assert divided(dict.fromkeys(names, 1.0), 6) == {"bundle=": list(names)}
    assert divided(dict.fromkeys(names, 1.0), 5) == {"a": ["a"], "bundle=0": list("bcdef")}
    assert divided(dict.fromkeys(names, 1.0), 4) == {
        "a": ["a"],
        "bundle=001": list("bcef"),
        "d": ["d"],
    }
    # b and e begin with 0011, c and f with 0010.
    assert [bits_of(name)[3] for name in "bcef"] == ["1", "0", "1", "0"]
    assert divided(dict.fromkeys(names, 1.0), 2) == {
        "a": ["a"],
        "bundle=0011": ["b", "e"],
        "bundle=0010": ["c", "f"],
        "d": ["d"],
    }
    assert divided(dict.fromkeys(names, 1.0), 0.5) == {name: [name] for name in names}


def test_no_runs_make_no_bundle():
    assert divided({}, 10) == {}
    assert runs_in("bundle=", []) == []


@pytest.mark.parametrize("seed", range(5))
def test_every_run_is_in_exactly_one_bundle_which_fits_or_has_one_run(seed):
    runs = some_runs(seed)
    bundles = divided(runs, 10)
    assert sorted(name for names in bundles.values() for name in names) == sorted(runs)
    for bundle, names in bundles.items():
        assert names == runs_in(bundle, runs)  # in their order
        assert (bundle == names[0]) == (len(names) == 1)
        assert len(names) == 1 or sum(runs[name] for name in names) <= 10
        if runs[names[0]] > 10:
            assert bundle == names[0]


@pytest.mark.parametrize("seed", range(5))
def test_adding_or_removing_a_run_changes_only_its_bundle(seed):
    runs = some_runs(seed)
    full = divided(runs, 10)
    for name in runs:
        less = divided({other: s for other, s in runs.items() if other != name}, 10)
        changed = [bundle for bundle in less.items() if bundle not in full.items()]
        assert len(changed) <= 1
        new = [bundle for bundle in full.items() if bundle not in less.items()]
        trained = {other for _, names in new for other in names}
        assert trained == {name, *(other for _, names in changed for other in names)}


def test_the_order_of_runs_and_of_sums_does_not_matter():
    runs = dict.fromkeys((f"seed={seed}" for seed in range(100)), 0.1)
    turned = dict(reversed(runs.items()))
    for most in (0.3, 0.7, 1, 10):
        assert divided(runs, most).keys() == divided(turned, most).keys()


def test_ten_thousand_runs_are_divided():
    runs = dict.fromkeys((f"learning_rate={n}__seed=0" for n in range(10_000)), 1.0)
    bundles = divided(runs, 10)
    assert sum(map(len, bundles.values())) == 10_000
    assert 1_000 < len(bundles) < 2_500
