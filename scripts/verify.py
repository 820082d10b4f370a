"""Build the finished experiments again in a scratch folder, and compare every file with the results here.

The second build touches nothing under results/. It is also a difference if only one side has a file. Files
of earlier settings are not checked, nor those outside the folders of finished experiments. The exit code is
0 if all agree, else 1.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

import cli
from configuration.plans import PATHS, ROOT, config_of, plan_of
from experiments import digest
from files import artifacts
from files.finished import EARLIER, finished_besides
from origin.comparing import first_difference
from origin.record import file_digest

MOST_SHOWN = 5  # files that differ
# Files of earlier settings, and networks that were requested by name.
STAYING = re.compile(r"results/experiments/[^/]+/(bundles|rungs|refits|runs)/")
# Logs, timings, unfinished files, timestamps of raw data.
VOLATILE = re.compile(r"results/(logs|benchmarks)/|/\.|/contents\.json$")


def check(config: dict, names: list[str]) -> None:
    """Raise an ArtifactError if experiments cannot be built again from this config and data/raw."""
    if not names:
        raise artifacts.ArtifactError("results: no experiment is finished; run snakemake first")
    plan = plan_of(config)
    for name in names:
        folder, experiment = f"results/experiments/{name}", plan.experiments.get(name)
        selection = f"{folder}/selection.json"
        with artifacts.whole(selection):
            built = artifacts.read_json(selection)["settings_digest"]
        if not experiment or built != digest(experiment.planned):
            advice = "run snakemake first, name the --configfile it was built with, or delete this folder"
            raise artifacts.ArtifactError(f"{folder} was built with another config; {advice}")
        for place in plan.raw(experiment.dataset_name).values():
            if not experiment.dataset["generator"] and not os.path.exists(place):
                raise artifacts.ArtifactError(f"{place}: missing; run snakemake first to fetch it")


def last_run(names: list[str]) -> list[str]:
    """Return the experiments of the last run in their order: the summary shows the others as earlier."""
    summary = Path("results/summary.csv")
    with artifacts.whole(summary):
        rows = artifacts.read_csv(summary) if summary.exists() else []
        last = [row["experiment"] for row in rows if EARLIER not in row["status"]]
    return [name for name in last if name in names] or names


def build(folder: str, config: dict, targets: list[str], cores: str) -> None:
    """Run the workflow in a folder; raise an ArtifactError if it fails. Its messages go to stderr."""
    raw = os.path.abspath("data/raw")  # missing if all data are the user's own
    config = {**config, "targets": targets, "local_mirror": raw if os.path.isdir(raw) else None}
    artifacts.write_text(f"{folder}/config.yaml", yaml.safe_dump(config, sort_keys=False))
    command = [sys.executable, "-m", "snakemake"]
    command += ["--snakefile", ROOT / "Snakefile", "--cores", cores]
    process = subprocess.Popen(command, cwd=folder, stdout=sys.stderr, start_new_session=True)
    try:
        if process.wait():
            raise artifacts.ArtifactError("the second build failed; its messages are above")
    finally:
        if process.poll() is None:  # this program was stopped
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def files_in(folder: Path) -> set[str]:
    """Return the files under results/ of a folder that have the same bytes in every build."""
    found = (path for path in (folder / "results").rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix() for path in found}
    return {name for name in names if not VOLATILE.search(name)}


def compare(folder: Path) -> int:
    """Compare the results here with a second build; return the exit code."""
    here, again, wrong = files_in(Path()), files_in(folder), {}
    for name in sorted(again, key=lambda name: (folder / name).stat().st_mtime_ns):  # causes first
        if name not in here:
            wrong[name] = "missing here"
        elif file_digest(name) != file_digest(folder / name):
            wrong[name] = first_difference(Path(name), folder / name)
    for name in sorted(here - again):
        experiment = "/".join(name.split("/")[:3])
        if f"{experiment}/selection.json" in again and not STAYING.match(name):
            wrong[name] = "exists only here; delete it"
    total = len(again | wrong.keys())
    print(f"{total - len(wrong)} of {total} files agree")
    for name in list(wrong)[:MOST_SHOWN]:
        print(f"{name} differs: {wrong[name]}")
    if len(wrong) > MOST_SHOWN:
        print(f"{len(wrong) - MOST_SHOWN} more differ; the files above are made first")
    return 1 if wrong else 0


def main() -> int:
    parser = cli.parser(__doc__)
    parser.add_argument("--cores", default="all", help="for the second build (all)")
    cli.add_configfile(parser, "the config files that the results were built with")
    options = parser.parse_args()
    if not re.fullmatch("all|0*[1-9][0-9]*", options.cores):
        parser.error(f"argument --cores: {options.cores!r} is not a whole number, 1 or more")
    config = config_of(options.configfile)
    names = [folder.name for folder in finished_besides((), "results/experiments")]
    check(config, names)
    for settings in config["datasets"].values():
        settings |= {key: os.path.abspath(settings[key]) for key in PATHS if settings.get(key)}
    with TemporaryDirectory(prefix="verify-", ignore_cleanup_errors=True) as folder:
        print(f"building {', '.join(names)} again in {folder}", flush=True)
        last = last_run(names)
        for targets in filter(None, (sorted({*names} - {*last}), last)):
            build(folder, config, targets, options.cores)
        return compare(Path(folder))


if __name__ == "__main__":
    cli.run(main)
