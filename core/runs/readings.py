"""A radiologist's readings as scores: 0 and 1, or grades from 1 to 5, centred so that 0 parts well from ill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from core.tables.sheet import Sheet

COLUMN = "reading"
SCORE = "reading"
"""What the manifest calls such scores."""
OF_TWO, OF_FIVE = 0.5, 2.5
"""The reading that becomes a score of 0: positive is 1 of 0 and 1, and 3 or above of 1 to 5."""


def has_readings(sheet: Sheet) -> bool:
    """Whether its scores are readings: a column of that name, and no other score."""
    return sheet.has(COLUMN) and not sheet.has("logit") and not sheet.has("probability")


def centred(sheet: Sheet) -> tuple[Sheet, float]:
    """``sheet`` with the column logit in place of its readings, and what was taken off them.

    A cell that is no whole number of 0 and 1, or of 1 to 5, is noted as a problem of its row.
    """
    values = sheet.numbers(COLUMN) * 1.0
    of_two = bool(np.isin(values[np.isfinite(values)], (0, 1)).all())
    allowed, words = ((0, 1), "0 or 1") if of_two else ((1, 2, 3, 4, 5), "a whole number from 1 to 5, or 0 or 1")
    sheet.refuse(~np.isin(values, allowed), lambda at: f"reading {sheet.cell(COLUMN, at)} is not {words}", by=COLUMN)
    zero = OF_TWO if of_two else OF_FIVE
    columns = {name: column for name, column in sheet.columns.items() if name != COLUMN}
    logit = pa.chunked_array([pa.array(np.where(np.isfinite(values), values, zero) - zero)])
    told = f"column reading has a reader's {'0 and 1' if of_two else 'grades of 1 to 5'}; a score of 0 is {zero:g}"
    return replace(sheet, columns=columns | {"logit": logit}, changes=[*sheet.changes, told]), zero
