"""The sheet of a workbook (.xlsx, .xls, .ods) as Arrow columns: the first row with anything in it is the header."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pyarrow as pa
import python_calamine as calamine

from core.errors import TableError
from core.tables.typed import as_text, typed_column

_OLD = b"\xd0\xcf\x11\xe0"
_PARTS = ("xl/workbook", "content.xml")
_LARGEST = 2**31
"""Bytes: what a workbook may hold once it is unpacked."""
_ERRORS = ("#N/A", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#DIV/0!")


def is_workbook(content: bytes) -> bool:
    if content.startswith(_OLD):
        return True
    return any(name.startswith(_PARTS) for name in packed_names(content))


def packed_names(content: bytes) -> list[str]:
    """What lies in a zip archive; nothing where ``content`` is none."""
    if not content.startswith(b"PK"):
        return []
    try:
        return zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return []


def sheets_of(file: Path, content: bytes) -> list[str]:
    """The names of the sheets that hold anything, in the order of the workbook."""
    book = _opened(file, content)
    return [name for name in book.sheet_names if _rows(file, book, name)]


def parse_workbook(file: Path, content: bytes, sheet: str | None) -> tuple[list[str], list[pa.ChunkedArray], list[str]]:
    """Header and columns of ``sheet``, or of the only one with anything in it, and what is to be said of it.

    Raises :class:`TableError` for a workbook that cannot be read, a sheet that it has not, and where none is named and
    several hold something.
    """
    book, names = _opened(file, content), sheets_of(file, content)
    if sheet is not None and sheet not in book.sheet_names:
        raise TableError(f"{file}: has no sheet {sheet!r}, only {', '.join(map(repr, book.sheet_names))}")
    if sheet is None and len(names) > 1:
        raise TableError(f"{file}: has several sheets ({', '.join(map(repr, names))}); keep the one that is meant")
    name = sheet or next(iter(names), None)
    rows = _rows(file, book, name) if name is not None else []
    if not rows:
        return [], [], []
    header = [as_text(cell) for cell in rows[0]]
    columns = [typed_column([_value(row[i]) for row in rows[1:]]) for i in range(len(header))]
    said = [f"only the sheet {name!r} was read"] if len(book.sheet_names) > 1 else []
    return header, columns, said


def _opened(file: Path, content: bytes) -> calamine.CalamineWorkbook:
    if content.startswith(b"PK"):
        unpacked = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(content)).infolist())
        if unpacked > _LARGEST:
            raise TableError(f"{file}: holds {unpacked / 2**30:.1f} GB once unpacked; save it as CSV or Parquet")
    try:
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except calamine.PasswordError as error:
        raise TableError(f"{file}: is protected by a password; save it without, or as CSV") from error
    except (calamine.CalamineError, OSError) as error:
        raise TableError(f"{file}: is not readable as a workbook ({error}); save it as CSV in UTF-8") from error


def _rows(file: Path, book: calamine.CalamineWorkbook, name: str) -> list[list[object]]:
    """Every row from row 1 on, of one width; none where the sheet is empty or holds no cells (a chart)."""
    try:
        return [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
    except (calamine.CalamineError, OSError) as error:
        raise TableError(f"{file}: sheet {name!r} is not readable ({error}); save it as CSV in UTF-8") from error


def _value(cell: object) -> object:
    return "" if isinstance(cell, str) and cell in _ERRORS else cell
