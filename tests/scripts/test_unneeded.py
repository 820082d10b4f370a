"""unneeded.py lists and removes files that the config no longer names, with their sizes."""

import sys

import pytest
import yaml

import unneeded
from configuration.plans import config_of, plan_of
from experiments import layout

PLACE = "results/experiments"
LATER = (
    "halved/rungs/1/bundle=",
    "halved/bundles/bundle=",
    "halved/refits/seed=0",
    "gone/bundles/a",
)


def parts_of(stem: str) -> str:
    """A training of an unfinished bundle."""
    folder, bundle = stem.rsplit("/", 1)
    return f"{folder}/.{bundle}.parts/0123456789.npz"


@pytest.fixture
def project(root, tmp_path, monkeypatch):
    """Files that the config of a folder names, and files of earlier settings."""
    monkeypatch.chdir(tmp_path)
    one = {"dataset": "spiral", "training": {"epochs": 4}, "seeds": 2}
    halved = {**one, "seeds": 1, "halving": {"factor": 2, "min_epochs": 1}}
    halved |= {
        "sweep": {"grid": {"training.learning_rate": [0.1, 0.2]}},
        "split": {"validation": 30},
    }
    config = yaml.safe_load((root / "config.yaml").read_text())
    config = {"datasets": {"spiral": config["datasets"]["spiral"]}, "targets": ["one"]}
    (tmp_path / "config.yaml").write_text(
        yaml.safe_dump({**config, "experiments": {"one": one, "halved": halved}})
    )
    plan = plan_of(config_of([]))
    one = plan.experiments["one"]
    named = [*layout.parsed(plan, "spiral"), layout.prepared(one, one.prepared[0])]
    named += [layout.checked(plan, one.architectures[0]), "results/datasets/spiral/contents.json"]
    (stem,) = layout.bundled(one)  # which is not finished, unlike those of the rung
    finished = list(layout.bundled(plan.experiments["halved"], 0))
    named += [f"{each}.{suffix}" for each in finished for suffix in ("npz", "json")]
    named += [parts_of(stem), f"{stem}.json", f"{PLACE}/one/runs/seed=0/model.npz"]
    named += [f"{PLACE}/{name}.0123456789.npz" for name in LATER]  # names that depend on results
    folder = layout.in_dataset(plan, "spiral", "prepared")
    left = [
        "results/datasets/gone/0123456789/prepared/a.0123456789.npz",
        f"{folder}/a.0123456789.npz",
    ]
    left.append("results/gradient_checks/2-3__relu.0123456789.csv")
    left.append(f"{PLACE}/halved/rungs/0/bundle=.0123456789.json")
    left.append(f"{PLACE}/one/bundles/.bundle=.0123456789.parts/0123456789.npz")
    left.append(f"{PLACE}/one/bundles/bundle=.0123456789.npz")
    left.append(parts_of(finished[0]))
    left.append(parts_of(f"{PLACE}/halved/refits/seed=0.0123456789"))
    for name in (*named, *left):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 500_000)
    return [tmp_path / name for name in named], [tmp_path / name for name in left]


def call(monkeypatch, *arguments, answer=None) -> None:
    def asked(question):
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", asked)
    monkeypatch.setattr(sys, "argv", ["unneeded.py", *arguments])
    unneeded.main()


def test_files_that_no_config_names_are_listed_with_their_sizes(project, monkeypatch, capsys):
    named, left = project
    call(monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert "0.5 MB  results/datasets/gone/0123456789" in lines[0]
    assert len(lines) == 8 + 1 + 1 and "4.0 MB  in all" in lines[8]
    assert all(path.exists() for path in (*named, *left))


@pytest.mark.parametrize(("arguments", "answer"), [(["--yes"], None), ([], "y"), ([], "yes")])
def test_files_are_removed_after_a_yes(project, monkeypatch, capsys, arguments, answer):
    named, left = project
    call(monkeypatch, *arguments, answer=answer)
    assert all(path.exists() for path in named) and not any(path.exists() for path in left)
    call(monkeypatch)
    assert "nothing is left of earlier" in capsys.readouterr().out


def test_files_stay_after_any_other_answer(project, monkeypatch):
    call(monkeypatch, answer="n")
    assert all(path.exists() for path in project[1])
