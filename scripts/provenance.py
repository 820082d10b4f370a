"""Print the origin of a file: its program and data, and the commands that make it again.

A model.npz and a figure contain digests of their settings, data and code. For a file of the results
folder, or a copy of one, Snakemake's summary adds the chain from the raw data.
"""

import csv
import html
import json
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

import cli
from components.addresses import redacted
from configuration.checked_models import described
from experiments import as_json, prepared_key
from files import artifacts
from files.finished import parsed
from origin.comparing import listed
from origin.record import code_of, digest, file_digest

SCRIPTS = Path(__file__).resolve().parent
# Parts of a command that decide no byte: interpreter, log, threads, a folder of this machine.
INTERPRETER = re.compile(r"(?:'[^']*'|\S+) (?=\S*scripts/\w+\.py\b)")
IRRELEVANT = re.compile(r" > \S+ 2>&1| --threads \d+| --local-mirror (?:'[^']*'|\S+)")
LIST = re.compile(r"(?<= )@(\S+\.files)")  # a file with names of files, one a line
DAMAGED = "its record is incomplete or damaged ({}); expected a model.npz or a figure"


def carried(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record inside a file, and the config of a model; empty if there is none."""
    text, config = "", {}
    with artifacts.whole(path):
        if path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                is_model = {"config.npy", "made.npy"} <= set(archive.namelist())
            config, made = described(path) if is_model else ({}, None)
            text = json.dumps(made)
        elif path.suffix == ".png":
            with Image.open(path) as image:  # other formats have no texts
                text = getattr(image, "text", {}).get("Description", "")
        elif path.suffix == ".svg":
            found = re.search(r"<dc:description>([^<]*)<", path.read_text("utf-8"))
            text = html.unescape(found[1]) if found else ""
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    keys = {"program", "settings", "data", "code"}
    keys |= {"split"} if config else {"figure", "experiment"}
    return (record, config) if isinstance(record, dict) and keys <= record.keys() else ({}, {})


def of_model(record: dict, config: dict, results: Path) -> tuple[list[str], list[str]]:
    """Return the record of a model as lines, and the commands that make it again."""
    keys = ("network", "training", "preparation", "seed", "ends_after")
    settings = {key: config[key] for key in keys if key in config}
    sha256, info = digest(settings), parsed(record["data"], results)
    folder = f"results/{info.parent.relative_to(results) if info else 'datasets/DATASET'}"
    lines = [f"settings   sha256 {sha256}"]
    if sha256 != record["settings"]:
        lines.append(
            f"           NOT AS RECORDED: it was made with other settings, {record['settings']}"
        )
    shown = settings | {"split": record["split"]}
    lines += [f"           {key}: {as_json(value)}" for key, value in shown.items()]
    lines += [f"kernels    {'; '.join(config.get('kernels', []))}"]
    unknown = f"no dataset in {results} has these arrays: replace DATASET by its name and digest"
    lines += [f"known as   {folder if info else unknown}"]
    prepared = {"split": record["split"], "preparation": settings["preparation"]}
    file = f"{prepared_key(*prepared.values())}.npz"
    arrays = f"--images {folder}/train_images.npy --labels {folder}/train_labels.npy"
    return lines, [
        f"python scripts/prepare.py {arrays} --info {folder}/info.json"
        f" --settings {shlex.quote(as_json(prepared))} --output {file}",
        f"python scripts/train.py {arrays} --prepared {file}"
        f" --settings {shlex.quote(as_json(settings))} --output model.npz",
    ]


def of_record(record: dict, config: dict, results: Path) -> tuple[list[str], list[str]]:
    """Return a record as lines, and the commands that make its file again."""
    here = code_of(SCRIPTS / f"{record['program']}.py")
    alike = here.split()[0] == record["code"].split()[0]  # without "portable"
    same = "the same as here" if alike else f"here it is {here}"
    lines = [f"made by    scripts/{record['program']}.py, code {record['code']} ({same})"]
    for name, value in record["data"].items():
        for sha256 in value if isinstance(value, list) else [value]:
            lines.append(f"data       sha256 of {name} {sha256}")
    if config:
        more, commands = of_model(record, config, results)
        return lines + more, commands
    figure = f"{record['experiment']}/figures/{record['figure']}.png"
    lines.append(f"what       {record['figure']} of the experiment {record['experiment']}")
    return lines, [f"snakemake --cores 1 results/experiments/{figure}"]


def of_file(path: Path, record: dict, config: dict, results: Path) -> tuple[list[str], list[str]]:
    """Call `of_record`; raise an ArtifactError if the record of a file is incomplete."""
    with artifacts.whole(path, DAMAGED):
        return of_record(record, config, results)


def summary(place: str, results: Path, configfiles: list[str]) -> dict[str, dict[str, str]]:
    """Return the rows of Snakemake's summary for a file and all that it is made from, by file."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", SCRIPTS.parent / "Snakefile"]
    command += ["--directory", results.resolve().parent, "--nolock", "--detailed-summary"]
    command += ["--configfile", *configfiles] if configfiles else []
    # With a rule that nothing needs: files that are there have their jobs then, and no plan changes.
    command += ["--forcerun", "verify", "--", place]
    done = subprocess.run(command, capture_output=True, text=True)
    _, start, table = done.stdout.partition("output_file\t")
    if done.returncode or not start:
        reason = next((line for line in done.stderr.splitlines() if "rror" in line), "no summary")
        unknown = f"Snakemake knows no rule for it with this config ({redacted(reason)})"
        raise artifacts.ArtifactError(f"{place}: {unknown}")
    rows = csv.DictReader((start + table).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["output_file"]: row for row in rows}


def chain(path: str, entries: dict[str, dict[str, str]], found: dict[str, None]) -> list[str]:
    """Return the files found before, all files that one was made from, and that file."""
    if path in entries and path not in found:
        for file in entries[path]["input-file(s)"].split(","):
            chain(file, entries, found)
        found[path] = None
    return list(found)


def command_of(entry: dict[str, str], results: Path) -> str:
    """Return the command of a file, without logs, numbers of threads and folders of this machine.

    Lists of files, which are among the logs, are replaced by the names in them.
    """

    def names(found: re.Match) -> str:
        path = results.resolve().parent / found[1]
        return shlex.join(path.read_text().splitlines()) if path.exists() else found[0]

    command = LIST.sub(names, IRRELEVANT.sub("", entry["shellcmd"]).strip())
    if command in ("", "-"):
        return f"# Snakemake has no record of the command that made {entry['output_file']}"
    if entry["rule"] == "fetch":  # by an earlier version, with complete addresses
        command = shlex.join(map(redacted, shlex.split(command)))
    return INTERPRETER.sub("python ", command)


def recorded(file: Path, sha256: str, results: Path) -> tuple[str | None, str]:
    """Return the name of a file, or of the original of a copy, and its state by the manifest."""
    path, folder, manifest = file.resolve(), results.resolve(), results / "MANIFEST.sha256"
    inside = folder in path.parents
    place = path.relative_to(folder.parent).as_posix() if inside else None
    try:
        sums = listed(manifest)
    except artifacts.ArtifactError as error:
        return place, f"unknown    if it was changed: {error}"
    place = place or next((name for name in sums if sums[name] == sha256), None)
    if place not in sums:
        return place, f"unknown    if it was changed: {manifest} does not list it"
    same = sums[place] == sha256
    return place, f"{'unchanged ' if same else 'changed   '} since {manifest} was written"


def main() -> None:
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="of the workflow, or a copy")
    add("--results", type=Path, default=Path("results"), help="the results folder (results)")
    cli.add_configfile(parser, "as it was made with")
    add("--commands", action="store_true", help="print the commands, as a shell script")
    options = parser.parse_args()
    (record, config), sha256 = carried(options.file), file_digest(options.file)
    place, state = recorded(options.file, sha256, options.results)
    if not record and not place:
        raise artifacts.ArtifactError(
            f"{options.file}: of unknown origin: {options.results}/MANIFEST.sha256 does not list it;"
            " expected a model.npz, a figure, or another file that the workflow made"
        )
    lines, commands = [f"{options.file}: sha256 {sha256}", state], []
    if record:
        more, commands = of_file(options.file, record, config, options.results)
        lines += [*more, *(f"again      {command}" for command in commands)]
    try:
        entries = summary(place, options.results, options.configfile) if place else {}
    except artifacts.ArtifactError:
        if not record:
            raise
        entries = {}  # the config does not make it any more, but the file describes itself
    if place in entries:
        paths, last = chain(place, entries, {}), entries[place]
        commands = list(dict.fromkeys(command_of(entries[path], options.results) for path in paths))
        lines += [f"\nfile       {place}", f"again      {command_of(last, options.results)}"]
        if last["plan"] != "no update":
            pending = f"{last['status']}, {last['plan']}"
            lines.append(f"state      {pending}: its inputs, code or config have changed since")
        rules = {entries[path]["rule"]: path for path in paths}
        lines += [f"chain      {rule}: {path}" for rule, path in rules.items()]
    if options.commands:
        hints = ("changed ", "unknown ", "state ", "known as   no", "           NOT ")
        lines = [f"# {line.strip()}" for line in lines if line.startswith(hints)] + commands
    print(*lines, sep="\n")


if __name__ == "__main__":
    cli.run(main)
