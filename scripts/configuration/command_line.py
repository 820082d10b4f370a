"""Check the arguments of `snakemake` before it reads its config files."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from itertools import chain

from components.errors import as_errors
from experiments import ConfigError

from .config_files import document


def default_config(root: str) -> str:
    """Return the config.yaml of the working directory, else that of the workflow's folder.

    Exits with a message if it cannot be read.
    """
    path = "config.yaml" if os.path.exists("config.yaml") else f"{root}/config.yaml"
    try:
        if os.path.exists(path):
            document(path)
    except ConfigError as error:
        sys.exit(as_errors(error))
    return path


def _given(arguments: Sequence[str]) -> dict[str, list[list[str]]]:
    """Return the values of each --configfile and each --config among Snakemake's arguments."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    files = ["--configf", "--configfi", "--configfil", "--configfile", "--configfiles"]
    for flag, names in (("--configfile", files), ("--config", ["--config", "-C"])):
        parser.add_argument(*names, dest=flag, nargs="*", action="append", default=[])
    return vars(parser.parse_known_args(arguments)[0])


def refuse(arguments: Sequence[str]) -> None:
    """Exit with one message if a config file or value cannot be read, or a flag is given twice.

    profiles/default calls this with Snakemake's arguments: Snakemake reads the files of --configfile
    before the Snakefile, and silently ignores all but the last of several flags of one name.
    """
    given = _given(arguments)
    for flag, values in given.items():
        if len(values) > 1:
            said = f"{flag} {shlex.join(chain(*values))}"
            sys.exit(f"error: two {flag} flags: Snakemake uses only the last; write {said}")
    for value in chain(*given["--config"]):
        if "=" not in value:
            sys.exit(f"error: --config {value}: expected NAME=VALUE; put targets before --config")
        if "." in value.partition("=")[0]:
            sys.exit(
                f"error: --config {value}: --config sets keys of the top level only; for a value of an "
                "experiment run `scripts/run.py EXPERIMENT --set training.learning_rate=0.05`"
            )
    for path in chain(filter(os.path.exists, ["config.yaml"]), *given["--configfile"]):
        try:
            document(path)
        except ConfigError as error:
            missing = "" if os.path.exists(path) else "; put targets before --configfile"
            sys.exit(as_errors(f"{error}{missing}"))
