"""Defaults for experiments on own data: CSV tables, archives of arrays, folders of pictures.

Published experiments state their recipe. This one has to suit unseen data. On tables of a hundred to
some thousand rows it comes within two points of scikit-learn's MLPClassifier behind a
StandardScaler, see benchmarks/own_data.py.
"""

from typing import Any

VALIDATION = 0.2
ITERATIONS, EPOCHS = 2000, 10  # the longer of the two
EVALUATIONS = 100
TRAINING = {"optimizer": "adam", "schedule": "cosine", "l2": 0.001}
FEW = 1000  # examples; with fewer, batches are smaller, so an epoch has enough steps
BATCH_SIZE = {"few": 16, "many": 32}
LEARNING_RATE = {
    "table": 0.01,
    "images": 0.001,
}  # of Adam; with more, networks do not learn from pixels
ALIKE = ("adam", "adamw")  # other optimizers keep the default rate of the schema

BASELINES = ["majority", "logistic_regression"]  # what the network is worth is seen beside these


def completed(
    given: dict[str, Any], settings: dict[str, Any], dataset: dict[str, Any]
) -> dict[str, Any]:
    """Return resolved ``settings``, with the defaults of own data for keys that ``given`` lacks.

    ``given`` is the experiment in the config; ``dataset`` has the sizes that were found.
    """
    split = _open({"validation": VALIDATION, "take": "stratified"}, given.get("split") or {})
    if size := dataset.get("validation_size"):  # the last rows are the user's own validation split
        split |= {"validation": size, "take": "last"}
    completed = {"split": settings["split"] | split}
    if "preparation" not in given:
        completed["preparation"] = ["standardize" if is_table(dataset) else "unit"]
    if "baselines" not in given:
        completed["baselines"] = BASELINES
    completed["training"] = _training(given.get("training") or {}, settings, dataset)
    return settings | completed


def _open(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the defaults for the keys that are not given."""
    return {key: value for key, value in defaults.items() if key not in given}


def is_table(dataset: dict[str, Any]) -> bool:
    """Is an example a row of numbers, not a picture?"""
    return len(dataset["shape"]) == 1


def _training(
    given: dict[str, Any], settings: dict[str, Any], dataset: dict[str, Any]
) -> dict[str, Any]:
    few = "few" if dataset["train_size"] < FEW else "many"
    recipe = TRAINING | {"batch_size": BATCH_SIZE[few]}
    if "weight_decay" in given:
        del recipe["l2"]
    training = settings["training"] | _open(recipe, given)
    name = training["optimizer"]
    name = name if isinstance(name, str) else name["name"]
    if name in ALIKE and "learning_rate" not in given:
        training["learning_rate"] = LEARNING_RATE["table" if is_table(dataset) else "images"]
    if training["epochs"] is None and training["iterations"] is None:
        long = dataset["train_size"] * EPOCHS > ITERATIONS * size_of(training, dataset)
        training |= {"epochs": EPOCHS} if long else {"iterations": ITERATIONS}
    if "evaluate_every" not in given and not (settings["halving"] or training["patience"]):
        epochs = training["epochs"]
        if epochs is None:
            epochs = training["iterations"] * size_of(training, dataset) / dataset["train_size"]
        training["evaluate_every"] = max(1, round(epochs / EVALUATIONS))
    return training


def size_of(training: dict[str, Any], dataset: dict[str, Any]) -> int:
    size = training["batch_size"]
    return dataset["train_size"] if size == "full" else size


def notes(given: dict[str, Any], settings: dict[str, Any], dataset: dict[str, Any]) -> list[str]:
    """Return notes on values of an experiment that have no effect, because the data decide."""
    size = dataset.get("validation_size")
    split = given.get("split") or {}
    other = [
        key
        for key in ("validation", "take")
        if split.get(key, settings["split"][key]) != settings["split"][key]
    ]
    if not size or not other:
        return []
    keys = " and ".join(f"split.{key}" for key in other)
    return [
        f"{keys} {'have' if len(other) > 1 else 'has'} no effect, because {settings['dataset']} comes "
        f"with a validation split of its own ({size} examples), which is used"
    ]
