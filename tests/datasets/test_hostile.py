"""Files that were made to harm: each is refused in few words, and nothing that is in it is done.

Each is read in a process of its own, which may take 200 MB and five seconds. A payload that runs makes
the file `canary` in the folder where it is read.
"""

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
from published import NAMES, archived, array, batch, members, opcodes, python2_pickle

from datasets import CIFAR10_MEMBERS, read_cifar10, read_idx, refusal

MEMORY, SECONDS, LONGEST = 200 * MEGABYTE, 5, 2000
TOUCH = "touch canary"


@pytest.fixture
def outcome(tmp_path, monkeypatch):
    """outcome(read): "read", "refused", or how else the reading ended; and nothing else is done."""

    def outcome(read) -> str:
        def work(number: int) -> str:
            try:
                return read()
            except Exception as error:
                if not getattr(error, "user_error", False):
                    raise
                refused = cause = error
            while cause:
                assert not isinstance(cause, MemoryError)
                cause = cause.__context__
            assert len(str(refused)) < LONGEST and not set("\0\x1b\x7f") & set(str(refused))
            return "refused"

        monkeypatch.chdir(tmp_path)
        ((_, text),) = outcomes(work, 1, MEMORY, SECONDS)
        assert not os.path.exists("canary")
        return text

    return outcome


# ------------------------------------------------------------------ what a process may not do


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (os.abort, "died: status -6"),
        # where there is no memory left to say so, the process ends by itself
        (lambda: bytearray(MEMORY), "raised: .*MemoryError|died: status 99"),
        (lambda: [0 for _ in iter(int, 1)], "raised: .*MemoryError|died: (status 99|no end)"),
        (lambda: next(n for n in iter(int, 1) if n), "died: no end"),
        (lambda: 1 // 0, "raised: .*ZeroDivisionError"),
    ],
)
def test_harm_is_noticed(outcome, harm, message):
    assert re.match(message, outcome(harm), re.DOTALL)


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


DEEP = b"(" * 200_000 + b"t" * 200_000
RUNS = {
    f"{function.__name__} by protocol {protocol}": pickle.dumps(Calls(function, *given), protocol)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    for function, *given in (
        (os.system, TOUCH),
        (exec, "open('canary', 'w')"),
        (subprocess.check_call, ["touch", "canary"]),
        (os.mkdir, "canary"),
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
    "an array made by its name alone": with_data(b"cnumpy\nndarray\n"),
    "an array reconstructed large": with_data(
        ARRAY.replace(opcodes((0,)), opcodes((2**31 - 1, 2**10)))
    ),
    "another class reconstructed": with_data(ARRAY.replace(b"\nndarray", b"\ndtype")),
    # depth, length, and what is shared
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
def test_a_pickle_is_refused_and_nothing_in_it_is_done(name, outcome, tmp_path):
    changed = members() | {"data_batch_1": PICKLES[name]}
    (tmp_path / "archive").write_bytes(archived(changed))
    assert outcome(read_archive) == "refused"


@pytest.mark.parametrize("name", META)
def test_names_of_classes_are_refused(name, outcome, tmp_path):
    changed = members() | {"batches.meta": python2_pickle(META[name])}
    (tmp_path / "archive").write_bytes(archived(changed))
    assert outcome(read_archive) == "refused"


def test_what_is_published_is_read(outcome, tmp_path):
    (tmp_path / "archive").write_bytes(archived(members()))
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
    """So many zeros, as gzip packs them: a thousandth."""
    packer, packed = zlib.compressobj(9, zlib.DEFLATED, 31), io.BytesIO()
    for _ in range(size // MEGABYTE):
        packed.write(packer.compress(bytes(MEGABYTE)))
    packed.write(packer.flush())
    return packed.getvalue()


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


def test_an_idx_file_that_unpacks_to_a_gigabyte_is_refused(outcome, tmp_path):
    shape = b"\0\0\x08\x03" + struct.pack(">III", 1 << 10, 1 << 10, 1 << 10)
    (tmp_path / "images").write_bytes(gzip.compress(shape) + zeros(1 << 30))

    def read() -> str:
        read_idx("images")
        return "read"

    assert outcome(read) == "refused"
