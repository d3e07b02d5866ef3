"""Any data set by a CSV: columns path and label, optionally patient_id and split; every further one is a subgroup."""

from __future__ import annotations

import csv
import io
import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.data.classes import choose_classes, listed
from core.data.records import DataIndex, ImageRecord, SkippedFile
from core.errors import DataError

_SPLITS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
_OWN = {"path", "label", "patient_id", "split"}
_RESERVED = {"image_id", "sha256", "width", "height", "y_true", "logit"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    number: int
    """As a spreadsheet counts: the header is row 1."""
    path: str
    label: str
    patient_id: str
    split: str
    subgroups: dict[str, str | None]


@dataclass(slots=True)
class _Reading:
    """What has been read of one CSV so far."""

    file: Path
    skipped: list[SkippedFile] = field(default_factory=list)

    def skip(self, number: int, path: str, reason: str) -> None:
        """Refuse one row."""
        where = f"{self.file.name} row {number}"
        self.skipped.append(SkippedFile(path=path or where, reason=f"{where}: {reason}"))


def index_labels(root: Path, file: Path, positive_class: str | None) -> DataIndex:
    """The images that ``file`` lists, paths relative to ``root``, patient_id empty where the CSV has none.

    Separators are commas, semicolons or tabs. Every cell is text: an id ``NA`` or ``001`` stays as it is; an empty
    cell means "not known". A row that cannot be used (too many or too few fields, no path or label, a label or split
    that is not known, a file that is missing or outside ``root``, a path that stands there already) is skipped, with
    its number and reason. Files that the CSV does not name are no part of the data set. Raises DataError when the
    file as a whole cannot be used.
    """
    reading = _Reading(file)
    rows = list(_rows(reading))
    counts = Counter(row.label for row in rows)
    if not counts:
        raise DataError(f"{file}: no usable row ({len(reading.skipped)} skipped){_first_reason(reading)}")
    class_names = choose_classes(
        [label for label, _ in counts.most_common()], positive_class, where=f"labels in {file.name}"
    )
    return DataIndex(
        name=root.resolve().name or "data",
        root=root,
        class_names=class_names,
        records=tuple(_records(reading, root, rows, class_names)),
        skipped=tuple(reading.skipped),
        layout=f"{file.name} with {class_names[0]} and {class_names[1]}",
    )


def _rows(reading: _Reading) -> Iterator[_Row]:
    """Every row with the right number of fields, a path and a label."""
    text = _read_text(reading.file)
    if not text:
        raise DataError(f"{reading.file}: empty; expected a header with the columns path and label")
    # Not str.splitlines: it also breaks rows at characters that a cell may hold, such as a form feed or U+2028.
    cells = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = _check_header([name.strip() for name in next(cells)], reading.file)
        for number, fields in enumerate(cells, start=2):
            if not any(cell.strip() for cell in fields):
                continue
            found = dict(zip(header, (cell.strip() for cell in fields), strict=False))
            if len(fields) != len(header):
                reading.skip(number, found.get("path", ""), f"{len(fields)} fields instead of {len(header)}")
            elif not found["path"] or not found["label"]:
                reading.skip(number, found["path"], f"no {'label' if found['path'] else 'path'}")
            else:
                yield _row(number, found)
    except csv.Error as error:
        raise DataError(f"{reading.file}: line {cells.line_num} is not valid CSV: {error}") from error


def _row(number: int, found: dict[str, str]) -> _Row:
    return _Row(
        number=number,
        path=found["path"],
        label=found["label"],
        patient_id=found.get("patient_id", ""),
        split=found.get("split", ""),
        subgroups={name: value or None for name, value in found.items() if name and name not in _OWN},
    )


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{file}: the label file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not a text file in UTF-8 (byte {error.start}); save it as CSV UTF-8") from error


def _delimiter(text: str) -> str:
    header, _, _ = text.partition("\n")
    return max(",;\t", key=header.count)


def _check_header(header: list[str], file: Path) -> list[str]:
    """``header`` with path, label, patient_id and split in lower case, if it can be used."""
    header = [name.casefold() if name.casefold() in _OWN else name for name in header]
    missing = [name for name in ("path", "label") if name not in header]
    if missing:
        found = listed({name: name for name in header})
        raise DataError(f"{file}: no column {' and no column '.join(missing)}; found {found}")
    repeated = [name for name, count in Counter(name for name in header if name).items() if count > 1]
    if repeated:
        raise DataError(f"{file}: column {repeated[0]} stands there twice")
    if reserved := _RESERVED.intersection(header):
        raise DataError(f"{file}: column {min(reserved)} has a name that run folders use themselves; rename it")
    return header


def _records(reading: _Reading, root: Path, rows: list[_Row], class_names: tuple[str, str]) -> Iterator[ImageRecord]:
    label_of = {name.casefold(): label for label, name in enumerate(class_names)}
    contradicting = _contradicting(root, rows)
    first_row: dict[str, int] = {}
    for row in rows:
        image_id = _image_id(root, row.path)
        reason = _row_problem(root, row, image_id, label_of)
        if reason is None and image_id in contradicting:
            reason = "other rows give this file another label"
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
            split=_SPLITS[row.split.casefold()] if row.split else None,
            subgroups=row.subgroups,
        )


def _row_problem(root: Path, row: _Row, image_id: str | None, label_of: dict[str, int]) -> str | None:
    if row.label.casefold() not in label_of:
        return f"label {row.label!r} is neither of the two classes"
    if row.split and row.split.casefold() not in _SPLITS:
        return f"split {row.split!r} is neither train, validation nor test"
    if image_id is None:
        return "the path leads out of the data folder"
    try:
        return None if (root / image_id).is_file() else "file is missing"
    except (OSError, ValueError):
        return "the path is not valid"


def _image_id(root: Path, path: str) -> str | None:
    """The path relative to ``root`` in its one spelling; None when it leads out of it."""
    path = path.replace("\\", "/")
    if posixpath.isabs(path) or path[1:3] == ":/":
        try:
            path = Path(path).relative_to(root.absolute()).as_posix()
        except ValueError:
            return None
    path = posixpath.normpath(path)
    return None if path in (".", "..") or path.startswith("../") else path


def _contradicting(root: Path, rows: list[_Row]) -> set[str | None]:
    labels: dict[str | None, set[str]] = {}
    for row in rows:
        labels.setdefault(_image_id(root, row.path), set()).add(row.label.casefold())
    return {image_id for image_id, different in labels.items() if len(different) > 1}


def _first_reason(reading: _Reading) -> str:
    return f"; the first: {reading.skipped[0].reason}" if reading.skipped else ""
