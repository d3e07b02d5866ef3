"""Reading a file of predictions as one table, CSV or Parquet, before any of its values is judged."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ImportFileError
from core.runs.files import reason

EXPECTED = (
    "expected: Parquet, or CSV in UTF-8 with commas and decimal points, with the columns image_id, y_true (0 or 1) and "
    "one of logit and probability (0 to 1), and if there are any patient_id, split (validation or test) and subgroups"
)
SHOWN = 20
"""So many bad rows are named; the rest are counted."""

_PARQUET = b"PAR1"
_CHUNK = 100_000
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True, kw_only=True, slots=True)
class PredictionTable:
    """``row_number`` of the first row is 2 in CSV, as spreadsheets count (the header is row 1), and 1 in Parquet."""

    table: pa.Table
    row_number: list[int]


def read_prediction_file(file: Path) -> PredictionTable:
    """The cells of ``file``: all text from CSV, of their own types from Parquet. Blank lines of CSV are left out.

    Raises :class:`ImportFileError` for a file that is missing, unreadable, of another format or without rows, and for
    rows with too many or too few fields.
    """
    if not file.is_file():
        raise ImportFileError(f"{file}: there is no such file")
    try:
        with file.open("rb") as opened:
            start = opened.read(4)
    except OSError as error:
        raise ImportFileError(f"{file}: cannot be read ({reason(error)})") from error
    found = _read_parquet(file) if start == _PARQUET else _read_csv(file, start)
    if found.table.num_rows == 0:
        raise ImportFileError(f"{file}: has no rows; {EXPECTED}")
    return found


def shown(value: object) -> str:
    """A cell in a message: quoted, on one line, and not endless."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def refuse_rows(file: Path, problems: list[tuple[int, str]], total: int) -> None:
    """Raise :class:`ImportFileError` that names the first of ``problems``, (row number, reason), when ``total`` > 0."""
    if not total:
        return
    named = "; ".join(f"row {row}: {why}" for row, why in problems[:SHOWN])
    rest = f"; and {total - SHOWN:,} more" if total > SHOWN else ""
    raise ImportFileError(f"{file}: nothing was imported, {total:,} problem(s): {named}{rest}")


def _read_parquet(file: Path) -> PredictionTable:
    try:
        with file.open("rb") as opened:
            table = pq.ParquetFile(opened, page_checksum_verification=True).read()
        table = table.cast(pa.schema([pa.field(f.name, _decoded(f.type)) for f in table.schema]))
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise ImportFileError(f"{file}: is not readable as Parquet ({reason(error)})") from error
    _check_header(file, table.column_names)
    return PredictionTable(table=table, row_number=list(range(1, table.num_rows + 1)))


def _decoded(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _read_csv(file: Path, start: bytes) -> PredictionTable:
    if start[:2] == b"PK" or start[:2] == b"\x1f\x8b" or start == b"\xd0\xcf\x11\xe0":
        raise ImportFileError(f"{file}: is a spreadsheet or an archive; save it as CSV; {EXPECTED}")
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return _parse_csv(file, csv.reader(opened, strict=True))
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{file}: is not text in UTF-8; save it as CSV in UTF-8; {EXPECTED}") from error
    except OSError as error:
        raise ImportFileError(f"{file}: cannot be read ({reason(error)})") from error


def _parse_csv(file: Path, rows: Iterator[list[str]]) -> PredictionTable:
    numbered = enumerate(rows, start=1)
    header_row, header = next(((n, row) for n, row in _guarded(file, numbered) if row), (1, []))
    _check_header(file, header)
    chunks: list[pa.Table] = []
    row_number: list[int] = []
    problems: list[tuple[int, str]] = []
    total = 0
    lines = ((n, row) for n, row in _guarded(file, numbered, header_row) if row)
    while batch := list(islice(lines, _CHUNK)):
        wrong = [(n, len(row)) for n, row in batch if len(row) != len(header)]
        total += len(wrong)
        problems += [
            (n, f"{fields} fields, the header has {len(header)}") for n, fields in wrong[: SHOWN - len(problems)]
        ]
        if not total:
            columns = zip(*(row for _, row in batch), strict=True)
            chunks.append(pa.table([pa.array(column, pa.string()) for column in columns], names=header))
            row_number += [n for n, _ in batch]
    refuse_rows(file, problems, total)
    empty = pa.schema([(name, pa.string()) for name in header]).empty_table()
    return PredictionTable(table=pa.concat_tables(chunks) if chunks else empty, row_number=row_number)


def _guarded(file: Path, rows: Iterator[tuple[int, list[str]]], row: int = 0) -> Iterator[tuple[int, list[str]]]:
    """``rows``, with what breaks the CSV itself said with its row."""
    try:
        for row, fields in rows:
            yield row, fields
    except csv.Error as error:
        raise ImportFileError(f"{file}: row {row + 1} is not CSV ({reason(error)}); {EXPECTED}") from error


def _check_header(file: Path, names: list[str]) -> None:
    found = ", ".join(shown(name) for name in names[:SHOWN]) or "none"
    if len(names) == 1:
        for separator, word in _SEPARATORS.items():
            if separator in names[0]:
                raise ImportFileError(f"{file}: is separated by {word} (header {found}); {EXPECTED}")
    missing = [name for name in ("image_id", "y_true") if name not in names]
    if missing:
        raise ImportFileError(f"{file}: has no column {' and no '.join(missing)} (columns found: {found}); {EXPECTED}")
    if ("logit" in names) == ("probability" in names):
        both = "both a logit and a probability" if "logit" in names else "neither a logit nor a probability"
        raise ImportFileError(f"{file}: has {both} (columns found: {found}); {EXPECTED}")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ImportFileError(f"{file}: has two columns called {shown(repeated[0])}; rename or remove one")
    if any(not name.strip() for name in names):
        raise ImportFileError(f"{file}: has a column without a name; name it, or remove it (in pandas: index=False)")
