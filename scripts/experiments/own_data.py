"""Defaults for experiments on own data: CSV tables, archives of arrays, folders of pictures.

On tables of a hundred to some thousand rows this recipe comes within two points of scikit-learn's
MLPClassifier behind a StandardScaler, see benchmarks/own_data.py.
"""

from typing import Any

from components.registry import component_name

SPLIT = {"validation": 0.2, "take": "stratified"}
ITERATIONS, EPOCHS = 2000, 10  # the longer of the two
EVALUATIONS = 100
TRAINING = {"optimizer": "adam", "schedule": "cosine", "l2": 0.001}
FEW = 1000  # with fewer examples, batches are smaller, so an epoch has enough steps
BATCH_SIZE = {"few": 16, "many": 32}
LEARNING_RATE = {"table": 0.01, "images": 0.001}  # of Adam; at 0.01 it does not learn from pixels
ADAM = ("adam", "adamw")  # other optimizers keep the default rate of the schema
BASELINES = ["majority", "logistic_regression"]  # simple classifiers to judge the network by


def completed(given: dict, settings: dict, dataset: dict) -> dict:
    """Return ``settings`` with the defaults of own data for the keys that ``given`` lacks.

    ``given`` is the experiment in the config, ``settings`` the same with the defaults of the schema.
    """
    kind = "table" if len(dataset["shape"]) == 1 else "images"
    split = settings["split"] | _open(SPLIT, given.get("split") or {})
    if dataset.get("validation_size"):  # the last rows are the user's own validation split
        split |= {"validation": dataset["validation_size"], "take": "last"}
    defaults = {"preparation": "standardize" if kind == "table" else "unit", "baselines": BASELINES}
    settings = settings | {"split": split} | _open(defaults, given)
    given, size = given.get("training") or {}, dataset["train_size"]
    recipe = TRAINING | {"batch_size": BATCH_SIZE["few" if size < FEW else "many"]}
    if "weight_decay" in given:
        recipe["l2"] = settings["training"]["l2"]
    training = settings["training"] | _open(recipe, given)
    if component_name(training["optimizer"]) in ADAM:
        training |= _open({"learning_rate": LEARNING_RATE[kind]}, given)
    batch = size if training["batch_size"] == "full" else training["batch_size"]
    if training["epochs"] is None and training["iterations"] is None:
        long = EPOCHS * size > ITERATIONS * batch
        training |= {"epochs": EPOCHS} if long else {"iterations": ITERATIONS}
    if not settings["halving"] and not training["patience"]:
        epochs = training["epochs"]
        epochs = training["iterations"] * batch / size if epochs is None else epochs
        training |= _open({"evaluate_every": max(1, round(epochs / EVALUATIONS))}, given)
    return settings | {"training": training}


def _open(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the defaults of the keys that are not given."""
    return {key: value for key, value in defaults.items() if key not in given}
