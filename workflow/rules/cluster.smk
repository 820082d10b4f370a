# How jobs find their way into a cluster job, and what happens there. Included last.
# Needs: all rules. Makes: no file.

from urllib.parse import quote, unquote

from snakemake.target_jobs import TargetSpec
from snakemake_interface_executor_plugins.executors import real

# A job on another machine is a Snakemake of its own, told by --target-jobs which job it is; and it takes
# that argument apart at every comma, also at those in the name of a run (Snakemake issue 2366). So the
# values of wildcards are written as in a URL when they leave, and read back where they arrive.


def target_jobs(specs):
    def written(wildcards):
        return ",".join(
            f"{name}={quote(str(value), safe='/=')}" for name, value in wildcards.items()
        )

    return [f"{rule}:{written(wildcards)}" for rule, wildcards in specs]


real.encode_target_jobs_cli_args = target_jobs
TargetSpec.wildcards_dict = property(
    lambda spec: {name: unquote(value) for name, value in spec[1].items()}
)


# Slurm's executor would start yet another Snakemake inside of the job for each rule of a group, 2 to 9 s
# each. Where all rules are local, the first Snakemake of the job runs them itself.
if workflow.remote_exec:
    workflow.localrules(*(rule.name for rule in workflow.rules))
