"""What reviewers marked in the gallery: ``marks.csv`` in the run folder, one row an image."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path

import pandas as pd

from core.errors import RunFolderError
from core.runs.files import MARKS, put_in_place, reason, regular_size, sync
from core.runs.folder_lock import waiting_for_lock
from core.runs.reading import Run

LONGEST_NOTE = 10_000
"""Characters; what is longer would not be read back as one cell everywhere."""

_REMEDY = "mend that row, or move the file away to begin anew"
_WORDS = {"true": True, "false": False}

# Where the file system knows no locks, at least the readers of one server wait for each other.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What a reviewer found about one image. ``marked`` is the time in UTC, ISO 8601."""

    image_id: str
    label_error: bool
    poor_image: bool
    ambiguous: bool
    note: str
    reviewer: str
    marked: str

    @property
    def says_something(self) -> bool:
        return self.label_error or self.poor_image or self.ambiguous or bool(self.note)


COLUMNS = tuple(field.name for field in fields(Mark))
_FLAGS = tuple(field.name for field in fields(Mark) if field.type == "bool")


def read_marks(run_folder: Path) -> dict[str, Mark]:
    """The marks by image id, in the order in which the images were first marked; empty where there are none yet.

    Raises :class:`RunFolderError` naming file and row (the first mark is row 1) when the file is damaged.
    """
    path = run_folder / MARKS
    if not path.exists() and not path.is_symlink():
        return {}
    regular_size(path)
    marks: dict[str, Mark] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row, cells in _rows(path, csv.reader(file, strict=True)):
                mark = _mark(path, row, cells)
                if mark.image_id in marks:
                    raise RunFolderError(f"{path}: row {row}: {mark.image_id!r} is marked twice; {_REMEDY}")
                marks[mark.image_id] = mark
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path}: cannot be read ({reason(error)}); {_REMEDY}") from error
    return marks


def write_mark(run_folder: Path, mark: Mark) -> None:
    """Put ``mark`` in the place of what was marked about the image before; one that says nothing takes it out.

    Waits for other writers, of this process or another. Killed at any moment, it leaves the old file or the new one.
    Raises :class:`RunFolderError` when the file is damaged (it is left alone) or the disk refuses, or for a note that
    is too long.
    """
    if len(mark.note) > LONGEST_NOTE:
        raise RunFolderError(
            f"{mark.image_id}: the note has {len(mark.note):,} characters; shorten it to {LONGEST_NOTE:,} at most"
        )
    try:
        with _one_at_a_time, waiting_for_lock(run_folder):
            marks = read_marks(run_folder)
            marks[mark.image_id] = mark
            _write(run_folder / MARKS, (one for one in marks.values() if one.says_something))
    except OSError as error:
        raise RunFolderError(
            f"{run_folder / MARKS}: cannot be written ({reason(error)}); make room, or allow writing there"
        ) from error


def marks_table(run: Run, marks: Mapping[str, Mark]) -> pd.DataFrame:
    """One row a mark, with what the run knows of its image: for the next round of training data.

    Columns: image_id, path, patient_id, split, label, logit, then those of the mark. ``label`` (``Int64``) is the one
    the data set gives, ``logit`` NaN for images of train. What is not known of an image of another run is None.
    """
    known = ["path", "patient_id", "split", "label"]
    records = run.records.set_index("image_id")[known].astype({"label": "Int64"}).reindex(list(marks))
    logit = pd.Series(
        {
            image_id: value
            for p in run.evaluation_sets.values()
            for image_id, value in zip(p.image_id, p.logit, strict=True)
        },
        dtype="float64",
    )
    table = records.assign(logit=logit.reindex(list(marks)))
    for name in COLUMNS[1:]:
        table[name] = pd.Series({mark.image_id: getattr(mark, name) for mark in marks.values()}, dtype=object)
    return table.reset_index(names="image_id")


def marks_csv(table: pd.DataFrame) -> bytes:
    """``table`` of :func:`marks_table` as CSV in UTF-8: every cell quoted, logits to the last bit, flags in words."""
    words = {name: table[name].map({True: "true", False: "false"}) for name in _FLAGS}
    text = table.assign(**words).to_csv(index=False, quoting=csv.QUOTE_ALL, lineterminator="\n")
    return text.encode("utf-8", "backslashreplace")


def _rows(path: Path, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows under the header, numbered from 1."""
    row = 0
    try:
        for row, cells in enumerate(reader):
            if row == 0 and tuple(cells) != COLUMNS:
                raise RunFolderError(f"{path}: does not have the columns {', '.join(COLUMNS)}; {_REMEDY}")
            if row:
                yield row, cells
    except csv.Error as error:
        raise RunFolderError(f"{path}: row {row + 1}: is not CSV ({reason(error)}); {_REMEDY}") from error


def _mark(path: Path, row: int, cells: list[str]) -> Mark:
    if len(cells) != len(COLUMNS):
        raise RunFolderError(f"{path}: row {row}: has {len(cells)} cells, not {len(COLUMNS)}; {_REMEDY}")
    named = dict(zip(COLUMNS, cells, strict=True))
    for name in _FLAGS:
        if named[name] not in _WORDS:
            raise RunFolderError(f"{path}: row {row}: {name} is {named[name]!r}, not true or false; {_REMEDY}")
    if not named["image_id"]:
        raise RunFolderError(f"{path}: row {row}: has no image_id; {_REMEDY}")
    try:
        datetime.fromisoformat(named["marked"])
    except ValueError as error:
        raise RunFolderError(f"{path}: row {row}: marked is {named['marked']!r}, not a time; {_REMEDY}") from error
    flags = {name: _WORDS[named[name]] for name in _FLAGS}
    return Mark(
        image_id=named["image_id"], note=named["note"], reviewer=named["reviewer"], marked=named["marked"], **flags
    )


def _write(path: Path, marks: Iterable[Mark]) -> None:
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([str(cell).lower() if isinstance(cell, bool) else cell for cell in astuple(m)] for m in marks)
    sync(beside)
    put_in_place(beside, path)
    sync(path.parent)
