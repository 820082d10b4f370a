"""A small CIFAR-10 archive in the original form, for the tests of reading, parsing and fetching."""

import hashlib

import numpy as np
import pytest
from published import NAMES, archived, python2_pickle


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
        members |= self.members
        self.md5 = {name: hashlib.md5(content).hexdigest() for name, content in members.items()}
        self.path.write_bytes(archived(members, "w:gz"))
        return self.path


@pytest.fixture
def cifar(tmp_path) -> CifarArchive:
    return CifarArchive(tmp_path)
