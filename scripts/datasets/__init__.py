"""Datasets: bytes in, arrays out. Readers, generators and downloads."""

from .checks import as_examples, check_split, content_digest, describe, notes, peculiarities
from .cifar10 import CIFAR10_MEMBERS, read_cifar10
from .digits import sklearn_digits, sklearn_digits_thirds
from .errors import DatasetError, readable
from .fetching import fetch, refusal
from .folder_walk import Walk
from .formats import FORMATS
from .idx import encode_idx, read_idx, write_idx
from .image_folder import files_in, reasons, words
from .new_arrays import holds_arrays, read_new
from .npz import differs_in_scale
from .pictures import read_picture
from .places import checksum
from .spiral import spiral
from .table_rows import new_rows
