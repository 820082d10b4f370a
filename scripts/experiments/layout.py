"""The layout of results/: the files that each stage needs, and those that a target builds."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from .bundles import divided
from .experiment import Experiment
from .naming import digest
from .resources import training_seconds
from .run import Run

DATASET = "results/datasets/{dataset}"
EXPERIMENT = "results/experiments/{experiment}"
# The report's template and its parts, in workflow/report.
PAGE = (
    "report.html.j2",
    "report.css",
    "report.js",
    "vendor/echarts.min.js",
    "vendor/tabulator.min.js",
    "vendor/tabulator_simple.min.css",
)


def in_dataset(plan: Any, dataset: str, name: str) -> str:
    """Return a file of a parsed dataset; its path has the digest of settings, raw data and code."""
    return f"{DATASET.format(dataset=dataset)}/{plan.data_digests[dataset]}/{name}"


def parsed(plan: Any, dataset: str) -> list[str]:
    """Return all files of a parsed dataset; only the rule `evaluate` reads the split "test"."""
    splits = ["train", "test"] if plan.datasets[dataset]["test_size"] else ["train"]
    arrays = [f"{split}_{part}.npy" for split in splits for part in ("images", "labels")]
    names = ["info.json", *arrays]
    if "test" in splits:
        names.append("test_sources.csv")
    return [in_dataset(plan, dataset, name) for name in names]


def prepared(experiment: Experiment, key: str) -> str:
    """Return prepared data of an experiment, by their key."""
    return prepared_in(experiment.plan, experiment.dataset_name, key)


@cache
def prepared_in(plan: Any, dataset: str, key: str) -> str:
    """Return prepared data of a dataset, by the key of split and steps, which the name begins with."""
    made_from = digest([key, plan.data_digests[dataset], plan.code("prepare")], 10)
    return in_dataset(plan, dataset, f"prepared/{key}.{made_from}.npz")


def checked(plan: Any, architecture: str) -> str:
    """Return the gradient check of an architecture, by the key of its settings."""
    made_from = digest([architecture, plan.code("check_gradients")], 10)
    return f"results/gradient_checks/{architecture}.{made_from}.csv"


def folder_of(experiment: Experiment, rung: int | None = None) -> str:
    """Return the folder of the bundles that are trained to the end, or to a rung of halving."""
    return path(experiment, "bundles" if rung is None else f"rungs/{rung}")


def bundled(
    experiment: Experiment, rung: int | None = None, left: frozenset[str] | None = None
) -> dict[str, list[Run]]:
    """Return the runs of each bundle that is trained to a rung of halving or to the end, by its stem.

    The stem is the path without ``.npz`` or ``.json``. Its digest covers settings, data and code.
    ``left`` has the names of the runs that halving has not dropped before; None means all.
    """
    until = None if rung is None else experiment.rungs[rung]
    groups = _all_bundles(experiment)
    if left is not None:
        groups = {k: [run for run in runs if run.name in left] for k, runs in groups.items()}
    return _by_stem(experiment, folder_of(experiment, rung), groups, until)


def refitted(experiment: Experiment, settings: dict[str, Any]) -> dict[str, list[Run]]:
    """Return the same for the final trainings with the selected settings, one per seed."""
    runs = [experiment.refit(settings, seed) for seed in experiment.seeds]
    return _by_stem(experiment, path(experiment, "refits"), _divided(experiment, runs))


@cache
def _all_bundles(experiment: Experiment) -> dict[str, list[Run]]:
    return _divided(experiment, experiment.runs.values())


def _divided(experiment: Experiment, runs: Iterable[Run]) -> dict[str, list[Run]]:
    by_name = {run.name: run for run in runs}
    seconds = {name: training_seconds(run) for name, run in by_name.items()}
    groups = divided(seconds, experiment.plan.config["bundle_seconds"])
    return {bundle: [by_name[name] for name in names] for bundle, names in groups.items()}


def _by_stem(
    experiment: Experiment, folder: str, groups: dict[str, list[Run]], until: int | None = None
) -> dict[str, list[Run]]:
    plan, found = experiment.plan, {}
    shared = [until, plan.data_digests[experiment.dataset_name]]
    shared += [plan.code("train"), plan.code("files/bundles")]
    for bundle, runs in groups.items():
        if runs:
            made = [(run.name, run.trained, prepared(experiment, run.prepared)) for run in runs]
            found[f"{folder}/{bundle}.{digest([bundle, made, *shared], 10)}"] = runs
    return found


def path(experiment: Experiment, name: str) -> str:
    return f"{EXPERIMENT.format(experiment=experiment.name)}/{name}"


def of(experiment: Experiment, *names: str) -> list[str]:
    return [path(experiment, name) for name in names]


def final_models(experiment: Experiment) -> list[str]:
    """Return the networks that are tested and shown, one per seed."""
    return of(experiment, *(f"final/seed={seed}/model.npz" for seed in experiment.seeds))


def shown(experiment: Experiment, needs: Iterable[str]) -> dict[str, list[str]]:
    """Return the files that a figure may need, by their names in scripts/figures."""
    info, images, labels, *_ = parsed(experiment.plan, experiment.dataset_name)
    files = {
        "selection": of(experiment, "selection.json"),
        "histories": of(experiment, "histories.csv"),
        "models": final_models(experiment),
        "test": of(experiment, "test.json"),
        "predictions": of(experiment, "test_predictions.npz"),
        "prepared": [prepared(experiment, experiment.prepared[0])],
        "info": [info],
        "images": [images],
        "labels": [labels],
    }
    return {name: files[name] for name in needs}


def tables(experiment: Experiment) -> list[str]:
    """Return the tables that the summary reads."""
    names = ["selection.json", "runs.csv"]
    if experiment.has_test:
        names.append("test.json")
    return of(experiment, *names)


def predictions(experiment: Experiment) -> list[str]:
    """Return the answers on the test split."""
    return of(experiment, "test_predictions.npz", "test_predictions.csv")


def baselines(experiment: Experiment) -> list[str]:
    """Return the numbers of the baselines, and the fitted baselines."""
    wanted = experiment.settings["baselines"]
    return of(experiment, "baselines.json", "baselines.npz") if wanted else []


def studies(experiment: Experiment, *kinds: str) -> list[str]:
    names = experiment.settings["studies"]
    return of(experiment, *(f"studies/{name}.{kind}" for name in names for kind in kinds))


def data(experiment: Experiment) -> list[str]:
    """Return the data and gradient checks of an experiment, which have digests in their names."""
    made = parsed(experiment.plan, experiment.dataset_name)
    made += [prepared(experiment, key) for key in experiment.prepared]
    return made + [checked(experiment.plan, name) for name in experiment.architectures]


def artifacts(experiment: Experiment) -> list[str]:
    """Return the files of an experiment to rebuild, without data, gradient checks, bundles and figures."""
    rungs = range(len(experiment.rungs))
    made = of(experiment, *(f"rungs/{rung}/promoted.json" for rung in rungs))
    made += [*tables(experiment), *of(experiment, "histories.csv"), *final_models(experiment)]
    if experiment.has_test:
        made += predictions(experiment)
    made += baselines(experiment) + studies(experiment, "csv", "md", "json")
    return made
