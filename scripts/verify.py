"""Build the finished experiments again in a scratch folder, and compare every file with the results here.

The second build touches nothing under results/. It is also a difference if only one side has a file, or if
results/MANIFEST.sha256 has another checksum. Files of earlier settings are not checked, nor those outside
the folders of finished experiments. The exit code is 0 if all agree, else 1.
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
from origin.comparing import first_difference, listed
from origin.record import file_digest

MANIFEST = "results/MANIFEST.sha256"
# Files of earlier settings, and networks that were requested by name.
STAYING = re.compile(r"results/experiments/[^/]+/(bundles|rungs|refits|runs)/")
# Logs, timings, unfinished files, timestamps of raw data; and the manifest, which is compared by its lines.
VOLATILE = re.compile(rf"results/(logs|benchmarks)/|/\.|/contents\.json$|{MANIFEST}")


def check(config: dict, names: list[str]) -> None:
    """Raise an ArtifactError if experiments cannot be built again from this config and data/raw."""
    if not names:
        raise artifacts.ArtifactError("results: no experiment is finished; run snakemake first")
    plan = plan_of(config)
    for name in names:
        folder, experiment = f"results/experiments/{name}", plan.experiments.get(name)
        with artifacts.whole(selection := f"{folder}/selection.json"):
            built = artifacts.read_json(selection)["settings_digest"]
        if not experiment or built != digest(experiment.planned):
            advice = "run snakemake first, name the --configfile it was built with, or delete this folder"
            raise artifacts.ArtifactError(f"{folder} was built with another config; {advice}")
        for place in plan.raw(experiment.dataset_name).values():
            if not experiment.dataset["generator"] and not os.path.exists(place):
                raise artifacts.ArtifactError(f"{place}: missing; run snakemake first to fetch it")


def last_run(names: list[str]) -> list[str]:
    """Return the experiments of the last run in their order: the summary shows the others as earlier."""
    with artifacts.whole(summary := Path("results/summary.csv")):
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


def compare(folder: Path, sums: dict[str, str]) -> int:
    """Compare the results here with a second build and with the manifest; return the exit code."""
    here, again, wrong = files_in(Path()), files_in(folder), {}
    expected = sums.keys() | listed(folder / MANIFEST).keys()
    for name in sorted(again, key=lambda name: (folder / name).stat().st_mtime_ns):  # causes first
        if name not in here:
            wrong[name] = "missing here"
            continue
        if (sha256 := file_digest(name)) != file_digest(folder / name):
            wrong[name] = first_difference(Path(name), folder / name)
        if name in expected and sums.get(name) != sha256:
            has = f"{MANIFEST} has {'another checksum' if name in sums else 'no such file'}"
            wrong[name] = f"{wrong.get(name, 'the same bytes when rebuilt')}; {has}"
    wrong |= {name: f"in {MANIFEST}, but not rebuilt" for name in sorted(sums.keys() - again)}
    for name in sorted(unchecked := here - again - sums.keys()):
        finished = f"{'/'.join(name.split('/')[:3])}/selection.json" in again
        if finished and not STAYING.match(name):
            wrong[name] = f"exists only here, and is not in {MANIFEST}; delete it"
    total, unchecked = len(again | wrong.keys() | sums.keys()), sorted(unchecked - wrong.keys())
    print(f"{total - len(wrong)} of {total} files agree")
    print(*(f"{name} differs: {why}\n" for name, why in [*wrong.items()][:5]), sep="", end="")
    if len(wrong) > 5:
        print(f"{len(wrong) - 5} more differ; the files above are made first")
    if unchecked:
        print(
            f"{len(unchecked)} not checked, because the second build does not make such files: "
            f"{unchecked[0]}"
        )
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
    sums = listed(MANIFEST)
    for settings in config["datasets"].values():
        settings |= {key: os.path.abspath(settings[key]) for key in PATHS if settings.get(key)}
    with TemporaryDirectory(prefix="verify-", ignore_cleanup_errors=True) as folder:
        print(f"building {', '.join(names)} again in {folder}", flush=True)
        last = last_run(names)
        for targets in filter(None, (sorted({*names} - {*last}), last)):
            build(folder, config, targets, options.cores)
        return compare(Path(folder), sums)


if __name__ == "__main__":
    cli.run(main)
