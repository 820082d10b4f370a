"""Print the origin of a file: its program and data, and the commands that make it again.

A model.npz and a figure contain digests of their settings, data and code. Other files of the results
folder, and their copies, are found in its manifest.
"""

import html
import json
import re
import shlex
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

import cli
from configuration.checked_models import described
from experiments import as_json, prepared_key
from files import artifacts
from files.finished import parsed
from origin.comparing import listed
from origin.record import code_of, digest, file_digest

SCRIPTS = Path(__file__).resolve().parent
DAMAGED = "its record is incomplete or damaged ({}); expected a model.npz or a figure"


def carried(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record inside a file, and the config of a model; empty if there is none."""
    text, config = "", {}
    with artifacts.whole(path):
        if path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                is_model = {"config.npy", "made.npy"} <= set(archive.namelist())
            if is_model:
                config, made = described(path)
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


def of_model(record: dict, config: dict, results: Path) -> list[str]:
    """Return the record of a model as lines, with the commands that make it again."""
    keys = ("network", "training", "preparation", "seed", "ends_after")
    settings = {key: config[key] for key in keys if key in config}
    sha256, info = digest(settings), parsed(record["data"], results)
    lines = [f"settings   sha256 {sha256}"]
    if sha256 != record["settings"]:
        lines.append(
            f"           NOT AS RECORDED: it was made with other settings, {record['settings']}"
        )
    shown = settings | {"split": record["split"]}
    lines += [f"           {key}: {as_json(value)}" for key, value in shown.items()]
    lines += [f"kernels    {'; '.join(config.get('kernels', []))}"]
    folder = "results/datasets/DATASET"
    if info:
        folder = f"results/{info.parent.relative_to(results)}"
        lines.append(f"known as   {folder}")
    else:
        unknown = (
            f"no dataset in {results} has these arrays: replace DATASET by its name and digest"
        )
        lines.append(f"known as   {unknown}")
    prepared = {"split": record["split"], "preparation": settings["preparation"]}
    file = f"{prepared_key(*prepared.values())}.npz"
    arrays = f"--images {folder}/train_images.npy --labels {folder}/train_labels.npy"
    return [
        *lines,
        f"again      python scripts/prepare.py {arrays} --info {folder}/info.json"
        f" --settings {shlex.quote(as_json(prepared))} --output {file}",
        f"again      python scripts/train.py {arrays} --prepared {file}"
        f" --settings {shlex.quote(as_json(settings))} --output model.npz",
    ]


def of_record(record: dict, config: dict, results: Path) -> list[str]:
    """Return a record as lines, with the commands that make its file again."""
    here = code_of(SCRIPTS / f"{record['program']}.py")
    alike = here.split()[0] == record["code"].split()[0]  # without "portable"
    same = "the same as here" if alike else f"here it is {here}"
    lines = [f"made by    scripts/{record['program']}.py, code {record['code']} ({same})"]
    for name, value in record["data"].items():
        for sha256 in value if isinstance(value, list) else [value]:
            lines.append(f"data       sha256 of {name} {sha256}")
    if config:
        return lines + of_model(record, config, results)
    figure = f"{record['experiment']}/figures/{record['figure']}.png"
    lines.append(f"what       {record['figure']} of the experiment {record['experiment']}")
    return [*lines, f"again      snakemake --cores 1 results/experiments/{figure}"]


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
    options = parser.parse_args()
    (record, config), sha256 = carried(options.file), file_digest(options.file)
    place, state = recorded(options.file, sha256, options.results)
    if not record and not place:
        raise artifacts.ArtifactError(
            f"{options.file}: of unknown origin: {options.results}/MANIFEST.sha256 does not list it;"
            " expected a model.npz, a figure, or another file that the workflow made"
        )
    print(f"{options.file}: sha256 {sha256}", state, sep="\n")
    if record:
        with artifacts.whole(options.file, DAMAGED):
            print(*of_record(record, config, options.results), sep="\n")
    if place:
        print(f"file       {place}", f"again      snakemake --cores 1 {place}", sep="\n")


if __name__ == "__main__":
    cli.run(main)
