"""The cells of a file by column: what is read otherwise or refused is said once a kind, with count and place."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import TableError
from core.tables import cells
from core.tables.on_disk import by_part, filtered, is_text, made_of, parts_of
from core.tables.parsing import Ragged

Mask = npt.NDArray[np.bool_]
SHOWN = 20
"""So many different problems are named; the rest are counted."""

_CROWD, _CROWD_SHARE, _CROWD_RATIO = 10, 0.1, 5
"""An id on so many rows, of so large a share of all, and so many times as many as the next one has, is asked about."""
_LOOKED_AT = 100_000
"""So many rows, evenly spaced, show whether there is one, and words that differ in case alone."""
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_COMMA = r"^[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?$"
_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong with ``count`` rows alike, and the number of the first."""

    row: int
    reason: str
    count: int

    def __str__(self) -> str:
        more = f" ({self.count:,} rows)" if self.count > 1 else ""
        return f"row {self.row}: {self.reason}{more}"


@dataclass(kw_only=True)
class Sheet:
    """The cells of a file by column, trimmed; columns have distinct names and rows have something in them."""

    file: Path
    columns: dict[str, pa.ChunkedArray]
    rows: int
    row_of: Callable[[int], int]
    separator: str
    ragged: list[Ragged]
    header: list[str]
    """The names of all columns of the file, in its order; empty for one without a name."""
    changes: list[str] = field(default_factory=list)
    """What was read otherwise than it stands in the file, a line a kind."""
    problems: list[Problem] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return name in self.columns

    def keep(self, rows: Mask) -> None:
        """Leave out all rows (n,) but these."""
        kept, row_of = np.flatnonzero(rows), self.row_of
        self.columns = {name: filtered(column, rows) for name, column in self.columns.items()}
        self.rows, self.row_of = len(kept), lambda position: row_of(int(kept[position]))

    def cell(self, name: str, position: int) -> str:
        """A cell for a message."""
        return shown(self.columns[name][position].as_py())

    def text(self, name: str) -> npt.NDArray[np.object_]:
        """A column as text, shape (n,); an empty cell is ``""``."""
        words, places = self.words(name)
        return np.asarray(np.array([*words, ""], dtype=object)[places], dtype=object)

    def words(self, name: str) -> tuple[list[str], npt.NDArray[np.int32]]:
        """The distinct texts of a column in the order of the file, and for each cell the place of its own (n,)."""
        column = self.columns[name]
        whole = pa.types.is_integer(column.type) and not column.null_count  # each number has a text of its own
        encoded = (column if whole else self.as_text(name)).dictionary_encode().combine_chunks()
        words = encoded.dictionary.cast(pa.large_string()).to_pylist()
        return words, np.asarray(encoded.indices.to_numpy(), dtype=np.int32)

    def as_text(self, name: str) -> pa.ChunkedArray:
        """A column as Arrow's text without nulls; :class:`TableError` where it holds lists or the like."""
        column = self.columns[name]
        if is_text(column.type) and not column.null_count:
            return column
        try:
            return made_of(pc.fill_null(part.cast(pa.large_string()), "") for part in parts_of(column))
        except pa.ArrowException as error:
            raise TableError(f"{self.file}: column {name!r} is of type {column.type}, expected text") from error

    def ids(self, name: str) -> npt.NDArray[np.object_]:
        """:meth:`id_column` as Python's text, shape (n,)."""
        self.id_column(name)
        return self.text(name)

    def id_column(self, name: str) -> pa.ChunkedArray:
        """A column of ids as text. Ids that a spreadsheet has rounded are refused: several may be one."""
        if pa.types.is_floating(self.columns[name].type):
            raise TableError(f"{self.file}: column {name!r} holds numbers with decimals; ids are text")
        text = self.as_text(name)
        self.refuse(
            cells.matches(text, cells.ROUNDED),
            lambda at: (
                f"{name} {self.cell(name, at)} is a long number as a spreadsheet shows it, so ids that differ may have "
                "become one; give the column the format Text before it is filled or opened, and save it again"
            ),
        )
        long, filled = as_mask(cells.matches(text, cells.LONG)), as_mask(cells.matches(text, cells.FILLED))
        if filled.sum() > 1 and (long == filled).all():
            hint = "end in 0 after the 15 digits that a spreadsheet keeps: see that none were made equal"
            self.say(filled, name, hint, hint)
        return text

    def owners(self, name: str) -> tuple[npt.NDArray[np.object_], Mask]:
        """:meth:`owner_column` as Python's text, shape (n,), and where it is known."""
        _, known = self.owner_column(name)
        ids = self.text(name)
        ids[~known] = ""
        return ids, known

    def owner_column(self, name: str) -> tuple[pa.ChunkedArray, Mask]:
        """A column of ids, ``""`` where it is unknown whose; and where it is known (n,). Words for unknown are said."""
        text = self.id_column(name)
        unknown = as_mask(cells.is_unknown(text))
        said = unknown & ~as_mask(pc.equal(text, ""))
        if said.any():
            zero = as_mask(cells.matches(text, cells.ZERO)) & said
            hint = "; if 0 is somebody's id, write it otherwise" if zero.any() else ""
            words = few(filtered(text, said).unique().to_pylist())
            self.say(said, name, f"({words}) is nobody's id{hint}", f"({words}) are nobody's id{hint}")
            text = made_of(pc.if_else(cells.is_unknown(part), "", part) for part in parts_of(text))
        self._say_crowd(name, text)
        self.say_alike(name)
        return text, ~unknown

    def _say_crowd(self, name: str, text: pa.ChunkedArray) -> None:
        """Say which id stands far oftener than any other, as a word for "unknown" that no list knows would."""
        looked_at = self._looked_at(text)
        counts = pc.value_counts(looked_at.filter(pc.not_equal(looked_at, "")))
        second, most = np.sort(np.append([0, 0], counts.field("counts").to_numpy()))[-2:].tolist()
        if most >= max(_CROWD, _CROWD_SHARE * len(looked_at), _CROWD_RATIO * second):
            word = counts.field("values")[pc.index(counts.field("counts"), most).as_py()]
            many = (
                f"are one id, {shown(word.as_py())}, far more than of any other; if it is a word for unknown, leave "
                "those cells empty, or their images count as one patient's"
            )
            self.say(pc.equal(text, word), name, many, many)

    def say_alike(self, name: str) -> None:
        """Say which words of a column differ in case or in how letters are composed alone; they stay different."""
        groups: dict[str, list[str]] = {}
        for word in self._looked_at(self.as_text(name)).unique().to_pylist():
            groups.setdefault(unicodedata.normalize("NFC", word).casefold(), []).append(word)
        alike = [" and ".join(map(shown, words)) for words in groups.values() if len(words) > 1]
        if alike:
            more = f"; and {len(alike) - 3:,} more" if len(alike) > 3 else ""
            self.changes.append(
                f"column {name} has words that differ in case alone, or look alike, and were kept apart: "
                f"{'; '.join(alike[:3])}{more}"
            )

    def _looked_at(self, text: pa.ChunkedArray) -> pa.ChunkedArray:
        return text.take(pa.array(np.arange(0, self.rows, -(-self.rows // _LOOKED_AT) or 1)))

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """A column as float64, shape (n,), correctly rounded; NaN where a cell is no number.

        Decimal commas are read where no cell has a point and one at least can be nothing else, and said.
        """
        column = self.columns[name]
        comma = is_text(column.type) and self._has_commas(name, column)

        def cast(part: pa.ChunkedArray) -> pa.ChunkedArray:
            if is_text(part.type):
                part = pc.replace_substring(part, ",", ".") if comma else part
                number = pc.match_substring_regex(part, _NUMBER)
                part = pc.utf8_ltrim(pc.if_else(number, part, None), characters="+")
            elif pa.types.is_boolean(part.type):
                part = part.cast(pa.int8())
            return part.cast(pa.float64(), safe=False)

        try:
            return np.asarray(by_part(column, cast).to_numpy(), dtype=np.float64)
        except pa.ArrowException as error:
            raise TableError(f"{self.file}: column {name!r} is of type {column.type}, not of numbers") from error

    def _has_commas(self, name: str, column: pa.ChunkedArray) -> bool:
        comma = cells.matches(column, _COMMA)
        if not pc.any(comma).as_py() or pc.any(cells.matches(column, r"\.")).as_py():
            return False
        if not pc.any(pc.and_not(comma, cells.matches(column, _THOUSANDS))).as_py():
            return False  # 1,234 in every row: a thousand, or little more than one
        self.say(comma, name, "has a decimal comma, read as a point", "have a decimal comma, read as a point")
        return True

    def say(self, changed: Mask | pa.ChunkedArray, name: str, one: str, many: str) -> None:
        """Note that the cells of a column where ``changed`` (n,) holds were read otherwise."""
        positions = np.flatnonzero(as_mask(changed))
        if len(positions):
            noun, what = ("cell", one) if len(positions) == 1 else ("cells", many)
            place = f"first: row {self.row_of(int(positions[0]))}" if len(positions) > 1 else ""
            place = place or f"row {self.row_of(int(positions[0]))}"
            self.changes.append(f"{len(positions):,} {noun} of column {name} {what} ({place})")

    def refuse(self, bad: Mask | pa.ChunkedArray, why: Callable[[int], str], *, by: str | None = None) -> None:
        """Note the rows where ``bad`` (n,) holds: once for all, or once for each value of the column ``by``.

        ``why`` gives the reason for the first row of its kind, by position.
        """
        positions = np.flatnonzero(as_mask(bad))
        if not len(positions):
            return
        kind = np.zeros(len(positions), dtype=np.int64)
        if by is not None:
            cell = self.columns[by].take(pa.array(positions)).combine_chunks()
            kind = np.asarray(cell.dictionary_encode(null_encoding="encode").indices.to_numpy())
        _, first, counts = np.unique(kind, return_index=True, return_counts=True)
        for i, count in zip(first[:SHOWN], counts[:SHOWN], strict=True):
            at = int(positions[i])
            self.problems.append(Problem(row=self.row_of(at), reason=why(at), count=int(count)))
        if rest := int(counts[SHOWN:].sum()):
            at = int(positions[first[SHOWN]])
            self.problems.append(Problem(row=self.row_of(at), reason="", count=rest))

    def refuse_ragged(self) -> None:
        """Note the rows with too many or too few fields."""
        widths: dict[int, list[int]] = {}
        for one in self.ragged:
            widths.setdefault(len(one.fields), []).append(one.row)
        header = len(self.header)
        self.problems += [
            Problem(row=rows[0], reason=f"{width} fields, the header has {header}", count=len(rows))
            for width, rows in widths.items()
        ]

    def check(self) -> None:
        """Raise :class:`TableError` that names the first problems in the order of rows, if there are any."""
        if not self.problems:
            return
        total = sum(problem.count for problem in self.problems)
        named = sorted((one for one in self.problems if one.reason), key=lambda problem: problem.row)[:SHOWN]
        rest = total - sum(problem.count for problem in named)
        more = f"; and {rest:,} more" if rest else ""
        raise TableError(f"{self.file}: nothing was imported, {total:,} problem(s): {'; '.join(map(str, named))}{more}")


def as_mask(values: Mask | pa.ChunkedArray | pa.Array) -> Mask:
    if isinstance(values, np.ndarray):
        return values
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def shown(value: object) -> str:
    """A cell in a message: quoted, on one line, and not endless."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def few(values: Iterable[object], most: int = 3) -> str:
    """The first few values for a message."""
    listed = [shown(value) for value in values]
    more = f" and {len(listed) - most} others" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
