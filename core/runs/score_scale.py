"""A column of scores: how its numbers are written, and what they are: logit, probability, percent, or a free score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.runs.asking import Choice, Question, Reason
from core.runs.column_names import parts, told_to_be_percent, told_to_be_probability
from core.runs.columns import ROUNDING
from core.runs.mapping import Mapping
from core.tables import cells
from core.tables.numerals import Numerals, all_percent, possible_numerals, read_numbers
from core.tables.on_disk import is_text
from core.tables.sheet import Sheet, shown

_NUMBERS = 0.9
"""A column of which fewer cells are numbers is no column of scores."""
_MEANS = {
    "probability": "from 0 to 1",
    "percent": "from 0 to 100",
    "logit": "the logarithm of the odds, any number",
    "free": "a score that is none of these, the higher the more suspicious; probabilities are fitted on validation",
}


def could_be_scores(sheet: Sheet, name: str) -> bool:
    """Whether a column holds numbers, of more than two different values."""
    column = sheet.columns[name]
    if pa.types.is_boolean(column.type) or pa.types.is_temporal(column.type):
        return False
    if not is_text(column.type):
        return (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)) and len(column.unique()) > 2
    distinct = column.unique()
    readings = possible_numerals(distinct)
    if not readings or len(distinct) <= 2:
        return False
    filled = len(distinct) - int(np.count_nonzero(np.asarray(cells.is_empty(distinct).to_numpy(zero_copy_only=False))))
    return int(np.isfinite(read_numbers(distinct, readings[0])).sum()) >= _NUMBERS * filled


def numerals_of(sheet: Sheet, mapping: Mapping, name: str) -> tuple[Mapping, list[Reason], list[Question]]:
    """``mapping`` with the decimal sign and the sign between thousands of the column ``name``."""
    if not is_text(sheet.columns[name].type):
        return mapping, [], []
    readings = [
        one
        for one in possible_numerals(sheet.columns[name])
        if mapping.decimal in (None, one.decimal) and mapping.thousands in (None, one.thousands)
    ]
    if len(readings) > 1:
        choices = tuple(
            Choice(value=sign, means="; ".join(_example(sheet, name, one) for one in readings if one.decimal == sign))
            for sign in dict.fromkeys(one.decimal for one in readings)
        )
        asks = f"Column {shown(name)}: which sign stands before the decimals?"
        key = "decimal"
        if len(choices) == 1:
            key, choices = (
                "thousands",
                tuple(Choice(value=one.thousands, means=_example(sheet, name, one)) for one in readings),
            )
            asks = f"Column {shown(name)}: which sign parts the thousands?"
        return mapping, [], [Question(key=key, asks=asks, choices=choices)]
    reasons = []
    for key, value in (("decimal", readings[0].decimal), ("thousands", readings[0].thousands)) if readings else ():
        if mapping.get(key) is None and (value != "." if key == "decimal" else value):
            reasons.append(Reason(key=key, value=value, because=_example(sheet, name, readings[0])))
            mapping = mapping.with_answer(key, value)
    return mapping, reasons, []


def _example(sheet: Sheet, name: str, numerals: Numerals) -> str:
    text = sheet.columns[name]
    values = read_numbers(text, numerals)
    signed = np.asarray(cells.matches(text, r"[0-9][^0-9][0-9]").to_numpy(zero_copy_only=False), dtype=np.bool_)
    at = int(np.flatnonzero(np.isfinite(values) & signed)[0]) if (np.isfinite(values) & signed).any() else 0
    return f"{shown(text[at].as_py())} is {values[at]:.10g}"


def scores(sheet: Sheet, mapping: Mapping, name: str, *, power: int = 0) -> npt.NDArray[np.float64]:
    """The column ``name`` as numbers times 10 to the ``power``, shape (n,); NaN where a cell is none."""
    column = sheet.columns[name]
    if not is_text(column.type):
        return sheet.numbers(name) * 1.0 if not power else sheet.numbers(name) / 10.0**-power
    return read_numbers(
        column, Numerals(decimal=mapping.decimal or ".", thousands=mapping.thousands or ""), power=power
    )


def scale_of(sheet: Sheet, mapping: Mapping, name: str) -> tuple[Mapping, list[Reason], list[Question]]:
    """``mapping`` with the scale of the column ``name``, where its name and its numbers leave one reading."""
    if mapping.finding.scale is not None:
        return mapping, [], []
    values = scores(sheet, mapping, name)
    known = values[np.isfinite(values)]
    if not len(known):
        return mapping, [], []
    low, high = float(known.min()), float(known.max())
    lies = f"column {shown(name)} goes from {low:g} to {high:g}"
    signs = is_text(sheet.columns[name].type) and all_percent(sheet.columns[name])
    unit = low >= -ROUNDING and high <= 1 + ROUNDING
    hundred = low >= -100 * ROUNDING and high <= 100 * (1 + ROUNDING)
    found = None
    if hundred and (signs or told_to_be_percent(name)) and (signs or high > 1):
        found, because = "percent", f"{lies}, and has a percent sign" if signs else f"{lies}, and is called so"
    elif "logit" in parts(name) or "logits" in parts(name):
        found, because = "logit", f"{lies}, and is called so"
    elif unit and told_to_be_probability(name) and not told_to_be_percent(name):
        found, because = "probability", f"{lies}, and is called so"
    if found is not None:
        return mapping.with_answer("scale", found), [Reason(key="scale", value=found, because=because)], []
    fits = [("probability", unit), ("percent", hundred), ("logit", True), ("free", True)]
    choices = tuple(Choice(value=scale, means=_MEANS[scale]) for scale, fit in fits if fit)
    asks = f"What are the scores? {lies[0].upper()}{lies[1:]}."
    return mapping, [], [Question(key="scale", asks=asks, choices=choices)]
