"""Snakemake that asks for the state of its Slurm jobs every second.

The executor plugin waits 10 s longer after every look at which no job had ended, and has no option for
that. Fine for a night of training, too slow for tests.
"""

from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

Executor.next_seconds_between_status_checks = property(lambda self: 1, lambda self, seconds: None)

if __name__ == "__main__":
    main()
