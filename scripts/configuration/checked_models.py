"""Read model files from any source: their config must be as a training writes it.

Its settings are checked by the schema of config.yaml, the rest by MODEL.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from datasets.table_inputs import input_names
from experiments.validation.messages import explain
from experiments.validation.values import validator
from files import artifacts
from files.models import NO_MODEL, Model, load_model, mapping_in

from .schema import config_schema

NUMBER = {"type": "number"}
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
COUNT = {"type": "integer", "minimum": 1}
COLUMN = {
    "type": "object",
    "required": ["name", "kind"],
    "properties": {
        "name": TEXT,
        "kind": {"enum": ["category", "date", "number"]},
        "format": {"type": ["string", "null"]},
        "numeric": TEXT,
        "categories": TEXTS,
    },
    "if": {"properties": {"kind": {"const": "category"}}},
    "then": {"required": ["categories"]},
}
TABLE = {
    "classes": TEXTS,
    "columns": {"type": "array", "items": COLUMN},
    "decimal": {"enum": [".", ","]},
    "encoding": {"type": ["string", "null"]},
    "group": {"type": ["string", "null"]},
    "header": {"type": "boolean"},
    "indicators": TEXTS,
    "inputs": TEXTS,
    "label": {"type": ["string", "null"]},
    "missing": TEXT,
    "missing_values": {"type": ["array", "null"], "items": {"type": ["string", "number"]}},
    "names": TEXTS,
    "separator": {"type": ["string", "null"], "maxLength": 1},
}
MODEL = {
    "type": "object",
    "required": ["network", "preparation", "inputs", "classes", "shape", "seed", "status"],
    "properties": {
        "network": {"$ref": "#/$defs/network", "type": "object", "required": ["loss"]},
        "training": {"$ref": "#/$defs/training", "type": "object"},
        "preparation": {"$ref": "#/$defs/preparation", "type": "array"},
        "inputs": COUNT,
        "classes": {"maxItems": 100_000, "minItems": 1} | TEXTS,  # lengths are checked first
        "shape": {"type": "array", "items": COUNT, "minItems": 1, "maxItems": 3},
        "range": {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2},
        "dtype": TEXT,
        "picture": {"type": "object", "properties": {"bits": {"enum": [8, 16, 32, "float"]}}},
        "channels": TEXT,
        "table": {"type": "object", "required": list(TABLE), "properties": TABLE},
        "seed": {"type": "integer", "minimum": 0},
        "status": {"enum": ["completed", "stopped", "paused", "diverged", "failed"]},
        "reason": {"type": ["string", "null"]},
        "kernels": TEXTS,
        "epochs": NUMBER,
        "iterations": NUMBER,
    },
}


def finished_model(path: str | Path, what: str) -> Model:
    """Rebuild a model that was trained to its end; an ArtifactError says that another cannot ``what``."""
    checked = described(path)[0]
    status = checked["status"]
    if status not in ("completed", "stopped"):
        reason = " ".join(str(checked.get("reason")).split())
        wrong = f"a model whose training {status} cannot {what}: {reason!r}"
        raise artifacts.ArtifactError(f"{path}: {wrong}")
    model = load_model(path, NO_MODEL)
    with artifacts.whole(path, NO_MODEL):
        if model.network is None or not np.isfinite(model.network.parameters).all():
            raise ValueError("parameters are missing or not finite")
    return model


def described(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the config of a model file, checked by the schema of configs, and its provenance."""
    with artifacts.whole(path, NO_MODEL):
        arrays = artifacts.load_arrays(path, "config", "made", message=NO_MODEL)
        config, made = (mapping_in(arrays[name]) for name in ("config", "made"))
        for error in _validator().iter_errors(config):
            raise ValueError(f"config: {explain(error)}")
        if "table" in config and input_names(config["table"]) != config["table"]["inputs"]:
            raise ValueError("config: table.inputs do not match its columns")
    return config, made


@cache
def _validator() -> Any:
    return validator(MODEL, config_schema())
