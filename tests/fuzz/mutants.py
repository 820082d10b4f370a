"""Valid files of each format, changed at random, and the conditions for reading them.

Each is read by the code that reads it in the workflow. Either it gives what `check_split` accepts, or an
error of the project with a short message.
"""

import contextlib
import gzip
import io
import json
import random
import re
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from PIL import Image
from published import archived, members

import parse
from components.errors import UserError
from configuration.config_files import LOADER, content_of
from configuration.plans import located
from configuration.schema import config_schema
from datasets import FORMATS, check_split, encode_idx
from experiments.plan import Plan
from files import artifacts

LONGEST_MESSAGE = 2000  # characters
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
Files = dict[str, bytes]  # content by path


class Target(NamedTuple):
    """How files of a format are made, and how a folder of them is read: "read" or "refused"."""

    make: Callable[[random.Random], Files]
    read: Callable[[Path], str]
    memory: int = 400 << 20  # bytes; a picture of many pixels takes more


def parsed(folder: Path, settings: dict, **files: str) -> str:
    """Read files of a dataset as the plan and scripts/parse.py do."""
    kind, out = FORMATS[settings["format"]], folder / "out"
    paths = {role: str(folder / name) for role, name in files.items()}
    defaults = {key: rule["default"] for key, rule in kind.settings.items() if "default" in rule}
    settings = defaults | settings
    settings |= {key: paths[role] for role, key in kind.places.items() if role in paths}
    raw = [f"{role}={path}" for role, path in paths.items()]
    try:
        if kind.sizes:
            settings |= kind.sizes(settings)
        sys.argv = ["parse.py", "--settings", json.dumps(settings), "--output-folder", str(out)]
        sys.argv += ["--raw", *raw]
        with contextlib.redirect_stdout(None):  # warnings about odd data
            parse.main()
    except Exception as error:
        return refused(error)
    info = json.loads((out / "info.json").read_text())
    for split in info["splits"]:
        arrays = (np.load(out / f"{split}_{what}.npy") for what in ("images", "labels"))
        images, labels = arrays
        check_split(images, labels, len(info["classes"]), len(images), split)
        assert images.dtype == np.uint8 or np.isfinite(images).all()
    return "read"


def refused(error: Exception) -> str:
    """Return whether it is an error for the user; raise any other."""
    if not isinstance(error, UserError):
        raise error
    assert len(str(error)) < LONGEST_MESSAGE, f"{len(str(error))} characters: {str(error)[:200]}"
    return "refused"


# ------------------------------------------------------------------ changes

NUMBERS = [0, 1, 2, 3, 4, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31,
           2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1]  # fmt: skip
WORDS = ["", "0", "-1", "1e999", "nan", "inf", "-0", "1_0", "null", "~", "yes", "\0", "\r", "\t",
         '"', "'", "é", "\ud7ff", "\U0001f600", "a" * 5000, "9" * 5000, ",", ";", "%", "{x}", "../x",
         "1.0e-400", "0x10", "1:30", "2020-01-01", "!!python/object:os.system"]  # fmt: skip


def changed(rng: random.Random, content: bytes, words: list[bytes] = ()) -> bytes:
    """One to four changes of bytes."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 4])):
        place = rng.randrange(len(data) + 1)
        if rng.random() < 0.4:  # headers come first
            place = min(place, rng.randrange(64))
        length = min(rng.choice([1, 1, 2, 4, 8, 16, 512, 4096]), len(data) - place)
        end = place + length
        match rng.randrange(9):
            case 0 if place < len(data):
                data[place] ^= 1 << rng.randrange(8)
            case 1 if place < len(data):
                data[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
            case 2:
                size = rng.choice([1, 2, 4, 8])
                number = rng.choice(NUMBERS) % (1 << 8 * size)
                data[place : place + size] = number.to_bytes(size, rng.choice(["big", "little"]))
            case 3:
                del data[place:end]
            case 4:
                data[end:end] = data[place:end] * rng.choice([1, 2, 50])
            case 5:
                data[place:place] = rng.randbytes(length)
            case 6:
                del data[place:]
            case 7:
                other = rng.randrange(len(data) + 1)
                data[place:end] = data[other : other + length]
            case 8 if words:
                data[place : rng.choice([place, end])] = rng.choice(words)
    return bytes(data)


def packed(rng: random.Random, content: bytes) -> bytes:
    """Gzipped or not, some also changed within the gzip file."""
    if rng.random() < 0.5:
        return content
    content = gzip.compress(content, compresslevel=1, mtime=0)
    return changed(rng, content) if rng.random() < 0.2 else content


# ------------------------------------------------------------------ formats


def make_idx(rng: random.Random) -> Files:
    dtype = rng.choice(["u1", "u1", "u1", "i1", ">i2", ">i4", ">f4", ">f8"])
    shape = rng.choice([(6, 4, 4), (6, 3, 3, 3), (6, 5), (6, 4, 4, 1)])
    files = {
        "images": np.arange(np.prod(shape)).reshape(shape).astype(dtype),
        "labels": np.array([0, 1, 2, 0, 1, 2], rng.choice(["u1", ">i4"])),
    }
    files = {name: encode_idx(array) for name, array in files.items()}
    for name in rng.choice([["images"], ["labels"], ["images", "labels"]]):
        files[name] = packed(rng, changed(rng, files[name]))
    return files


def read_idx(folder: Path) -> str:
    return parsed(
        folder, {"format": "idx", "classes": 3}, train_images="images", train_labels="labels"
    )


OPCODES = [bytes([code]) for code in b"().0123FIJKLMNPQRSTUVXabcdeghijlopqrstu}]\x80\x81\x82\x83\x85"
           b"\x86\x87\x88\x89\x8a\x8b\x8c\x8e\x93\x94\x95"]  # fmt: skip
OPCODES += [
    b"cos\nsystem\n",
    b"cnumpy\ndtype\n",
    b"cnumpy\nndarray\n",
    b"(lp0\n",
    b"h\x00",
    b"q\x00",
]


unchanged = cache(members)


def make_cifar10(rng: random.Random) -> Files:
    batches = dict(unchanged())
    if rng.random() < 0.75:
        name = rng.choice(list(batches))
        content = batches[name]
        # The pictures are most of a batch and may be anything: change the bytes around them.
        at = content.find(b"T\x00\x18\x00\x00")
        if at >= 0 and rng.random() < 0.8:
            head = changed(rng, content[: at + 5], OPCODES)
            content = head + content[at + 5 :]
        else:
            content = changed(rng, content, OPCODES)
        batches[name] = content
        content = archived(batches)
    else:
        content = bytearray(archived(batches))
        for _ in range(rng.choice([1, 1, 3])):  # a header with the checksum that it then needs
            places = range(0, len(content) - 511, 512)
            headers = [at for at in places if content[at + 257 : at + 262] == b"ustar"]
            at = rng.choice(headers)
            header = bytearray(changed(rng, bytes(content[at : at + 512])).ljust(512, b"\0")[:512])
            size = rng.choice([header[124:136], b"%011o\0" % (rng.choice(NUMBERS) % 8**11)])
            header[124:136] = size
            if rng.random() < 0.3:
                header[156:157] = rng.choice(
                    [b"0", b"5", b"1", b"L", b"K", b"x", b"g", b"S", b"\0"]
                )
            header[148:156] = b" " * 8
            header[148:156] = b"%06o\0 " % sum(header)
            content[at : at + 512] = header
        content = bytes(content)
    return {"archive": packed(rng, content)}


def read_cifar10(folder: Path) -> str:
    return parsed(folder, {"format": "cifar10", "classes": 10}, archive="archive")


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.lib.format.write_array(content, array, allow_pickle=True)
    return content.getvalue()


NPY_WORDS = [b"(", b")", b"'<f8'", b"'|O'", b"'<U9'", b"'<M8[s]'", b"-1", b"1" * 30, b"True", b"None", b"[",
             b"('a','<i4')", b"'V8'", b"{", b"\x93NUMPY\x02\x00", b"L"]  # fmt: skip


def make_npz(rng: random.Random) -> Files:
    dtype = rng.choice(["u1", "u1", "<f4", "<f8", ">i2", "<u8", "?", "<f2", "<c8", "<U2", "O"])
    labels = np.array([0, 1, 2, 0, 1, 2])
    kind = rng.choice(["u1", "u1", "<i8", "<u8", "<f8", "<U3", "S3", "one-hot"])
    arrays = {
        "x_train": np.arange(6 * 16)
        .reshape(6, *rng.choice([(4, 4), (16,), (1, 4, 4)]))
        .astype(dtype),
        "y_train": np.eye(3)[labels] if kind == "one-hot" else labels.astype(kind),
    }
    if rng.random() < 0.5:
        arrays |= {"x_test": arrays["x_train"][:2], "y_test": arrays["y_train"][:2]}
    members = {f"{name}.npy": npy(array) for name, array in arrays.items()}
    within = rng.random() < 0.7
    if within:
        name = rng.choice(list(members))
        members[name] = changed(rng, members[name], NPY_WORDS)
    content = io.BytesIO()
    method = rng.choice(
        [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2]
    )
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    content = content.getvalue()
    if not within:
        # The directory at the end has sizes and methods.
        cut = rng.choice([0, content.rfind(b"PK\x05\x06"), content.find(b"PK\x01\x02")])
        content = content[:cut] + changed(rng, content[cut:])
    return {"data.npz": content}


def read_npz(folder: Path) -> str:
    share = 0.3 if "7" in folder.name else 0
    return parsed(folder, {"format": "npz", "test": share}, archive="data.npz")


def make_csv(rng: random.Random) -> Files:
    def table(rows: int) -> bytes:
        head = "length,colour,size,kind\n"
        lines = (
            f"{n}.5,{rng.choice(['red', 'blue'])},{-n},{rng.choice(['a', 'b', 'c'])}\n"
            for n in range(rows)
        )
        text = head + "".join(lines)
        for _ in range(rng.choice([0, 1, 1, 2, 5])):
            cells = text.split(rng.choice([",", "\n"]))
            place = rng.randrange(len(cells))
            cells[place] = rng.choice([*WORDS, cells[place] * 2, rng.choice(cells)])
            text = rng.choice([",", "\n"]).join(cells) if rng.random() < 0.2 else ",".join(cells)
        content = text.encode("utf-8", "surrogatepass")
        if rng.random() < 0.5:
            content = changed(rng, content, [word.encode("utf-8") for word in WORDS])
        return content.replace(b"\n", b"\r\n") if rng.random() < 0.1 else content

    files = {"table.csv": table(rng.choice([2, 10, 300]))}
    if rng.random() < 0.3:
        files["test.csv"] = table(3)
    return files


def read_csv(folder: Path) -> str:
    more = {"test_table": "test.csv"} if (folder / "test.csv").exists() else {}
    settings = {"format": "csv", "label": "kind"}
    return parsed(folder, settings, train_table="table.csv", **more)


PICTURES = {  # how each kind is written
    "PNG": [{}, {"mode": "P"}, {"mode": "I;16"}, {"mode": "RGBA"}, {"mode": "1"}, {"mode": "LA"}],
    "JPEG": [{}, {"mode": "CMYK"}, {"mode": "L"}, {"progressive": True}],
    "GIF": [{"mode": "P"}],
    "BMP": [{}, {"mode": "P"}],
    "TIFF": [{}, {"compression": "tiff_lzw"}, {"mode": "F"}, {"mode": "I;16"}, {"compression": "jpeg"},
             {"mode": "LAB"}],
    "WEBP": [{}, {"mode": "RGBA", "lossless": True}],
    "PPM": [{}, {"mode": "L"}, {"mode": "1"}],
    "ICO": [{"mode": "RGBA"}],
    "TGA": [{}, {"mode": "P"}],
    "PCX": [{}],
    "SGI": [{}],
    "DDS": [{"mode": "RGBA"}],
    "JPEG2000": [{}],
    "IM": [{}],
    "SPIDER": [{"mode": "F"}],
    "XBM": [{"mode": "1"}],
    "ICNS": [{"mode": "RGBA"}],
    "EPS": [{}],
    "AVIF": [{}],
    "MSP": [{"mode": "1"}],
    "QOI": [{}],
    "BLP": [{"mode": "P"}],
}  # fmt: skip


@cache
def pictures() -> list[tuple[str, bytes]]:
    """A small picture in each way that Pillow can write it here."""
    found = []
    values = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    for kind, ways in PICTURES.items():
        for options in ways:
            mode = options.get("mode", "RGB")
            image = Image.fromarray(values)
            image = image.convert("L").convert(mode) if mode in ("I;16", "F") else image.convert(
                "L" if mode == "LAB" else mode
            )  # fmt: skip
            content = io.BytesIO()
            more = {key: value for key, value in options.items() if key != "mode"}
            more |= {"exif": exif} if kind in ("PNG", "JPEG", "WEBP") else {}
            with contextlib.suppress(OSError, KeyError, ValueError):  # not built into this Pillow
                image.save(content, kind, **more)
                found.append((kind, content.getvalue()))
    return found


def checked_png(content: bytes) -> bytes:
    """A PNG whose parts have the checksums that they need."""
    data, at = bytearray(content), 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            break
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(data)


def make_pictures(rng: random.Random) -> Files:
    kind, content = rng.choice(pictures())
    content = changed(rng, content)
    if kind == "PNG" and rng.random() < 0.9:
        content = checked_png(content)
    return {"photos/a/x.png": content, "photos/b/y.png": pictures()[0][1]}


def read_pictures(folder: Path) -> str:
    settings = {"format": "image_folder", "size": [5, 4]}
    return parsed(folder, settings, pictures="photos")


ODD = [None, True, False, 0, -1, 1, 0.5, 1e308, 10**12, 10**30, float("nan"), float("inf"), "", "x", [], {},
       [[]], [None], {"name": "x"}, {"name": None}, "a" * 5000, [1] * 1000, {"": {}}, {1: 2}, [0, 0],
       {"training.learning_rate": [1, 2]}, "relu", "full", {"train_images": None}]  # fmt: skip


@cache
def config_text() -> str:
    return (Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8")


def make_config(rng: random.Random) -> Files:
    if rng.random() < 0.5:
        words = [word.encode("utf-8") for word in WORDS]
        # The first experiments, which `targets` names, and some of the others: a plan takes its time.
        begins = [found.start() for found in re.finditer("^    description:", config_text(), re.M)]
        end = config_text().rindex("\n", 0, config_text().rindex("\n", 0, rng.choice(begins[3:])))
        return {"config.yaml": changed(rng, config_text()[:end].encode(), words)}
    config = yaml.load(config_text(), LOADER)
    config["experiments"] = {
        name: config["experiments"][name] for name in rng.sample(list(config["experiments"]), 3)
    }
    config["targets"] = list(config["experiments"])
    for _ in range(rng.choice([1, 1, 2, 3])):
        node = config
        while True:  # go down to any depth
            keys = list(node) if isinstance(node, dict) else range(len(node))
            key = rng.choice(list(keys))
            if not isinstance(node[key], dict | list) or not node[key] or rng.random() < 0.1:
                break
            node = node[key]
        match rng.randrange(4):
            case 0 if len(node) > 1:
                del node[key]
            case 1 if isinstance(node, dict):
                node[rng.choice([f"{key}x", "name", "", 5])] = node.pop(key)
                node = node or {"x": 1}
            case _:
                node[key] = rng.choice(ODD)
        if not all(isinstance(config.get(key), dict) for key in ("datasets", "experiments")):
            break
    return {"config.yaml": yaml.dump(config, Dumper=DUMPER, allow_unicode=True).encode()}


@cache
def schema() -> dict:
    return config_schema()


def read_config(folder: Path) -> str:
    path = folder / "config.yaml"
    try:
        config = content_of(path)
        Plan(located(config, [path]), schema())
    except Exception as error:
        return refused(error)
    return "read"


TARGETS = {
    "idx": Target(make_idx, read_idx),
    "cifar10": Target(make_cifar10, read_cifar10),
    "npz": Target(make_npz, read_npz),
    "csv": Target(make_csv, read_csv),
    "image_folder": Target(make_pictures, read_pictures, 2 << 30),
    "config": Target(make_config, read_config),
}


def warm_up() -> None:
    """Make and import everything that would delay the first input of a process."""
    with warnings.catch_warnings(action="ignore"):  # of old kinds of pictures
        for make in (pictures, schema, config_text, unchanged, Image.init):
            make()


def write(files: Files, folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def mutant(target: str, seed: int, number: int) -> Files:
    """The same files for the same numbers, on every machine."""
    return TARGETS[target].make(random.Random(f"{target} {seed} {number}"))


assert artifacts  # imported first: it sets one BLAS thread
