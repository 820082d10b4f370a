"""Build the finished experiments again, in a scratch folder, and compare every artifact byte by byte.

The second build has the same raw data, config and code, and touches nothing under results/. Where an
artifact differs, the first value that does is told, and why it may: another kernel, another version,
another code, or a file that was changed after it was made.

With --against nothing is built: the results are compared with a list of checksums.

Exit code 0 where all agree, else 1.
"""

from common import artifacts
from common.origins import copies
from common.schema import config_schema

import argparse
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from experiments import Plan, files
from records.checklist import compare_with_list, made_with, write_list
from records.differences import differing
from records.provenance import FILE, Record, load
from records.scratch import build, config_of, scratch_folder

SHOWN = 5  # files that differ


class VerifyError(ValueError):
    """Results that cannot be verified: the message says why, and what to do."""

    user_error = True


def recorded_results() -> Record:
    """What is recorded of the results here; raise a VerifyError where there is nothing."""
    if not FILE.parent.is_dir() or not any(FILE.parent.glob("*/*")):
        raise VerifyError(f"{FILE.parent}: nothing was built here; call snakemake first")
    recorded = load()
    if not recorded["artifacts"]:
        raise VerifyError(
            f"{FILE} is missing, or damaged: a call of snakemake that builds something writes it, as "
            "`snakemake --cores 1 --forcerun report`"
        )
    return recorded


def finished(entries: dict[str, Record]) -> list[str]:
    """The names of the experiments that were built to their end; raise a VerifyError where none was."""
    found = [path.split("/")[2] for path in entries if path.endswith("/histories.csv")]
    if not found:
        raise VerifyError("no experiment is finished here; call snakemake first")
    return found


def check_config(plan: Plan, names: Iterable[str], entries: dict[str, Record]) -> None:
    """Raise a VerifyError where experiments have other settings now than when they were built."""
    for name in names:
        experiment = plan.experiments[name]
        folder = files.EXPERIMENT.format(experiment=name)
        for run in experiment.runs.values():
            paths = files.of_runs(
                experiment, 0 if experiment.rungs else None, [run.name], "model.npz"
            )
            then = entries.get(paths[0], {})
            now = json.loads(json.dumps(run.trained))
            then_settings = {key: then.get("settings", {}).get(key) for key in now}
            if (
                then_settings != now
                or files.prepared(experiment, run.prepared) not in then["inputs"]
            ):
                raise VerifyError(
                    f"{folder} was built with another config: run {run.name} has other settings now; call "
                    "snakemake first, or name the files of --configfile that it was built with"
                )
        parsed = entries.get(files.in_dataset(experiment.dataset_name, "train_images.npy"), {})
        if parsed.get("settings") != json.loads(json.dumps(plan.parsed(experiment.dataset_name))):
            raise VerifyError(
                f"the data set {experiment.dataset_name} has other settings now than when {folder} was "
                "built; call snakemake first"
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


def sampled(entries: dict[str, Record], names: Iterable[str], count: int) -> list[str]:
    """Models and metrics of so many runs of each experiment, spread evenly over them."""
    found = []
    for name in names:
        folder = f"{files.EXPERIMENT.format(experiment=name)}/runs/"
        runs = sorted({p.rpartition("/")[0] for p in entries if p.startswith(folder)})
        taken = min(count, len(runs))
        chosen = [runs[number * len(runs) // taken] for number in range(taken)]
        found += [f"{run}/{file}" for run in chosen for file in ("model.npz", "metrics.json")]
    return found


def build_again(
    folder: Path, config: dict[str, Any], names: list[str], entries: dict[str, Record],
    sample: int | None, cores: int,
) -> None:  # fmt: skip
    """Build experiments in a folder, in the order that the last call here saw them in."""
    if sample is not None:
        build(folder, config, sampled(entries, names, sample), cores)
        return
    shown = entries.get("results/summary.csv", {}).get("settings", {}).get("about", [])
    shown = [name for name in shown if name in names] or names
    if earlier := [name for name in names if name not in shown]:
        build(folder, config, earlier, cores)
    build(folder, {**config, "targets": shown}, [], cores)


def positive(text: str) -> int:
    """The type of a number of runs, or of cores."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number, 1 or more")
    return int(text)


def told(texts: dict[str, str], compared: int, what: str) -> str:
    """Say how many artifacts agree, and of the first that do not where and why."""
    if not texts:
        return f"{compared} of {compared} artifacts agree: {what}"
    lines = [f"{compared - len(texts)} of {compared} artifacts agree: {what}"]
    reasons = {path: text for path, text in texts.items() if text}
    for path, text in list(reasons.items())[:SHOWN]:
        lines.append(f"{path} differs: {text}")
    if len(reasons) > SHOWN:
        lines.append(f"{len(reasons) - SHOWN} more differ")
    if others := len(texts) - len(reasons):
        lines.append(f"{others} more differ that are made from these")
    return "\n".join(lines)


def verify(before: Record, config: dict[str, Any], plan: Plan, options: argparse.Namespace) -> int:
    """Build again what is recorded, and compare; return the exit code."""
    entries = before["artifacts"]
    names = [name for name in finished(entries) if name in plan.experiments]
    left = [name for name in finished(entries) if name not in names]
    if not names:
        raise VerifyError(
            f"the config has none of the experiments that are finished: {', '.join(left)}"
        )
    check_config(plan, names, entries)
    check_raw(plan, names)
    since = time.monotonic()
    with scratch_folder(options.keep) as folder:
        print(f"building {', '.join(names)} again in {folder}", flush=True)
        build_again(folder, config, names, entries, options.sample, options.cores)
        after = load(folder / FILE)
        compared = entries.keys() & after["artifacts"].keys()
        texts = differing(before, after, folder)
    seconds = f"built again in {time.monotonic() - since:.0f} s"
    print(told(texts, len(compared), f"{', '.join(names)}, {seconds}"))
    if left:
        print(f"not verified, for the config does not have them: {', '.join(left)}")
    return 1 if texts else 0


def against(path: Path) -> int:
    """Compare the results here with a list of checksums; return the exit code."""
    total, wrong, missing, comments = compare_with_list(path)
    print(f"{total - len(wrong) - len(missing)} of {total} artifacts agree with {path}")
    print(*(f"{name} differs" for name in wrong[:SHOWN]), sep="\n", end="\n" * bool(wrong))
    if len(wrong) > SHOWN:
        print(f"{len(wrong) - SHOWN} more differ")
    if wrong:
        here = [f"made with {line}" for line in made_with(load())]
        print(
            f"there: {'; '.join(comments[1:]) or 'not told'}\nhere: {'; '.join(here) or 'not recorded'}"
        )
    if missing:
        print(f"{len(missing)} are not here, as {missing[0]}; `snakemake published` builds them")
    return 1 if wrong or missing else 0


def write(path: Path, plan: Plan, recorded: Record) -> int:
    """Write the checksums of the published experiments; raise a VerifyError where one is not finished."""
    names = [experiment.name for experiment in plan.published]
    if lacking := [name for name in names if name not in finished(recorded["artifacts"])]:
        raise VerifyError(f"not finished: {', '.join(lacking)}; call `snakemake published` first")
    print(f"{path}: {write_list(path, recorded, names)} artifacts of {', '.join(names)}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cores", type=positive, default=os.cpu_count(), help="for the second build (all)"
    )
    parser.add_argument(
        "--sample", type=positive, metavar="N", help="build N runs a sweep, and no more"
    )
    parser.add_argument(
        "--configfile",
        nargs="*",
        action="extend",
        default=[],
        metavar="FILE",
        help="as the results were built with",
    )
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
    recorded = recorded_results()
    config = config_of(options.configfile)
    plan = Plan(config, config_schema(), copies(config, here=True))
    if options.write:
        return write(options.write, plan, recorded)
    return verify(recorded, config, plan, options)


if __name__ == "__main__":
    artifacts.cli(main)
