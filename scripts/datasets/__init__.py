"""Datasets: bytes in, arrays out. Readers, generators and downloads."""

from .archives import member_checksums, read_members
from .checks import check_split, describe
from .checksums import refusal
from .cifar10 import CIFAR10_MEMBERS, read_cifar10
from .digits import sklearn_digits
from .errors import DatasetError
from .fetching import fetch
from .formats import FORMATS
from .idx import encode_idx, read_idx, write_idx
from .spiral import spiral

__all__ = [
    "CIFAR10_MEMBERS",
    "FORMATS",
    "DatasetError",
    "check_split",
    "describe",
    "encode_idx",
    "fetch",
    "member_checksums",
    "read_cifar10",
    "read_idx",
    "read_members",
    "refusal",
    "sklearn_digits",
    "spiral",
    "write_idx",
]
