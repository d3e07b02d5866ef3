"""Cells that a format gives as values of its own -> Arrow columns: numbers, truth values and days where all are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pyarrow as pa


def typed_column(values: Sequence[object]) -> pa.ChunkedArray:
    """One column of n cells; an absent one is None or ``""``.

    A column of whole numbers, of numbers, of truth values or of days keeps its type. Any other is text, in which a
    whole number is written without a decimal point, so that an id 17 stays ``17``; so is one with a whole number that
    no float holds to its last digit.
    """
    cells = [None if value is None or value == "" or value != value else value for value in values]
    there = [cell for cell in cells if cell is not None]
    if not there:
        return pa.chunked_array([pa.array([""] * len(cells), pa.string())])
    if all(isinstance(cell, bool) for cell in there):
        return pa.chunked_array([pa.array(cells, pa.bool_())])
    numbers = [cell for cell in there if isinstance(cell, int | float) and not isinstance(cell, bool)]
    exact = all(isinstance(cell, float) or abs(cell) < 2**53 for cell in numbers)
    if len(numbers) == len(there) and exact:
        whole = all(abs(cell) < 2**53 and float(cell).is_integer() for cell in numbers)
        of_one = [
            cell if cell is None else int(cell) if whole else float(cell)  # type: ignore[call-overload,arg-type]
            for cell in cells
        ]
        return pa.chunked_array([pa.array(of_one, pa.int64() if whole else pa.float64())])
    if all(isinstance(cell, date) for cell in there):
        days = [cell.date() if isinstance(cell, datetime) else cell for cell in cells]
        return pa.chunked_array([pa.array(days, pa.date32())])
    return pa.chunked_array([pa.array([as_text(cell) for cell in cells], pa.string())])


def as_text(value: object) -> str:
    """A cell as people read it in the program that it comes from; an absent one is ``""``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
