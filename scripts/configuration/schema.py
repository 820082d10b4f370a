"""The schema of config.yaml: the file in workflow/schemas, and what the code itself declares.

Names and arguments of components, defaults and choices stand in scripts/inputs and scripts/nn, the
metrics in scripts/evaluation, and nowhere else.
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
        {**nn.TRAINING_DEFAULTS, "epochs": None},  # a config has to say how long a training is
        {**nn.TRAINING_CHOICES, "batches": inputs.BATCHES},
    ),
}


def config_schema() -> dict[str, Any]:
    """Return the whole schema.

    Besides what a JSON schema has: ``components`` (kind -> name -> schema of the arguments) and
    ``formats`` (name -> datasets.formats.Format).
    """
    schema = yaml.load(FILE.read_text(encoding="utf-8"), LOADER)
    schema["components"] = {
        kind: {name: arguments_of(component) for name, component in registry.items()}
        for kind, registry in (inputs.REGISTRIES | nn.REGISTRIES).items()
    }
    for section, (defaults, choices) in SECTIONS.items():
        properties = schema["$defs"][section]["properties"]
        if different := sorted(properties.keys() ^ defaults.keys()):
            keys = ", ".join(different)
            raise KeyError(f"{FILE.name} and scripts/nn differ in the keys of {section}: {keys}")
        for key, rule in properties.items():
            rule["default"] = defaults[key]
            if key in choices:
                rule["enum"] = list(choices[key])
                del rule["type"]  # said once
    metric = schema["$defs"]["selection"]["properties"]["metric"]
    metric["enum"] = list(SELECTABLE)
    del metric["type"]  # said once
    common = schema["$defs"]["dataset"]
    common["properties"]["format"]["enum"] = list(FORMATS)
    schema["formats"] = FORMATS
    schema["$defs"]["dataset"] = {
        "type": "object",
        "required": ["format"],
        "properties": {"format": {"description": f"one of {', '.join(FORMATS)}"}},
        "variant": "format",
        "variants": {name: _of_format(common, name) for name in FORMATS},
    }
    return schema


def _of_format(common: dict[str, Any], name: str) -> dict[str, Any]:
    """The schema of a dataset of one format."""
    kind, properties = FORMATS[name], common["properties"]
    if kind.places:  # it finds the rest by itself
        known = {key: properties[key] for key in ("format", "classes", "remark")}
    else:
        roles = {
            role: {
                "description": f"the file of the {role.replace('_', ' ').replace('train', 'training')}",
                "$ref": "#/$defs/file",
            }
            for role in (*kind.files, *kind.test_files)
        }
        files = properties["files"] | {"properties": roles, "additionalProperties": False}
        known = properties | {"files": files}
    return common | {
        "required": [*common["required"], *kind.required],
        "properties": known | dict(kind.settings),
    }
