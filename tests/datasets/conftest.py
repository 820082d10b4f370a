"""A small CIFAR-10 archive in the original form, for the tests of reading, parsing and fetching."""

import io
import tarfile

import numpy as np
import pytest


def python2_pickle(value) -> bytes:
    """Pickle as the Python 2 and numpy 1 of 2009 did: protocol 2, byte strings, numpy.core."""
    return b"\x80\x02" + _opcodes(value) + b"."


def _opcodes(value) -> bytes:
    match value:
        case bytes():
            return b"T" + len(value).to_bytes(4, "little") + value
        case bool():
            raise TypeError("Python 2's batches hold none")
        case int():
            return b"J" + value.to_bytes(4, "little", signed=True)
        case None:
            return b"N"
        case list():
            return b"](" + b"".join(map(_opcodes, value)) + b"e"
        case tuple():
            return b"(" + b"".join(map(_opcodes, value)) + b"t"
        case dict():
            items = (_opcodes(key) + _opcodes(item) for key, item in value.items())
            return b"}(" + b"".join(items) + b"u"
        case np.ndarray():
            empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
            empty += _opcodes((0,)) + _opcodes(b"b") + b"tR"
            dtype = b"cnumpy\ndtype\n" + _opcodes((value.dtype.str[1:].encode(), 0, 1)) + b"R"
            order = value.dtype.str[:1].encode()
            dtype += _opcodes((3, order, None, None, None, -1, -1, 0)) + b"b"
            state = _opcodes(1) + _opcodes(value.shape) + dtype
            # Python 2's False, as pickle protocol 2 wrote it
            return empty + b"(" + state + b"\x89" + _opcodes(value.tobytes()) + b"tb"
    raise TypeError(type(value))


NAMES = [b"airplane", b"automobile", b"bird", b"cat", b"deer"]
NAMES += [b"dog", b"frog", b"horse", b"ship", b"truck"]


class CifarArchive:
    """The members of a small archive, to be changed by a test and then written."""

    def __init__(self, folder, rows=4):
        rng = np.random.default_rng(0)
        self.path = folder / "cifar-10-python.tar.gz"
        self.order = [f"data_batch_{number}" for number in (4, 3, 2, 5, 1)]
        self.order.insert(1, "test_batch")
        self.batches = {
            name: {
                b"batch_label": b"a batch",
                b"labels": rng.integers(0, 10, rows).tolist(),
                b"data": rng.integers(0, 256, (rows, 3072), dtype=np.uint8),
                b"filenames": [b"picture.png"] * rows,
            }
            for name in self.order
        }
        meta = {b"num_cases_per_batch": rows, b"label_names": NAMES, b"num_vis": 3072}
        self.members = {"readme.html": b"<html></html>", "batches.meta": python2_pickle(meta)}

    def write(self):
        members = {name: python2_pickle(batch) for name, batch in self.batches.items()}
        members = {f"cifar-10-batches-py/{k}": v for k, v in (members | self.members).items()}
        with tarfile.open(self.path, "w:gz", compresslevel=1) as tar:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return self.path


@pytest.fixture
def cifar(tmp_path) -> CifarArchive:
    return CifarArchive(tmp_path)
