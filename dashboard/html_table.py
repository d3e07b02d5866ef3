"""A table in HTML: scrolled sideways where it is too wide; on a phone or a tablet each cell under its column's name."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

import pandas as pd

from dashboard import drawn, glossary
from dashboard.downloads import table_downloads

Row = tuple[str, Sequence[str]]
"""HTML inside of a row's head and of each other cell; where there are too few of these, the last spans what is left."""


def table(
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    name: str,
    caption: str,
    group: int = 1,
    head: str = "",
    side_by_side: int = 2,
) -> None:
    """A table under names of ``columns``, which are text, that of the rows' heads first; it is saved under ``name``.

    The ``caption``, how its figures were made, stands beneath it. Words of the glossary in names of columns say their
    meaning on hover. A line stands on the left of each ``group`` of so many columns. ``head`` is HTML of
    rows that stand in place of the names; where it is stacked so many cells as ``side_by_side`` share a line.
    """
    first, *names = columns
    if not head:
        cells = "".join(glossary.column_head(name, new(place, group)) for place, name in enumerate(names))
        head = f"<tr>{glossary.column_head(first)}{cells}</tr>"
    rows = list(rows)
    body = "".join(_row(names, row, group) for row in rows)
    caption = html.escape(caption)
    note = f"<p class='tw-note'>{caption}</p>" if caption else ""
    drawn.html(
        f"<div class='tw-scroll' role='region' tabindex='0' aria-label='{caption or html.escape(first)}'>"
        f"<table class='tw-table tw-stack' style='--tw-side-by-side:{side_by_side}'><thead>{head}</thead>"
        f"<tbody>{body}</tbody></table></div>{note}"
    )
    table_downloads(name=name, table=in_words(columns, rows))


def in_words(columns: Sequence[str], rows: Iterable[Row]) -> pd.DataFrame:
    """All that the table says, as text: of each cell its value, its interval and what else stands in it, by semicolons.

    What spans several columns stands in the first of them.
    """
    words = [[_words(head), *map(_words, cells)] for head, cells in rows]
    return pd.DataFrame([row + [""] * (len(columns) - len(row)) for row in words], columns=list(columns))


def _words(inner: str) -> str:
    pieces = (html.unescape(piece).strip() for piece in re.split(r"<[^>]*>", inner))
    return "; ".join(piece for piece in pieces if piece)


def cell(value: str, small: str, title: str = "") -> str:
    """HTML inside of a cell of text: a value and a quiet line under it."""
    return (
        f"<span class='tw-value' title='{html.escape(title)}'>{html.escape(value)}</span>"
        f"<span class='tw-small tw-wrap'>{html.escape(small)}</span>"
    )


def new(place: int, group: int = 1) -> str:
    """The class of a cell, counted from 0 after the row's head: the first of a group has a line on its left."""
    return " class='tw-new'" if place % group == 0 else ""


def _row(names: Sequence[str], row: Row, group: int) -> str:
    head, cells = row
    body = ""
    for place, inner in enumerate(cells):
        left = len(names) - place if place == len(cells) - 1 else 1
        whole = f" colspan='{left}'" if left > 1 else f" data-label='{html.escape(names[place])}'"
        body += f"<td{new(place, group)}{whole}>{inner}</td>"
    return f"<tr><th scope='row'>{head}</th>{body}</tr>"
