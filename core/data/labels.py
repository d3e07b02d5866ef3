"""Any data set by a table: columns path and label, optionally patient_id and split; every further one is a subgroup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from core.data.classes import NUMBERED_PAIR, choose_classes, listed, words_for
from core.data.layouts.known import layout_of
from core.data.layouts.layout import Asked, canonical
from core.data.paths import Found, find_files, folders_left_off
from core.data.records import DataIndex, ImageRecord, RowOfColumns, SkippedFile
from core.errors import DataError, TableError
from core.tables.reading import read_sheet
from core.tables.sheet import Sheet
from core.tables.splits import ambiguous, read_splits

_OWN = ("path", "label", "patient_id", "split")
LABEL_OF = "label:"
"""What stands before a finding's name in the column of its labels, where there are several."""
_RESERVED = {"image_id", "sha256", "width", "height", "y_true", "logit"}
_NO_LABEL = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "<na>", "unknown"})
_NUMERALS = {"0.0": "0", "1.0": "1"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    number: int
    """As a spreadsheet counts: the header is row 1."""
    path: str
    label: str
    patient_id: str
    split: str
    subgroups: Mapping[str, str | None]


@dataclass(slots=True)
class _Reading:
    """What has been read of one table so far."""

    file: Path
    skipped: list[SkippedFile] = field(default_factory=list)

    def skip(self, number: int, path: str, reason: str) -> None:
        """Refuse one row."""
        where = f"{self.file.name} row {number}"
        self.skipped.append(SkippedFile(path=path or where, reason=f"{where}: {reason}"))


def index_labels(
    root: Path,
    file: Path,
    positive_class: str | None,
    class_names: tuple[str, str] | None = None,
    *,
    finding: str | None = None,
    leave_out: Collection[str] = (),
    several: bool = False,
) -> DataIndex:
    """The images that ``file`` lists, paths relative to ``root``, patient_id empty where it has none.

    It is read by :mod:`core.tables`, as imports are: CSV by comma, semicolon, tab or bar, or Parquet. An id ``001``
    stays as it is; an empty cell, or in patient_id a word such as ``NA``, means "not known". A row that cannot be used
    (too many or too few fields, no path or label, a label or split that is not known, a file that is missing or
    outside ``root``, a path that stands there already) is skipped, with its number and reason. How paths that are
    spelled otherwise are found tells :func:`core.data.paths.find_files`. Files that the table does not name are no
    part of the data set. The table of a public data set (:mod:`core.data.layouts.known`) is read as it is: it then
    tells of the ``finding``, and ``leave_out`` names what of it is not wanted. With ``class_names`` the classes are
    these two, which 0 and 1, or false and true, mean too. With ``several`` findings ``positive_class`` is the one that
    is asked about, by the column ``label:NAME`` where the table is one's own; images without its truth are left out.
    Raises DataError when the file as a whole cannot be used.
    """
    reading = _Reading(file)
    try:
        sheet = read_sheet(file)
        layout, meant = layout_of(sheet), ""
        if layout is not None:
            asked = _asked(root, positive_class, class_names, finding, leave_out)
            sheet, meant = canonical(layout, sheet, asked, reading.skip)
        elif finding is not None or leave_out:
            flag = "--leave-out" if leave_out else "--finding"
            raise DataError(f"{file}: {flag} is for tables of public data sets, and this is none that is known")
        elif several:
            class_names = (f"no {positive_class}", str(positive_class))
            sheet = _of_finding(read_sheet(file, _OWN), str(positive_class))
        else:
            sheet = read_sheet(file, _OWN)
        _check_header(sheet)
        rows = list(_rows(reading, sheet))
        sheet.check()
    except TableError as error:
        raise DataError(str(error)) from error
    counts = Counter(row.label for row in rows)
    if not counts:
        raise DataError(f"{file}: no usable row ({len(reading.skipped)} skipped){_first_reason(reading)}")
    where = f"labels in {file.name}"
    if layout is not None:
        words, class_names = NUMBERED_PAIR, class_names or (f"no {meant}", meant)
    elif class_names is not None:
        words = words_for(counts, class_names, where=where)
    else:
        words = choose_classes([label for label, _ in counts.most_common()], positive_class, where=where)
    found = find_files(root, (row.path for row in rows), by_name=layout is not None and layout.by_name)
    records = tuple(_records(reading, found, rows, words))
    class_names = class_names or words
    return DataIndex(
        name=root.resolve().name or "data",
        root=root,
        class_names=class_names,
        records=records,
        skipped=tuple(reading.skipped),
        layout=f"{file.name} with {class_names[0]} and {class_names[1]}",
        changed=(*sheet.changes, *_found_in_words(found, rows)),
    )


def _of_finding(sheet: Sheet, finding: str) -> Sheet:
    """The table with the column of one finding's labels in the place of all."""
    columns = {name: column for name, column in sheet.columns.items() if not name.startswith(LABEL_OF)}
    return replace(sheet, columns=columns | {"label": sheet.columns[LABEL_OF + finding]})


def _asked(
    root: Path,
    positive_class: str | None,
    class_names: tuple[str, str] | None,
    finding: str | None,
    leave_out: Collection[str],
) -> Asked:
    """A fit names the finding by its positive class; a run that is scored has one already."""
    if class_names is None:
        return Asked(root=root, finding=positive_class, flag="--positive-class", leave_out=leave_out)
    return Asked(root=root, finding=finding, usual=class_names[1], leave_out=leave_out)


def _check_header(sheet: Sheet) -> None:
    if not sheet.columns:
        raise DataError(f"{sheet.file}: empty; expected a header with the columns path and label")
    missing = [name for name in ("path", "label") if not sheet.has(name)]
    if missing:
        found = listed({name: name for name in sheet.columns})
        raise DataError(f"{sheet.file}: no column {' and no column '.join(missing)}; found {found}")
    if reserved := sorted(_RESERVED.intersection(sheet.columns)):
        names = ", ".join(reserved)
        plural = len(reserved) > 1
        raise DataError(
            f"{sheet.file}: column{'s' if plural else ''} {names} {'have names' if plural else 'has a name'} that run "
            f"folders use themselves; rename {'them' if plural else 'it'} (such as own_{reserved[0]}), or remove "
            f"{'them' if plural else 'it'}"
        )
    if sheet.has(""):
        sheet.changes.append("a column without a name was left out")


def _rows(reading: _Reading, sheet: Sheet) -> Iterator[_Row]:
    """Every row with the right number of fields, a path and a label."""
    for one in sheet.ragged:
        at = sheet.header.index("path")
        path = one.fields[at].strip() if at < len(one.fields) else ""
        reading.skip(one.row, path, f"{len(one.fields)} fields instead of {len(sheet.header)}")
    paths, labels = sheet.text("path"), _labels(sheet)
    patients = sheet.owners("patient_id")[0] if sheet.has("patient_id") else [""] * sheet.rows
    splits = _splits(sheet) if sheet.has("split") else [""] * sheet.rows
    for name in sheet.columns:
        if name and name not in _OWN:
            sheet.say_alike(name)
    subgroups = {name: _known(sheet.text(name)) for name in sheet.columns if name and name not in _OWN}
    for position, (path, label, patient, split) in enumerate(zip(paths, labels, patients, splits, strict=True)):
        number = sheet.row_of(position)
        if not path or not label:
            reading.skip(number, path, f"no {'label' if path else 'path'}")
            continue
        yield _Row(
            number=number,
            path=path,
            label=label,
            patient_id=patient,
            split=split,
            subgroups=RowOfColumns(columns=subgroups, position=position),
        )


def _known(column: NDArray[np.object_]) -> NDArray[np.object_]:
    """A column with None where a cell is empty."""
    column[column == ""] = None
    return column


def _labels(sheet: Sheet) -> list[str]:
    """The label of each row; ``""`` where a word says that there is none, and 0 and 1 however they are written."""
    labels = sheet.text("label")
    plain = [label.casefold() for label in labels]
    absent = pa.array([bool(word) and word in _NO_LABEL for word in plain], pa.bool_())
    if pc.any(absent, min_count=0).as_py():
        sheet.say(absent, "label", "says that the label is not known", "say that the label is not known")
    numerals = {word for word in plain if word not in _NO_LABEL} <= {"0", "1", *_NUMERALS}
    return [
        "" if word in _NO_LABEL else _NUMERALS.get(word, label) if numerals else label
        for word, label in zip(plain, labels, strict=True)
    ]


def _splits(sheet: Sheet) -> list[str]:
    """The split of each row, ``""`` where none is given, and the cell as it stands where it is none of the three."""
    split, _ = read_splits(sheet, "split")
    return [*split]


def _found_in_words(found: Found, rows: list[_Row]) -> list[str]:
    """Files that were found under another spelling or without the folders of another place, a line a kind."""
    said = []
    for paths, what in (
        (found.respelled, "found in another case or composition of letters"),
        (found.moved, f"found without the folders of another place, {folders_left_off(found)}"),
    ):
        numbers = [row.number for row in rows if row.path in paths]
        if numbers:
            noun, were = ("path", "was") if len(numbers) == 1 else ("paths", "were")
            first = "row" if len(numbers) == 1 else "first: row"
            said.append(f"{len(numbers):,} {noun} {were} {what} ({first} {numbers[0]})")
    return said


def _records(reading: _Reading, found: Found, rows: list[_Row], class_names: tuple[str, str]) -> Iterator[ImageRecord]:
    label_of = {name.casefold(): label for label, name in enumerate(class_names)}
    contradicting = _contradicting(found, rows)
    first_row: dict[str, int] = {}
    for row in rows:
        image_id = found.image_ids.get(row.path)
        reason = _row_problem(row, found, label_of)
        if reason is None and image_id in contradicting:
            reason = (
                "other rows give this file another label; if these are several readers, settle on one label a file, or "
                "name a table of one reader alone by --labels"
            )
        if reason is None and image_id in first_row:
            reason = f"repeats row {first_row[image_id]}"
        if reason is not None or image_id is None:
            reading.skip(row.number, row.path, reason or "")
            continue
        first_row[image_id] = row.number
        yield ImageRecord(
            image_id=image_id,
            path=image_id,
            label=label_of[row.label.casefold()],
            patient_id=row.patient_id,
            split=row.split or None,
            subgroups=row.subgroups,
        )


def _row_problem(row: _Row, found: Found, label_of: dict[str, int]) -> str | None:
    if row.label.casefold() not in label_of:
        return f"label {row.label!r} is neither of the two classes"
    if row.split not in ("", "train", "validation", "test"):
        unclear = ambiguous(row.split)
        return f"split {row.split!r} {unclear or 'is neither train, validation nor test'}"
    return found.missing.get(row.path)


def _contradicting(found: Found, rows: list[_Row]) -> set[str]:
    labels: dict[str, set[str]] = {}
    for row in rows:
        if image_id := found.image_ids.get(row.path):
            labels.setdefault(image_id, set()).add(row.label.casefold())
    return {image_id for image_id, different in labels.items() if len(different) > 1}


def _first_reason(reading: _Reading) -> str:
    return f"; the first: {reading.skipped[0].reason}" if reading.skipped else ""
