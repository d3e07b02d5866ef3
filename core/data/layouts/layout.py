"""What a public data set's table says, in the columns of our own: one row an image, 1 and 0 for one finding."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.errors import ConfigError, DataError
from core.tables.sheet import Sheet, shown

Column = NDArray[np.object_]
Skip = Callable[[int, str, str], None]
"""Refuses one row: its number, the path in it, and why."""

LATERAL, ADULT = "lateral", "adult"
CAN_BE_LEFT_OUT = (LATERAL, ADULT)
_GROWN_UP = 18.0
_OLDEST = 120.0
_MOST_NAMED = 20


def to_leave_out(text: str | None) -> tuple[str, ...]:
    """What ``--leave-out`` names, words of :data:`CAN_BE_LEFT_OUT` with commas between. Raises ConfigError."""
    words = tuple(word.strip().casefold() for word in (text or "").split(",") if word.strip())
    if wrong := [word for word in words if word not in CAN_BE_LEFT_OUT]:
        raise ConfigError(f"--leave-out {wrong[0]}: say {' or '.join(CAN_BE_LEFT_OUT)}, or both with a comma between")
    return words


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a table of several findings is asked for.

    ``finding`` is the one that is named on the command line (``flag``), or None; ``usual`` the run's own, which is
    taken where the table has one of that name. ``leave_out`` holds some of :data:`CAN_BE_LEFT_OUT`.
    """

    root: Path
    finding: str | None = None
    usual: str | None = None
    flag: str = "--finding"
    leave_out: Collection[str] = ()


@dataclass(kw_only=True, slots=True)
class Images:
    """The images of a table, (n,) each. ``label`` is "1", "0" or "" where nobody knows, ``row`` the number of the first
    row of the image; ``said`` are lines about what was read how."""

    path: Column
    label: Column
    row: Column
    patient_id: Column | None = None
    split: Column | None = None
    view: Column | None = None
    """``frontal``, ``lateral``, another word of the table, or "" where it does not say."""
    age: NDArray[np.float64] | None = None
    """In years, NaN where it is not known."""
    subgroups: dict[str, Column] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """A public data set: its name, how the header of its table is recognised, what it can be asked for, and its
    reader, which is given the finding."""

    name: str
    recognised: Callable[[Collection[str]], bool]
    findings: Callable[[Sheet], Iterable[str]]
    read: Callable[[Sheet, str, Asked], Images]
    by_name: bool = False
    """Whether a path is a file's name alone, with or without its ending, which lies anywhere in the folder."""


def having(*columns: str) -> Callable[[Collection[str]], bool]:
    """Recognises a header with all of ``columns``."""
    return lambda header: set(columns) <= set(header)


def chosen_finding(layout: Layout, sheet: Sheet, asked: Asked) -> str:
    """The finding that is asked for, as the table spells it. Raises DataError that lists those there are."""
    there = {name.casefold(): name for name in layout.findings(sheet)}
    if asked.finding is not None:
        if (found := there.get(asked.finding.strip().casefold())) is not None:
            return found
        raise DataError(f"{sheet.file}: {asked.flag} {asked.finding}: {layout.name} has {_few(there.values())}")
    if asked.usual is not None and (found := there.get(asked.usual.casefold())) is not None:
        return found
    if len(there) == 1:
        return next(iter(there.values()))
    raise DataError(
        f"{sheet.file}: {layout.name} tells of several findings; say by {asked.flag} NAME which is meant: "
        f"{_few(there.values())}"
    )


def canonical(layout: Layout, sheet: Sheet, asked: Asked, skip: Skip) -> tuple[Sheet, str]:
    """The table in the columns that every data set can have (path, label, patient_id, split, view, age and its own),
    and the finding whose labels these are.

    Lateral views and grown-ups (18 years or more) are counted, and left out where ``asked`` says so, each by ``skip``.
    Raises DataError.
    """
    finding = chosen_finding(layout, sheet, asked)
    images = layout.read(sheet, finding, asked)
    said = [f"recognised as {layout.name}; label 1 is {finding}", *images.said]
    sheet.check()
    for one in sheet.ragged:
        skip(one.row, "", f"{len(one.fields)} fields instead of {len(sheet.header)}")
    unknown = int((images.label == "").sum())
    if unknown:
        said.append(f"images without a known label of {finding}, which are not used: {unknown:,}")
    keep = np.ones(len(images.path), dtype=np.bool_)
    special = _special(images, said)
    for what, members in special.items():
        if what in asked.leave_out:
            for at in np.flatnonzero(members & keep):
                skip(int(images.row[at]), str(images.path[at]), f"{_IS[what]}, left out by --leave-out {what}")
            keep &= ~members
        elif members.any():
            said.append(f"{_ARE[what]}: {int(members.sum()):,}; --leave-out {what} leaves them out")
    for what in asked.leave_out:
        if what not in special:
            raise DataError(f"{sheet.file}: --leave-out {what}: this table of {layout.name} does not tell which are")
    return _sheet(sheet, images, keep, said), finding


_IS = {LATERAL: "a lateral view", ADULT: "of a grown-up"}
_ARE = {LATERAL: "lateral views", ADULT: "images of grown-ups (18 years or more)"}


def _special(images: Images, said: list[str]) -> dict[str, NDArray[np.bool_]]:
    """Which images can be left out, by what they are; ages that nobody has are made unknown, and said."""
    found = {}
    if images.view is not None:
        found[LATERAL] = images.view == LATERAL
    if images.age is not None:
        impossible = (images.age < 0) | (images.age > _OLDEST)
        if impossible.any():
            first = int(images.row[int(impossible.argmax())])
            said.append(f"ages below 0 or above 120, taken as unknown: {int(impossible.sum()):,} (first: row {first})")
            images.age[impossible] = np.nan
        found[ADULT] = images.age >= _GROWN_UP
    return found


def _sheet(sheet: Sheet, images: Images, keep: NDArray[np.bool_], said: list[str]) -> Sheet:
    n = len(images.path)
    columns = {"path": images.path, "label": images.label}
    columns |= {name: own for name in ("patient_id", "split", "view") if (own := getattr(images, name)) is not None}
    if images.age is not None:
        columns["age"] = np.array([f"{age:g}" if age == age else "" for age in images.age] + [""], dtype=object)[:n]
    columns |= images.subgroups
    rows = images.row[keep]
    return Sheet(
        file=sheet.file,
        columns={name: pa.chunked_array([pa.array(own[keep], pa.string())]) for name, own in columns.items()},
        rows=int(keep.sum()),
        row_of=lambda position: int(rows[position]),
        separator=sheet.separator,
        ragged=[],
        header=list(columns),
        changes=[*sheet.changes, *said],
    )


def rows_of(sheet: Sheet) -> Column:
    """The number of each row of the table, (n,)."""
    return np.array([sheet.row_of(position) for position in range(sheet.rows)], dtype=object)


def texts(values: Iterable[str]) -> Column:
    """A column of text, (n,)."""
    found = list(values)
    column = np.empty(len(found), dtype=object)
    column[:] = found
    return column


def ages(sheet: Sheet, name: str) -> NDArray[np.float64]:
    """Ages in years, (n,), NaN where the cell is none: ``58``, and with a unit as DICOM has it, ``058Y``, ``011M``,
    ``003W``, ``020D``."""
    return np.array([_age(cell) for cell in sheet.text(name)], dtype=np.float64)


_AGE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([YMWD]?)", re.IGNORECASE)
_YEARS: Mapping[str, float] = {"": 1.0, "Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


def _age(cell: str) -> float:
    found = _AGE.fullmatch(cell.strip())
    return float(found[1]) * _YEARS[found[2].upper()] if found else float("nan")


def numerals(cells: Iterable[str]) -> list[float | None]:
    """The number in each cell; None where there is none."""
    return [_number(cell) for cell in cells]


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def first_rows(keys: Column) -> tuple[Column, NDArray[np.int64], NDArray[np.int64]]:
    """The distinct keys in the order of their first rows, the position of that row, and of each row its key's place."""
    place: dict[str, int] = {}
    first: list[int] = []
    of: list[int] = []
    for position, key in enumerate(keys):
        if key not in place:
            place[key] = len(place)
            first.append(position)
        of.append(place[key])
    return texts(place), np.array(first, dtype=np.int64), np.array(of, dtype=np.int64)


def _few(names: Iterable[str]) -> str:
    found = [shown(name) for name in names]
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return (", ".join(found[:_MOST_NAMED]) + more) or "none"
