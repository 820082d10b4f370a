# Which files an experiment has, and which of them a job names as its inputs.
# Needs: the plan. Makes: no file.

import functools
import json
import os
from pathlib import Path


def dataset_files(dataset, *splits):
    """The parsed arrays of a dataset; only the rule `test` asks for the split "test"."""
    folder = DATASET.format(dataset=dataset)
    arrays = [f"{folder}/{split}_{part}.npy" for split in splits for part in ("images", "labels")]
    return [*arrays, f"{folder}/info.json"]


exists = functools.cache(os.path.exists)  # each path as it was when it was first asked for

# Snakemake's time grows with the number of inputs. So a file stands for those it was made from, where it
# holds their checksums: prepared data for the parsed arrays; metrics.json for what the training wrote;
# promoted.json and selection.json for the metrics of all runs. A job that has such a file as an input
# has those behind it only where they were lost.


def lost(files, *stand_ins):
    """The files that are missing though one that stands for them is there: someone deleted them."""
    return [file for file in files if not exists(file)] if any(map(exists, stand_ins)) else []


def lost_of_runs(folder, runs, result, *files):
    """Files of runs that were lost; ``result`` is what was made of all these runs together."""
    return [
        file
        for run in (f"{folder}/{run}" for run in runs)
        for file in lost([f"{run}/{name}" for name in files], f"{run}/metrics.json", result)
    ]


def lost_models(experiment):
    folder, runs, selection = run_folders(experiment)[-1]
    return lost_of_runs(folder, runs, selection, "model.npz")


def prepared_file(experiment, key):
    return PREPARED.format(dataset=experiment.dataset_name, prepared=key)


def data_of(experiment, *prepared):
    """Prepared data of an experiment, by their keys, and what was lost of the arrays behind them."""
    files, arrays = [], dataset_files(experiment.dataset_name, "train")
    for file in (prepared_file(experiment, key) for key in prepared):
        files += [file, *lost(arrays, file)]
    return files


def run_data(wildcards):
    """What a run is trained and validated on."""
    return data_of(experiment_of(wildcards), run_of(wildcards).prepared)


def prepared_of(wildcards):
    """As a parameter: another split or dataset may have been prepared before the run was trained."""
    return prepared_file(experiment_of(wildcards), run_of(wildcards).prepared)


def final_models(experiment):
    """The models that are tested and shown: of the refit, or of runs, which the selection stands for."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    refit = [f"{folder}/refit/seed={seed}/model.npz" for seed in experiment.refit_seeds]
    return refit + lost_models(experiment)


def refit_flags(wildcards):
    return " ".join(map(str, ["--refit-seeds", *experiment_of(wildcards).refit_seeds]))


def baseline_files(experiment, baseline):
    folder = EXPERIMENT.format(experiment=experiment)
    return [f"{folder}/baselines/{baseline}.{kind}" for kind in ("npz", "json")]


def figure_inputs(experiment, figure):
    """What a figure shows, besides the selection."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    if figure in ("learning_curves", "loss_history"):
        file = {"learning_curves": "history.csv", "loss_history": "losses.npy"}[figure]
        return lost_of_runs(*run_folders(experiment)[-1], file)
    if figure == "decision_boundary":
        return final_models(experiment) + dataset_files(experiment.dataset_name, "train")
    if figure == "first_layer_weights":
        return final_models(experiment)
    if figure == "confusion_matrix":
        return [f"{folder}/test.json"]
    return []


def metrics_of(folder, runs):
    return [f"{folder}/{run}/metrics.json" for run in runs]


def results_of(experiment):
    """The files with an experiment's results."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    return [f"{folder}/selection.json"] + [f"{folder}/test.json"] * experiment.has_test


def lost_metrics(experiment):
    return [
        file for place in run_folders(experiment) for file in lost_of_runs(*place, "metrics.json")
    ]


def survivors(experiment, rung):
    """The runs that train on after a rung of successive halving; before the first, all of them."""
    if rung < 0:
        return list(experiment.runs)
    promoted = checkpoints.promote.get(experiment=experiment.name, rung=rung).output[0]
    # Of a build that was cut off, promoted.json may have runs that the sweep has no more.
    return [run for run in json.loads(Path(promoted).read_text())["runs"] if run in experiment.runs]


def finished_runs(experiment):
    """The runs that train to the end."""
    return survivors(experiment, len(experiment.rungs) - 1)


def run_folders(experiment):
    """Where runs are trained, which, and what is made of them: of each rung of halving, then the end."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    rungs = [
        (f"{folder}/rungs/{n}", survivors(experiment, n - 1), f"{folder}/rungs/{n}/promoted.json")
        for n in range(len(experiment.rungs))
    ]
    return [*rungs, (f"{folder}/runs", finished_runs(experiment), f"{folder}/selection.json")]


def figures_of(experiment, *kinds):
    folder = EXPERIMENT.format(experiment=experiment.name)
    return [f"{folder}/figures/{figure}.{kind}" for figure in experiment.figures for kind in kinds]


def shown_of(experiment):
    """What the report shows of an experiment."""
    folder = EXPERIMENT.format(experiment=experiment.name)
    studies = [f"{folder}/{study}.html" for study in experiment.settings["studies"]]
    return figures_of(experiment, "png") + studies


def artifacts_of(*experiments):
    """What experiments leave, so that a file that was deleted is missed and made again."""
    made = []
    for experiment in experiments:
        folder = EXPERIMENT.format(experiment=experiment.name)
        made += results_of(experiment) + dataset_files(experiment.dataset_name, "train")
        made += [f"{folder}/test_predictions.npz"] * experiment.has_test
        made += data_of(experiment, *experiment.prepared)
        made += [f"results/gradient_checks/{name}.csv" for name in experiment.architectures]
        *rungs, end = run_folders(experiment)
        for folder_of_rung, runs, promoted in rungs:
            files = [*RUN_FILES, "state.npz", "metrics.json"]
            made += [promoted, *lost_of_runs(folder_of_rung, runs, promoted, *files)]
        made += lost_of_runs(*end, *RUN_FILES, "metrics.json")
        for seed in experiment.refit_seeds:
            made += [f"{folder}/refit/seed={seed}/{file}" for file in RUN_FILES]
        for baseline in experiment.settings["baselines"]:
            made += baseline_files(experiment.name, baseline)
        for study in experiment.settings["studies"]:
            made += [f"{folder}/{study}.{kind}" for kind in ("csv", "md", "html")]
        made += figures_of(experiment, "png", "svg")
    return made
