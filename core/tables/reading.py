"""One reader for every file of rows: padding, blank rows and spellings of the header are seen through, and said."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import TableError
from core.tables import cells
from core.tables.content import Content
from core.tables.dress import FOUND, Dress
from core.tables.on_disk import by_part, is_text
from core.tables.parsing import Parsed, parse
from core.tables.sheet import Sheet, as_mask, shown
from core.tables.writing import is_guarded, unguarded, without_guard

_NAMELESS = re.compile(r"(Unnamed: [0-9]+(\.[0-9]+)*)?")


def read_sheet(
    file: Path, names: Collection[str] = (), content: bytes | Content | None = None, dress: Dress = FOUND
) -> Sheet:
    """The rows of a file of any format (see :func:`core.tables.parsing.parse`), without the blanks around and between.

    ``names`` are the columns that mean something to the caller: a header that spells one of them in another case, or
    with spaces, has it. Text that was guarded against spreadsheets is freed, cells are trimmed, blank rows and
    blank columns without a name left out, and one without a name, or with that of pandas, that counts the rows;
    ``changes`` says all of it. ``content`` and ``dress``: as there.
    Raises :class:`TableError` where the file cannot be read or two columns have one name.
    """
    parsed = parse(file, content, dress)
    found = [unguarded(name) for name in parsed.header] if parsed.csv else parsed.header
    header, changes = _names(found, names)
    sheet = Sheet(
        file=file,
        columns={},
        rows=len(parsed.columns[0]) if parsed.columns else 0,
        row_of=parsed.row_of,
        separator=parsed.separator,
        ragged=parsed.ragged,
        header=header,
        changes=parsed.said + changes,
    )
    columns = _without_guards(sheet, header, parsed) if parsed.csv else parsed.columns
    columns = _trimmed(sheet, header, columns)
    _keep_named(sheet, header, columns)
    _drop_blank_rows(sheet)
    return sheet


def _names(found: list[str], names: Collection[str]) -> tuple[list[str], list[str]]:
    """The header as it is used, and the names in it that were spelled otherwise."""
    header = [cells.trim(name) for name in found]
    other = {i: plain for i, name in enumerate(header) if (plain := cells.plain_name(name)) in names and name != plain}
    other = {i: plain for i, plain in other.items() if plain not in header}
    said = [f"column {shown(header[i])} was read as {plain}" for i, plain in other.items()]
    return [other.get(i, name) for i, name in enumerate(header)], said


def _without_guards(sheet: Sheet, header: list[str], parsed: Parsed) -> list[pa.ChunkedArray]:
    columns = []
    for name, column in zip(header, parsed.columns, strict=True):
        if pc.any(by_part(column, lambda part: pc.starts_with(part, "'"))).as_py():
            one = "has an apostrophe against formulas, which was taken away"
            many = "have an apostrophe against formulas, which was taken away"
            sheet.say(is_guarded(column), name, one, many)
            column = without_guard(column)
        columns.append(column)
    return columns


def _trimmed(sheet: Sheet, header: list[str], found: list[pa.ChunkedArray]) -> list[pa.ChunkedArray]:
    columns, count, first = [], 0, (sheet.rows, "")
    for name, column in zip(header, found, strict=True):
        bare = cells.trimmed(column) if is_text(column.type) else column
        columns.append(bare)
        if bare is not column:
            # What is blank altogether holds nothing that could have been changed.
            padded = as_mask(pc.and_(pc.not_equal(bare, column), pc.invert(cells.is_empty(bare))))
            count += int(padded.sum())
            if padded.any():
                first = min(first, (int(padded.argmax()), name), key=lambda place: place[0])
    if count:
        what = "cell padded with spaces was" if count == 1 else "cells padded with spaces were"
        place = f"row {sheet.row_of(first[0])}, column {first[1]}"
        sheet.changes.append(f"{count:,} {what} trimmed ({'first: ' if count > 1 else ''}{place})")
    return columns


def _keep_named(sheet: Sheet, header: list[str], columns: list[pa.ChunkedArray]) -> None:
    blank = 0
    for name, column in zip(header, columns, strict=True):
        if not name and pc.all(cells.is_empty(column), min_count=0).as_py():
            blank += 1
        elif _NAMELESS.fullmatch(name) and _counts_rows(column):
            called = f"column {shown(name)}" if name else "a column without a name"
            sheet.changes.append(f"{called}, which counts the rows, was left out")
        elif name in sheet.columns:
            called = f"called {shown(name)}; rename or remove one"
            nameless = "without a name; name or remove them, and see that the first line is the header"
            raise TableError(f"{sheet.file}: has two columns {called if name else nameless}")
        else:
            sheet.columns[name] = column
    if blank:
        what = "column without name and content was" if blank == 1 else "columns without name and content were"
        sheet.changes.append(f"{blank:,} {what} left out")


def _counts_rows(column: pa.ChunkedArray) -> bool:
    """Whether the cells are whole numbers, each greater than the one before or empty."""
    text = pc.drop_null(column.cast(pa.string()))
    text = text.filter(pc.not_equal(text, ""))
    if not pc.all(cells.matches(text, "^[0-9]{1,15}$"), min_count=0).as_py():
        return False
    number = text.cast(pa.int64()).to_numpy()
    return bool((number[1:] > number[:-1]).all())


def _drop_blank_rows(sheet: Sheet) -> None:
    blank = np.ones(sheet.rows, dtype=np.bool_)
    for column in sheet.columns.values():
        if not blank.any():
            return
        blank &= as_mask(cells.is_empty(column))
    if not blank.any():
        return
    count = int(blank.sum())
    what = "row of empty cells was" if count == 1 else "rows of empty cells were"
    place = f"row {sheet.row_of(int(blank.argmax()))}"
    sheet.changes.append(f"{count:,} {what} left out ({'first: ' if count > 1 else ''}{place})")
    sheet.keep(~blank)
