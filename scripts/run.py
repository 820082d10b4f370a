"""Run an experiment with other values, as a new experiment.

    python scripts/run.py digits_mlp --set training.learning_rate=0.05
    python scripts/run.py digits_mlp --set network.hidden=[128] --set seeds=5 -- --cores 2 --dry-run

Keys and values are written as below an experiment in config.yaml. The experiment and its results stay
unchanged. The new one is named after the values, or by --name. Its settings are in config/overrides/; copy
them into config.yaml to keep it. If the experiment sweeps a key, the new one does not.

Options after -- are passed to snakemake.
"""

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import yaml
from snakemake.utils import update_config

import cli
from configuration.config_files import parsed
from configuration.plans import ROOT, merged, sources_of
from configuration.schema import config_schema
from experiments import ConfigError, digest, suggestion
from experiments.validation import resolve
from files import artifacts

FOLDER = Path("config/overrides")
SNAKEFILES = ("Snakefile", "snakefile", "workflow/Snakefile", "workflow/snakefile")
LONGEST = 100  # characters of a name
DOTTED = {"sweep": 2, "refit": 1}  # sections of dotted keys, and the levels above these keys


def read(given: str) -> tuple[list[str], Any]:
    """Return the keys and the value of ``KEY=VALUE``; raise ConfigError if it is none."""
    key, equals, text = given.partition("=")
    if not equals or not all(key.split(".")) or "\n" in given:
        raise ConfigError(f"--set {given}: expected KEY=VALUE, such as training.learning_rate=0.05")
    try:
        value = parsed(f"value: {text}").content["value"]
    except ConfigError as error:
        problem = re.sub(r"^(, line \d+)?: ", "", str(error), flags=re.MULTILINE)
        problem = problem.replace("\n", "; ")
        raise ConfigError(
            f"--set {given}: {problem}; put the argument in quotes, and a text with special characters "
            "in a second pair"
        ) from None
    return key.split(".", DOTTED.get(key.partition(".")[0], -1)), value


def put(settings: dict[str, Any], keys: list[str], value: Any) -> None:
    """Set a value; a component given by its name becomes a mapping with the name and arguments."""
    *above, last = keys
    for key in above:
        inner = settings.get(key)
        settings[key] = {"name": inner} if isinstance(inner, str) else inner
        if not isinstance(settings[key], dict):
            settings[key] = {}
        settings = settings[key]
    settings[last] = value


def without(space: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a space of a sweep that does not vary a key; empty if it varies nothing else."""
    found = {}
    for kind, content in space.items():
        values = content["values"] if kind == "random" else content
        rest = {name: each for name, each in values.items() if name != key}
        if rest:
            found[kind] = content | {"values": rest} if kind == "random" else rest
    return found


def fix(settings: dict[str, Any], key: str) -> bool:
    """Remove a key from the sweep of an experiment; return whether it was there."""
    sweep = settings.get("sweep") or []
    spaces = sweep if isinstance(sweep, list) else [sweep]
    left = [without(space, key) for space in spaces]
    if left == spaces:
        return False
    settings["sweep"] = [space for space in left if space]
    if not settings["sweep"]:
        del settings["sweep"]
        settings.pop("halving", None)
    return True


def name_of(experiment: str, given: list[str]) -> str:
    """Name an experiment by its values: ``digits_mlp__learning_rate_0_05``."""
    parts = [experiment]
    for each in given:
        key, _, text = each.partition("=")
        text = re.sub(r"(?<![A-Za-z0-9])-(?=[.0-9])", "minus_", text)
        words = re.sub(r"[^A-Za-z0-9]+", "_", f"{key.rpartition('.')[2]}_{text}").strip("_")
        parts.append(words)
    name = "__".join(parts)
    return name if len(name) <= LONGEST else f"{experiment[:80]}__{digest(given, 10)}"


def changed(settings: dict[str, Any], given: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Return an experiment's settings with other values, and the keys that it no longer sweeps."""
    settings, fixed = json.loads(json.dumps(settings)), []  # without the parts that aliases share
    settings.pop("published", None)  # the figure is that of the original
    for keys, value in map(read, given):
        key = ".".join(keys)
        if keys[0] != "sweep" and fix(settings, key):
            fixed.append(key)
        put(settings, keys, value)
    return settings, fixed


def prepared(experiment: str, given: list[str], name: str, sources: list[str]) -> tuple[Path, str]:
    """Write the config file of a new experiment; return its path, and a message."""
    config, schema = merged(sources), config_schema()
    resolve(config, schema)
    known = config["experiments"]
    if experiment not in known:
        hint = suggestion(experiment, known) or f"; known: {', '.join(known)}"
        raise ConfigError(f"no experiment {experiment}{hint}")
    if name in known:
        known = f"the config has an experiment {name} already: `snakemake --cores 4 {name}` runs it"
        raise ConfigError(f"{known}; for a new one choose another --name")
    settings, fixed = changed(known[experiment], given)
    new = {"experiments": {name: settings}}
    update_config(config, new)
    resolve(config, schema)
    path = FOLDER / f"{name}.yaml"
    command = shlex.join(["scripts/run.py", experiment, *(f"--set={each}" for each in given)])
    text = yaml.safe_dump(new, sort_keys=False, allow_unicode=True, width=1000)
    content = f"# {command}\n{text}"
    if path.exists() and path.read_text(encoding="utf-8") != content:
        raise ConfigError(f"{path} has other settings; choose another --name, or delete the file")
    artifacts.write_text(path, content)
    swept = f" ({', '.join(fixed)} no longer swept)" if fixed else ""
    return path, (
        f"new experiment {name}: {experiment} with {', '.join(given)}{swept}\n"
        f"{experiment} and its results stay unchanged\n"
        f"to keep it, copy its lines from {path} to `experiments:` in config.yaml"
    )


def main() -> None:
    arguments, options = sys.argv[1:], []
    if "--" in arguments:
        place = arguments.index("--")
        arguments, options = arguments[:place], arguments[place + 1 :]
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("experiment", help="its name in the config")
    add("--set", required=True, action="append", metavar="KEY=VALUE", help="another value")
    add("--name", help="of the new experiment")
    cli.add_configfile(parser, "the config files that define the experiment")
    given = parser.parse_args(arguments)
    name = given.name or name_of(given.experiment, given.set)
    path, words = prepared(given.experiment, given.set, name, sources_of(given.configfile))
    files = [*given.configfile, str(path)]
    if not any(map(os.path.exists, SNAKEFILES)) and not {"-s", "--snakefile"} & set(options):
        options = ["--snakefile", os.path.relpath(ROOT / "Snakefile"), *options]
    command = ["snakemake", name, "--cores", "all", *options, "--configfile", *files]
    print(f"{words}\n$ {shlex.join(command)}", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", *command])


if __name__ == "__main__":
    cli.run(main)
