"""Train a bundle: several runs of an experiment in one process.

Small networks of one shape train together, which is faster and changes no byte; other runs train one
after the other. Writes one .npz with the models of all runs, each as scripts/train.py writes it.
Finished runs are kept in a folder next to the output until the bundle is complete: a killed bundle
repeats none of them, and continues the runs it was in from their checkpoints. A run that fails or
diverges is a result.
"""

import argparse
import io
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, redirect_stdout
from itertools import groupby
from pathlib import Path
from typing import Any

import cli
import train
from experiments import ConfigError, Experiment, Run
from experiments.bundles import runs_in
from experiments.stacks import stacks
from files import artifacts
from files.bundles import Bundle, join
from files.models import model_in
from files.prepared import load_prepared
from nn import Trainer
from origin.record import code_of, digest, file_digest


def planned(options: argparse.Namespace) -> list[Run]:
    """Return the runs of the bundle, in the order of the experiment."""
    experiment = Experiment(options.experiment, options.plan)
    if options.refit:
        refits = (experiment.refit(options.refit, seed) for seed in experiment.seeds)
        runs = {run.name: run for run in refits}
    else:
        runs = experiment.runs
    names = list(runs)
    if options.promoted:
        names = artifacts.read_json(options.promoted)["runs"]
    found = [runs[name] for name in runs_in(options.bundle, names)]
    if not found:
        raise ConfigError(f"{options.bundle}: no run of {options.experiment} is in this bundle")
    return found


def prepared_file(run: Run, files: Iterable[Path]) -> Path:
    """Return the prepared data of a run: the file whose name is its key, up to a dot."""
    for file in files:
        if file.name.startswith(f"{run.prepared}."):
            return file
    raise artifacts.ArtifactError(
        f"{run.name}: no prepared data, expected a file {run.prepared}.npz"
    )


class Log(io.TextIOBase):
    """Standard output that names the run of the lines that follow, when it changes."""

    def __init__(self, runs: list[Run]):
        self.stream = sys.stdout
        self.run = self.named = runs[0].name if len(runs) == 1 else ""

    def write(self, text: str) -> int:
        if self.run != self.named:
            self.named = self.run
            self.stream.write(f"run {self.run}\n")
        return self.stream.write(text)

    def flush(self) -> None:
        self.stream.flush()


def train_run(run: Run, model: Path, log: Log, *options: Any) -> Iterator[Trainer]:
    """Train a run until its model is complete or a signal arrives."""
    log.run = run.name
    for trainer in train.train_file(model, run.trained, *options):
        yield trainer
        log.run = run.name  # others took their steps


def train_runs(runs: list[Run], options: argparse.Namespace, parts: Path) -> dict[str, Path]:
    """Train the unfinished runs; return the model file of each run, in their order."""
    models: dict[str, Path] = {}
    code, log = options.code or code_of(train.__file__), Log(runs)
    file_of = {run.name: prepared_file(run, options.prepared) for run in runs}
    alike = groupby(sorted(runs, key=lambda run: file_of[run.name]), lambda run: file_of[run.name])
    with Bundle(options.start) if options.start else nullcontext() as before, redirect_stdout(log):
        for file, group in alike:  # one preparation in memory at a time
            group = list(group)
            steps = group[0].trained["preparation"]
            data = load_prepared(file, steps, options.images, options.labels)
            prepared, examples = file_digest(file), len(data.split["training"])
            shape = data.preparation.inputs, len(data.info["classes"]), examples
            for stack in stacks(group, *shape):
                trainings = []
                for run in stack:
                    origin = train.origin_of(run.trained, data, prepared, code)
                    models[run.name] = parts / f"{digest([origin, options.until_epoch])}.npz"
                    if models[run.name].exists():
                        continue
                    start = model_in(before, run.name) if before else None
                    rest = data, origin, start, options.until_epoch, options.threads
                    trainings.append(train_run(run, models[run.name], log, *rest))
                train.train_files(trainings)
    return {run.name: models[run.name] for run in runs}


def main() -> None:
    parser = cli.parser(__doc__)
    parser.add_argument("--experiment", required=True, help="its name, for messages")
    parser.add_argument(
        "--plan",
        required=True,
        type=cli.json_with("dataset", "seeds", "sweep"),
        help="JSON: the settings that the list of runs depends on",
    )
    parser.add_argument(
        "--bundle",
        required=True,
        help="a run, or bundle=BITS: the runs whose names have a SHA-256 that starts with these bits",
    )
    parser.add_argument(
        "--promoted", type=Path, help="promoted.json of the rung before: train only its runs"
    )
    parser.add_argument(
        "--start", type=Path, help="the bundle of the rung before, to continue from"
    )
    parser.add_argument(
        "--refit",
        type=cli.json_with("network", "training", "preparation", "split"),
        help="JSON: the selected settings; the runs are seed=<k>, trained without a validation part",
    )
    parser.add_argument(
        "--prepared",
        required=True,
        nargs="+",
        type=Path,
        help="the prepared data of its runs, .npz",
    )
    train.add_options(parser)
    parser.add_argument("--output", required=True, type=Path, help="the bundle, .npz")
    options = parser.parse_args()
    runs = planned(options)
    parts = options.output.with_name(f".{options.output.stem}.parts")
    try:
        join(options.output, train_runs(runs, options, parts))
    except (SystemExit, KeyboardInterrupt):  # a signal, perhaps between two runs
        finished = len(set(parts.glob("*.npz")) - set(parts.glob("*.checkpoint.npz")))
        print(f"{train.INTERRUPTED}: {finished} of {len(runs)} runs are finished", flush=True)
        raise
    shutil.rmtree(parts)


if __name__ == "__main__":
    cli.run(main)
