"""A table that tells of several findings of the same images, read once for each; a truth may be unknown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.data.labels import LABEL_OF, index_labels
from core.data.layouts.known import layout_of
from core.data.records import DataIndex, ImageRecord
from core.errors import DataError, TableError
from core.tables.reading import read_sheet
from core.tables.sheet import Sheet

NONE, ANY = "none of them", "any of them"
"""What an image is called by all of its findings together."""


def findings_of(file: Path, positive_class: str | None) -> tuple[str, ...]:
    """The findings that are asked of the table ``file``, where they are several; empty for one.

    In a table of one's own they are the columns ``label:NAME``; of a public data set ``positive_class`` names them,
    with commas between. Raises DataError for a table that cannot be read.
    """
    sheet = _sheet(file)
    if layout_of(sheet) is not None:
        names = [name.strip() for name in (positive_class or "").split(",") if name.strip()]
    else:
        names = [name.removeprefix(LABEL_OF) for name in sheet.columns if name.startswith(LABEL_OF)]
    return tuple(dict.fromkeys(names)) if len(names) > 1 else ()


def index_several(root: Path, file: Path, findings: Sequence[str], *, leave_out: Collection[str] = ()) -> DataIndex:
    """The images that ``file`` lists with a truth for any of ``findings``; ``truths`` of each has them in this order,
    None where one is unknown, and its label says whether any is there.

    Raises DataError as :func:`core.data.labels.index_labels`, and where a finding has one class alone.
    """
    each = {name: index_labels(root, file, name, leave_out=leave_out, several=True) for name in findings}
    for name, index in each.items():
        if len({record.label for record in index.records}) < 2:
            raise DataError(f"{file}: {name} has one class alone; leave it out, or mend its labels")
    return _index(file, findings, each)


def index_several_of_site(
    root: Path, file: Path, findings: Sequence[str], *, finding: str | None = None, leave_out: Collection[str] = ()
) -> DataIndex:
    """The images of another place that ``file`` lists with a truth for any of a run's ``findings``, as
    :func:`index_several` has them; one class alone will do, and of what the table does not tell no truth is known.

    ``finding`` says what a table with a single column of labels is about. Raises DataError, also where the table tells
    of none of them.
    """
    sheet, known = _sheet(file), ", ".join(findings)
    layout = layout_of(sheet)
    if layout is None and sheet.has("label"):
        if finding is None or finding not in findings:
            asked = "does not say what it is about" if finding is None else f"is said to be about {finding}"
            raise DataError(
                f"{file}: its column label {asked}; say by --finding which it is of {known}, or have a column "
                f"{LABEL_OF}NAME of each"
            )
        each = {finding: index_labels(root, file, None, (f"no {finding}", finding), leave_out=leave_out)}
        return _index(file, findings, each)
    if finding is not None:
        raise DataError(f"{file}: names its findings itself; leave out --finding")
    if layout is None:
        told = [name for name in findings if LABEL_OF + name in sheet.columns]
    else:
        there = {name.casefold() for name in layout.findings(sheet)}
        told = [name for name in findings if name.casefold() in there]
    if not told:
        raise DataError(f"{file}: tells of none of the findings of the run: {known}")
    return _index(
        file, findings, {name: index_labels(root, file, name, leave_out=leave_out, several=True) for name in told}
    )


def _sheet(file: Path) -> Sheet:
    try:
        return read_sheet(file)
    except TableError as error:
        raise DataError(str(error)) from error


def _index(file: Path, findings: Sequence[str], each: Mapping[str, DataIndex]) -> DataIndex:
    """The images of ``each`` index, which tells of one of the ``findings``, as one."""
    by_id = [{record.image_id: record for record in each[name].records} if name in each else {} for name in findings]
    ids = dict.fromkeys(record.image_id for index in each.values() for record in index.records)
    records = tuple(_joined([own.get(image_id) for own in by_id]) for image_id in ids)
    unused = dict.fromkeys(one for index in each.values() for one in index.skipped if one.path not in ids)
    return replace(
        next(iter(each.values())),
        class_names=(NONE, ANY),
        records=records,
        skipped=tuple({one.path: one for one in reversed(list(unused))}.values())[::-1],
        layout=f"{file.name} with {len(findings)} findings: {', '.join(findings)}",
        changed=tuple(dict.fromkeys(_changed(each))),
        findings=tuple(findings),
    )


def _changed(each: Mapping[str, DataIndex]) -> Iterator[str]:
    """What was read otherwise, with the finding where it is not said of all."""
    for name, index in each.items():
        for line in index.changed:
            yield line if all(line in other.changed for other in each.values()) else f"{name}: {line}"


def _joined(records: Sequence[ImageRecord | None]) -> ImageRecord:
    """One image by what each finding says of it."""
    truths = tuple(None if record is None else record.label for record in records)
    known = next(record for record in records if record is not None)
    return replace(known, label=int(1 in truths), truths=truths)
