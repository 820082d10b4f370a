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
from .errors import DatasetError
from .messages import LISTED, short, some
from .places import START, kind_of

SEPARATORS = ",;\t|"
CHUNK_CELLS, CHUNK_ROWS = 1 << 13, 128  # target and minimum: chunks that fit a cache are fastest
LARGEST_CELL = 1 << 17  # characters, the default of csv; a longer one lacks a closing quote
SAMPLE_ROWS, SAMPLE = 20, 1 << 16  # rows and characters from which the separator is detected
BLOCK = 1 << 20
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


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
    with open(path, "rb") as file:
        start = file.read(START)
        if (kind := kind_of(start)) not in (None, "a text file", "an empty file"):
            raise DatasetError(
                f"{path}: is not a CSV file but {kind}; save the table as CSV (in Excel: Save As)"
            )
        marked = next((name for mark, name in BOMS.items() if start.startswith(mark)), None)
        encoding = marked or declared or "utf-8"
        try:
            if not codecs.lookup(encoding)._is_text_encoding:
                raise LookupError
            decoder = codecs.getincrementaldecoder(encoding)()
        except (LookupError, ValueError):
            raise DatasetError(
                f"encoding: {encoding!r} is not a known text encoding; use for example cp1252"
            ) from None
        file.seek(0)
        line, block = 1, b" "
        while block:
            block = file.read(BLOCK)
            if b"\0" in block and "\0".encode(encoding) == b"\0":
                line += block[: block.index(0)].count(b"\n")
                raise DatasetError(
                    f"{path}: line {line} has a NUL byte, so it is not text, or has another "
                    "encoding; set the key `encoding`, for example `encoding: utf-16-le`"
                )
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                wrong, start = error.object[error.start], error.object[: error.start]
                advice = "correct" if declared else "save it as UTF-8, or set"
                raise DatasetError(
                    f"{path}: line {line + start.count(10)}: the byte 0x{wrong:02x} is not "
                    f"{encoding.upper()}; {advice} the key `encoding`, for example `encoding: cp1252`"
                ) from None
            except UnicodeError as error:
                raise DatasetError(
                    f"{path}: is not {encoding} ({error}); correct `encoding`"
                ) from None
            line += text.count("\n")
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
            separator = settings["separator"] or (excel or {1: _separator(sample, known)})[1]
            file.seek(0)
            first = _first_rows(file, separator)[bool(excel) :]
    except FileNotFoundError:
        raise DatasetError(f"{path}: no such file, expected a table in CSV") from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    notes = []
    if separator not in (settings["separator"], ","):
        notes.append(f"{separator!r} separates its columns")
    skipped = bool(excel)
    while first and not any(map(str.strip, first[0])):
        first, skipped = first[1:], skipped + 1
    if not first:
        raise DatasetError(f"{path}: has no rows, expected column names and rows")
    width, names = len(first[0]), [clean(name) for name in first[0]]
    if not settings["header"]:
        names = [f"column {number}" for number in range(1, width + 1)]
    else:
        skipped += 1
        following = [row for row in first[1:] if any(map(str.strip, row))]
        if following and all(len(row) == width + 1 for row in following):
            width += 1
            row_names = any(row[-1].strip() for row in following)  # as R writes them
            names = ["", *names] if row_names else [*names, ""]
        while names and not names[-1] and following and all(len(r) < width for r in following):
            names, width = names[:-1], width - 1  # a comma at the end of the header alone
        _check_names(path, names, settings)
        names = [name or f"column {number}" for number, name in enumerate(names, start=1)]
        if twice := [short(name) for name, n in Counter(names).items() if n > 1]:
            raise DatasetError(f"{path}: two columns have the same name: {some(twice)}; rename one")
    return Layout(str(path), encoding, separator, names, skipped, width, notes)


def _check_names(path: str | Path, names: list[str], settings: Mapping[str, Any]) -> None:
    """Raise DatasetError if the header has numbers only, unless they count the columns."""
    counted = any(names == [str(n + start) for n in range(len(names))] for start in (0, 1))
    if not counted and all(PLAIN.fullmatch(name) for name in names):
        raise DatasetError(
            f"{path}: has no line of column names: its first line is {some(names)}; add one, or set "
            "`header: false`, which names the columns `column 1`, `column 2`, ..."
        )


def _first_rows(lines: Iterable[str], separator: str) -> list[list[str]]:
    """Return the first rows, up to the first damaged one."""
    csv.field_size_limit(LARGEST_CELL)
    found: list[list[str]] = []
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    with suppress(csv.Error):
        found.extend(itertools.islice(reader, SAMPLE_ROWS))
    return found


def _separator(sample: str, known: Sequence[str]) -> str:
    """Return the best separator: finds the known names, gives rows of equal length, most columns."""

    def merit(separator: str) -> tuple[bool, bool, int]:
        found = [row for row in _first_rows(io.StringIO(sample, newline=""), separator) if row]
        found = found[:-1] if 1 < len(found) < SAMPLE_ROWS and len(sample) == SAMPLE else found
        if not found:
            return False, False, 0
        alike = {len(row) - len(found[0]) for row in found[1:]} in (set(), {0}, {1})
        names = {clean(name) for name in found[0]}
        return len(found[0]) > 1 and names >= set(known), alike and len(found[0]) > 1, len(found[0])

    return max(SEPARATORS, key=merit)


def chunks(layout: Layout) -> Iterator[tuple[list[int], list[tuple[str, ...]]]]:
    """Yield row numbers and columns, a chunk of rows at a time.

    Skips empty rows. Raises DatasetError if rows have too few or too many cells, with the number of
    these rows and the first of them.
    """
    size, ragged, total = max(CHUNK_ROWS, CHUNK_CELLS // layout.width), [], 0
    numbers: list[int] = []
    held: list[list[str]] = []
    number, width = 0, layout.width
    csv.field_size_limit(LARGEST_CELL)
    with open(layout.path, encoding=layout.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=layout.separator, skipinitialspace=True, strict=True)
        try:
            for row in reader:
                number += 1
                if number <= layout.rows_before or not row:
                    continue
                if len(row) != width:
                    if not any(map(str.strip, row)):
                        continue
                    if len(row) > width and not any(map(str.strip, row[width:])):
                        row = row[:width]
                    else:
                        total += 1
                        ragged += [f"{number} ({len(row)})"] * (len(ragged) < LISTED)
                        continue
                elif not row[0] and not any(map(str.strip, row)):
                    continue
                held.append(row)
                numbers.append(number)
                if len(held) == size:
                    yield numbers, list(zip(*held, strict=True))
                    numbers, held = [], []
        except csv.Error as error:
            what = (
                "a cell is too long, perhaps its closing quote is missing"
                if "limit" in str(error)
                else f"a quote is not closed, or text follows it ({error})"
            )
            raise DatasetError(
                f"{layout.path}: row {number + 1}: {what}; write a quote within a cell twice"
            ) from None
    if total:
        names = some(list(map(short, layout.names)))
        raise DatasetError(
            f"{layout.path}: row{'s' * (total > 1)} {some(ragged, total)} ha{'ve' if total > 1 else 's'} "
            f"the wrong number of cells (in brackets), expected {width}: {names}; put cells that contain "
            f"the separator {layout.separator!r} into quotes"
        )
    if held:
        yield numbers, list(zip(*held, strict=True))
