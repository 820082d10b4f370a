"""Check the targets of a run of `snakemake`: suggest names, and note experiments that are no target."""

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from configuration.config_files import content_of
from experiments import suggestion
from experiments.plan import Plan


def check_targets(workflow: Any, names: Collection[str], plan: Plan) -> None:
    """Exit with a suggestion if a target is unknown, and note experiments that are not built.

    Does nothing in a job, and in a module of another workflow.
    """
    from snakemake.cli import get_argument_parser

    is_run = Path(sys.argv[0]).name in ("snakemake", "__main__.py") and workflow.is_main_process
    if not is_run or not os.path.samefile(workflow.basedir, str(workflow.current_basedir)):
        return
    targets = get_argument_parser().parse_args(sys.argv[1:]).targets
    for target in targets:
        name = target.split("/")[2] if target.startswith("results/experiments/") else target
        if is_unknown(name, {*names, *(rule.name for rule in workflow.rules)}):
            nearest = suggestion(name, names) or f"; known: {', '.join(names)}"
            sys.exit(f"error: no target {target}{nearest}")
    if not set(targets) - {"", "all"}:
        own = workflow.overwrite_configfiles
        for note in not_built(plan, own, [x for x in workflow.configfiles if x not in own]):
            print(f"note: {note}", file=sys.stderr)


def is_unknown(target: str, rules: Collection[str]) -> bool:
    """Return whether a target is neither a file nor a rule of the workflow."""
    return "/" not in target and target not in {"", *rules} and not os.path.exists(target)


def not_built(plan: Plan, own: Iterable[Any], before: Iterable[Any]) -> Iterator[str]:
    """Yield a note for each file of --configfile (``own``) with new experiments that are no targets.

    ``plan`` is that of all files, ``before`` has the files that ``own`` override.
    """
    built = {experiment.name for experiment in plan.requested(set())}
    known = built.union(*map(_experiments, filter(os.path.exists, before)))
    for file in own:
        idle = [name for name in _experiments(file) if name not in known]
        if idle:
            listed, plural = ", ".join(idle), len(idle) > 1
            yield (
                f"{os.path.relpath(file)} defines {', '.join(f'`{name}`' for name in idle)}, which "
                f"{'are not targets' if plural else 'is not a target'}: run `snakemake --cores 4 "
                f"{' '.join(idle)}` with the same --configfile, or add `targets: [{listed}]`"
            )


def _experiments(file: Any) -> dict[str, Any]:
    return content_of(file).get("experiments") or {}
