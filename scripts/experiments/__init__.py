"""From config.yaml to the list of runs: validation, defaults, sweeps, names. Pure functions.

An *experiment* is a dataset, a network, a training recipe and a sweep over any of their values; a
*run* is one configuration of it with one seed.
"""

from .errors import ConfigError, suggestion
from .experiment import Experiment, value_at
from .naming import as_json, digest, short_keys
from .plan import Plan
from .run import Run, prepared_key, refit_settings
from .validation import resolve
