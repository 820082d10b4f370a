"""Files that were made to harm: each is refused in few words, and nothing that is in it is done.

Each is read in a process of its own, which may take 200 MB and five seconds. A payload that runs makes
the file `canary` in the folder where it is read.
"""

import copyreg
import gzip
import io
import os
import pickle
import re
import struct
import subprocess
import tarfile
import zipfile
import zlib
from functools import cache

import numpy as np
import pytest
from isolated import MEGABYTE, outcomes
from mutants import npy, parsed, warm_up, write
from PIL import Image
from published import NAMES, archived, array, batch, members, opcodes, python2_pickle

from components.errors import UserError
from datasets import CIFAR10_MEMBERS, encode_idx, read_cifar10, refusal

MEMORY, SECONDS, LONGEST = 200 * MEGABYTE, 5, 2000
TOUCH = "touch canary"


@pytest.fixture
def outcome(tmp_path, monkeypatch):
    """outcome(read): "read", "refused", or how else the reading ended; and nothing else is done."""

    def outcome(read, seconds: float = SECONDS) -> str:
        def work(number: int) -> str:
            try:
                return read()
            except Exception as error:
                if not isinstance(error, UserError):
                    raise
                refused = cause = error
            while cause:
                assert not isinstance(cause, MemoryError)
                cause = cause.__context__
            assert len(str(refused)) < LONGEST and not set("\0\x1b\x7f") & set(str(refused))
            return "refused"

        monkeypatch.chdir(tmp_path)
        ((_, text),) = outcomes(work, 1, MEMORY, seconds)
        assert not os.path.exists("canary")
        return text

    return outcome


# ------------------------------------------------------------------ forbidden actions


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (os.abort, "died: status -6"),
        # without memory for a message, the process just ends
        (lambda: bytearray(MEMORY), "raised: .*MemoryError|died: status 99"),
        (lambda: [0 for _ in iter(int, 1)], "raised: .*MemoryError|died: (status 99|no end)"),
        (lambda: next(n for n in iter(int, 1) if n), "died: no end"),
        (lambda: 1 // 0, "raised: .*ZeroDivisionError"),
    ],
)
def test_harm_is_noticed(outcome, harm, message):
    assert re.match(message, outcome(harm, seconds=1), re.DOTALL)


def test_a_payload_that_runs_is_noticed(outcome):
    with pytest.raises(AssertionError, match="canary"):
        outcome(lambda: pickle.loads(pickle.dumps(Calls(os.system, TOUCH))))


# ------------------------------------------------------------------ pickles


class Calls:
    """Pickles to a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def with_parts(**parts: bytes) -> bytes:
    """A batch of two pictures in which the instructions of some values are others."""
    parts = {**{key.decode(): opcodes(value) for key, value in batch().items()}, **parts}
    items = (opcodes(key.encode()) + value for key, value in parts.items())
    return b"\x80\x02}(" + b"".join(items) + b"u."


def with_data(code: bytes) -> bytes:
    return with_parts(data=code)


def call(name: str, *arguments) -> bytes:
    module, _, function = name.rpartition(".")
    given = b"".join(map(opcodes, arguments))
    return b"c%s\n%s\n(%stR" % (module.encode(), function.encode(), given)


ARRAY = call("numpy.core.multiarray._reconstruct")[:-3]
ARRAY += b"(cnumpy\nndarray\n" + opcodes((0,)) + opcodes(b"b") + b"tR"
U1 = call("numpy.dtype", b"u1", 0, 1) + opcodes((3, b"|", None, None, None, -1, -1, 0)) + b"b"
DATA = bytes(2 * 3072)


def built(*state: bytes) -> bytes:
    """An array with this state: version, shape, dtype, order, data."""
    return with_data(ARRAY + b"(" + b"".join(state) + b"tb")


def other(**changes: bytes) -> bytes:
    """An array of two pictures in which a part of the state is another."""
    good = {"version": b"K\x01", "shape": opcodes((2, 3072)), "dtype": U1, "order": b"\x89"}
    return built(*(good | {"data": opcodes(DATA)} | changes).values())


def dtype(kind: bytes, state: tuple = (3, b"|", None, None, None, -1, -1, 0)) -> bytes:
    return call("numpy.dtype", kind, 0, 1) + opcodes(state) + b"b"


OBJECTS = (3, b"|", None, None, None, -1, -1, 63)  # flags: they are counted, and so on
DEEP = b"(" * 200_000 + b"t" * 200_000
RUNS = {
    f"{function.__name__} by protocol {protocol}": pickle.dumps(Calls(function, *given), protocol)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    for function, *given in (
        (os.system, TOUCH),
        (exec, "open('canary', 'w')"),
        (subprocess.check_call, ["touch", "canary"]),
        (os.mkdir, "canary"),
        (copyreg._reconstructor, object, object, None),
        (getattr, "a", "upper"),
        (np.fromfile, "canary"),
    )
}
PICKLES = RUNS | {
    "INST": b"(S'touch canary'\nios\nsystem\n.",
    "OBJ": b"(cos\nsystem\nU\x0ctouch canaryo.",
    "NEWOBJ": b"cos\nsystem\nU\x0ctouch canary\x85\x81.",
    "NEWOBJ_EX": b"cos\nsystem\nU\x0ctouch canary\x85}\x92.",
    "EXT1": b"\x82\x01.",
    "EXT4": b"\x84\x01\x00\x00\x00.",
    "PERSID": b"Ptouch canary\n.",
    "BINPERSID": b"U\x0ctouch canaryQ.",
    "NEXT_BUFFER": b"\x80\x05\x97.",
    "a call within a batch": with_data(call("os.system", TOUCH.encode())),
    "a call within a list": with_parts(labels=b"](" + call("os.system", TOUCH.encode()) + b"e"),
    "a call as a key": b"}(" + call("os.system", TOUCH.encode()) + b"Nu.",
    "a call for a shape": other(shape=call("os.system", TOUCH.encode())),
    "a state that is set": with_data(b"cos\nsystem\n}U\x01xNsb"),
    "numpy.fromfile": with_data(call("numpy.fromfile", b"/etc/passwd")),
    "numpy.memmap": with_data(call("numpy.memmap", b"canary", b"u1", b"w+", 0, (2, 3072))),
    "numpy.load": with_data(call("numpy.load", b"canary")),
    "numpy.core.multiarray.fromfile": with_data(call("numpy.core.multiarray.fromfile", b"x")),
    "numpy.core.multiarray.scalar": with_data(call("numpy.core.multiarray.scalar", b"x")),
    "a name within a name": b"cnumpy\nndarray.tofile\n(U\x06canarytR.",
    "globals of a function": b"cnumpy.core.multiarray\n_reconstruct.__globals__\n.",
    "a name without an end": b"cnumpy\n" + b"x" * 1_000_000,
    "a long name": b"c" + b"x" * 1_000_000 + b"\nx\n.",
    "a name with an escape sequence": b"c\x1b[2Jos\nsystem\n.",
    "a name that is a list": b"\x80\x04]\x8c\x06system\x93.",
    # memory of others
    "objects, too few of them": other(dtype=dtype(b"O8"), data=b"](Ne"),
    "objects, one for 6144": other(dtype=dtype(b"O8", OBJECTS), data=b"](Ne"),
    "objects, none for 6144": other(dtype=dtype(b"O8", OBJECTS), data=b"]"),
    "objects that are numbers": other(dtype=dtype(b"O8", OBJECTS), data=opcodes([7] * 6144)),
    "objects from bytes": other(dtype=dtype(b"O8"), data=opcodes(bytes(8 * 2 * 3072))),
    "structures": other(dtype=dtype(b"V8")),
    "texts": other(dtype=dtype(b"S3072"), shape=opcodes((2,))),
    "fields": other(dtype=dtype(b"u1", (3, b"|", None, (b"a",), {b"a": (b"O8", 0)}, 8, 1, 27))),
    "a size of its own": other(dtype=dtype(b"u1", (3, b"|", None, None, None, 2**30, 1, 0))),
    "a subarray": other(dtype=dtype(b"u1", (3, b"|", (b"u1", (2**30,)), None, None, -1, -1, 0))),
    "another byte order": other(dtype=dtype(b"u1", (3, b"x", None, None, None, -1, -1, 0))),
    "a type of no array": other(dtype=b"cnumpy\nndarray\n"),
    "a type without its state": other(dtype=call("numpy.dtype", b"u1", 0, 1)),
    "a type from a long text": other(dtype=call("numpy.dtype", b"u1" * 10_000_000, 0, 1)),
    "too little data": other(data=opcodes(DATA[:-1])),
    "no data": other(data=opcodes(b"")),
    "too much data": other(data=opcodes(DATA + b"x")),
    "data that are a list": other(data=b"]"),
    "data that are text": other(data=b"X\x01\x00\x00\x00x"),
    "another order": other(order=b"\x88"),
    "an older version": other(version=b"K\x00"),
    "a negative size": other(shape=opcodes((-1, 3072))),
    "two negative sizes": other(shape=opcodes((-2, -3072))),
    "a size beyond memory": other(shape=opcodes((2**31 - 1, 2**31 - 1, 2**31 - 1))),
    "sizes that make 0 modulo 2^64": other(shape=opcodes((2**16,) * 4)),
    "a hundred thousand sizes": other(shape=opcodes((2**31 - 1,) * 100_000)),
    "a hundred sizes of 1": other(shape=opcodes((1,) * 100)),
    "sizes that are texts": other(shape=opcodes((b"2", b"3072"))),
    "sizes that are deep": other(shape=DEEP),
    "a shape that is a list": other(shape=opcodes([2, 3072])),
    "no state": with_data(ARRAY),
    "a state of nothing": with_data(ARRAY + b"Nb"),
    "two states": with_data(array((2, 3072), DATA) + b"(tb"),
    "an array as a state": with_data(ARRAY + array((2, 3072), DATA) + b"b"),
    "an array made large": with_data(call("numpy.ndarray", (2**31 - 1, 2**10))),
    "an array without its content": with_data(
        ARRAY.replace(opcodes((0,)), opcodes((2, 3072))).replace(opcodes(b"b"), opcodes(b"B"))
    ),
    "an array made by its name alone": with_data(b"cnumpy\nndarray\n"),
    "an array reconstructed large": with_data(
        ARRAY.replace(opcodes((0,)), opcodes((2**31 - 1, 2**10)))
    ),
    "another class reconstructed": with_data(ARRAY.replace(b"\nndarray", b"\ndtype")),
    # depth, length and shared objects
    "a key a million deep": b"}(" + b"(" * 1_000_000 + b"t" * 1_000_000 + b"Nu.",
    "a key of arrays": b"}(" + array((1,), b"x") + b"Nu.",
    "a key that is a name": b"}(cnumpy\nndarray\nNu.",
    "a key that is a list": b"}(]Nu.",
    "a key of 60 shared pairs": b"}()" + b"2\x86" * 60 + b"Nu.",
    "a key of 60 pairs from the memo": b"}()q\x00" + b"h\x00h\x00\x86q\x00" * 60 + b"Nu.",
    "a label of deep tuples": with_parts(labels=b"](" + DEEP + b"K\x01e"),
    "a label of a few thousand tuples": with_parts(
        labels=b"](" + b"(" * 50_000 + b"t" * 50_000 + b"K\x01e"
    ),
    "a label of deep lists": with_parts(labels=b"](" + b"](" * 40_000 + b"e" * 40_000 + b"K\x01e"),
    "a label of 3 MB": with_parts(labels=b"](\x8b\x00\x00\x30\x00" + b"x" * (3 << 20) + b"K\x01e"),
    "a label of 3 MB of digits": with_parts(labels=b"](I" + b"9" * (3 << 20) + b"\nK\x01e"),
    "a label that is an array": with_parts(labels=b"](" + array((1,), b"x") + b"K\x01e"),
    "a label that is a fraction": with_parts(labels=b"](G" + struct.pack(">d", 1.0) + b"K\x01e"),
    "a label that is true": with_parts(labels=b"](\x88K\x01e"),
    "a label that is false": with_parts(labels=b"](\x89K\x01e"),
    "a label that is long text": with_parts(labels=opcodes([b"\x1b" * 10_000_000, 1])),
    "labels that contain themselves": with_parts(labels=b"]q\x00h\x00ah\x00a"),
    "data that are shared": with_data(array((2, 3072), DATA) + b"q\x00h\x00"),
    "a place in the memo of 2^32": b"}r\xff\xff\xff\xffh\x00.",
    "a place in the memo of 10^18": b"}p999999999999999999\n.",
    "a text of 2^31 bytes": b"T\xff\xff\xff\x7fx.",
    "a text of -1 bytes": b"T\xff\xff\xff\xffx.",
    "bytes of 2^62": b"\x80\x04\x8e" + b"\xff" * 7 + b"\x3f.",
    "a bytearray of 2^62": b"\x80\x05\x96" + b"\xff" * 7 + b"\x3f.",
    "a frame of 2^62": b"\x80\x04\x95" + b"\xff" * 7 + b"\x3f}.",
    "60 million marks": b"(" * 60_000_000 + b".",
    "60 million times nothing": b"(" + b"N" * 60_000_000 + b"t.",
    "60 million lists": b"(" + b"]" * 60_000_000 + b"t.",
    "a million keys": b"}(" + b"".join(b"U\x04%04xN" % (n % 65536) for n in range(300_000)) + b"u.",
    "no instructions": b"",
    "no value": b"\x80\x02.",
    "two values": b"}}.",
    "a mark without an end": b"(}.",
    "an end without a mark": b"}u.",
    "nothing to pop": b"R.",
    "nothing to build": b"}b.",
    "nothing for a tuple": b"\x87.",
    "items for a number": b"K\x01(K\x01e.",
    "items for an array": array((1,), b"x") + b"(K\x01e.",
    "a key without a value": b"}(U\x01au.",
    "a text": python2_pickle(b"x" * 10_000_000),
    "the end is missing": with_data(array((2, 3072), DATA))[:-1],
    "no pickle": b"<html>" * 1000,
    "random bytes": np.random.default_rng(0).bytes(1_000_000),
}  # fmt: skip
META = {
    "50 MB of names": {b"label_names": [b"x" * 5_000_000] * 10},
    "a name of 60 MB": {b"label_names": b"x" * 60_000_000},
    "names of escape sequences": {b"label_names": [b"\x1b[2J" * 1000] * 10},
    "100000 names": {b"label_names": [b"x"] * 100_000},
    "names that are numbers": {b"label_names": [*range(10)]},
    "names that are lists": {b"label_names": [NAMES] * 10},
    "no names": {},
}


def read_archive() -> str:
    read_cifar10("archive")
    return "read"


@pytest.mark.parametrize("name", PICKLES)
def test_a_hostile_pickle_is_refused_and_not_run(name, outcome, tmp_path):
    changed = members() | {"data_batch_1": PICKLES[name]}
    (tmp_path / "archive").write_bytes(archived(changed))
    assert outcome(read_archive) == "refused"


@pytest.mark.parametrize("name", META)
def test_names_of_classes_are_refused(name, outcome, tmp_path):
    changed = members() | {"batches.meta": python2_pickle(META[name])}
    (tmp_path / "archive").write_bytes(archived(changed))
    assert outcome(read_archive) == "refused"


@pytest.mark.parametrize("pickled", [python2_pickle(batch()), other(), with_parts()])
def test_harmless_pickles_are_read(pickled, outcome, tmp_path):
    """The payloads above are refused because of their changes."""
    (tmp_path / "archive").write_bytes(archived(members() | {"data_batch_1": pickled}))
    assert outcome(read_archive) == "read"


# ------------------------------------------------------------------ archives


def header(name: str, size: int, kind: bytes = b"0", digits: bytes | None = None) -> bytes:
    """The header of a member of a tar archive; of a large size in base 256, as GNU's tar writes it."""
    info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
    info.size, info.type = size, kind
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT)[-512:])
    if digits is not None:
        block[124:136] = digits
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def zeros(size: int) -> bytes:
    """This number of zeros, packed by gzip to a thousandth. (A block after a full flush is independent.)"""
    packer, block = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(16 * MEGABYTE)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.flush() + bytes(8)  # no reader should come to this, a wrong checksum
    return b"\x1f\x8b\x08" + bytes(7) + packed * (size // len(block)) + end


@cache
def bomb() -> bytes:
    """3 MB that unpack to 3 GB."""
    return zeros(3 << 30)


GOOD = archived(members())
ARCHIVES = {
    "a gzip alone": lambda: gzip.compress(b"x" * 1000),
    "a gzip of nothing": lambda: gzip.compress(b""),
    "a gzip that unpacks to 3 GB": bomb,
    "a member of 3 GB": lambda: gzip.compress(header("data_batch_1", 3 << 30)) + bomb(),
    "another member of 3 GB": lambda: gzip.compress(header("other", 3 << 30)) + bomb(),
    "a member above 64 MB": lambda: header("data_batch_1", 65 << 20) + bytes(65 << 20),
    "a size of 2^40": lambda: header("data_batch_1", 0, digits=b"\x80" + (1 << 40).to_bytes(11, "big")),
    "a size of -1": lambda: header("data_batch_1", 0, digits=b"\xff" * 12),
    "a size that is no number": lambda: header("data_batch_1", 0, digits=b"12345678901x"),
    "a size of 8^11 - 1": lambda: header("data_batch_1", 8**11 - 1),
    "a sparse member": lambda: header("data_batch_1", 512, b"S") + bytes(512),
    "a sparse member of 2^40": lambda: header("data_batch_1", 8**11 - 1, b"S") + bytes(512),
    "a link": lambda: header("data_batch_1", 0, b"2") + GOOD[:512],
    "a device": lambda: header("data_batch_1", 0, b"3"),
    "a folder": lambda: header("data_batch_1", 0, b"5"),
    "a member twice": lambda: twice("data_batch_1"),
    "a member missing": lambda: archived({k: v for k, v in members().items() if k != "test_batch"}),
    "a checksum that is wrong": lambda: GOOD[:148] + b"0" * 8 + GOOD[156:],
    "cut within a header": lambda: GOOD[:300],
    "cut within a member": lambda: GOOD[:3000],
    "cut within a gzip": lambda: gzip.compress(GOOD)[:-100],
    "a long name a gigabyte long": lambda: header("x", 1 << 30, b"L"),
    "further headers a gigabyte long": lambda: header("x", 1 << 30, b"x"),
    "a hundred thousand headers": lambda: header("x", 0) * 100_000,
    "a zip": lambda: zipped(),
    "nothing": lambda: b"",
    "random bytes": lambda: np.random.default_rng(1).bytes(MEGABYTE),
    "gzip's magic, then random bytes": lambda: b"\x1f\x8b" + np.random.default_rng(2).bytes(MEGABYTE),
}  # fmt: skip


def twice(name: str) -> bytes:
    """An archive that begins with a member that comes again."""
    content = members()[name]
    return header(name, len(content)) + content + bytes(-len(content) % 512) + GOOD


def zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("data_batch_1", b"x")
    return content.getvalue()


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_is_refused_by_its_headers(name, outcome, tmp_path):
    (tmp_path / "archive").write_bytes(ARCHIVES[name]())
    assert outcome(read_archive) == "refused"


@pytest.mark.parametrize("name", [name for name in ARCHIVES if "GB" in name or "2^40" in name])
def test_a_local_copy_of_an_archive_is_refused(name, outcome, tmp_path):
    """Its members are unpacked to compare their checksums with `members_md5`."""
    (tmp_path / "archive").write_bytes(ARCHIVES[name]())
    sums = dict.fromkeys(CIFAR10_MEMBERS, "0" * 32)

    def read() -> str:
        return "refused" if refusal("archive", "0" * 64, sums) else "read"

    assert outcome(read) == "refused"


# ------------------------------------------------------------------ other formats

LABELS = np.array([0, 1, 2, 0, 1, 2], np.uint8)
IMAGES = np.zeros((6, 4, 4), np.uint8)


def idx(*sizes: int, code: int = 8) -> bytes:
    """The header of an IDX file."""
    return bytes([0, 0, code, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)


IDX = {
    "a gigabyte of a megabyte": lambda: gzip.compress(idx(1 << 10, 1 << 10, 1 << 10)) + zeros(1 << 30),
    "a gigabyte behind the values": lambda: gzip.compress(encode_idx(IMAGES)) + zeros(1 << 30),
    "a terabyte that is not there": lambda: idx(1 << 20, 1 << 10, 1 << 10),
    "a terabyte that is not there, gzipped": lambda: gzip.compress(idx(1 << 20, 1 << 10, 1 << 10)),
    "2^1020 values": lambda: idx(*[2**32 - 1] * 32, code=14),
    "a rank of 255": lambda: idx(*[1] * 255) + b"x",
    "billions of empty rows": lambda: idx(2**32 - 1, 0),
    "a hundred thousand gzip files": lambda: gzip.compress(b"") * 100_000,
    "a gzip file within another": lambda: gzip.compress(gzip.compress(encode_idx(IMAGES))),
    "a name without an end": lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * MEGABYTE,
}  # fmt: skip


@pytest.mark.parametrize("name", IDX)
def test_an_idx_file_is_refused(name, outcome, tmp_path):
    write({"images": IDX[name](), "labels": encode_idx(LABELS)}, tmp_path)
    settings, files = {"format": "idx", "classes": 3}, ("images", "labels")
    roles = {f"train_{name}": name for name in files}
    assert outcome(lambda: parsed(tmp_path, settings, **roles)) == "refused"


def npz(method: int = zipfile.ZIP_STORED, **arrays: bytes) -> bytes:
    """An archive of arrays as numpy writes it, some of them given as the content of their files."""
    content, good = io.BytesIO(), {"x_train": npy(IMAGES), "y_train": npy(LABELS)}
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, array in (good | arrays).items():
            archive.writestr(f"{name}.npy", array)
    return content.getvalue()


def header_of(text: str, data: bytes = b"") -> bytes:
    """An array with this header, of numpy's format 2."""
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text.encode() + data


def shaped(shape: object, kind: object = "|u1") -> bytes:
    return header_of(repr({"descr": kind, "fortran_order": False, "shape": shape}))


def lying(content: bytes, size: int) -> bytes:
    """An archive whose directory gives its first member another size."""
    place = content.index(b"PK\x01\x02") + 24
    return content[:place] + struct.pack("<I", size) + content[place + 4 :]


NPZ = {
    "a call": lambda: npz(x_train=npy(np.array([Calls(os.system, TOUCH)] * 6, object))),
    "a call for labels": lambda: npz(y_train=npy(np.array([Calls(os.system, TOUCH)] * 6, object))),
    "a pickle alone": lambda: npz(x_train=pickle.dumps(Calls(os.system, TOUCH))),
    "code for a header": lambda: npz(x_train=header_of("__import__('os').system('touch canary')")),
    "a terabyte that is not there": lambda: npz(x_train=shaped((6, 1 << 38))),
    "2^70 values": lambda: npz(x_train=shaped((1 << 35, 1 << 35))),
    "a negative size": lambda: npz(x_train=shaped((-6, 4))),
    "billions of empty rows": lambda: npz(x_train=shaped((1 << 40, 0))),
    "types of no bytes": lambda: npz(x_train=shaped((1 << 40,), "|V0")),
    "sizes that are texts": lambda: npz(x_train=shaped(("6",))),
    "a type of a gigabyte": lambda: npz(x_train=shaped((6,), f"|V{1 << 30}")),
    "a type of fields": lambda: npz(x_train=npy(np.zeros(6, [("a", "u1"), ("b", "f8")]))),
    "a deep header": lambda: npz(x_train=header_of("(" * 9000)),
    "a header of signs": lambda: npz(x_train=header_of("-" * 9000 + "1")),
    "a header of a megabyte": lambda: npz(x_train=header_of(" " * MEGABYTE)),
    "a header of 4 GB": lambda: npz(x_train=b"\x93NUMPY\x02\x00" + b"\xff" * 4),
    "a version that is none": lambda: npz(x_train=b"\x93NUMPY\x09\x00" + npy(IMAGES)[8:]),
    "a gigabyte of a megabyte": lambda: megabyte_of_zeros(),
    "a size that is a lie": lambda: lying(npz(), (1 << 32) - 2),
    "another packing": lambda: npz(zipfile.ZIP_LZMA),
    "a hundred thousand arrays": lambda: npz(**{f"a{n}": b"" for n in range(30_000)}),
    "a long name": lambda: npz(**{"a" * 60_000: npy(LABELS), "y_train": npy(LABELS[:5])}),
    "labels beyond 63 bits": lambda: npz(y_train=npy(np.array([2**64 - 1] * 6, np.uint64))),
    "no numbers": lambda: npz(x_train=npy(np.full((6, 4), np.nan))),
    "a number of the wrong kind": lambda: npz(x_train=npy(np.zeros((6, 4), "M8[s]"))),
    "random bytes": lambda: b"PK\x03\x04" + np.random.default_rng(3).bytes(MEGABYTE),
}  # fmt: skip


def megabyte_of_zeros() -> bytes:
    shape = shaped((1 << 10, 1 << 10, 1 << 10))
    content = io.BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x_train.npy", "w", force_zip64=True) as file,
    ):
        file.write(shape)
        for _ in range(256):
            file.write(bytes(MEGABYTE))
    return content.getvalue()


@pytest.mark.parametrize("name", NPZ)
def test_an_archive_of_arrays_is_refused(name, outcome, tmp_path):
    write({"data.npz": NPZ[name]()}, tmp_path)
    settings = {"format": "npz", "test": 0.3}
    assert outcome(lambda: parsed(tmp_path, settings, archive="data.npz")) == "refused"


def picture(kind: str, size: tuple[int, int] = (7, 9)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size).save(content, kind)
    return content.getvalue()


def enlarged(kind: str, at: int, form: str, *size: int) -> bytes:
    """A small picture whose header gives it another size."""
    content, size = picture(kind), struct.pack(form, *size)
    content = content[:at] + size + content[at + len(size) :]
    if kind == "PNG":  # which has a checksum of its header
        content = content[:29] + struct.pack(">I", zlib.crc32(content[12:29])) + content[33:]
    return content


def png_part(name: bytes, data: bytes) -> bytes:
    """A PNG with a further part behind its header."""
    content, check = picture("PNG"), zlib.crc32(name + data)
    part = struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
    return content[:33] + part + content[33:]


def deflated(size: int) -> bytes:
    """So many zeros as zlib packs them."""
    return b"\x78\xda" + zeros(size)[10:]


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
PICTURES = {
    "a PNG of 4 thousand million pixels": lambda: enlarged("PNG", 16, ">II", 1 << 16, 1 << 16),
    "a PNG of 100 million pixels": lambda: enlarged("PNG", 16, ">II", 10_000, 10_000),
    "a PNG without pixels": lambda: enlarged("PNG", 16, ">II", 0, 5),
    "a GIF of 4 thousand million pixels": lambda: enlarged("GIF", 6, "<HH", 65535, 65535),
    "a BMP of 4 thousand million pixels": lambda: enlarged("BMP", 18, "<ii", 1 << 16, 1 << 16),
    "a BMP of a negative size": lambda: enlarged("BMP", 18, "<ii", -7, -9),
    "a PPM of a million million pixels": lambda: b"P6 1000000 1000000 255 xxx",
    "a PPM that is cut off": lambda: b"P6 9000 9000 255 xxx",
    "a TIFF of many entries": lambda: b"II*\0\x08\0\0\0\xff\xff" + bytes(12 * 65535),
    "a TIFF that points at itself": lambda: b"II*\0\x08\0\0\0\x00\x00\x08\0\0\0",
    "remarks that unpack to 256 MB": lambda: png_part(b"zTXt", b"a\0\0" + deflated(256 << 20)),
    "colours that unpack to 256 MB": lambda: png_part(b"iCCP", b"a\0\0" + deflated(256 << 20)),
    "a part of 2 GB": lambda: picture("PNG")[:33] + b"\x7f\xff\xff\xffIDATx",
    "a program in PostScript": lambda: POSTSCRIPT + b"(canary) (w) file closefile\nshowpage\n%%EOF\n",
    "a picture of text": lambda: b"<svg onload='touch canary'/>",
    "nothing": lambda: b"",
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_refused(name, outcome, tmp_path):
    warm_up()
    write({"photos/a/x.png": PICTURES[name](), "photos/b/y.png": picture("PNG")}, tmp_path)
    settings = {"format": "image_folder", "size": [5, 4]}
    assert outcome(lambda: parsed(tmp_path, settings, pictures="photos")) == "refused"


TABLES = {
    "a field of a megabyte": "a,kind\n" + "x" * MEGABYTE + ",b\n",
    "a quote without an end": 'a,kind\n"' + "x\n" * MEGABYTE,
    "a hundred thousand columns": ",".join(f"column {n}" for n in range(100_000)) + "\n1\n",
    "a column of escape sequences": "a\x1b[2J\x1b]0;x\x07,sort\n1,b\n2,c\n",
    "a long name, twice": f"{'a' * 100_000},{'a' * 100_000},kind\n1,2,b\n",
    "a long text for a number": f"a,kind\n{'9' * 100_000},b\n1,c\n",
    "a number that is none": "a,kind\n-nan,b\n1,c\n",
    "a number beyond numbers": "a,kind\n1e999,b\n1,c\n",
    "long classes, too many of them": "a,kind\n" + "".join(f"1,{n:0500}x\n" for n in range(300)),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_refused(name, outcome, tmp_path):
    write({"table.csv": TABLES[name].encode()}, tmp_path)
    settings = {"format": "csv", "label": "kind"}
    assert outcome(lambda: parsed(tmp_path, settings, train_table="table.csv")) == "refused"


def test_good_files_of_the_other_formats_are_read(outcome, tmp_path):
    write({"images": encode_idx(IMAGES), "labels": encode_idx(LABELS)}, tmp_path)
    write({"data.npz": npz(), "table.csv": b"a,kind\n1,b\n2,c\n"}, tmp_path)
    write({f"photos/{name}/x.png": picture("PNG") for name in "ab"}, tmp_path)
    warm_up()
    for settings, files in (
        ({"format": "idx", "classes": 3}, {"train_images": "images", "train_labels": "labels"}),
        ({"format": "npz"}, {"archive": "data.npz"}),
        ({"format": "csv", "label": "kind"}, {"train_table": "table.csv"}),
        ({"format": "image_folder", "size": [5, 4]}, {"pictures": "photos"}),
    ):
        assert outcome(lambda s=settings, f=files: parsed(tmp_path, s, **f)) == "read", settings
