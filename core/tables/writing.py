"""The one writer of CSV. Spreadsheets take a cell that begins with ``=`` for a formula, so such text is guarded.

A cell of text that begins with one of :data:`STARTS`, and is no decimal numeral, gets an apostrophe before it, and so
does one that begins with apostrophes and then one of them. A cell with apostrophes before one of them therefore was
guarded, and :func:`unguarded` takes away the first: every text comes back to the character. Numbers are written as they
are, negative ones too. What is guarded against, and how: OWASP, "CSV Injection".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells import matches
from core.tables.on_disk import made_of, parts_of

STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""Signs with which a formula can begin; the last four are the wide ones of East Asian keyboards."""

_GUARD = "'"
_TO_BE_GUARDED = re.compile(f"'*[{re.escape(STARTS)}]")
_NUMERAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TO_BE_QUOTED = re.compile('[,"\r\n]')
_GUARDED = f"^'+[{re.escape(STARTS)}]"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]], *, quoted: bool = False) -> str:
    """``columns`` as a header and ``rows`` under it; every cell ``quoted``, or those that must be.

    Lines end in a line feed. None is an empty cell, a float has every digit that it needs. Text and header are guarded.
    """
    return "".join(_line(row, quoted=quoted) for row in (columns, *rows))


def _line(row: Sequence[object], *, quoted: bool) -> str:
    line = ",".join(_cell(cell, quoted=quoted) for cell in row)
    return f"{line}\n" if line or not row else '""\n'  # a blank line would be no row


def _cell(value: object, *, quoted: bool) -> str:
    """A cell as it is written. Python's ``csv`` leaves a carriage return bare, at which readers end the row."""
    text = guarded(value) if isinstance(value, str) else "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if quoted or _TO_BE_QUOTED.search(text) else text


def guarded(text: str) -> str:
    """``text`` as no spreadsheet takes it for a formula."""
    return _GUARD + text if _TO_BE_GUARDED.match(text) and not _NUMERAL.fullmatch(text) else text


def unguarded(text: str) -> str:
    """The reverse of :func:`guarded`."""
    return text[1:] if re.match(_GUARDED, text) else text


def is_guarded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether each cell of text was guarded."""
    return matches(column, _GUARDED)


def without_guard(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of text as it was before it was guarded."""
    return made_of(
        pc.if_else(is_guarded(part), pc.utf8_slice_codeunits(part, start=1), part) for part in parts_of(column)
    )
