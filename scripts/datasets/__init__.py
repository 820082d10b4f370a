"""Datasets: bytes in, arrays out. Readers, generators and downloads.

`formats.FORMATS` has the formats. From a file to arrays:

    idx, cifar10, spiral    a module each; `digits` generates files that `idx` reads
    npz                     npz_file (headers, arrays), npz_roles (which array is what), labels
    image_folder            folder_layout and folder_walk (which file is what), opening (files),
                            pictures (pixels)
    csv_table               csv_file (cells), columns and cells (numbers, or codes of texts),
                            table_fit with table_kinds and table_classes (what a column is),
                            scales, table_doubts, table_dates and leaks (what to ask or note),
                            table_inputs (arrays); table_rows reads other tables in the same way

`holdout` divides examples into splits, `checks` checks and describes their arrays. `fetching` and
`downloading` get raw files (import `fetching` itself: requests is slow to import), `wanted` compares
checksums, `places` checks files of this machine, `new_arrays` reads new examples.
"""

from .checks import as_examples, check_split, content_digest, describe, notes, peculiarities
from .cifar10 import CIFAR10_MEMBERS, read_cifar10
from .digits import sklearn_digits, sklearn_digits_thirds
from .errors import DatasetError, readable, some
from .folder_walk import Walk
from .formats import FORMATS
from .idx import encode_idx, read_idx, write_idx
from .image_folder import files_in, reasons, words
from .new_arrays import holds_arrays, read_new
from .new_pictures import files_of, in_range, inverted, new_pictures, remarks
from .npz import differs_in_scale
from .pictures import read_picture
from .places import checksum
from .spiral import spiral
from .table_inputs import unlike_training
from .table_rows import new_rows
from .wanted import refusal
