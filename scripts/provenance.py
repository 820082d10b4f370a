"""Print what made a file, from which data, and the command that makes it again.

A model.npz, and a figure as PNG or SVG, carry digests of their settings, data and code: the file alone is
enough. For a file of the results folder, or a copy of one, Snakemake's own summary also gives the chain
from the raw data.
"""

from common import artifacts
from common.configfiles import add_configfile
from common.models import load_model
from common.results import parsed

import argparse
import csv
import html
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from experiments import as_json, prepared_key
from records.checklist import recorded
from records.made import code_of, digest, file_digest

SCRIPTS = Path(__file__).resolve().parent
# What decides no byte in a command: the log, the number of threads, a folder of this machine.
INTERPRETER = re.compile(r"(?:'[^']*'|\S+) (?=\S*scripts/\w+\.py\b)")
IRRELEVANT = re.compile(r" > \S+ 2>&1| --threads \d+| --local-mirror (?:'[^']*'|\S+)")


class ProvenanceError(ValueError):
    """A file of which nothing is known: the message says what was looked for."""

    user_error = True


def carried(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a file carries of its making, and its settings; empty where it carries none."""
    if path.suffix == ".npz" and "config" in artifacts.load_arrays(path):
        model = load_model(path)
        keys = ("network", "training", "preparation", "seed", "ends_after")
        kernels = {"kernels": model.config.get("kernels", [])}
        settings = {k: v for k, v in model.config.items() if k in keys}
        return model.made | kernels, settings
    text = ""
    with artifacts.whole(path):
        if path.suffix == ".png":
            with Image.open(path) as image:  # of another format it has no texts
                text = getattr(image, "text", {}).get("Description", "")
        elif path.suffix == ".svg":
            found = re.search(
                r"<dc:description>(.*?)</dc:description>", path.read_text("utf-8"), re.S
            )
            text = html.unescape(found[1]) if found else ""
    return described(text), {}


def described(text: str) -> dict[str, Any]:
    """What the description of a figure says; nothing where another program wrote it."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    ours = isinstance(found, dict) and {"figure", "experiment", "program", "data"} <= found.keys()
    return found if ours else {}


def of_model(origin: dict[str, Any], settings: dict[str, Any], results: Path) -> Iterator[str]:
    """What a model says of itself, line by line."""
    info = parsed(origin["data"], results)
    folder = f"results/{info.parent.relative_to(results) if info else 'datasets/DATASET'}"
    yield f"settings   sha256 {digest(settings)}"
    yield from (f"           {key}: {as_json(value)}" for key, value in settings.items())
    yield f"           split: {as_json(origin['split'])}"
    yield f"kernels    {'; '.join(origin['kernels'])}"
    yield from of_data(origin["data"])
    known = f"they are those of {folder}"
    unknown = f"no data set in {results} has these arrays: put its name and digest for DATASET"
    yield f"           {known if info else unknown}"
    prepared = {"split": origin["split"], "preparation": settings["preparation"]}
    file = f"{prepared_key(prepared)}.npz"
    yield (
        f"again      python scripts/prepare.py --images {folder}/train_images.npy"
        f" --labels {folder}/train_labels.npy"
        f" --info {folder}/info.json --settings {shlex.quote(as_json(prepared))} --output {file}"
    )
    yield (
        f"           python scripts/train.py --images {folder}/train_images.npy"
        f" --labels {folder}/train_labels.npy --prepared {file}"
        f" --settings {shlex.quote(as_json(settings))} --output model.npz"
    )


def of_figure(origin: dict[str, Any]) -> Iterator[str]:
    """What a figure says of itself, line by line."""
    yield f"what       {origin['figure']} of the experiment {origin['experiment']}"
    yield from of_data(origin["data"])
    place = f"results/experiments/{origin['experiment']}/figures/{origin['figure']}.png"
    yield f"again      snakemake --cores 1 {place}"


def of_data(data: dict[str, Any]) -> Iterator[str]:
    """The checksums of what was read, line by line."""
    sums = [
        f"{name} {sha256}"
        for name, value in data.items()
        for sha256 in (value if isinstance(value, list) else [value])
    ]
    for first, line in zip(["data       sha256 of"] + [" " * 20] * len(sums), sums, strict=False):
        yield f"{first} {line}"


def summary(place: str, results: Path, configfiles: list[str]) -> dict[str, dict[str, str]]:
    """Return what Snakemake knows of a file and of all that it is made from, by file."""
    folder = results.resolve().parent
    command = [sys.executable, "-m", "snakemake", "--snakefile", SCRIPTS.parent / "Snakefile"]
    command += ["--directory", folder, "--nolock", "--detailed-summary"]
    command += ["--configfile", *configfiles] if configfiles else []
    # With a rule that nothing needs: files that are there have their jobs then, and no plan changes.
    command += ["--forcerun", "verify"]
    done = subprocess.run([*command, "--", place], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith("output_file\t")), None)
    if done.returncode or start is None:
        reason = next((line for line in done.stderr.splitlines() if "rror" in line), "no summary")
        raise ProvenanceError(
            f"{place}: Snakemake knows no rule for it with this config ({reason})"
        )
    rows = csv.DictReader(lines[start:], delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["output_file"]: row for row in rows}


def chain(path: str, entries: dict[str, dict[str, str]]) -> list[str]:
    """Return all files that one was made from, each after its own inputs, and that file last."""
    found: dict[str, None] = {}
    waiting = [(path, False)]
    while waiting:
        path, ready = waiting.pop()
        if ready:
            found[path] = None
        elif path in entries and path not in found:
            inputs = entries[path]["input-file(s)"].split(",")
            waiting += [(path, True), *((i, False) for i in reversed(inputs))]
    return list(found)


def command_of(entry: dict[str, str]) -> str:
    """Return the command of a file, without logs, numbers of threads and folders of this machine."""
    command = INTERPRETER.sub("python ", IRRELEVANT.sub("", entry["shellcmd"]).strip())
    folder = "" if "python " in command else f"mkdir -p {Path(entry['output_file']).parent} && "
    return folder + command


def of_summary(paths: list[str], entries: dict[str, dict[str, str]]) -> Iterator[str]:
    """Describe the chain of rules that a file is the end of, line by line."""
    last = entries[paths[-1]]
    yield f"again      {command_of(last)}"
    if last["plan"] != "no update":
        yield f"state      {last['status']}, {last['plan']}: its inputs, code or config have changed since"
    rules: dict[str, list[str]] = {}
    for path in paths:
        rules.setdefault(entries[path]["rule"], []).append(path)
    for number, (rule, made_by) in enumerate(rules.items()):
        more = f", and {len(made_by) - 1} more" if len(made_by) > 1 else ""
        yield f"{'' if number else 'chain':10} {rule}: {made_by[-1]}{more}"


def place_of(file: Path, results: Path) -> str | None:
    """Return the name of a file from the folder that has results/; for a copy, that of the original."""
    path, folder = file.resolve(), results.resolve()
    if folder in path.parents:
        return path.relative_to(folder.parent).as_posix()
    sums = recorded(results / "MANIFEST.sha256")
    same = file_digest(file)
    return next((name for name, sha256 in sums.items() if sha256 == same), None)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="of the workflow, or a copy")
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="the results folder (results)"
    )
    add_configfile(parser, "as it was made with")
    parser.add_argument(
        "--commands", action="store_true", help="print only the commands, from the raw data on"
    )
    options = parser.parse_args()
    sha256, place = file_digest(options.file), place_of(options.file, options.results)
    origin, settings = ({}, {}) if options.commands else carried(options.file)
    if not origin and not place:
        raise ProvenanceError(
            f"{options.file}: nothing is known of it: {options.results}/MANIFEST.sha256 has no such file;"
            " expected a model.npz, a figure, or another file that the workflow made"
        )
    try:
        entries = summary(place, options.results, options.configfile) if place else {}
    except ProvenanceError:
        if not origin:
            raise
        entries = {}  # the config does not make it any more, but the file describes itself
    paths = chain(place, entries)
    if options.commands:
        print(*dict.fromkeys(command_of(entries[path]) for path in paths), sep="\n")
        return
    lines = [f"{options.file}: sha256 {sha256}"]
    if recorded(options.results / "MANIFEST.sha256").get(place, sha256) != sha256:
        lines.append("changed    since results/MANIFEST.sha256 was written")
    if origin:
        here = code_of(SCRIPTS / f"{origin['program']}.py")
        same_code = "as it is here" if here == origin["code"] else f"here it is {here}"
        lines.append(
            f"made by    scripts/{origin['program']}.py, code {origin['code']} ({same_code})"
        )
        of_itself = of_figure(origin) if "figure" in origin else None
        lines += of_itself or of_model(origin, settings, options.results)
    if paths:
        lines += [f"\nfile       {place}", *of_summary(paths, entries)]
    print(*lines, sep="\n")


if __name__ == "__main__":
    artifacts.cli(main)
