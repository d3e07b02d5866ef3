"""What a data folder holds, as plain records: the types that the rest of ``core.data`` passes around."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RowOfColumns(Mapping[str, str | None]):
    """One row of ``columns``, each (n,): thousands of subgroups are not copied for every image."""

    columns: Mapping[str, NDArray[np.object_]]
    position: int

    def __getitem__(self, name: str) -> str | None:
        value: str | None = self.columns[name][self.position]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


_NONE: Mapping[str, str | None] = {}
"""One for all records: a dict of its own would be a quarter of each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRecord:
    """One image that may be used: where it lies, its label, its patient, and what the data set says about it."""

    image_id: str
    """The path relative to the data folder, with ``/``; unique in a run."""
    path: str | None
    """As ``image_id`` for a file; None for a phantom."""
    label: int | None
    """1 for the positive class, 0 for the negative one; None where nobody said, which no fit is given."""
    patient_id: str
    split: str | None = None
    """``train`` (only: not test), ``validation`` or ``test`` where the data set gives it, else None."""
    sha256: str | None = None
    """The content key, filled in when the image is decoded."""
    subgroups: Mapping[str, str | None] = field(default_factory=lambda: _NONE)
    truths: tuple[int | None, ...] = ()
    """Of several findings that of each, None where it is unknown; ``label`` then says whether any is there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SkippedFile:
    """A file, folder or row that is not used, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataIndex:
    """Everything that was found in a data folder, before any image is decoded."""

    name: str
    root: Path | None
    """None for the embedded phantoms."""
    class_names: tuple[str, str]
    """Negative, positive."""
    records: tuple[ImageRecord, ...]
    skipped: tuple[SkippedFile, ...]
    layout: str
    """What was recognised, in words for people."""
    changed: tuple[str, ...] = ()
    """What was read otherwise than it stands in the table of labels, a line a kind."""
    findings: tuple[str, ...] = ()
    """Their names, where there are several."""


def subgroup_columns(records: Sequence[ImageRecord]) -> dict[str, NDArray[np.object_]]:
    """The subgroups of n ``records`` by column, (n,) each; None where a record does not have one."""
    rows = [record.subgroups for record in records]
    first = rows[0] if rows else {}
    if isinstance(first, RowOfColumns):
        positions = [row.position for row in rows if isinstance(row, RowOfColumns) and row.columns is first.columns]
        if len(positions) == len(rows):
            return {name: values[positions] for name, values in first.columns.items()}
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name) for row in rows], dtype=object) for name in names}
