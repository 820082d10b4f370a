"""CSV files: detect encoding, separator and header, and yield the rows in chunks."""

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .cells import PLAIN, clean
from .errors import DatasetError, some
from .messages import LISTED, short
from .places import START, kind_of

SEPARATORS = ",;\t|"
CHUNK_CELLS, CHUNK_ROWS = 1 << 13, 128  # target and minimum: chunks that fit a cache are fastest
LARGEST_CELL = 1 << 17  # characters, the default of csv; a longer one lacks a closing quote
SAMPLE_ROWS, SAMPLE = 20, 1 << 16  # rows and characters from which the separator is detected
BLOCK = 1 << 20
STRANGE = re.compile("[\x80-\x9f\ufffd]")  # control characters and lost letters
ROW_NAMES = "row names"  # of the column that R writes without a name
BOMS = {  # that of UTF-32 starts with that of UTF-16
    codecs.BOM_UTF8: "utf-8-sig",
    **dict.fromkeys([codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE], "utf-32"),
    **dict.fromkeys([codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE], "utf-16"),
}


class Layout(NamedTuple):
    """How to read a CSV file; `rows_before` is the number of rows before the first row of data."""

    path: str
    encoding: str
    separator: str
    names: list[str]
    rows_before: int
    width: int
    notes: list[str]


def encoding_of(path: str | Path, declared: str | None) -> str:
    """Return the encoding of a text file: that of its byte-order mark, the declared one, or UTF-8.

    Raises DatasetError with the line of the first wrong byte if the file has another encoding.
    """
    if Path(path).is_fifo():
        raise DatasetError(f"{path}: is a pipe, which can be read only once; write it to a file")
    with open(path, "rb") as file:
        start = file.read(START)
        if (kind := kind_of(start)) not in (None, "a text file", "an empty file"):
            raise DatasetError(
                f"{path}: is not a CSV file but {kind}; save the table as CSV (in Excel: Save As)"
            )
        marked = next((name for mark, name in BOMS.items() if start.startswith(mark)), None)
        encoding = marked or declared or "utf-8"
        try:
            io.TextIOWrapper(io.BytesIO(), encoding)  # refuses codecs that are not of text
            decoder = codecs.getincrementaldecoder(encoding)()
        except (LookupError, ValueError):
            raise DatasetError(
                f"encoding: {encoding!r} is not a known text encoding; use for example cp1252"
            ) from None
        bytewise = "\0".encode(encoding) == b"\0"
        line, block = 1, start
        while block:
            if bytewise and b"\0" in block:
                line += block[: block.index(0)].count(b"\n")
                raise DatasetError(
                    f"{path}: line {line} has a NUL byte, so it is not text, or has another "
                    "encoding; set the key `encoding`, for example `encoding: utf-16-le`"
                )
            following = file.read(BLOCK)
            try:
                line += decoder.decode(block, final=not following).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                advice = "correct" if declared else "save it as UTF-8, or set"
                raise DatasetError(
                    f"{path}: line {line}: the byte 0x{error.object[error.start]:02x} is not "
                    f"{encoding.upper()}; {advice} the key `encoding`, for example `encoding: cp1252`"
                ) from None
            except UnicodeError as error:
                raise DatasetError(
                    f"{path}: is not {encoding} ({error}); correct `encoding`"
                ) from None
            block = following
    return encoding


def layout_of(path: str | Path, settings: Mapping[str, Any], known: Sequence[str] = ()) -> Layout:
    """Return the layout of a CSV file; raise DatasetError for a file that is not a table.

    `known` are expected column names; the separator that finds them is preferred.
    """
    try:
        encoding = encoding_of(path, settings["encoding"])
        with open(path, encoding=encoding, newline="") as file:
            sample = file.read(SAMPLE)
            excel = re.match(r"sep=(.)\r?\n", sample)
            separator = settings["separator"]
            if not separator:
                separator = excel[1] if excel else _separator(sample, known)
            file.seek(0)
            skipped = 1 if excel else 0
            first = _first_rows(file, separator)[skipped:]
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file, expected a table in CSV") from None
    except IsADirectoryError:
        raise DatasetError(
            f"{path}: is a folder, expected a table in CSV; name the files in it"
        ) from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    notes = []
    if strange := STRANGE.search(sample):
        notes.append(
            f"read as {encoding}, it has characters such as {strange[0]!a}: its encoding is probably "
            "another (often `encoding: cp1252`), or it lost letters when it was saved"
        )
    blank = list(itertools.takewhile(lambda row: not any(map(str.strip, row)), first))
    if len(blank) == len(first):
        raise DatasetError(f"{path}: has no rows, expected column names and rows")
    top, following = first[len(blank)], first[len(blank) + 1 :]
    skipped += len(blank)
    names = [f"column {number}" for number in range(1, len(top) + 1)]
    if settings["header"]:
        skipped += 1
        names = _names(path, [clean(name) for name in top], following)
    return Layout(str(path), encoding, separator, names, skipped, len(names), notes)


def _names(path: str | Path, names: list[str], following: list[list[str]]) -> list[str]:
    """Return the names of all columns; raise DatasetError if they are not names, or if two are equal."""
    following, width = [row for row in following if any(map(str.strip, row))], len(names)
    if following and all(len(row) == width + 1 for row in following):
        row_names = any(row[-1].strip() for row in following)  # as R writes them
        names = [ROW_NAMES, *names] if row_names else [*names, ""]
    while names and not names[-1] and following and all(len(r) < len(names) for r in following):
        names = names[:-1]  # a comma at the end of the header alone
    counted = any(names == [str(n + start) for n in range(len(names))] for start in (0, 1))
    if not counted and all(PLAIN.fullmatch(name) for name in names):
        raise DatasetError(
            f"{path}: has no line of column names: its first line is {some(names)}; add one, or set "
            "`header: false`, which names the columns `column 1`, `column 2`, ..."
        )
    names = [name or f"column {number}" for number, name in enumerate(names, start=1)]
    if twice := [short(name) for name, n in Counter(names).items() if n > 1]:
        raise DatasetError(f"{path}: two columns have the same name: {some(twice)}; rename one")
    return names


def _first_rows(lines: Iterable[str], separator: str) -> list[list[str]]:
    """Return the first rows, up to the first damaged one."""
    csv.field_size_limit(LARGEST_CELL)
    found: list[list[str]] = []
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    with suppress(csv.Error):
        found.extend(itertools.islice(reader, SAMPLE_ROWS))
    return found


def _separator(sample: str, known: Sequence[str]) -> str:
    """Return the best separator: finds the known names, gives rows of equal length, most columns.

    In a table of one column, it is one that no row has.
    """

    def merit(separator: str) -> tuple[bool, bool, int, bool]:
        found = [row for row in _first_rows(io.StringIO(sample, newline=""), separator) if row]
        found = found[:-1] if 1 < len(found) < SAMPLE_ROWS and len(sample) == SAMPLE else found
        if not found:
            return False, False, 0, False
        more = {len(row) - len(found[0]) for row in found[1:]}  # cells than names
        several = len(found[0]) > 1
        names = {clean(name) for name in found[0]}
        return (
            several and names >= set(known),
            several and more in (set(), {0}, {1}),
            len(found[0]),
            more <= {0},
        )

    return max(SEPARATORS, key=merit)


def chunks(layout: Layout) -> Iterator[tuple[list[int], list[tuple[str, ...]]]]:
    """Yield row numbers and columns, a chunk of rows at a time.

    Skips empty rows. Raises DatasetError if rows have too few or too many cells, with the number of
    these rows and the first of them.
    """
    width = layout.width
    size, ragged, total = max(CHUNK_ROWS, CHUNK_CELLS // width), [], 0
    numbers: list[int] = []
    held: list[list[str]] = []
    number = 0
    csv.field_size_limit(LARGEST_CELL)
    with open(layout.path, encoding=layout.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=layout.separator, skipinitialspace=True, strict=True)
        try:
            for number, row in enumerate(reader, start=1):
                if number <= layout.rows_before or not row:
                    continue
                if not row[0] and not any(map(str.strip, row)):
                    continue
                if len(row) > width and not any(map(str.strip, row[width:])):
                    row = row[:width]
                if len(row) != width:
                    total += 1
                    if len(ragged) < LISTED:
                        ragged.append(f"{number} ({len(row)})")
                    continue
                held.append(row)
                numbers.append(number)
                if len(held) == size:
                    yield numbers, list(zip(*held, strict=True))
                    numbers, held = [], []
        except csv.Error as error:
            what = f"a quote is not closed, or text follows it ({error})"
            if "limit" in str(error):
                what = "a cell is too long, perhaps its closing quote is missing"
            raise DatasetError(
                f"{layout.path}: row {number + 1}: {what}; write a quote within a cell twice"
            ) from None
    if total:
        rows_have = f"row {ragged[0]} has" if total == 1 else f"rows {some(ragged, total)} have"
        raise DatasetError(
            f"{layout.path}: {rows_have} the wrong number of cells (in brackets), expected {width}: "
            f"{some(map(short, layout.names))}; put cells that contain the separator "
            f"{layout.separator!r} into quotes"
        )
    if held:
        yield numbers, list(zip(*held, strict=True))
