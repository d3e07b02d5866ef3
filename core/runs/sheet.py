"""A file of predictions by column: its cells as text or numbers, and the rows that cannot be used, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import ImportFileError
from core.runs.prediction_file import SHOWN, PredictionTable, shown

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
Mask = npt.NDArray[np.bool_]


@dataclass(kw_only=True)
class Sheet:
    """The cells of a file by column, and the problems found in them so far."""

    file: Path
    source: PredictionTable
    problems: list[tuple[int, str]] = field(default_factory=list)
    total: int = 0

    def refuse(self, bad: Mask, why: Callable[[int], str]) -> None:
        """Note the rows where ``bad`` (n,) holds; ``why`` gives the reason for one of them."""
        rows = np.flatnonzero(bad)
        self.total += len(rows)
        self.problems += [(self.source.row_number[row], why(int(row))) for row in rows[:SHOWN]]

    def has(self, name: str) -> bool:
        return name in self.source.table.column_names

    def cell(self, name: str, row: int) -> str:
        return shown(self.source.table.column(name)[row].as_py())

    def text(self, name: str) -> npt.NDArray[np.object_]:
        """A column as text, shape (n,); an empty cell is ``""``."""
        column = self.source.table.column(name)
        if pa.types.is_floating(column.type) and name in {"image_id", "patient_id"}:
            raise ImportFileError(f"{self.file}: column {name!r} holds numbers with decimals; ids are text")
        try:
            text = pc.fill_null(column.cast(pa.string()), "")
        except pa.ArrowException as error:
            raise ImportFileError(f"{self.file}: column {name!r} is of type {column.type}, expected text") from error
        return np.array(text.to_pylist(), dtype=object)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """A column as float64, shape (n,), correctly rounded; NaN where a cell is no number."""
        column = self.source.table.column(name)
        try:
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
                number = pc.match_substring_regex(trimmed, _NUMBER)
                column = pc.utf8_ltrim(pc.if_else(number, trimmed, None), characters="+")
            elif pa.types.is_boolean(column.type):
                column = column.cast(pa.int8())
            values = column.cast(pa.float64(), safe=False)
        except pa.ArrowException as error:
            raise ImportFileError(f"{self.file}: column {name!r} is of type {column.type}, not of numbers") from error
        return np.asarray(values.to_numpy(), dtype=np.float64)
