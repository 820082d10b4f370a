"""New examples for a trained network from files of arrays: .npz, .npy and IDX."""

import gzip
import os
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np

from .checks import as_examples
from .errors import DatasetError
from .idx import read_idx
from .npz_file import headers, listing, load
from .npz_roles import channels_last, role_of, shape_of_example
from .places import kind_of, what_is

KINDS = ("a single numpy array (.npy)", "an IDX file")
ORDER = ("test_images", "images")  # of several fitting arrays, the first of these roles is taken


def holds_arrays(path: str | Path) -> bool:
    """Say if a file holds arrays: by its name for .npz and .npy, by its content for IDX."""
    if Path(path).suffix in (".npz", ".npy"):
        return True
    if not os.path.isfile(path):
        return False
    kind = what_is(path)
    if kind == "a gzip file":
        with suppress(OSError, EOFError, zlib.error), gzip.open(path) as file:
            kind = kind_of(file.read(512))
    return kind in KINDS


def read_new(
    path: str | Path, shape: list[int], name: str | None = None, first: bool = False
) -> tuple[np.ndarray, str]:
    """Read new examples (n, *shape), and return them with a note on which array was taken.

    ``shape`` is the shape of a training example. Pictures may have their channels first or last; if
    both fit, ``first`` decides, as in the training data. ``name`` is the array of an .npz. Raises
    DatasetError for a file without fitting examples.
    """
    if (path := Path(path)).is_fifo() or path.is_char_device():  # reading it may never end
        what = "a pipe" if path.is_fifo() else "a device"
        raise DatasetError(f"{path}: is {what}, expected a file of arrays")
    note = ""
    if path.suffix == ".npz":
        known = headers(path)
        name, note = _chosen(path, known, shape, name)
        if known[name][1].hasobject:
            raise DatasetError(f"{path}: {name} is an array of Python objects, which are not read")
        array = load(path, name)
    elif name:
        raise DatasetError(f"{path}: has one array, without a name; an .npz has arrays by name")
    else:
        array = _read_one(path)
    source = f"{path}: {name}" if name else str(path)
    turned = _turned(array.shape, shape, first)
    if turned is None:
        raise DatasetError(f"{source} has the shape {array.shape}, expected {_expected(shape)}")
    array = array[None] if list(array.shape) == shape else array
    return as_examples(channels_last(array, turned), source), note


def _read_one(path: str | Path) -> np.ndarray:
    if what_is(path) != KINDS[0]:
        return read_idx(path)
    try:
        return np.load(path, allow_pickle=False)
    except Exception as error:  # numpy raises almost anything on damaged files
        raise DatasetError(f"{path}: cannot be read ({error})") from None


def _turned(found: tuple[int, ...], shape: list[int], first: bool) -> bool | None:
    """Say if channels have to move last to fit the shape of an example; None if nothing fits."""
    if list(found) == shape:
        return False  # a single example
    for turned in (first, not first):
        if (len(found) == 4 or not turned) and shape_of_example(found, turned) == shape:
            return turned
    return None


def _expected(shape: list[int]) -> str:
    return f"(n, {', '.join(map(str, shape))}), as the model was trained on"


def _chosen(path, known, shape: list[int], name: str | None) -> tuple[str, str]:
    """Return the name of the array of new examples, and a note if there was a choice."""
    if name is not None:
        if name not in known:
            raise DatasetError(f"{path}: has no array {name!r}; it has {listing(known)}")
        return name, ""
    fitting = [n for n, (found, _) in known.items() if _turned(found, shape, False) is not None]
    if not fitting:
        raise DatasetError(
            f"{path}: has no array of shape {_expected(shape)}; it has {listing(known)}"
        )
    if len(fitting) == 1:
        return fitting[0], ""
    for role in ORDER:
        likely = [n for n in fitting if role_of(n) == role]
        if len(likely) == 1:
            return likely[0], f"classifies {likely[0]}; --array chooses another"
    raise DatasetError(
        f"{path}: several arrays fit, {', '.join(fitting[:12])}; choose one with --array NAME"
    )
