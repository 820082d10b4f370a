"""CIFAR-10's batches as the published archive has them, for a few pictures."""

import io
import tarfile

import numpy as np

NAMES = [b"airplane", b"automobile", b"bird", b"cat", b"deer"]
NAMES += [b"dog", b"frog", b"horse", b"ship", b"truck"]
BATCHES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


def python2_pickle(value) -> bytes:
    """Pickle as the Python 2 and numpy 1 of 2009 did: protocol 2, byte strings, numpy.core."""
    return b"\x80\x02" + opcodes(value) + b"."


def opcodes(value) -> bytes:  # noqa: C901 - one branch per kind of opcode
    """The instructions that leave a value on the stack."""
    match value:
        case bytes() if len(value) < 256:
            return b"U" + bytes([len(value)]) + value + b"q\x01"
        case bytes():
            return b"T" + len(value).to_bytes(4, "little") + value + b"r\x00\x01\x00\x00"
        case bool():
            raise TypeError("Python 2's batches hold none")
        case int() if 0 <= value < 256:
            return b"K" + bytes([value])
        case int() if 0 <= value < 65536:
            return b"M" + value.to_bytes(2, "little")
        case int():
            return b"J" + value.to_bytes(4, "little", signed=True)
        case None:
            return b"N"
        case list():
            return b"]q\x01(" + b"".join(map(opcodes, value)) + b"e"
        case tuple() if 1 <= len(value) <= 3:
            return b"".join(map(opcodes, value)) + bytes([0x84 + len(value)])
        case tuple():
            return b"(" + b"".join(map(opcodes, value)) + b"t"
        case dict():
            items = (opcodes(key) + opcodes(item) for key, item in value.items())
            return b"}q\x01(" + b"".join(items) + b"u"
        case np.ndarray():
            return array(value.shape, value.tobytes(), value.dtype.str)
    raise TypeError(type(value))


def array(shape, data, dtype="|u1") -> bytes:
    """The instructions for an array; `shape` and `data` may contradict each other."""
    empty = b"cnumpy.core.multiarray\n_reconstruct\nq\x04cnumpy\nndarray\nq\x05"
    empty += opcodes((0,)) + opcodes(b"b") + b"\x87R"
    kind = b"cnumpy\ndtype\nq\x07" + opcodes((dtype[1:].encode(), 0, 1)) + b"R"
    kind += opcodes((3, dtype[:1].encode(), None, None, None, -1, -1, 0)) + b"b"
    # Python 2's False, as pickle protocol 2 wrote it
    return empty + b"(" + opcodes(1) + opcodes(shape) + kind + b"\x89" + opcodes(data) + b"tb"


def batch(rows: int = 2) -> dict:
    pictures = (np.arange(rows * 3072) % 256).astype(np.uint8).reshape(rows, 3072)
    names = [b"picture.png"] * rows
    labels = [number % 10 for number in range(rows)]
    return {b"batch_label": b"a", b"labels": labels, b"data": pictures, b"filenames": names}


def members(rows: int = 2) -> dict[str, bytes]:
    """The content of each member by its name."""
    meta = {b"num_cases_per_batch": rows, b"label_names": NAMES, b"num_vis": 3072}
    pickles = dict.fromkeys(BATCHES, python2_pickle(batch(rows)))
    return pickles | {"batches.meta": python2_pickle(meta)}


def archived(content: dict[str, bytes], mode: str = "w") -> bytes:
    """A tar archive of files in the folder of the published one."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as tar:
        for name, member in content.items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(member)
            tar.addfile(info, io.BytesIO(member))
    return file.getvalue()
