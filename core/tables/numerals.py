"""Numbers as people write them: which sign is the decimal's, which parts thousands, and where both readings fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.tables.cells import is_empty, matches
from core.tables.sheet import as_mask

_SPACES = " \u00a0\u2009\u202f"
_SIGNS = {"": "", ",": ",", ".": r"\.", " ": f"[{_SPACES}]", "'": "['’]"}
_POWER = r"([eE][+-]?[0-9]+)?"
_PERCENT = "[\\s\u00a0\u202f]*%$"


@dataclass(frozen=True, kw_only=True, slots=True)
class Numerals:
    """The decimal sign, ``.`` or ``,``; and what parts thousands: nothing, ``,``, ``.``, a space or ``'``."""

    decimal: str = "."
    thousands: str = ""

    @property
    def pattern(self) -> str:
        """Of every number written so, a regular expression of RE2."""
        point = _SIGNS[self.decimal]
        plain = rf"([0-9]+({point}[0-9]*)?|{point}[0-9]+){_POWER}"
        if not self.thousands:
            return rf"^[+-]?{plain}$"
        return rf"^[+-]?({plain}|[1-9][0-9]{{0,2}}({_SIGNS[self.thousands]}[0-9]{{3}})+({point}[0-9]*)?)$"


READINGS = tuple(
    Numerals(decimal=decimal, thousands=thousands)
    for thousands in _SIGNS
    for decimal in (".", ",")
    if decimal != thousands
)
"""Every way of writing numbers that is read, those without thousands first."""


def read_numbers(text: pa.ChunkedArray, numerals: Numerals, *, power: int = 0) -> npt.NDArray[np.float64]:
    """The cells of ``text`` as numbers times 10 to the ``power``, shape (n,), correctly rounded; NaN where a cell is
    none. A percent sign behind is no part of the number."""
    bare = _bare(text)
    number = pc.match_substring_regex(bare, numerals.pattern)
    bare = pc.utf8_ltrim(pc.if_else(number, bare, None), characters="+")
    if numerals.thousands:
        bare = pc.replace_substring_regex(bare, _SIGNS[numerals.thousands], "")
    if numerals.decimal == ",":
        bare = pc.replace_substring(bare, ",", ".")
    if power:
        # Moved by its exponent a number is rounded once: 99.942 % is the float that 0.99942 is.
        powered = matches(bare, "[eE]")
        end, nothing = (pa.scalar(word, bare.type) for word in (f"e{power}", ""))
        moved = _cast(pc.binary_join_element_wise(pc.if_else(powered, None, bare), end, nothing))
        return np.where(as_mask(powered), _cast(bare) * 10.0**power, moved) if pc.any(powered).as_py() else moved
    return _cast(bare)


def possible_numerals(text: pa.ChunkedArray) -> list[Numerals]:
    """The ways of reading ``text`` that make numbers of most of its cells, the plainest of those that read the same.

    None where no cell is a number; more than one is a question.
    """
    bare = pc.unique(_bare(text))
    signs = [sign for sign in _SIGNS if sign and pc.any(pc.match_substring_regex(bare, _SIGNS[sign])).as_py()]
    fits = [
        (one, as_mask(pc.match_substring_regex(bare, one.pattern)).sum())
        for one in READINGS
        if (not one.thousands or one.thousands in signs) and (one.decimal == "." or "," in signs or one.thousands)
    ]
    most = max(count for _, count in fits)
    found: list[tuple[Numerals, npt.NDArray[np.float64]]] = []
    for one, count in fits:
        if most and count == most:
            values = read_numbers(bare, one)
            if not any(np.array_equal(values, other, equal_nan=True) for _, other in found):
                found.append((one, values))
    return [one for one, _ in found]


def all_percent(text: pa.ChunkedArray) -> bool:
    """Whether every cell with anything in it ends in a percent sign; False where no cell has."""
    signed = matches(text, _PERCENT)
    empty = is_empty(text)
    return bool(pc.any(signed).as_py()) and bool(pc.all(pc.or_(signed, empty)).as_py())


def _bare(text: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring_regex(pc.replace_substring(text, "−", "-"), _PERCENT, "")


def _cast(text: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    values = text.cast(pa.float64())
    return np.asarray(pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False), dtype=np.float64)
