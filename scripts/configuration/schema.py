"""The schema of config.yaml: the file in workflow/schemas, with the declarations of the code.

Components, defaults and choices are declared in scripts/inputs and scripts/nn, and nowhere else.
"""

from pathlib import Path
from typing import Any

import yaml

import inputs
import nn
from components import arguments_of
from datasets import FORMATS
from evaluation import SELECTABLE

from .config_files import LOADER

FILE = Path(__file__).parents[2] / "workflow" / "schemas" / "config.schema.yaml"
SECTIONS = {
    "network": (nn.NETWORK_DEFAULTS, nn.NETWORK_CHOICES),
    "training": (
        {**nn.TRAINING_DEFAULTS, "epochs": None},  # a config has to state the length of a training
        {**nn.TRAINING_CHOICES, "batches": inputs.BATCHES},
    ),
}


def config_schema() -> dict[str, Any]:
    """Return the complete schema.

    In addition to a JSON schema it has ``components`` (kind -> name -> schema of the arguments) and
    ``formats`` (name -> datasets.formats.Format).
    """
    schema = yaml.load(FILE.read_text(encoding="utf-8"), LOADER)
    schema["components"] = {
        kind: {name: arguments_of(component) for name, component in registry.items()}
        for kind, registry in (inputs.REGISTRIES | nn.REGISTRIES).items()
    }
    defs = schema["$defs"]
    for section, (defaults, choices) in SECTIONS.items():
        properties = defs[section]["properties"]
        if different := sorted(properties.keys() ^ defaults.keys()):
            keys = ", ".join(different)
            raise KeyError(f"{FILE.name} and scripts/nn differ in the keys of {section}: {keys}")
        for key, rule in properties.items():
            rule["default"] = defaults[key]
            if key in choices:
                rule["enum"] = list(choices[key])
    defs["selection"]["properties"]["metric"]["enum"] = list(SELECTABLE)
    common, schema["formats"] = defs["dataset"], FORMATS
    common["properties"]["format"]["enum"] = list(FORMATS)
    defs["dataset"] = {
        "type": "object",
        "required": ["format"],
        "properties": {"format": {"description": f"one of {', '.join(FORMATS)}"}},
        "variant": "format",
        "variants": {name: _of_format(common, name) for name in FORMATS},
    }
    return schema


def _of_format(common: dict[str, Any], name: str) -> dict[str, Any]:
    kind, properties = FORMATS[name], common["properties"]
    if kind.places:  # the format finds files, shape and sizes itself
        known = {key: properties[key] for key in ("format", "classes", "remark")}
    else:
        roles = {}
        for role in (*kind.files, *kind.test_files):
            about = f"the file of the {role.replace('_', ' ').replace('train', 'training')}"
            roles[role] = {"description": about, "$ref": "#/$defs/file"}
        files = properties["files"] | {"properties": roles, "additionalProperties": False}
        known = properties | {"files": files}
    return common | {
        "required": [*common["required"], *kind.required],
        "properties": known | dict(kind.settings),
    }
