"""What reviewers marked in the gallery: ``marks.csv`` in the run folder, one row a finding, set, image and reviewer.

Text is guarded against spreadsheets (:mod:`core.tables.writing`), and every row has a check
(:mod:`core.runs.marks_check`). Older files are read: those with one row an image, which say neither finding nor set,
and before them those without guards and checks.
"""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.disk import write_whole
from core.errors import RunFolderError
from core.runs.after_failure import after_failure
from core.runs.files import MARKS, reason, regular_size
from core.runs.folder_lock import waiting_for_lock
from core.runs.marks_check import Checked, check_of, checked
from core.tables.writing import csv_text, unguarded

if TYPE_CHECKING:  # to mark an image takes no run
    from core.runs.reading import Run

LONGEST_NOTE = 10_000
"""Characters; what is longer would not be read back as one cell everywhere."""

_REMEDY = "mend that row, or move the file away to begin anew"
_WORDS = {"true": True, "false": False}

# Where the file system knows no locks, at least the readers of one server wait for each other.
_one_at_a_time = threading.Lock()


Key = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Older:
    """What rows of an older file do not say: the run's ``finding``, and by image id the ``sets`` of its images."""

    finding: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)


_UNKNOWN = Older()


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What a reviewer found about one image of a set, asked for a finding. ``marked`` is the time in UTC, ISO 8601.

    ``finding`` and ``evaluation_set`` are empty where an older file does not say them and nothing else does.
    ``edited`` says that its row is not as this program wrote it: somebody edited the file, or it was damaged.
    """

    finding: str
    evaluation_set: str
    image_id: str
    label_error: bool
    poor_image: bool
    ambiguous: bool
    note: str
    reviewer: str
    marked: str
    edited: bool = False

    @property
    def key(self) -> Key:
        """What there is one mark of at most."""
        return self.finding, self.evaluation_set, self.image_id, self.reviewer

    @property
    def says_something(self) -> bool:
        return self.label_error or self.poor_image or self.ambiguous or bool(self.note)


FIELDS = tuple(one.name for one in fields(Mark) if one.name != "edited")
COLUMNS = tuple("set" if name == "evaluation_set" else name for name in FIELDS)
FLAGS = tuple(one.name for one in fields(Mark) if one.type == "bool" and one.name in FIELDS)
_OLDER_COLUMNS = COLUMNS[2:]
_CHECK = "check"


def older_of(run: Run) -> Older:
    """What older marks of ``run`` were of: it asked for one finding, and no two of its images had one id."""
    sets = run.records["split"].astype(str)
    return Older(finding=run.findings[0], sets=dict(zip(run.records["image_id"], sets, strict=True)))


def read_marks(run_folder: Path, older: Older = _UNKNOWN) -> dict[Key, Mark]:
    """The marks by their keys, in the order in which they were first made; empty where there are none yet.

    ``older`` completes the rows of an older file. Raises :class:`RunFolderError` naming file and row (the first mark is
    row 1) when the file is damaged.
    """
    return _read(run_folder, older)[0]


def missing_marks(run_folder: Path) -> int:
    """How many rows of the marks file were taken away by somebody else than this program. Raises as the marks do."""
    return _read(run_folder, _UNKNOWN)[1]


def _read(run_folder: Path, older: Older) -> tuple[dict[Key, Mark], int]:
    """The marks, and how many more were written."""
    path = run_folder / MARKS
    if not path.exists() and not path.is_symlink():
        return {}, 0
    regular_size(path)
    marks: dict[Key, Mark] = {}
    written = 0
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = _rows(path, csv.reader(file, strict=True))
            columns, has_checks = _columns(path, next(rows, (0, []))[1])
            for row, cells in rows:
                cells, found = _freed(cells, columns) if has_checks else (cells, Checked(edited=False, written=None))
                mark = _completed(replace(_mark(path, row, cells, columns), edited=found.edited), older)
                if mark.key in marks:
                    raise RunFolderError(f"{path}: row {row}: {mark.image_id!r} is marked twice; {_REMEDY}")
                marks[mark.key] = mark
                written = max(written, found.written or 0)
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path}: cannot be read ({reason(error)}); {_REMEDY}") from error
    if has_checks and not marks:
        raise RunFolderError(f"{path}: has lost its rows; {_REMEDY}")
    return marks, max(written - len(marks), 0)


def write_mark(run_folder: Path, mark: Mark, older: Older = _UNKNOWN) -> None:
    """Put ``mark`` in the place of what its reviewer marked about the image before; one that says nothing takes it out.

    Waits for other writers, of this process or another. Killed at any moment, it leaves the old file or the new one.
    Raises :class:`RunFolderError` when the file is damaged (it is left alone) or the disk refuses, or for a note that
    is too long; :class:`UnconfirmedError` where the mark stands and the disk did not confirm it.
    """
    if len(mark.note) > LONGEST_NOTE:
        raise RunFolderError(
            f"{mark.image_id}: the note has {len(mark.note):,} characters; shorten it to {LONGEST_NOTE:,} at most"
        )
    path = run_folder / MARKS
    with _one_at_a_time, waiting_for_lock(run_folder):
        known = read_marks(run_folder, older)
        known[mark.key] = mark
        text = _text([one for one in known.values() if one.says_something])
        content = text.encode("utf-8", "backslashreplace")
        try:
            write_whole(path, content)
        except OSError as error:
            raise after_failure(
                path, error, stands=lambda: _holds(path, content), remedy="make room, or allow writing there"
            ) from error


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _columns(path: Path, header: list[str]) -> tuple[tuple[str, ...], bool]:
    """The columns of a file, the check not among them, and whether it has that."""
    for columns in (COLUMNS, _OLDER_COLUMNS):
        if header in ([*columns], [*columns, _CHECK]):
            return columns, header[-1] == _CHECK
    raise RunFolderError(f"{path}: does not have the columns {', '.join(COLUMNS)}; {_REMEDY}")


def _completed(mark: Mark, older: Older) -> Mark:
    """``mark`` with the finding and the set that an older file did not say, where ``older`` does."""
    if mark.evaluation_set:
        return mark
    known = older.sets.get(mark.image_id, "")
    return replace(mark, finding=mark.finding or (older.finding if known else ""), evaluation_set=known)


def _rows(path: Path, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows with their numbers; the header is row 0."""
    row = 0
    try:
        for row, cells in enumerate(reader):
            yield row, cells
    except csv.Error as error:
        raise RunFolderError(f"{path}: row {row + 1}: is not CSV ({reason(error)}); {_REMEDY}") from error


def _freed(cells: list[str], columns: Sequence[str]) -> tuple[list[str], Checked]:
    """The cells of a row without its check, which an editor may have dropped, and what that says."""
    width = len(columns)
    own = [unguarded(cell) for cell in cells[:width]]
    own = [cell.lower() if name in FLAGS else cell for name, cell in zip(columns, own, strict=False)]
    found = checked(own, cells[width] if len(cells) > width else "")
    return own + cells[width + 1 :], found


def _mark(path: Path, row: int, cells: list[str], columns: Sequence[str]) -> Mark:
    if len(cells) != len(columns):
        raise RunFolderError(f"{path}: row {row}: has {len(cells)} cells, not {len(columns)}; {_REMEDY}")
    named = dict(zip(columns, cells, strict=True))
    for name in FLAGS:
        if named[name] not in _WORDS:
            raise RunFolderError(f"{path}: row {row}: {name} is {named[name]!r}, not true or false; {_REMEDY}")
    if not named["image_id"]:
        raise RunFolderError(f"{path}: row {row}: has no image_id; {_REMEDY}")
    try:
        datetime.fromisoformat(named["marked"])
    except ValueError as error:
        raise RunFolderError(f"{path}: row {row}: marked is {named['marked']!r}, not a time; {_REMEDY}") from error
    flags = {name: _WORDS[named[name]] for name in FLAGS}
    return Mark(
        finding=named.get("finding", ""),
        evaluation_set=named.get("set", ""),
        image_id=named["image_id"],
        note=named["note"],
        reviewer=named["reviewer"],
        marked=named["marked"],
        **flags,
    )


def _text(marks: Sequence[Mark]) -> str:
    """The file; without marks it has no checks, so that one with checks and without rows is known to be damaged."""
    if not marks:
        return csv_text(COLUMNS, (), quoted=True)
    rows = []
    for row, mark in enumerate(marks, start=1):
        cells = [_cell(getattr(mark, name)) for name in FIELDS]
        rows.append([*cells, check_of(cells, row, len(marks), edited=mark.edited)])
    return csv_text((*COLUMNS, _CHECK), rows, quoted=True)


def _cell(value: str | bool) -> str:
    """A cell as it will be read: what is no Unicode is written otherwise."""
    return str(value).lower() if isinstance(value, bool) else value.encode("utf-8", "backslashreplace").decode()
