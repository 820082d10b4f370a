"""Tell what made a file, from which data, and the command that makes it again.

Of a model.npz, and of a figure as PNG or SVG, the file alone is enough: it carries digests of its
settings, data and code. Of every file that the workflow made, or a copy of it, the chain from the raw data
is told as well where the results folder is.
"""

from common import artifacts
from common.kernels import name as kernel_name
from common.models import load_model

import argparse
import html
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from experiments import as_json, prepared_key
from records.made import code_of, digest, file_digest
from records.provenance import Record, load

SCRIPTS = Path(__file__).parent


class ProvenanceError(ValueError):
    """A file of which nothing is known: the message says what was looked for."""

    user_error = True


def carried(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a file carries of its making, and its settings; empty where it carries none."""
    if path.suffix == ".npz" and "config" in artifacts.load_arrays(path):
        model = load_model(path)
        keys = ("network", "training", "preparation", "seed")
        return model.made, {key: model.config[key] for key in keys}
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
    dataset = dataset_of(origin["data"], results)
    folder = f"results/datasets/{dataset or 'DATASET'}"
    yield f"settings   sha256 {digest(settings)}"
    yield from (f"           {key}: {as_json(value)}" for key, value in settings.items())
    yield f"           split: {as_json(origin['split'])}"
    yield from of_data(origin["data"])
    known = f"they are those of {folder}"
    unknown = f"no data set in {results} has these arrays: put its name for DATASET"
    yield f"           {known if dataset else unknown}"
    prepared = {"split": origin["split"], "preparation": settings["preparation"]}
    file = f"{folder}/prepared/{prepared_key(prepared)}.npz"
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


def dataset_of(data: dict[str, Any], results: Path) -> str | None:
    """The name of the data set in a results folder that has these arrays."""
    for info in sorted(results.glob("datasets/*/info.json")):
        described = artifacts.read_json(info)["splits"]["train"]
        if all(described[f"{part}_sha256"] == data[part] for part in ("images", "labels")):
            return info.parent.name
    return None


def chain(path: str, entries: dict[str, Record]) -> list[str]:
    """All artifacts that one was made from, each after those it was made from itself, and it at last."""
    found: dict[str, None] = {}
    waiting = [(path, False)]
    while waiting:
        path, ready = waiting.pop()
        if ready:
            found[path] = None
        elif path in entries and path not in found:
            waiting += [
                (path, True),
                *((i, False) for i in reversed(entries[path]["inputs"])),
            ]
    return list(found)


def commands(paths: list[str], entries: dict[str, Record]) -> list[str]:
    """The commands that make some files, one after the other, from the project's folder."""
    found = {}
    for path in paths:
        folder = "" if "python" in entries[path]["command"] else f"mkdir -p {Path(path).parent} && "
        found[entries[path]["command"]] = folder + entries[path]["command"]
    return list(found.values())


def of_record(paths: list[str], recorded: Record) -> Iterator[str]:
    """What provenance.json tells of a file: the chain it stands at the end of, by rules."""
    entries = recorded["artifacts"]
    entry = entries[paths[-1]]
    yield f"again      {entry['command']}"
    rules: dict[str, list[str]] = {}
    for path in paths:
        rules.setdefault(entries[path]["rule"], []).append(path)
    for number, (rule, made_by) in enumerate(rules.items()):
        more = f", and {len(made_by) - 1} more" if len(made_by) > 1 else ""
        sha256 = entries[made_by[-1]]["sha256"]
        yield f"{'' if number else 'chain':10} {rule}: {made_by[-1]} (sha256 {sha256[:8]}){more}"
    where = recorded["not_compared"]
    if place := where["environments"].get(where["made_in"].get(paths[-1])):
        packages = ", ".join(" ".join(item) for item in place["packages"].items())
        yield f"made with  Python {place['python']}, {packages}, {kernel_name(place['kernel'])}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="of the workflow, or a copy")
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="the results folder (results)"
    )
    parser.add_argument(
        "--commands", action="store_true", help="print the commands from the raw data on, no more"
    )
    options = parser.parse_args()
    sha256, recorded = file_digest(options.file), load(options.results / "provenance.json")
    entries = recorded["artifacts"]
    named = [path for path in entries if options.file.as_posix().endswith(path)]
    same = [path for path in entries if entries[path]["sha256"] == sha256]
    place = next((path for path in named if path in same), next(iter(same), None))
    paths = chain(place, entries) if place else []
    if options.commands:
        if not paths:
            raise ProvenanceError(unknown(options, named, entries))
        print(*commands(paths, entries), sep="\n")
        return
    origin, settings = carried(options.file)
    if not origin and not paths:
        raise ProvenanceError(unknown(options, named, entries))
    lines = [f"{options.file}: sha256 {sha256}"]
    if named and not place:
        lines.append(f"changed    since it was made: then {entries[named[0]]['sha256']}")
    if origin:
        here = code_of(SCRIPTS / f"{origin['program']}.py")
        same_code = "as it is here" if here == origin["code"] else f"here it is {here}"
        lines.append(
            f"made by    scripts/{origin['program']}.py, code {origin['code']} ({same_code})"
        )
        of_itself = of_figure(origin) if "figure" in origin else None
        lines += of_itself or of_model(origin, settings, options.results)
    if paths:
        lines.append(
            f"\nrecorded   {', '.join([place, *(path for path in same if path != place)])}"
        )
        lines += of_record(paths, recorded)
    print(*lines, sep="\n")


def unknown(options: argparse.Namespace, named: list[str], entries: dict[str, Record]) -> str:
    if named:
        then = entries[named[0]]["sha256"]
        return f"{options.file}: it was changed after it was made: its sha256 was {then}"
    return (
        f"{options.file}: nothing is known of it: {options.results}/provenance.json has no file of this "
        "content; expected a model.npz, a figure, or another file that the workflow made"
    )


if __name__ == "__main__":
    artifacts.cli(main)
