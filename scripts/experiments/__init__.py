"""From config.yaml to the list of runs: validation, defaults, sweeps, names. Pure functions.

An *experiment* is a dataset, a network, a training recipe and a sweep over any of their values; a
*run* is one configuration of it with one seed.

Import `plan` and `validation` by name: only they need jsonschema, which is slow to import.
"""

from .errors import ConfigError, suggestion
from .experiment import Experiment, value_at
from .naming import as_json, digest, short_keys
from .run import Run, prepared_key, refit_settings
