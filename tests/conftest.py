"""What every test may ask for: folders, the programs called as the workflow calls them, and small
experiments built with them.
"""

import compileall
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
import cli
import collect
import evaluate
import parse
import plot
import prepare
import promote
import select_best
import take
import train
import train_bundle
import validate
from configuration.schema import config_schema
from datasets import sklearn_digits, write_idx
from experiments import Experiment, layout
from experiments.plan import Plan
from figures import FIGURES
from files import artifacts
from origin import code_digest

# With it, every program of a workflow would compile the modules of scripts/ again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
cli.use_one_thread()  # as programs do

ROOT = Path(__file__).resolve().parent.parent
DIGEST = "0123456789"  # of each bundle
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
    "mixed": {
        **SMALL,
        "network": {"hidden": [4], "normalization": "batch", "dropout": 0.2},
        "sweep": {
            "grid": {
                "preparation": [["unit"], ["standardize"]],
                "training.augmentation": [[], [{"name": "shift", "pixels": 1}]],
                **RATES,
            }
        },
        "refit": {"training.epochs": 2},
    },
    "points": {
        "dataset": "spiral",
        "network": {"hidden": [8]},
        "training": {"learning_rate": 1.0, "epochs": 3, "batch_size": "full"},
    },
}


@pytest.fixture(scope="session", autouse=True)
def heard_signals() -> None:
    """Let processes of tests receive Ctrl-C and a closed terminal, even under `nohup` or `&`.

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
        return self.root / layout.EXPERIMENT.format(experiment=self.name)

    @property
    def dataset(self) -> Path:
        """The folder of its parsed data."""
        return self.root / layout.in_dataset(self.plan, self.experiment.dataset_name, "")

    def path(self, name: str) -> Path:
        return self.root / name

    @property
    def figures(self) -> list[str]:
        return [name for name, figure in FIGURES.items() if figure.when(self.experiment)]

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
        return self.path(layout.prepared(self.experiment, self.experiment.run(run).prepared))

    def train(self, run: str, output: Path, *more) -> None:
        settings = json.dumps(self.experiment.run(run).trained)
        arguments = ["--prepared", self.prepared(run), *self.data(), "--settings", settings]
        call(train, *arguments, "--output", output, *more)

    def bundle(self, rung: int | None = None) -> Path:
        """The file with all runs that were trained to the end, or to a rung of halving."""
        place = "bundles" if rung is None else f"rungs/{rung}"
        return self.folder / place / f"bundle=.{DIGEST}.npz"

    def metrics(self, run: str, rung: int | None = None) -> dict:
        return artifacts.read_json(self.bundle(rung).with_suffix(".json"))[run]

    def all_prepared(self) -> list:
        keys = self.experiment.prepared
        return ["--prepared", *(self.path(layout.prepared(self.experiment, key)) for key in keys)]

    def train_bundle(
        self, output: Path, *more, bundle: str = "bundle=", run=call, **changes
    ) -> None:
        """Train a bundle by run(program, argument, ...), with changes to the plan."""
        planned = json.dumps(self.experiment.planned | changes)
        about = ["--experiment", self.name, "--plan", planned, "--bundle", bundle]
        arguments = [*about, *self.data(), *self.all_prepared(), "--output", output]
        run(train_bundle, *arguments, *more)

    def validate(self, bundle: Path) -> None:
        arguments = ["--bundle", bundle, *self.data(), *self.all_prepared()]
        call(validate, *arguments, "--output", bundle.with_suffix(".json"))

    def choose(self, program, folder: Path, output: Path, *more) -> None:
        planned = json.dumps(self.experiment.planned)
        about = ["--experiment", self.name, "--settings", planned]
        metrics = ["--metrics", *sorted(folder.glob(f"*.{DIGEST}.json"))]
        call(program, *about, *metrics, "--output", output, *more)

    def collect(self) -> None:
        """Write both tables."""
        bundles = map(self.bundle, (*range(len(self.experiment.rungs)), None))
        call(
            collect, "--selection", self.folder / "selection.json",
            "--bundles", [bundle for bundle in bundles if bundle.exists()],
            "--runs", self.folder / "runs.csv", "--histories", self.folder / "histories.csv",
        )  # fmt: skip

    def draw(self, figure: str) -> tuple[Path, Path]:
        """Draw a figure from the files that the workflow gives it; return PNG and SVG."""
        given = layout.shown(self.experiment, FIGURES[figure].needs)
        flags = [
            part
            for name, paths in given.items()
            for part in (f"--{name}", *(self.path(path) for path in paths))
        ]
        png, svg = (self.folder / f"figures/{figure}.{kind}" for kind in ("png", "svg"))
        call(plot, figure, flags, "--experiment", self.name, "--folder", self.folder / "figures")
        return png, svg

    def prepare(self) -> None:
        """Make the prepared data of its runs and refits."""
        for key in {*self.experiment.prepared, *(run.prepared for run in self.experiment.refits)}:
            settings = json.dumps(self.plan.prepared[self.experiment.dataset_name, key])
            output = self.path(layout.prepared(self.experiment, key))
            info = self.dataset / "info.json"
            call(prepare, *self.data(), "--info", info, "--settings", settings, "--output", output)

    def build(self) -> None:
        """Make all that comes before the figures, in the order of the workflow."""
        experiment = self.experiment
        self.prepare()
        names, before, promoted = list(experiment.runs), None, []
        for rung, end in enumerate([*experiment.rungs, None]):
            rung = rung if end is not None else None
            output = self.bundle(rung)
            if names:
                part = ["--until-epoch", end] if end is not None else []
                start = ["--start", before, "--promoted", promoted[-1]] if before else []
                self.train_bundle(output, *part, *start)
                self.validate(output)
            if end is not None:
                promoted.append(output.with_name("promoted.json"))
                last = ["--before", promoted[-2]] if rung else []
                self.choose(promote, output.parent, promoted[-1], *last)
                names, before = artifacts.read_json(promoted[-1])["runs"], output
        selection = self.folder / "selection.json"
        self.choose(select_best, output.parent, selection, "--promoted", promoted)
        self.collect()
        taken = [f"{name}={self.folder}/runs/{name}/model.npz" for name in names]
        if taken:
            call(take, "--bundle", output, "--runs", taken)
        chosen = self.read("selection.json")
        for row in chosen["measured"]:
            if row["configuration"] == chosen["best_configuration"]:
                final = self.folder / f"final/seed={row['seed']}/model.npz"
                call(take, "--bundle", self.bundle(row["rung"]), "--runs", f"{row['name']}={final}")
        if experiment.has_test:
            self.test()

    def test(self) -> None:
        models = [self.path(path) for path in layout.final_models(self.experiment)]
        evaluation = json.dumps(self.experiment.settings["evaluation"])
        names = self.experiment.settings["baselines"]
        images, labels = self.data()[1::2]
        trained = ["--training-images", images, "--training-labels", labels]
        flags = ["--baselines", self.fit(*names), *trained] if names else []
        call(
            evaluate, "--models", models, *self.data("test"), "--info", self.dataset / "info.json",
            "--sources", self.dataset / "test_sources.csv", "--evaluation", evaluation, *flags,
            "--output", self.folder / "test.json",
            "--predictions", self.folder / "test_predictions.npz",
            "--table", self.folder / "test_predictions.csv",
        )  # fmt: skip

    def fit(self, *names: str) -> Path:
        """Fit baselines next to the first final network; return the file with their numbers."""
        output = self.folder / "baselines.json"
        call(
            baseline, *names, "--settings", json.dumps(self.experiment.settings),
            "--prepared", self.path(layout.prepared(self.experiment, self.experiment.prepared[0])),
            *self.data(), "--model", self.path(layout.final_models(self.experiment)[0]),
            "--output", output.with_suffix(".npz"), "--numbers", output,
        )  # fmt: skip
        return output


def pytest_configure(config) -> None:
    """Compile and digest the programs once, before workers start: copies of the project inherit both."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(ROOT / "scripts", quiet=1)
        for program in (ROOT / "scripts").glob("*.py"):
            code_digest.digest(program)


def pytest_report_header() -> str:
    return (
        "the default tests take about four minutes on two cores; CONTRIBUTING.md lists the others"
    )


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
        folder = root / layout.in_dataset(small_plan, dataset, "")
        settings = json.dumps(small_plan.parsed(dataset))
        call(parse, "--settings", settings, *files_of, "--output-folder", folder)
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


@pytest.fixture(scope="session")
def mixed(parsed, small_plan) -> Built:
    """An experiment of 16 runs with prepared data, that nobody builds: half of the runs diverge."""
    mixed = Built(parsed, small_plan, "mixed")
    mixed.prepare()
    return mixed


@pytest.fixture(scope="session")
def swept(parsed, small_plan) -> Built:
    """An experiment of 12 runs with prepared data: three networks, half of whose runs diverge."""
    swept = Built(parsed, small_plan, "swept")
    swept.prepare()
    return swept


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
    """refused(function, ...): the one message that a user reads after an error."""

    def refused(function, *arguments) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit:
            cli.run(lambda: function(*arguments))
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
    """The folder of the real MNIST and CIFAR-10 files; the test is skipped without it."""
    folder = Path(os.environ.get("NN_DATASETS", ROOT.parent / "shared" / "datasets"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder} (set NN_DATASETS to a folder with mnist/, cifar10/)")
    return folder
