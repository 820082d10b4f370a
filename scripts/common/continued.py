"""Sweeps that go on on another type of processor than they were begun on."""

import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from experiments import Plan, files

from . import artifacts, kernels


def tell_other_kernels(plan: Plan, jobs: Iterable[Any]) -> None:
    """Print a line for each experiment that ``jobs`` train on with other kernels than its finished runs."""
    for line in begun_elsewhere(plan, {str(file) for job in jobs for file in job.output}):
        print(line, file=sys.stderr)


def begun_elsewhere(plan: Plan, to_make: Collection[str]) -> Iterator[str]:
    """Say of each experiment with models among the files ``to_make`` if its others are of another kernel.

    One of the others is looked at: to open thousands would take seconds.
    """
    place = len(Path(files.EXPERIMENT).parts) - 1
    trained = (Path(file).parts for file in to_make if file.endswith("/model.npz"))
    names = {parts[place] for parts in trained if "final" not in parts}
    here = kernels.name(kernels.kernel())
    for name in sorted(names & plan.experiments.keys()):
        experiment = plan.experiments[name]
        rungs = (None, *range(len(experiment.rungs)))
        models = (
            m for r in rungs for m in files.of_runs(experiment, r, experiment.runs, "model.npz")
        )
        finished = next((m for m in models if m not in to_make and os.path.exists(m)), None)
        if not finished:
            continue
        config = json.loads(str(artifacts.load_arrays(finished, "config")["config"]))
        before = "; ".join(config.get("kernels", [here]))
        if before != here:
            yield (
                f"{name}: finished runs were trained with {before}, those of this call are with {here}: "
                "their last bits are not comparable (portable: true of config.yaml makes them so)"
            )
