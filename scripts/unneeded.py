"""List files in results/ of earlier settings, data and code, and remove them after a question.

    python scripts/unneeded.py                           list, then ask
    python scripts/unneeded.py --configfile mine.yaml    with the config files of your runs of snakemake

The list has parsed and prepared data, gradient checks, and bundles of the experiments in the config. It
also has the folder `.<bundle>.parts` of a finished bundle, left by a kill just before its removal. Three
kinds of files are never listed: refits and the later rungs of halving, whose names depend on results; and
files of experiments that the config does not define: delete their folders by hand.

After a return to earlier settings their files are used if they are still there. Otherwise they are built
again, with the same bytes.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import cli
from configuration.plans import config_of, plan_of
from experiments import Experiment, files
from experiments.plan import Plan

RESULTS = Path("results")
DIGEST = re.compile(r"(?:.*\.)?[0-9a-f]{10}(?:\..*)?")


def parsed(plan: Plan) -> set[str]:
    """Return the folders of parsed data that a config names."""
    return {files.in_dataset(plan, name, "").rstrip("/") for name in plan.datasets}


def prepared(plan: Plan) -> set[str]:
    """Return the prepared data that a config names."""
    return {files.prepared_in(plan, dataset, key) for dataset, key in plan.prepared}


def checked(plan: Plan) -> set[str]:
    """Return the gradient checks that a config names."""
    return {files.checked(plan, architecture) for architecture in plan.architectures}


def bundled(experiment: Experiment) -> set[str]:
    """Return the first bundles of an experiment, and the folders of unfinished ones."""
    found = set()
    for stem in files.bundled(experiment, 0 if experiment.rungs else None):
        folder, _, bundle = stem.rpartition("/")
        found |= {f"{stem}.npz", f"{stem}.json", f"{folder}/.{bundle}.parts"}
    return found


def needed(plan: Plan) -> dict[str, set[str]]:
    """Return the needed files with digests in their names, by pattern; folders before their content."""
    found = {
        "datasets/*/*": parsed(plan),
        "datasets/*/*/prepared/*": prepared(plan),
        "gradient_checks/*": checked(plan),
    }
    for name, experiment in plan.experiments.items():
        folder = "rungs/0" if experiment.rungs else "bundles"
        found[f"experiments/{name}/{folder}/*"] = bundled(experiment)
    return found


def unneeded(plan: Plan, results: Path = RESULTS) -> list[Path]:
    """Return files and folders with a digest in their names that a config does not name."""
    found: list[Path] = []
    for pattern, known in needed(plan).items():
        for path in sorted(results.glob(pattern)):
            named = (Path("results") / path.relative_to(results)).as_posix()
            inside = any(folder in found for folder in path.parents)
            if DIGEST.fullmatch(path.name) and named not in known and not inside:
                found.append(path)
    return [*found, *(path for path in left(results) if path not in found)]


def left(results: Path) -> list[Path]:
    """Return the folders of trainings whose bundle is finished: a kill came before they were removed."""
    return [
        path
        for path in sorted(results.glob("experiments/*/**/.*.parts"))
        if path.with_name(path.name[1:].removesuffix("parts") + "npz").exists()
    ]


def size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    return sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())


def table(paths: Iterable[Path]) -> str:
    """Return a line for each path, and the total, in MB."""
    sizes = {str(path): size(path) for path in paths}
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
    cli.add_configfile(parser, "as your runs of snakemake have it")
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
