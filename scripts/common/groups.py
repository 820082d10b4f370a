"""Groups of jobs that stay as large as --group-components says.

Snakemake 9.27 forms its groups anew whenever its plan changes: before the first job, and after each
checkpoint. It takes groups that it had merged already for single ones and merges N of them again, so
that N runs become N * N (its issues 1217 and 1628); a group that waits or runs then is another one
(issue 253 of the Slurm executor).
"""

import snakemake
import snakemake.api  # before its modules, which import each other in a circle
from snakemake.dag import DAG

_update_groups, _update_components = DAG.update_groups, DAG._update_group_components


def install() -> None:
    """Let Snakemake begin with single groups each time, and leave those alone that it has submitted."""
    if snakemake.__version__.startswith("9.27"):  # whose inner parts are as they are used here
        DAG.update_groups, DAG._update_group_components = update_groups, update_components


def update_groups(dag: DAG) -> None:
    dag.group_job_factory.cache.clear()  # it has the merged ones
    _update_groups(dag)


def update_components(dag: DAG) -> None:
    submitted = {job: group for group in dag._running if group.is_group() for job in group.jobs}
    dag._group = {job: group for job, group in dag._group.items() if job not in submitted}
    _update_components(dag)
    dag._group |= submitted
