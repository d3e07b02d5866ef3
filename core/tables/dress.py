"""How a table is dressed: what a reader must know of a file besides its cells. What is None is found in the file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice

from core.tables.content import PART, Content

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_ROWS = 200
"""So many rows show which sign parts their cells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dress:
    """The sign between cells, the encoding of text, and the sheet of a workbook."""

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None


FOUND = Dress()


def header_line(content: Content) -> bytes:
    """The first line of text that is not blank."""
    first = content[:PART].lstrip(b"\r\n")
    return first[: min((at for at in (first.find(b"\n"), first.find(b"\r")) if at >= 0), default=len(first))]


def named_delimiter(content: Content) -> tuple[str, int] | None:
    """The delimiter that Excel's line ``sep=;`` names, and the length of that line with its end; None without one."""
    line = header_line(content)
    if content[:4].lower() != b"sep=" or len(line.rstrip(b'"')) != 5 or chr(line[4]) not in SEPARATORS:
        return None
    end = content[len(line) : len(line) + 2]
    return chr(line[4]), len(line) + (2 if end == b"\r\n" else 1)


def delimiters(content: Content) -> list[str]:
    """The signs that may part the cells of ``content`` (CSV in UTF-8), the likeliest first.

    More than one is a question. A sign of the header parts them where every row looked at then has the header's width.
    Where none does, the sign that stands most often in the header is left, and rows of other widths are refused.
    """
    line = header_line(content)
    inside = sorted((sign for sign in SEPARATORS if sign.encode() in line), key=lambda one: -line.count(one.encode()))
    if len(inside) < 2:
        return inside or [","]
    even = [sign for sign in inside if _is_even(content, sign)]
    return even or inside[:1]


def _is_even(content: Content, sign: str) -> bool:
    with io.TextIOWrapper(content.opened(), encoding="utf-8", errors="replace", newline="") as start:
        try:
            widths = {len(row) for row in islice(csv.reader(start, delimiter=sign), _ROWS) if any(map(str.strip, row))}
        except csv.Error:
            return False
    return len(widths) == 1 and widths.pop() > 1
