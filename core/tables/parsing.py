"""Bytes of a file of rows -> Arrow columns, before any cell is judged: CSV as text, other formats in their types."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from core.errors import TableError
from core.tables.arrays import is_arrays, parse_arrays
from core.tables.content import PARQUET, Content
from core.tables.dress import FOUND, Dress, delimiters, named_delimiter
from core.tables.encoding import in_utf8, named
from core.tables.json_lines import is_json, parse_json
from core.tables.on_disk import PART, columns_of
from core.tables.workbook import is_workbook, parse_workbook

PACKED = (b"PK", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
_EMPTY = b"PK\x05\x06"
"""How an archive begins in which nothing lies."""
_BATCH = 100_000
_BUFFER = 1 << 20
_PART = 1 << 22
_LONGEST = 131_072
"""The longest cell that Python's ``csv`` reads, in characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ragged:
    """A row whose number of fields is not the header's."""

    row: int
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """What a file holds. Lines without any character are left out, as everywhere in CSV."""

    header: list[str]
    columns: list[pa.ChunkedArray]
    row_of: Callable[[int], int]
    """The row number of a position: as spreadsheets count (the header is row 1), in Parquet and arrays from 1."""
    separator: str = ","
    csv: bool = True
    """Whether the cells are those of a CSV file, whose text may be guarded against spreadsheets."""
    ragged: list[Ragged] = field(default_factory=list)
    """In the order of rows; they are no part of ``columns``."""
    said: list[str] = field(default_factory=list)
    """What of the file's dress was not plain, a line each."""


def parse(file: Path, content: bytes | Content | None = None, dress: Dress = FOUND) -> Parsed:
    """The rows of CSV, a workbook (.xlsx, .xls, .ods), Parquet, JSON lines or NumPy's .npz, told by what is in it.

    Arrow reads the CSV that is regular; a file with a quote out of place, an odd number of fields or bytes that are no
    UTF-8 goes through Python's ``csv``, which knows the row. ``content`` is what a file holds that lies in memory
    alone: ``file`` is then but its name. ``dress`` says what is not to be found out. Raises :class:`TableError` where
    there is no file, or one of another format; a file without rows has columns of length 0.
    """
    content = Content.of(file, content)
    if content.startswith(PARQUET):
        return _parquet(file, content)
    if content.startswith(_EMPTY):
        raise TableError(f"{file}: holds nothing, no array and no sheet; save it again")
    if content.startswith(PACKED):
        packed = content[:]
        if is_arrays(packed):
            return _typed(*parse_arrays(file, packed), first=1)
        if is_workbook(packed):
            return _typed(*parse_workbook(file, packed, dress.sheet), first=2)
        raise TableError(f"{file}: is an archive, or a workbook that cannot be read; unpack it, or save it as CSV")
    content, encoding = in_utf8(file, content, dress.encoding)
    said = [f"the text was read as {named(encoding)}"] if encoding else []
    if is_json(content[:200]):
        header, columns, lines = parse_json(file, content[:])
        return Parsed(header=header, columns=columns, row_of=lambda position: lines[position], csv=False, said=said)
    return _csv(file, content, dress, said)


def _typed(header: list[str], columns: list[pa.ChunkedArray], said: list[str] | None = None, *, first: int) -> Parsed:
    return Parsed(
        header=header, columns=columns, row_of=lambda position: position + first, csv=False, said=list(said or [])
    )


def _csv(file: Path, content: Content, dress: Dress, said: list[str]) -> Parsed:
    named_in_file = named_delimiter(content)
    skipped = 0
    if named_in_file:
        separator, length = named_in_file
        content, skipped = content.after(length), 1
    else:
        separator = dress.delimiter or delimiters(content)[0]
    header = next((row for _, row in _records(file, content, separator)), [])
    parsed = _quickly(content, header, separator) or _carefully(file, content, separator)
    if not skipped:
        return replace(parsed, said=said)
    return replace(
        parsed,
        said=said,
        row_of=lambda position: parsed.row_of(position) + skipped,
        ragged=[replace(one, row=one.row + skipped) for one in parsed.ragged],
    )


def _parquet(file: Path, content: Content) -> Parsed:
    parts = content.files()
    first = next(parts)
    with _opened_parquet(first) as found:
        schema = found.schema_arrow
    kinds = [_plain(kind) for kind in schema.types]
    for name, kind in zip(schema.names, kinds, strict=True):
        if pa.types.is_nested(kind):
            raise TableError(
                f"{file}: column {name!r} is of type {kind}; leave it out, or give each value its own column"
            )
    batches = (batch for part in chain([first], parts) for batch in _batches(part, schema, kinds))
    columns = columns_of(kinds, batches)
    return Parsed(header=schema.names, columns=columns, row_of=lambda position: position + 1, csv=False)


def _batches(part: Content, schema: pa.Schema, kinds: list[pa.DataType]) -> Iterator[list[pa.Array]]:
    """The columns of a part as ``kinds``; it must have those of ``schema``."""
    with _opened_parquet(part) as found:
        if (names := found.schema_arrow.names) != schema.names:
            there, expected = ", ".join(names), ", ".join(schema.names)
            raise TableError(f"{part.file}: has the columns {there}, and the parts before it have {expected}")
        for batch in found.iter_batches(batch_size=PART):
            yield [column.cast(kind) for column, kind in zip(batch.columns, kinds, strict=True)]


@contextmanager
def _opened_parquet(part: Content) -> Iterator[pq.ParquetFile]:
    try:
        with part.opened() as opened:
            yield pq.ParquetFile(opened, page_checksum_verification=True, buffer_size=_BUFFER)
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise TableError(f"{part.file}: is not readable as Parquet ({' '.join(str(error).split())})") from error


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _records(file: Path, content: Content, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Row number and fields of each row that has any, by Python's ``csv``, which is strict here."""
    number = 0
    try:
        with io.TextIOWrapper(content.opened(), encoding="utf-8", newline="") as text:
            for number, fields in enumerate(csv.reader(text, delimiter=separator, strict=True), start=1):
                if fields:
                    yield number, fields
    except csv.Error as error:
        raise TableError(f"{file}: row {number + 1} is not CSV ({error})") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{file}: is not text in UTF-8; save it as CSV in UTF-8") from error


def _quickly(content: Content, header: list[str], separator: str) -> Parsed | None:
    """By Arrow; None where it might read another thing than Python's ``csv``, or nothing."""
    if not header or content[:1] in b"\r\n" or content.has(b"\0") or not _regular(content, separator):
        return None
    names = [f"f{i}" for i in range(len(header))]
    try:
        with (
            content.opened() as opened,
            pyarrow.csv.open_csv(
                opened,
                read_options=pyarrow.csv.ReadOptions(autogenerate_column_names=True, block_size=1 << 23),
                parse_options=pyarrow.csv.ParseOptions(delimiter=separator, newlines_in_values=content.has(b'"')),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
                ),
            ) as batches,
        ):
            if batches.schema.names != names:
                return None
            columns = columns_of(batches.schema.types, _short(batches, header))
    except (pa.ArrowException, _OtherwiseError):
        return None
    blank_lines = content.has(b"\n\n") or (content.has(b"\r") and any(map(content.has, (b"\n\r", b"\r\r"))))
    row_of = _counted(content, separator) if blank_lines else lambda position: position + 2
    return Parsed(header=header, columns=columns, row_of=row_of, separator=separator)


class _OtherwiseError(Exception):
    """Python's ``csv`` would read the file otherwise."""


def _short(batches: Iterable[pa.RecordBatch], header: list[str]) -> Iterator[list[pa.Array]]:
    """The columns of each batch but for the ``header``; no cell is one that Python's ``csv`` refuses as too long."""
    first = True
    for batch in batches:
        columns = batch.columns
        if any((pc.max(pc.binary_length(column)).as_py() or 0) > _LONGEST for column in columns):
            raise _OtherwiseError
        if first and len(batch):
            if [column[0].as_py() for column in columns] != header:
                raise _OtherwiseError
            columns, first = [column.slice(1) for column in columns], False
        yield columns


def _regular(content: Content, separator: str) -> bool:
    """Whether every quote opens a cell, closes one or is half of a doubled one, so that all readers agree."""
    beside, before = np.frombuffer(f'{separator}\r\n"'.encode(), dtype=np.uint8), 0
    for start in range(0, len(content), _PART):
        own = min(start, 1)  # behind the sign before it
        signs = np.frombuffer(content[start - own : start + _PART + 1], dtype=np.uint8)
        quotes = own + np.flatnonzero(signs[own : own + _PART] == ord('"'))
        opening, closing = quotes[before % 2 :: 2], quotes[1 - before % 2 :: 2]
        outside = signs[opening[opening > 0] - 1], signs[closing[closing < len(signs) - 1] + 1]
        if not all(np.isin(signs_beside, beside).all() for signs_beside in outside):
            return False
        before += len(quotes)
    return before % 2 == 0


def _counted(content: Content, separator: str) -> Callable[[int], int]:
    """Row numbers of a file with blank lines, read again as far as they are asked for."""
    rows = islice(_records(Path(), content, separator), 1, None)
    seen: list[int] = []

    def row_of(position: int) -> int:
        seen.extend(number for number, _ in islice(rows, max(position + 1 - len(seen), 0)))
        return seen[position]

    return row_of


def _carefully(file: Path, content: Content, separator: str) -> Parsed:
    """By Python's ``csv``, a batch at a time. A blank cell too many, or a row of nothing but blanks, is no fault."""
    records = _records(file, content, separator)
    _, header = next(records, (1, []))
    width = len(header)
    numbers: list[npt.NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    ragged: list[Ragged] = []

    def batches() -> Iterator[list[pa.Array]]:
        while batch := list(islice(records, _BATCH)):
            rows = [(number, _fitted(fields, width)) for number, fields in batch]
            ragged.extend(Ragged(row=number, fields=tuple(fields)) for number, fields in rows if len(fields) != width)
            even = [(number, fields) for number, fields in rows if len(fields) == width]
            numbers.append(np.array([number for number, _ in even], dtype=np.int64))
            cells = zip(*(fields for _, fields in even), strict=True) if even else [()] * width
            yield [pa.array(column, pa.large_string()) for column in cells]

    columns = columns_of([pa.large_string()] * width, batches())
    row_number: npt.NDArray[np.int64] = np.concatenate(numbers)
    return Parsed(
        header=header,
        columns=columns,
        row_of=lambda position: int(row_number[position]),
        separator=separator,
        ragged=ragged,
    )


def _fitted(fields: list[str], width: int) -> list[str]:
    if len(fields) == width:
        return fields
    if not any(cell.strip() for cell in fields):
        return [""] * width
    while len(fields) > width and not fields[-1].strip():
        fields = fields[:-1]
    return fields
