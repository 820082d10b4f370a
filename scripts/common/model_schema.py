"""The schema of a model file's config: the settings as in config.yaml, and what training adds."""

from functools import cache
from typing import Any

from datasets.table_rows import input_names
from experiments.explanations import explain
from experiments.schema import validator

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
    "type": "object",
    "required": [
        "classes",
        "columns",
        "decimal",
        "group",
        "header",
        "indicators",
        "inputs",
        "label",
        "missing",
        "missing_values",
        "names",
        "separator",
    ],
    "properties": {
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
    },
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
        "table": TABLE,
        "seed": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
        "status": {"enum": ["completed", "stopped", "paused", "diverged", "failed"]},
        "reason": {"type": ["string", "null"]},
        "kernels": TEXTS,
        "epochs": NUMBER,
        "iterations": NUMBER,
    },
}


@cache
def _validator() -> Any:
    return validator(MODEL, config_schema())


def check(config: dict[str, Any]) -> None:
    """Raise a ValueError for a config that no training writes, naming its first wrong key."""
    for error in _validator().iter_errors(config):
        raise ValueError(f"config: {explain(error)}")
    if "table" in config and input_names(config["table"]) != config["table"]["inputs"]:
        raise ValueError("config: table.inputs are not those of its columns")
