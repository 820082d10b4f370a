"""From config.yaml to the list of runs: validation, defaults, sweeps, names. Pure functions.

An *experiment* is a dataset, a network, a training recipe and a sweep over any of their values; a
*run* is one configuration of it with one seed. Nothing here opens a file or knows Snakemake.
"""

from .errors import ConfigError
from .experiment import Experiment, Run, prepared_key, refit_settings, value_at
from .halving import kept
from .naming import as_json, digest, short_keys
from .plan import Plan
from .schema import resolve

__all__ = [
    "ConfigError",
    "Experiment",
    "Plan",
    "Run",
    "as_json",
    "digest",
    "kept",
    "prepared_key",
    "refit_settings",
    "resolve",
    "short_keys",
    "value_at",
]
