"""The files that the workflow makes, by name: what a stage needs, and what a target builds."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from .bundles import divided
from .experiment import Experiment, Run
from .naming import digest
from .resources import training_seconds

if TYPE_CHECKING:
    from .plan import Plan

DATASET = "results/datasets/{dataset}"
EXPERIMENT = "results/experiments/{experiment}"
# The report's template, and what it takes in, in workflow/report.
PAGE = (
    "report.html.j2",
    "report.css",
    "report.js",
    "vendor/echarts.min.js",
    "vendor/tabulator.min.js",
    "vendor/tabulator_simple.min.css",
)


def in_dataset(plan: "Plan", dataset: str, name: str) -> str:
    """A file of a parsed dataset; the digest of all that decides its bytes is in its path."""
    return f"{DATASET.format(dataset=dataset)}/{plan.data_digests[dataset]}/{name}"


def parsed(plan: "Plan", dataset: str) -> list[str]:
    """All files of a parsed dataset; only the rule `test` reads the split "test"."""
    splits = ["train", "test"] if plan.datasets[dataset]["test_size"] else ["train"]
    arrays = [f"{split}_{part}.npy" for split in splits for part in ("images", "labels")]
    sources = ["test_sources.csv"] * ("test" in splits)
    return [in_dataset(plan, dataset, name) for name in ("info.json", *arrays, *sources)]


def prepared(experiment: Experiment, key: str) -> str:
    """Prepared data of an experiment, by their key."""
    return prepared_in(experiment.plan, experiment.dataset_name, key)


@cache
def prepared_in(plan: "Plan", dataset: str, key: str) -> str:
    """Prepared data of a dataset, by their key, which stands for split and steps.

    The key is what stands before the last dot of the stem.
    """
    made_from = digest([key, plan.data_digests[dataset], plan.code("prepare")], 10)
    return in_dataset(plan, dataset, f"prepared/{key}.{made_from}.npz")


def checked(plan: "Plan", architecture: str) -> str:
    """The gradient check of an architecture, by its key, which stands for the settings."""
    made_from = digest([architecture, plan.code("gradient_check")], 10)
    return f"results/gradient_checks/{architecture}.{made_from}.csv"


def folder_of(experiment: Experiment, rung: int | None = None) -> str:
    """Where bundles are trained: to the end, or to a rung of halving."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    return f"{folder}/bundles" if rung is None else f"{folder}/rungs/{rung}"


def bundled(
    experiment: Experiment, rung: int | None = None, left: frozenset[str] | None = None
) -> dict[str, list[Run]]:
    """The runs of each bundle that is trained to a rung of halving or to the end, by its stem.

    The stem is the path without ``.npz`` or ``.json``. Its digest covers all that decides the bytes.

    Args:
        left: the names of the runs that halving has not dropped before; None for all.
    """
    until = None if rung is None else experiment.rungs[rung]
    groups = {
        name: [run for run in runs if left is None or run.name in left]
        for name, runs in _all_bundles(experiment).items()
    }
    return _by_stem(experiment, folder_of(experiment, rung), groups, until)


def refitted(experiment: Experiment, settings: dict[str, Any]) -> dict[str, list[Run]]:
    """The same of the final trainings with the selected settings, one a seed."""
    runs = [experiment.refit(settings, seed) for seed in experiment.seeds]
    folder = f"{EXPERIMENT.format(experiment=experiment.name)}/refits"
    return _by_stem(experiment, folder, _divided(experiment, runs))


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


def of(experiment: Experiment, *names: str) -> list[str]:
    """Files in the folder of an experiment."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    return [f"{folder}/{name}" for name in names]


def model_of(experiment: Experiment, run: str) -> str:
    """The model of one run, taken out of its bundle."""
    return of(experiment, f"runs/{run}/model.npz")[0]


def final_models(experiment: Experiment) -> list[str]:
    """The networks that are tested and shown, one a seed."""
    return of(experiment, *(f"final/seed={seed}/model.npz" for seed in experiment.seeds))


def shown(experiment: Experiment, needs: Iterable[str]) -> dict[str, list[str]]:
    """The files that a figure may need, by the names that scripts/drawings has for them."""
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


def figures(experiment: Experiment, names: Iterable[str], *kinds: str) -> list[str]:
    """Figures of an experiment, by their names."""
    return of(experiment, *(f"figures/{name}.{kind}" for name in names for kind in kinds))


def selection(experiment: Experiment) -> str:
    """The choice among the runs of an experiment."""
    return of(experiment, "selection.json")[0]


def tables(experiment: Experiment) -> list[str]:
    """What the summary reads of an experiment."""
    test = ["test.json"] * experiment.has_test
    return of(experiment, "selection.json", "runs.csv", *test)


def collected(experiment: Experiment) -> list[str]:
    """What the report reads of an experiment."""
    return of(experiment, "selection.json", "runs.csv", "histories.csv")


def baselines(experiment: Experiment) -> list[str]:
    """The numbers of the classifiers that are fitted beside the network, and what is kept of them."""
    wanted = experiment.settings["baselines"]
    return of(experiment, "baselines.json", "baselines.npz") if wanted else []


def studies(experiment: Experiment, *kinds: str) -> list[str]:
    """Of the experiments that are code."""
    names = experiment.settings["studies"]
    return of(experiment, *(f"studies/{name}.{kind}" for name in names for kind in kinds))


def data(experiment: Experiment) -> list[str]:
    """The data and gradient checks of an experiment, which have digests in their names."""
    made = parsed(experiment.plan, experiment.dataset_name)
    made += [prepared(experiment, key) for key in experiment.prepared]
    return made + [checked(experiment.plan, name) for name in experiment.architectures]


def artifacts(experiment: Experiment) -> list[str]:
    """What an experiment leaves, without its data, gradient checks, bundles and figures.

    A file that was deleted is missed, and made again.
    """
    made = of(experiment, *(f"rungs/{k}/promoted.json" for k in range(len(experiment.rungs))))
    made += [*tables(experiment), *of(experiment, "histories.csv"), *final_models(experiment)]
    predictions = of(experiment, "test_predictions.npz", "test_predictions.csv")
    made += predictions * experiment.has_test
    made += baselines(experiment) + studies(experiment, "csv", "md", "json")
    return made
