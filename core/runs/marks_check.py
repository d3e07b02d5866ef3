"""The check that each row of ``marks.csv`` carries: who edits the file by hand may, and it is said; damage is said too.

A check is the row's number and how many rows were written, and the beginning of a SHA-256 of these and of the row's
cells. So a cell that was changed is noticed, and so are rows that were added or taken away, at the end too. A row whose
check does not fit stays marked as edited when the file is written again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.runs.files import canonical

_CHECK = re.compile(r"([1-9][0-9]{0,8}) of ([1-9][0-9]{0,8})(, edited)?, [0-9a-f]{16}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What a check says of its row: whether it was ``edited`` outside the program, and of how many rows written."""

    edited: bool
    written: int | None


def check_of(cells: Sequence[str], row: int, rows: int, *, edited: bool) -> str:
    """The check of row number ``row`` of ``rows``, from 1."""
    place = f"{row} of {rows}" + (", edited" if edited else "")
    digest = hashlib.sha256(canonical([place, *cells])).hexdigest()
    return f"{place}, {digest[:16]}"


def checked(cells: Sequence[str], check: str) -> Checked:
    """What is known of a row as it was read; one whose check does not fit was edited, and tells of no others."""
    found = _CHECK.fullmatch(check)
    if found is None or check != check_of(cells, int(found[1]), int(found[2]), edited=found[3] is not None):
        return Checked(edited=True, written=None)
    return Checked(edited=found[3] is not None, written=int(found[2]))
