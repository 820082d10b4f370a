"""The files that the workflow makes, by name: what a stage needs, and what a target builds."""

from collections.abc import Callable, Iterable

from .experiment import Experiment

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


def arrays(dataset: str, *splits: str) -> list[str]:
    """The parsed arrays of a dataset; only the rule `test` asks for the split "test"."""
    folder = DATASET.format(dataset=dataset)
    return [f"{folder}/{split}_{part}.npy" for split in splits for part in ("images", "labels")]


def prepared(experiment: Experiment, key: str) -> str:
    """Prepared data of an experiment, by their key."""
    return f"{DATASET.format(dataset=experiment.dataset_name)}/prepared/{key}.npz"


def folder_of(experiment: Experiment, rung: int | None = None) -> str:
    """Where runs are trained: to the end, or to a rung of halving."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    return f"{folder}/runs" if rung is None else f"{folder}/rungs/{rung}"


def of_runs(
    experiment: Experiment, rung: int | None, runs: Iterable[str], *names: str
) -> list[str]:
    """Files with these names of some runs."""
    folder = folder_of(experiment, rung)
    return [f"{folder}/{run}/{name}" for run in runs for name in names]


def last_models(experiment: Experiment, trained: list[list[str]]) -> dict[str, str]:
    """The model of each run where it was trained longest.

    ``trained`` has the runs of every rung of halving, then those that were trained to the end.
    """
    rungs = [*range(len(experiment.rungs)), None]
    return {
        run: f"{folder_of(experiment, rung)}/{run}/model.npz"
        for rung, runs in zip(rungs, trained, strict=True)
        for run in runs
    }


def final_models(experiment: Experiment) -> list[str]:
    """The networks that are tested and shown, one a seed."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    return [f"{folder}/final/seed={seed}/model.npz" for seed in experiment.seeds]


def in_dataset(dataset: str, name: str) -> str:
    """A file of a dataset, by its name."""
    return f"{DATASET.format(dataset=dataset)}/{name}"


def shown(
    experiment: Experiment,
    needs: Iterable[str],
    of_dataset: Callable[[str, str], str] = in_dataset,
) -> dict[str, list[str]]:
    """The files that a figure may need, by the names that scripts/drawings has for them.

    ``of_dataset`` gives a file of a dataset as jobs read it.
    """
    folder, dataset = EXPERIMENT.format(experiment=experiment.name), experiment.dataset_name
    files = {
        "selection": [f"{folder}/selection.json"],
        "histories": [f"{folder}/histories.csv"],
        "models": final_models(experiment),
        "test": [f"{folder}/test.json"],
        "predictions": [f"{folder}/test_predictions.npz"],
        "prepared": [prepared(experiment, experiment.prepared[0])],
        "info": [of_dataset(dataset, ".info.json")],
        "images": [of_dataset(dataset, "train_images.npy")],
        "labels": [of_dataset(dataset, "train_labels.npy")],
    }
    return {name: files[name] for name in needs}


def figures(experiment: Experiment, names: Iterable[str], *kinds: str) -> list[str]:
    """Figures of an experiment, by their names."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    return [f"{folder}/figures/{name}.{kind}" for name in names for kind in kinds]


def selection(experiment: Experiment) -> str:
    """The choice among the runs of an experiment."""
    return f"{EXPERIMENT.format(experiment=experiment.name)}/selection.json"


def tables(experiment: Experiment) -> list[str]:
    """What the summary reads of an experiment."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    test = [f"{folder}/test.json"] * experiment.has_test
    return [f"{folder}/selection.json", f"{folder}/runs.csv", *test]


def collected(experiment: Experiment) -> list[str]:
    """What the report reads of an experiment."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    return [f"{folder}/{name}" for name in ("selection.json", "runs.csv", "histories.csv")]


def baselines(experiment: Experiment, *kinds: str) -> list[str]:
    """Of the classifiers that are fitted beside the network."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    names = experiment.settings["baselines"]
    return [f"{folder}/baselines/{name}.{kind}" for name in names for kind in kinds]


def studies(experiment: Experiment, *kinds: str) -> list[str]:
    """Of the experiments that are code."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    names = experiment.settings["studies"]
    return [f"{folder}/studies/{name}.{kind}" for name in names for kind in kinds]


def artifacts(experiment: Experiment, trained: list[list[str]]) -> list[str]:
    """All that an experiment leaves but its figures: a file that was deleted is missed, and made again.

    ``trained`` as in `last_models`.
    """
    folder = EXPERIMENT.format(experiment=experiment.name)
    dataset = experiment.dataset_name
    splits = ["train", "test"] if experiment.has_test else ["train"]
    rungs = range(len(experiment.rungs))
    made = [f"{DATASET.format(dataset=dataset)}/info.json", *arrays(dataset, *splits)]
    made += [prepared(experiment, key) for key in experiment.prepared]
    made += [f"results/gradient_checks/{name}.csv" for name in experiment.architectures]
    for rung, runs in zip([*rungs, None], trained, strict=True):
        made += of_runs(experiment, rung, runs, "model.npz", "metrics.json")
    made += [f"{folder}/rungs/{rung}/promoted.json" for rung in rungs]
    made += [*tables(experiment), f"{folder}/histories.csv", *final_models(experiment)]
    made += [f"{folder}/test_predictions.npz"] * experiment.has_test
    made += baselines(experiment, "npz", "json") + studies(experiment, "csv", "md", "json")
    return made
