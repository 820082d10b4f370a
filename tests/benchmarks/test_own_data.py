"""Tables, their test splits, and one small comparison from end to end."""

import csv
import importlib.util
import subprocess
import sys

import pytest

ROWS = {"wine": 178, "cancer": 569, "iris": 150, "digits": 1797}


@pytest.fixture(scope="module")
def own_data(root):
    pytest.importorskip("sklearn")
    spec = importlib.util.spec_from_file_location("own_data_bench", root / "benchmarks/own_data.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root / "benchmarks")
        spec.loader.exec_module(module)
    return module


def test_tables_have_their_rows(own_data):
    for name, make in own_data.TABLES.items():
        names, *rows = make()
        assert len(rows) == ROWS[name] and {len(row) for row in rows} == {len(names)}


def test_a_split_divides_the_rows(own_data, tmp_path):
    table = [["a", "kind"], *([str(i), "xy"[i % 2]] for i in range(40))]

    def written(seed):
        own_data.write_split(table, seed, tmp_path)
        return [list(csv.reader(open(tmp_path / f"{n}.csv"))) for n in ("train", "test")]

    train, test = written(0)
    assert train[0] == test[0] == ["a", "kind"] and len(train) == 31 and len(test) == 11
    assert sorted(train[1:] + test[1:]) == sorted(table[1:])
    assert written(0) == [train, test] and written(1) != [train, test]


def test_a_table_without_any_settings_is_learnt_as_well_as_by_scikit_learn(own_data, tmp_path):
    """Two classes far apart, in columns of other scales: both have to be right about all of them."""
    table = [["a", "b", "kind"]]
    table += [[i % 2 + 0.001 * i, 1e6 * (i % 2) + i, "xy"[i % 2]] for i in range(60)]
    accuracy, found = own_data.ours(table, 0, tmp_path)
    assert found["train_images"].shape == (45, 2) and found["test_images"].shape == (15, 2)
    assert accuracy == own_data.of_sklearn(found, 0) == 1.0


def test_an_unknown_table_is_refused(root):
    command = [sys.executable, root / "benchmarks/own_data.py", "whine"]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 2 and "no table whine, expected one of wine, cancer" in said.stderr
