"""Notes on parts of a user's config files that have no effect on a run."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from configuration.config_files import content_of
from configuration.written import Written
from experiments import Plan

from .wiring import targets_of

TWINS = {"training.epochs": "training.iterations", "training.iterations": "training.epochs"}
DEFAULTS = ("", "all")  # targets of Snakemake that build the config's `targets`


def note_unused(workflow: Any, plan: Plan, sources: Sequence[str | Path]) -> None:
    """Print notes on a run of `snakemake`; ``sources`` are the config files, important first."""
    own = workflow.overwrite_configfiles
    targets = targets_of(workflow) if own else None
    before = [source for source in reversed(sources) if source not in own]
    for note in without_effect(plan, own, before, targets) if targets is not None else ():
        print(f"note: {note}", file=sys.stderr)


def without_effect(
    plan: Plan, own: Iterable[str | Path], before: Iterable[str | Path], targets: Iterable[str]
) -> Iterator[str]:
    """Yield a sentence for each part of a user's config files that changes nothing in this run.

    Args:
        plan: of all files together.
        own: the files of --configfile, in their order.
        before: the files that they override, in their order.
        targets: those on the command line.
    """
    asked = set(targets) - set(DEFAULTS)
    built = {experiment.name for experiment in plan.requested(asked)}
    used = {experiment.dataset_name for experiment in plan.experiments.values()}
    contents = {source: content_of(source) for source in before if os.path.exists(source)}
    for source in own:
        if any(os.path.samefile(source, other) for other in contents):
            continue
        file, content = os.path.relpath(source), content_of(source)
        earlier, written = list(contents.values()), Written([source])
        known = {name for each in earlier for name in _part(each, "experiments")}
        mine = [name for name in _part(content, "experiments") if name in plan.experiments]
        if not asked:
            idle = [name for name in mine if name not in built]
            targeted = "targets" in content
            yield from _idle(file, "defines", [x for x in idle if x not in known], targeted)
            yield from _idle(file, "changes", [x for x in idle if x in known], targeted)
        for name in _part(content, "datasets"):
            if name in plan.datasets and name not in used:
                yield f"{file} has the dataset `{name}`, which no experiment uses"
        for name in mine:
            yield from _empty(file, name, _part(content, "experiments")[name], earlier)
            if name in built:
                yield from _overridden(file, plan, name, written)
        contents[source] = content


def _part(content: Any, key: str) -> Mapping[str, Any]:
    """Return a mapping in a config of any form, empty if it has none."""
    found = content.get(key) if isinstance(content, dict) else None
    return found if isinstance(found, dict) else {}


def _idle(file: str, verb: str, names: Sequence[str], targeted: bool) -> Iterator[str]:
    if not names:
        return
    listed, which = ", ".join(f"`{name}`" for name in names), "is not a target"
    if len(names) > 1:
        which = "are not targets"
    add = f"`targets: [{', '.join(names)}]`" if not targeted else f"{', '.join(names)} to `targets`"
    yield (
        f"{file} {verb} {listed}, which {which}: run `snakemake --cores 4 {' '.join(names)}` with the "
        f"same --configfile, or add {add}"
    )


def _empty(file: str, name: str, settings: Any, earlier: Sequence[Any]) -> Iterator[str]:
    """Explain that `sweep: {}` keeps the sweep of an earlier file, because mappings are merged."""
    for key, value in settings.items() if isinstance(settings, dict) else ():
        others = [_part(_part(_part(x, "experiments"), name), key) for x in earlier]
        if value == {} and any(others):
            yield (
                f"{file}: experiments.{name}.{key} is {{}}, which changes nothing, because files are "
                "merged; write null to undo what an earlier file sets"
            )


def _overridden(file: str, plan: Plan, name: str, written: Written) -> Iterator[str]:
    """Name the values of an experiment that its sweep always replaces."""
    experiment = plan.experiments[name]
    for key in experiment.varied:
        if all(key in change for change in experiment.changes):
            for given in filter(None, (key, TWINS.get(key))):
                if written.has(["experiments", name, *given.split(".")]):
                    yield (
                        f"{file}: experiments.{name}.{given} has no effect, because the sweep sets {key} "
                        "in every run"
                    )
