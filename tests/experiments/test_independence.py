"""Random draws and names of a run depend only on the run: others may be added, removed and reordered."""

import copy

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from components import streams
from experiments import Experiment
from experiments.sweep import expand

BASE = {
    "dataset": "points",
    "split": {"validation": 10, "training": None, "take": "last", "seed": 0},
    "preparation": ["unit"],
    "network": {"hidden": [4], "dropout": 0.0, "input_dropout": 0.0, "activation": "relu"},
    "training": {
        "learning_rate": 0.1,
        "l2": 0.0,
        "batch_size": 32,
        "epochs": 9,
        "iterations": None,
    },
    "refit": None,
    "halving": None,
}
DATASET = {"shape": [2], "classes": ["0", "1"], "test_size": 0, "train_size": 100}
VALUES = {
    "training.learning_rate": st.floats(1e-5, 10.0),
    "training.l2": st.sampled_from([0.0, 1e-4, 0.01, 1.0]),
    "network.hidden": st.lists(st.integers(1, 99), max_size=3),
    "network.bias": st.sampled_from(["a b", "a/b"]),  # which are written alike
    "preparation": st.sampled_from(["unit", "standardize", {"name": "binarize", "threshold": 9}]),
    "training.iterations": st.integers(1, 99),
}
DRAWN = {
    "training.learning_rate": {"loguniform": [1e-4, 1.0]},
    "network.dropout": {"uniform": [0.0, 0.5]},
    "training.batch_size": {"integer": [1, 64]},
    "network.activation": {"choice": ["relu", "tanh"]},
}


@st.composite
def space(draw) -> dict:
    """A grid, a zip or a random space; all name their keys in one order."""
    kind = draw(st.sampled_from(["grid", "zip", "random"]))
    of = DRAWN if kind == "random" else VALUES
    keys = [key for key in of if draw(st.booleans())] or [next(iter(of))]
    if kind == "random":
        space = {"samples": draw(st.integers(1, 4)), "values": {key: DRAWN[key] for key in keys}}
        return {kind: space | draw(st.sampled_from([{}, {"seed": 7}]))}
    length = draw(st.integers(1, 3))
    size = {"min_size": length, "max_size": length if kind == "zip" else 3}
    return {kind: {key: draw(st.lists(VALUES[key], **size)) for key in keys}}


SPACES = st.lists(space(), min_size=1, max_size=3)
SEEDS = st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True)


def runs_of(sweep: list, seeds: list[int], halving: dict | None = None) -> dict:
    """Everything that decides a run, by its swept values and seed."""
    settings = {**copy.deepcopy(BASE), "sweep": sweep, "seeds": seeds, "halving": halving}
    experiment = Experiment("any", settings, DATASET)
    return {
        (repr(sorted(run.change.items())), run.seed): (
            (run.name, run.configuration, run.trained, run.prepared, run.architecture),
            {name: rng.bit_generator.state for name, rng in streams(run.seed, 2).items()},
        )
        for run in experiment.runs.values()
    }


def agree(some: dict, others: dict) -> bool:
    return all(some[run] == others[run] for run in some.keys() & others.keys())


@given(SPACES, SEEDS, st.randoms())
@settings(max_examples=25, deadline=None)
def test_runs_do_not_depend_on_the_order_of_spaces_values_and_seeds(sweep, seeds, random):
    before = runs_of(sweep, seeds)
    moved, other = copy.deepcopy(sweep), random.sample(seeds, len(seeds))
    random.shuffle(moved)
    for space in moved:
        for values in space.get("grid", {}).values():
            random.shuffle(values)
        for rows in filter(None, [space.get("zip")]):
            order = random.sample(
                range(len(next(iter(rows.values())))), len(next(iter(rows.values())))
            )
            rows.update({key: [column[i] for i in order] for key, column in rows.items()})
    after = runs_of(moved, other)
    assert after.keys() == before.keys() and agree(before, after)


def test_the_order_of_keys_does_not_change_a_run():
    two = {"training.l2": [0.1], "network.hidden": [[4]]}
    spaces = [{"grid": two}, {"grid": dict(reversed(two.items()))}]
    assert runs_of(spaces, [0]) == runs_of(spaces[::-1], [0])


@given(SPACES, SEEDS, SPACES, SEEDS, st.booleans())
@settings(max_examples=25, deadline=None)
def test_adding_or_removing_spaces_and_seeds_changes_no_other_run(
    sweep, seeds, more, others, halved
):
    for space in [*sweep, *more]:  # values that are written alike differ by name
        next(iter(space.values())).pop("network.bias", None)
    sweep, more = ([s for s in spaces if all(s.values())] for spaces in (sweep, more))
    assume(sweep)  # without a space there is the plain run, and with one there is not
    before = runs_of(sweep, seeds)
    union = list(dict.fromkeys([*others, *seeds]))
    after = runs_of([*more, *sweep], union, {"factor": 3, "min_epochs": 1} if halved else None)
    assert before.keys() <= after.keys() and agree(before, after)


@given(space(), st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_more_samples_or_values_keep_earlier_configurations(space, more):
    before = expand(space)
    larger = copy.deepcopy(space)
    if "random" in larger:
        larger["random"]["samples"] += more
    else:
        for values in next(iter(larger.values())).values():
            values[:0] = values[-1:]
    after = expand(larger)
    assert all(change in after for change in before)
    if "random" in space:
        assert [change for change in after if change in before] == before
