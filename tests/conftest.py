"""What every test may ask for: folders, the programs called as the workflow calls them, and small
experiments built with them.
"""

from common import artifacts
from common.schema import config_schema

import json
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import baseline
import collect
import drawings
import parse
import plot
import prepare
import promote
import select_best
import test
import train
import validate
from datasets import sklearn_digits, write_idx
from experiments import Experiment, Plan, files

ROOT = Path(__file__).resolve().parent.parent
RATES = {"training.learning_rate": [0.1, 1e30]}  # the second one diverges
SMALL = {
    "dataset": "digits",
    "split": {"validation": 40},
    "network": {"hidden": [4]},
    "training": {"learning_rate": 0.1, "epochs": 3, "batch_size": 32, "l2": 0.001},
    "seeds": 2,
}
EXPERIMENTS = {
    "plain": SMALL,
    "swept": {
        **SMALL,
        "sweep": {"grid": {"network.hidden": [[4], [8], [8, 4]], **RATES}},
    },
    "halved": {
        **SMALL,
        "sweep": {"grid": {"training.learning_rate": [0.1, 0.2, 1e-6, 1e30]}},
        "halving": {"factor": 2, "min_epochs": 1},
        "seeds": 1,
    },
    "lost": {
        **SMALL,
        "training": {**SMALL["training"], "learning_rate": 1e30},
        "baselines": ["linear_svc_scores", "linear_svc_pixels"],
    },
    "lost_swept": {
        **SMALL,
        "sweep": {
            "grid": {
                "network.hidden": [[4], [8], [8, 4]],
                "training.learning_rate": [1e30, 1e31],
            }
        },
        "seeds": 1,
    },
    "lost_halved": {
        **SMALL,
        "sweep": {"grid": {"training.learning_rate": [1e30, 1e31]}},
        "halving": {"factor": 2, "min_epochs": 1},
    },
    "points": {
        "dataset": "spiral",
        "network": {"hidden": [8]},
        "training": {"learning_rate": 1.0, "epochs": 3, "batch_size": "full"},
    },
}


@pytest.fixture(scope="session", autouse=True)
def heard_signals() -> None:
    """What a test starts hears Ctrl-C and a closed terminal, also where `nohup` or `&` kept them off.

    A new program inherits that a signal is ignored, but not that a function which does nothing gets it.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def call(program, *arguments) -> None:
    """Run a program in this process; lists among the arguments are several."""
    flat = [a for part in arguments for a in (part if isinstance(part, list) else [part])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [f"{program.__name__}.py", *map(str, flat)])
        program.main()


@dataclass
class Built:
    """An experiment in the folder of a workflow."""

    root: Path
    plan: Plan
    name: str

    @property
    def experiment(self) -> Experiment:
        return self.plan.experiments[self.name]

    @property
    def folder(self) -> Path:
        return self.root / files.EXPERIMENT.format(experiment=self.name)

    @property
    def dataset(self) -> Path:
        return self.root / files.DATASET.format(dataset=self.experiment.dataset_name)

    def path(self, name: str) -> Path:
        return self.root / name

    @property
    def figures(self) -> list[str]:
        return [name for name, figure in drawings.FIGURES.items() if figure.when(self.experiment)]

    def read(self, name: str):
        """The content of a table of the experiment."""
        path = self.folder / name
        return artifacts.read_csv(path) if path.suffix == ".csv" else artifacts.read_json(path)

    def data(self, split: str = "train") -> list:
        folder = self.dataset
        return [
            "--images",
            folder / f"{split}_images.npy",
            "--labels",
            folder / f"{split}_labels.npy",
        ]

    def prepared(self, run: str) -> Path:
        return self.path(files.prepared(self.experiment, self.experiment.run(run).prepared))

    def train(self, run: str, output: Path, *more) -> None:
        settings = json.dumps(self.experiment.run(run).trained)
        arguments = ["--prepared", self.prepared(run), *self.data(), "--settings", settings]
        call(train, *arguments, "--output", output, *more)

    def validate(self, run: str, model: Path) -> None:
        arguments = ["--model", model, "--prepared", self.prepared(run), *self.data()]
        call(validate, *arguments, "--output", model.with_name("metrics.json"))

    def choose(self, program, folder: Path, output: Path, *more) -> None:
        planned = json.dumps(self.experiment.planned)
        about = ["--experiment", self.name, "--settings", planned, "--runs-folder", folder]
        call(program, *about, "--output", output, *more)

    def draw(self, figure: str) -> tuple[Path, Path]:
        """Draw a figure from the files that the workflow gives it; return PNG and SVG."""
        given = files.shown(self.experiment, drawings.FIGURES[figure].needs)
        flags = [
            part
            for name, paths in given.items()
            for part in (f"--{name}", *(self.path(path) for path in paths))
        ]
        png, svg = (self.folder / f"figures/{figure}.{kind}" for kind in ("png", "svg"))
        call(plot, figure, flags, "--experiment", self.name, "--folder", self.folder / "figures")
        return png, svg

    def build(self) -> None:
        """Make all that comes before the figures, in the order of the workflow."""
        experiment = self.experiment
        for key in experiment.prepared:
            settings = json.dumps(self.plan.prepared[experiment.dataset_name, key])
            output = self.path(files.prepared(experiment, key))
            info = self.dataset / "info.json"
            call(prepare, *self.data(), "--info", info, "--settings", settings, "--output", output)
        names, before, promoted = list(experiment.runs), None, []
        trained = []
        for rung, end in enumerate([*experiment.rungs, None]):
            rung = rung if end is not None else None
            folder = self.path(files.folder_of(experiment, rung))
            trained.append(names)
            for name in names:
                model = folder / name / "model.npz"
                part = ["--until-epoch", end] if end is not None else []
                self.train(
                    name,
                    model,
                    *part,
                    *(["--start", before / name / "model.npz"] if before else []),
                )
                self.validate(name, model)
            if end is not None:
                output = folder / "promoted.json"
                self.choose(
                    promote, folder, output, *(["--before", *promoted[-1:]] if promoted else [])
                )
                promoted.append(output)
                names, before = artifacts.read_json(output)["runs"], folder
        selection = self.folder / "selection.json"
        self.choose(select_best, self.folder / "runs", selection, "--promoted", promoted)
        tables = ["--runs", self.folder / "runs.csv", "--histories", self.folder / "histories.csv"]
        call(collect, "--selection", selection, *tables)
        last = files.last_models(experiment, trained)
        best = self.read("selection.json")["best_configuration"]
        for run in experiment.runs.values():
            if run.configuration == best:
                final = self.folder / f"final/seed={run.seed}/model.npz"
                final.parent.mkdir(parents=True)
                shutil.copy(self.path(last[run.name]), final)
        if experiment.has_test:
            self.test()

    def test(self) -> None:
        models = [self.path(path) for path in files.final_models(self.experiment)]
        evaluation = json.dumps(self.experiment.settings["evaluation"])
        fitted = [self.fit(name, models[0]) for name in self.experiment.settings["baselines"]]
        flags = ["--baselines", fitted, "--baseline-model", models[0]] if fitted else []
        call(
            test, "--models", models, *self.data("test"), "--info", self.dataset / "info.json",
            "--evaluation", evaluation, *flags, "--output", self.folder / "test.json",
            "--predictions", self.folder / "test_predictions.npz",
        )  # fmt: skip

    def fit(self, name: str, model: Path) -> Path:
        prepared = self.path(files.prepared(self.experiment, self.experiment.prepared[0]))
        output = self.folder / f"baselines/{name}.npz"
        call(baseline, name, "--model", model, "--prepared", prepared, *self.data(),
             "--output", output, "--numbers", output.with_suffix(".json"))  # fmt: skip
        return output


@pytest.fixture(scope="session")
def small_plan(root) -> Plan:
    """EXPERIMENTS, on 240 digits for training and 60 for the test, and on a spiral of 60 points."""
    config = yaml.safe_load((root / "config.yaml").read_text())
    schema = config_schema()
    datasets = {name: config["datasets"][name] for name in ("digits", "spiral")}
    datasets["digits"] |= {"train_size": 240, "test_size": 60}
    datasets["spiral"] |= {"points_per_class": 20}
    small = {"datasets": datasets, "experiments": EXPERIMENTS, "targets": ["plain"]}
    return Plan(json.loads(json.dumps(small)), schema)


@pytest.fixture(scope="session")
def parsed(tmp_path_factory, small_plan) -> Path:
    """The folder of a workflow in which both datasets are parsed."""
    root = tmp_path_factory.mktemp("workflow")
    arrays = sklearn_digits()
    for role in arrays:
        write_idx(root / f"{role}.gz", arrays[role][: 60 if role.startswith("test") else 240])
    raw = ["--raw", *(f"{role}={root / role}.gz" for role in arrays)]
    for dataset, files_of in {"digits": raw, "spiral": []}.items():
        folder = root / files.DATASET.format(dataset=dataset)
        settings = json.dumps(small_plan.parsed(dataset))
        call(parse, "--settings", settings, *files_of, "--output-folder", folder)
        shutil.copy(folder / "info.json", folder / ".info.json")  # which jobs read
    return root


@pytest.fixture(scope="session")
def finished(parsed, small_plan):
    """finished(name): an experiment that is built once; it is shared, so leave its files alone."""
    made: dict[str, Built] = {}

    def build(name: str) -> Built:
        if name not in made:
            made[name] = Built(parsed, small_plan, name)
            made[name].build()
        return made[name]

    return build


@pytest.fixture
def built(finished, tmp_path):
    """built(name): a copy of a finished experiment, to be spoilt."""

    def copied(name: str) -> Built:
        original = finished(name)
        root = tmp_path / "copy"
        for folder in (original.folder, original.dataset):
            shutil.copytree(folder, root / folder.relative_to(original.root))
        return Built(root, original.plan, name)

    return copied


@pytest.fixture
def refused(capsys):
    """refused(function, ...): what a user reads of a call that ends in an error, one message."""

    def refused(function, *arguments) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit:
            artifacts.cli(lambda: function(*arguments))
        assert exit.value.code == 1
        message = capsys.readouterr().err
        assert message.startswith("error: ") and message.count("\n") == 1, message
        return message

    return refused


@pytest.fixture
def run_program():
    """run_program(program, argument, ...): its main, in this process."""
    return call


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_datasets() -> Path:
    """The folder of the real MNIST and CIFAR-10 files; the test is skipped where there is none."""
    folder = Path(os.environ.get("NN_DATASETS", ROOT.parent / "shared" / "datasets"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder} (set NN_DATASETS to a folder with mnist/, cifar10/)")
    return folder
