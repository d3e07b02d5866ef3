"""A column of dates: days as the calendar's standard writes them, nothing that can be read two ways."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.tables import cells
from core.tables.sheet import Sheet, as_mask


def read_dates(sheet: Sheet, name: str) -> npt.NDArray[np.datetime64]:
    """A column of dates as days, shape (n,); NaT where a cell is empty or a word for "unknown".

    Read are ISO 8601 (2024-04-03, with a time of day or without, which is left out) and DICOM's 20240403; all else is
    refused, as 3/4/2024 is one day here and another there.
    """
    column = sheet.columns[name]
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        return np.asarray(column.cast(pa.date32(), safe=False).to_numpy(), dtype="datetime64[D]")
    distinct, at = sheet.words(name)
    unknown = as_mask(cells.is_unknown(pa.chunked_array([pa.array(distinct, pa.string())])))
    found = [None if nobody else day(word) for word, nobody in zip(distinct, unknown, strict=True)]
    absent = np.array([one is None for one in found], dtype=np.bool_)
    sheet.refuse(
        (absent & ~unknown)[at],
        lambda position: f"{name} {sheet.cell(name, position)} is not a day written as 2024-04-03 (year, month, day)",
        by=name,
    )
    return np.array(found, dtype="datetime64[D]")[at]


FORMATS = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
)
"""The ways of writing a day that are known, as ``strptime`` names them."""


def names_days(form: str) -> bool:
    """Whether every day has a text of its own in the format ``form``: year, month and day are in it."""
    days = (date(2024, 12, 31), date(2023, 1, 2), date(2023, 2, 1))
    try:
        return all(datetime.strptime(one.strftime(form), form).date() == one for one in days)
    except (ValueError, re.error):
        return False


def day_in(word: str, form: str) -> date | None:
    """The day that a text names in the format ``form``, a time of day behind it left out; None where it names none."""
    try:
        return datetime.strptime(word, form).date()
    except ValueError:
        pass
    try:
        return datetime.strptime(re.split("[ T]", word, maxsplit=1)[0], form).date()
    except ValueError:
        return None


def possible_formats(words: Iterable[str]) -> list[str]:
    """The formats in which every one of the ``words`` is a day, one of those that read the same days.

    More than one is a question: 3/4/2024 is one day here and another there.
    """
    distinct, found = sorted(set(words)), dict[str, list[date | None]]()
    for form in FORMATS:
        days = [day_in(word, form) for word in distinct]
        if distinct and None not in days and days not in found.values():
            found[form] = days
    return list(found)


def day(word: str) -> date | None:
    """The day that a text names; None where it names none, or may name two."""
    try:
        if len(word) == 8 and word.isascii() and word.isdigit():
            return datetime.strptime(word, "%Y%m%d").date()
        return datetime.fromisoformat(word).date() if len(word) >= 10 and word[4] == word[7] == "-" else None
    except ValueError:
        return None
