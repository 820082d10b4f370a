"""Build the finished experiments again, in a scratch folder, and compare every artifact byte by byte.

The second build has the same raw data, config and code, and touches nothing under results/. Where an
artifact differs, the first value that does is printed, and the likely cause: other kernels, other code or
packages, or a file that was changed after it was made.

With --against nothing is built: the results are compared with a list of checksums.

Exit code 0 where all agree, else 1.
"""

from common import artifacts
from common.configfiles import add_configfile
from common.wiring import finished_besides

import argparse
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from experiments import Plan, digest, files
from records.checklist import compare_with_list, made_with, recorded, write_list
from records.differences import differing, explained
from records.scratch import build, config_of, plan_of, scratch_folder
from summarize import EARLIER

SHOWN = 5  # files that differ
# Folders and files that differ between two builds of the same.
VOLATILE = {"logs", "benchmarks", "contents.json", "MANIFEST.sha256"}


class VerifyError(ValueError):
    """Results that cannot be verified: the message says why, and what to do."""

    user_error = True


def artifacts_in(folder: Path) -> set[str]:
    """Return the files under results/ of a folder that have the same bytes in every build."""
    found = (path.relative_to(folder) for path in (folder / "results").rglob("*") if path.is_file())
    return {
        path.as_posix()
        for path in found
        if path.parts[1] not in VOLATILE
        and path.name not in VOLATILE
        and not any(part.startswith(".") for part in path.parts)
    }


def finished() -> list[str]:
    """Return the names of the experiments that were built to their end; raise a VerifyError if none was."""
    found = [folder.name for folder in finished_besides((), "results/experiments")]
    if not found:
        raise VerifyError("results: no experiment is finished here; call snakemake first")
    return found


def check_config(plan: Plan, names: Iterable[str]) -> None:
    """Raise a VerifyError if experiments have other settings now than when they were built."""
    for name in names:
        experiment = plan.experiments[name]
        selection = artifacts.read_json(files.selection(experiment))
        if selection["settings_digest"] != digest(experiment.planned):
            raise VerifyError(
                f"{files.EXPERIMENT.format(experiment=name)} was built with another config; call "
                "snakemake first, or name the files of --configfile that it was built with"
            )


def check_raw(plan: Plan, names: Iterable[str]) -> None:
    """Raise a VerifyError where raw data of experiments are missing."""
    for dataset in dict.fromkeys(plan.experiments[name].dataset_name for name in names):
        generated = plan.datasets[dataset]["generator"]
        for place in plan.raw(dataset).values():
            if not generated and not os.path.exists(place):
                raise VerifyError(
                    f"{place}: missing; the raw data of {dataset} are needed to build it again: "
                    "call snakemake first, which fetches them"
                )


def build_again(folder: Path, config: dict[str, Any], names: list[str], cores: int) -> None:
    """Build experiments in a folder, in the order in which the last run here showed them."""
    summary = Path("results/summary.csv")
    rows = artifacts.read_csv(summary) if summary.exists() else []
    last = [row["experiment"] for row in rows if EARLIER not in row["status"]]
    last = [name for name in last if name in names] or names
    if earlier := [name for name in names if name not in last]:
        build(folder, config, earlier, cores)
    build(folder, {**config, "targets": last}, [], cores)


def positive(text: str) -> int:
    """The type of a number of runs, or of cores."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number, 1 or more")
    return int(text)


def verify(config: dict[str, Any], plan: Plan, options: argparse.Namespace) -> int:
    """Build again what is finished, and compare; return the exit code."""
    names = [name for name in finished() if name in plan.experiments]
    left = [name for name in finished() if name not in names]
    if not names:
        raise VerifyError(
            f"the config has none of the experiments that are finished: {', '.join(left)}"
        )
    check_config(plan, names)
    check_raw(plan, names)
    since, sums = time.monotonic(), recorded()
    with scratch_folder(options.keep) as folder:
        print(f"building {', '.join(names)} again in {folder}", flush=True)
        build_again(folder, config, names, options.cores)
        again = artifacts_in(folder)
        compared = again & (artifacts_in(Path()) | sums.keys())
        wrong = differing(compared, folder)
        texts = [
            f"{name} differs: {explained(name, folder, sums.get(name))}" for name in wrong[:SHOWN]
        ]
    seconds = f"built again in {time.monotonic() - since:.0f} s"
    agree = f"{len(compared) - len(wrong)} of {len(compared)} artifacts agree"
    print(f"{agree}: {', '.join(names)}, {seconds}", *texts, sep="\n")
    if len(wrong) > SHOWN:
        print(f"{len(wrong) - SHOWN} more differ; those above are made first")
    if left:
        print(f"not verified, for the config does not have them: {', '.join(left)}")
    return 1 if wrong else 0


def against(path: Path) -> int:
    """Compare the results here with a list of checksums; return the exit code."""
    total, wrong, missing, comments = compare_with_list(path)
    print(f"{total - len(wrong) - len(missing)} of {total} artifacts agree with {path}")
    print(*(f"{name} differs" for name in wrong[:SHOWN]), sep="\n", end="\n" * bool(wrong))
    if len(wrong) > SHOWN:
        print(f"{len(wrong) - SHOWN} more differ")
    if wrong:
        here = [f"made with {line}" for line in made_with(recorded())]
        print(f"there: {'; '.join(comments[1:]) or 'not said'}\nhere: {'; '.join(here)}")
    if missing:
        print(f"{len(missing)} are not here, as {missing[0]}; `snakemake published` builds them")
    return 1 if wrong or missing else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cores", type=positive, default=os.cpu_count(), help="for the second build (all)"
    )
    add_configfile(parser, "as the results were built with")
    parser.add_argument("--keep", action="store_true", help="leave the scratch folder")
    checksums = parser.add_mutually_exclusive_group()
    checksums.add_argument(
        "--against", type=Path, metavar="FILE", help="build nothing; compare with these checksums"
    )
    checksums.add_argument(
        "--write", type=Path, metavar="FILE", help="write checksums of the published experiments"
    )
    options = parser.parse_args()
    if options.against:
        return against(options.against)
    config = config_of(options.configfile)
    plan = plan_of(config)
    if not options.write:
        return verify(config, plan, options)
    names = [experiment.name for experiment in plan.published]
    print(f"{options.write}: {write_list(options.write, names)} artifacts of {', '.join(names)}")
    return 0


if __name__ == "__main__":
    artifacts.cli(main)
