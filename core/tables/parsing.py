"""Bytes of a file of rows -> Arrow columns, before any cell is judged: CSV as text, Parquet in its own types."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from core.errors import TableError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_PARQUET = b"PAR1"
_PACKED = (b"PK", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
_BOM = b"\xef\xbb\xbf"
_BATCH = 100_000
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
    """The row number of a position: in CSV as spreadsheets count (the header is row 1), in Parquet from 1."""
    separator: str = ","
    ragged: list[Ragged] = field(default_factory=list)
    """In the order of rows; they are no part of ``columns``."""


def parse(file: Path) -> Parsed:
    """The rows of a CSV (in UTF-8, by its header separated by comma, semicolon, tab or bar) or Parquet file.

    Arrow reads what is regular; a file with a quote out of place, an odd number of fields or bytes that are no UTF-8
    goes through Python's ``csv``, which knows the row. Raises :class:`TableError` where there is no file, or one of
    another format; a file without rows has columns of length 0.
    """
    if not file.is_file():
        raise TableError(f"{file}: cannot be read: there is no such file")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise TableError(f"{file}: cannot be read ({error.strerror or error})") from error
    if content[:4] == _PARQUET:
        return _parquet(file)
    if content.startswith(_PACKED):
        raise TableError(f"{file}: is a spreadsheet or an archive; save it as CSV in UTF-8")
    content = content.removeprefix(_BOM)
    header, separator = _header(file, content)
    return _quickly(content, header, separator) or _carefully(file, content, separator)


def _parquet(file: Path) -> Parsed:
    try:
        with file.open("rb") as opened:
            table = pq.ParquetFile(opened, page_checksum_verification=True).read()
        columns = [
            column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
            for column in table.columns
        ]
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise TableError(f"{file}: is not readable as Parquet ({' '.join(str(error).split())})") from error
    return Parsed(header=table.column_names, columns=columns, row_of=lambda position: position + 1)


def _header(file: Path, content: bytes) -> tuple[list[str], str]:
    first = content.lstrip(b"\r\n")
    line = first[: min((at for at in (first.find(b"\n"), first.find(b"\r")) if at >= 0), default=len(first))]
    separator = max(SEPARATORS, key=lambda one: line.count(one.encode()))
    return next((row for _, row in _records(file, content, separator)), []), separator


def _records(file: Path, content: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Row number and fields of each row that has any, by Python's ``csv``, which is strict here."""
    number = 0
    try:
        text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
        for number, fields in enumerate(csv.reader(text, delimiter=separator, strict=True), start=1):
            if fields:
                yield number, fields
    except csv.Error as error:
        raise TableError(f"{file}: row {number + 1} is not CSV ({error})") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{file}: is not text in UTF-8; save it as CSV in UTF-8") from error


def _quickly(content: bytes, header: list[str], separator: str) -> Parsed | None:
    """By Arrow; None where it might read another thing than Python's ``csv``, or nothing."""
    if not header or content[:1] in b"\r\n" or b"\0" in content or not _regular(content, separator):
        return None
    names = [f"f{i}" for i in range(len(header))]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(autogenerate_column_names=True, block_size=1 << 23),
            parse_options=pyarrow.csv.ParseOptions(delimiter=separator, newlines_in_values=b'"' in content),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException:
        return None
    columns = [column.slice(1) for column in table.columns]
    if len(columns) != len(header) or [column[0].as_py() for column in table.columns] != header:
        return None
    if any((pc.max(pc.binary_length(column)).as_py() or 0) > _LONGEST for column in columns):
        return None
    blank_lines = any(pair in content for pair in (b"\n\n", b"\n\r", b"\r\r"))
    row_of = _counted(content, separator) if blank_lines else lambda position: position + 2
    return Parsed(header=header, columns=columns, row_of=row_of, separator=separator)


def _regular(content: bytes, separator: str) -> bool:
    """Whether every quote opens a cell, closes one or is half of a doubled one, so that all readers agree."""
    signs = np.frombuffer(content, dtype=np.uint8)
    quotes = np.flatnonzero(signs == ord('"'))
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    beside = np.frombuffer(f'{separator}\r\n"'.encode(), dtype=np.uint8)
    before, after = signs[opening[opening > 0] - 1], signs[closing[closing < len(signs) - 1] + 1]
    return bool(np.isin(before, beside).all() and np.isin(after, beside).all())


def _counted(content: bytes, separator: str) -> Callable[[int], int]:
    """Row numbers of a file with blank lines, read again as far as they are asked for."""
    rows = islice(_records(Path(), content, separator), 1, None)
    seen: list[int] = []

    def row_of(position: int) -> int:
        seen.extend(number for number, _ in islice(rows, max(position + 1 - len(seen), 0)))
        return seen[position]

    return row_of


def _carefully(file: Path, content: bytes, separator: str) -> Parsed:
    """By Python's ``csv``, a batch at a time. A blank cell too many, or a row of nothing but blanks, is no fault."""
    records = _records(file, content, separator)
    _, header = next(records, (1, []))
    width, kinds = len(header), pa.schema([(str(i), pa.string()) for i in range(len(header))])
    batches, numbers, ragged = [kinds.empty_table()], [np.empty(0, dtype=np.int64)], []
    while batch := list(islice(records, _BATCH)):
        rows = [(number, _fitted(fields, width)) for number, fields in batch]
        ragged += [Ragged(row=number, fields=tuple(fields)) for number, fields in rows if len(fields) != width]
        even = [(number, fields) for number, fields in rows if len(fields) == width]
        cells = zip(*(fields for _, fields in even), strict=True) if even else [()] * width
        batches.append(pa.table([pa.array(column, pa.string()) for column in cells], schema=kinds))
        numbers.append(np.array([number for number, _ in even], dtype=np.int64))
    row_number: npt.NDArray[np.int64] = np.concatenate(numbers)
    return Parsed(
        header=header,
        columns=pa.concat_tables(batches).columns,
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
