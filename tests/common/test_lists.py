"""Lists of files as one word of a command."""

from common.lists import pack, unpack


def test_names_come_back_sorted():
    names = ["results/b c.npz", "results/ä.json", "results/a.npz"]
    assert unpack(pack(names)) == sorted(names)
    assert unpack(pack([])) == []


def test_ten_thousand_runs_fit_into_a_command_of_bash():
    names = [f"results/experiments/e/runs/learning_rate={i / 7:.4g}__seed={s}/{file}"
             for i in range(2500) for s in range(4) for file in ("model.npz", "metrics.json")]  # fmt: skip
    assert len(pack(names)) < 100_000
