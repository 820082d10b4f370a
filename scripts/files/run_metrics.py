"""The metrics that `validate` wrote for the runs of an experiment, as the selection reads them."""

from pathlib import Path

from evaluation import MEANS
from experiments import Experiment, Run

from . import artifacts

# Every run's metrics have these keys.
READ = ("seed", "status", "reason", "epochs", "validation_images", *MEANS)


def read_metrics(experiment: Experiment, names: list[str], files: list[Path]) -> dict[str, dict]:
    """Read the metrics of some runs of an experiment, and add the keys that group them.

    Raises ArtifactError for a damaged file, and for a run that is in no file.
    """
    found = {}
    for path in files:
        content = artifacts.read_json(path)
        with artifacts.whole(path):
            if not isinstance(content, dict):
                raise ValueError("expected the metrics of each run")
            for name, metrics in content.items():
                missing = [key for key in READ if key not in metrics]
                if missing:
                    raise ValueError(f"{name} lacks {', '.join(missing)}")
        found |= content
    missing = [name for name in names if name not in found]
    if missing:
        raise artifacts.ArtifactError(f"{missing[0]}: it is in no file of metrics that was given")
    return {name: {**found[name], **_group(experiment.run(name))} for name in names}


def with_failed(experiment: Experiment, runs: dict[str, dict], found: dict[str, dict]) -> list:
    """Return ``runs`` with the seeds of their configurations that failed in earlier rungs of halving.

    Without them, a configuration that lost a seed would rank like a complete one. Configurations keep
    their order, seeds are in the order of the experiment. ``found`` has the metrics of failed runs.
    """
    seeds: dict[str, list[dict]] = {run["configuration"]: [] for run in runs.values()}
    for name, run in experiment.runs.items():
        if run.configuration in seeds:
            failed = {"seed": run.seed, "status": "failed", "reason": "failed in an earlier rung"}
            failed |= _group(run)
            seeds[run.configuration].append(runs.get(name) or found.get(name) or failed)
    return [run for group in seeds.values() for run in group]


def _group(run: Run) -> dict:
    return {"name": run.name, "configuration": run.configuration, **run.fold}
