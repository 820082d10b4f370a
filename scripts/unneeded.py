"""List files in results/ of earlier settings, data and code, and remove them after a question.

    python scripts/unneeded.py                           list, then ask
    python scripts/unneeded.py --configfile mine.yaml    with the config files of your runs of snakemake

Never lists refits and later rungs of halving, whose names depend on results, nor files of experiments
that the config does not define: delete their folders by hand. After a return to earlier settings,
removed files are built again, with the same bytes.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import cli
from configuration.plans import config_of, plan_of
from experiments import layout
from experiments.plan import Plan

RESULTS = Path("results")
DIGEST = re.compile(r"(?:.*\.)?[0-9a-f]{10}(?:\..*)?")


def needed(plan: Plan) -> set[str]:
    """Return the files and folders with digests in their names that a config names."""
    found = {layout.in_dataset(plan, name, "").rstrip("/") for name in plan.datasets}
    found |= {layout.prepared_in(plan, dataset, key) for dataset, key in plan.prepared}
    found |= {layout.checked(plan, architecture) for architecture in plan.architectures}
    for experiment in plan.experiments.values():
        for stem in layout.bundled(experiment, 0 if experiment.rungs else None):
            folder, _, bundle = stem.rpartition("/")
            found |= {f"{stem}.npz", f"{stem}.json", f"{folder}/.{bundle}.parts"}
    return found


def unneeded(plan: Plan, results: Path = RESULTS) -> list[Path]:
    """Return files and folders with a digest in their names that a config does not name."""
    patterns = ["datasets/*/*", "datasets/*/*/prepared/*", "gradient_checks/*"]  # folders first
    for name, experiment in plan.experiments.items():
        patterns.append(f"experiments/{name}/{'rungs/0' if experiment.rungs else 'bundles'}/*")
    known, found = needed(plan), {}
    for path in (path for pattern in patterns for path in sorted(results.glob(pattern))):
        named = (RESULTS / path.relative_to(results)).as_posix()
        inside = any(folder in found for folder in path.parents)
        if DIGEST.fullmatch(path.name) and named not in known and not inside:
            found[path] = None
    for path in sorted(results.glob("experiments/*/**/.*.parts")):
        if path.with_name(path.name[1:].removesuffix("parts") + "npz").exists():
            found[path] = None  # a kill came just before it was removed
    return list(found)


def table(paths: Iterable[Path]) -> str:
    """Return a line for each path, a file or a folder, and the total, in MB."""
    sizes = {}
    for path in paths:
        inside = (file for file in (path, *path.rglob("*")) if file.is_file())
        sizes[str(path)] = sum(file.stat().st_size for file in inside)
    sizes["in all"] = sum(sizes.values())
    return "\n".join(f"{count / 1e6:10.1f} MB  {name}" for name, count in sizes.items())


def agreed() -> bool:
    """Ask for confirmation; return False without an answer."""
    try:
        return input("remove them? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def main() -> None:
    parser = cli.parser(__doc__)
    cli.add_configfile(parser, "the config files of your runs of snakemake")
    parser.add_argument("--yes", action="store_true", help="remove without asking")
    options = parser.parse_args()
    found = unneeded(plan_of(config_of(options.configfile)))
    if not found:
        print("nothing is left of earlier settings, data or code")
        return
    print(table(found))
    if options.yes or agreed():
        for path in found:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    cli.run(main)
