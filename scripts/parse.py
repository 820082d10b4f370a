"""Parse a dataset's raw files into arrays: {train,test}_{images,labels}.npy and info.json.

test_sources.csv has for each test example its file, or its row number in the source.

Images are uint8 of shape (n, height, width) or (n, height, width, colours), labels uint8 (n,).
Numbers of a table, points, and images of other types are float64 (n, ...).

Oddities that are not errors (examples in both splits or in two classes, classes without examples,
pictures of one value) are counted in info.json, and printed.

The formats are those of datasets/formats.py.
"""

import argparse
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np

import cli
from datasets import (
    FORMATS,
    DatasetError,
    as_examples,
    check_split,
    content_digest,
    describe,
    notes,
    peculiarities,
    refusal,
)
from files import artifacts


def class_names(settings: dict[str, Any], found: list[str] | None) -> list[str]:
    """Return the classes' names: as found in the data, else as in the settings (names or count)."""
    found = found and [normalize("NFC", name) for name in found]
    declared = settings.get("classes", found)
    if declared is None:
        raise DatasetError("classes: missing, expected the number of classes or their names")
    if isinstance(declared, int):
        names = found or [str(number) for number in range(declared)]
        agree = len(names) == declared
    else:
        names = [normalize("NFC", str(name)) for name in declared]
        agree = found in (None, names)
    if not agree:
        raise DatasetError(f"classes: {declared} declared, but the data has {found}")
    return names


def check_raw(settings: dict[str, Any], files: dict[str, str]) -> None:
    """Raise DatasetError if a raw file does not have its checksum in config.yaml."""
    for role, path in files.items():
        declared = settings.get("files", {}).get(role, {})
        if not declared.get("sha256"):
            continue
        reason = refusal(path, declared["sha256"], declared.get("members_md5"))
        if reason:
            raise DatasetError(f"{path}: {reason}; delete it to fetch it again")


def write_sources(path: Path, sources: list[str] | list[int] | None, count: int) -> None:
    """Write which file, or which row of the source, each of ``count`` test examples is."""
    sources = list(map(str, range(count) if sources is None else sources))
    column = "row" if sources[0].isdigit() else "file"
    artifacts.write_csv(path, [column], ({column: source} for source in sources))


def arguments() -> argparse.Namespace:
    parser = cli.parser(__doc__)
    parser.add_argument(
        "--settings",
        required=True,
        type=cli.json_with(),
        metavar="JSON",
        help="the dataset as in config.yaml: format, classes, train_size, test_size, ...",
    )
    parser.add_argument(
        "--raw",
        nargs="*",
        default=[],
        type=cli.pair,
        metavar="ROLE=FILE",
        help="the raw files by their roles, as config.yaml has them under `files`",
    )
    parser.add_argument(
        "--output-folder", required=True, type=Path, metavar="DIR", help="folder of the arrays"
    )
    about = "threads that decode large pictures (default: 1); their number changes nothing else"
    parser.add_argument("--threads", type=int, default=1, help=about)
    options = parser.parse_args()
    name = options.settings.get("format")
    if name in FORMATS:
        kind = FORMATS[name]
        places = {role for role, key in kind.places.items() if key in kind.required}
        missing = {*kind.files, *places} - dict(options.raw).keys()
        if kind.places and (lacking := set(kind.required) - options.settings.keys() - {"path"}):
            parser.error(f"format {name} needs {sorted(lacking)[0]} in --settings")
        if missing:
            parser.error(f"format {name} needs --raw {sorted(missing)[0]}=FILE")
        rules = FORMATS[name].settings.items()
        defaults = {key: rule["default"] for key, rule in rules if "default" in rule}
        options.settings = {**defaults, **options.settings}
    return options


def main() -> None:
    options = arguments()
    settings, folder, files = options.settings, options.output_folder, dict(options.raw)
    if settings.get("format") not in FORMATS:
        raise DatasetError(
            f"format: {settings.get('format')!r} is unknown; known: {', '.join(FORMATS)}"
        )
    check_raw(settings, files)
    kind = FORMATS[settings["format"]]
    parsed = kind.read(settings | {"threads": options.threads}, files)
    splits, names = parsed.splits, class_names(settings, parsed.classes)
    info: dict[str, Any] = {"classes": names, "splits": {}}
    more = {
        "format": settings["format"] if kind.places else None,
        "validation_rows": parsed.validation,
        "groups": parsed.groups,
    }
    info |= {**parsed.about, **{key: value for key, value in more.items() if value}}
    if kind.places or settings.get("path"):
        info["raw_sha256"] = {
            role: content_digest(file, parsed.checksums) for role, file in files.items()
        }
    shape = settings.get("shape")
    for split in ("train", "test"):
        size = None if kind.places else settings.get(f"{split}_size")
        if split not in splits:
            if size:
                raise DatasetError(f"{split}_size: {size} declared, but there is no {split} split")
            continue
        images, labels = splits[split]
        source = [file for role, file in files.items() if role.startswith(split)]
        source = ", ".join(source or files.values()) or settings["format"]
        images = as_examples(images, f"{source} ({split} images)", "missing" in info)
        shape = shape or list(images.shape[1:])  # of the training file, if none is declared
        check_split(images, labels, len(names), size, source)
        if list(images.shape[1:]) != shape:
            raise DatasetError(f"{source}: shape {list(images.shape[1:])}, expected {shape}")
        labels = labels.astype(np.uint8)
        splits[split] = images, labels
        info["splits"][split] = describe(images, labels, len(names))
        info |= {"shape": shape, "dtype": str(images.dtype)}
    for split, counts in peculiarities(splits).items():
        info["splits"][split] |= counts
    info["notes"] = [*parsed.notes, *notes(info)]
    for note in info["notes"]:
        print(f"warning: {note}", flush=True)
    for split, (images, labels) in splits.items():
        artifacts.save_array(folder / f"{split}_images.npy", images)
        artifacts.save_array(folder / f"{split}_labels.npy", labels)
    if "test" in splits:
        write_sources(folder / "test_sources.csv", parsed.test_sources, len(splits["test"][1]))
    artifacts.write_json(folder / "info.json", info)


if __name__ == "__main__":
    cli.run(main)
