"""The first rows of a table as they will be read, each cell beside what stands in the file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.errors import TableError
from core.runs.asking import Understanding
from core.runs.label_words import SIGN
from core.runs.mapped import mapped
from core.runs.mapping import Mapping, called
from core.tables.sheet import Sheet

ROWS = 5
_OF_FINDING = ("y_true", "probability", "logit")


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A cell as it will be read, and as it ``stands`` in the file; alike where nothing is read otherwise."""

    value: str
    stands: str


def first_rows(found: Understanding) -> dict[str, list[Read]]:
    """The columns of an import with their first :data:`ROWS` rows, before rows of one image are folded; of several
    findings ``y_true: NAME`` and so on.

    Empty while a question is open, and where one of these rows is refused: what reads all of them says why.
    """
    if found.questions or found.sheet is None:
        return {}
    places = range(len(found.mapping.findings))
    parts = [_of_finding(found.sheet, found.mapping.of(place)) for place in places]
    if not all(parts) or not parts[1:]:
        return parts[0] if all(parts) else {}
    shared = {name: column for name, column in parts[0].items() if name not in _OF_FINDING}
    return shared | {
        f"{name}: {called(one)}": part[name]
        for one, part in zip(found.mapping.findings, parts, strict=True)
        for name in _OF_FINDING
        if name in part
    }


def _of_finding(sheet: Sheet, mapping: Mapping) -> dict[str, list[Read]]:
    start = _start(sheet)
    label = mapping.finding.label
    # Whether cells list several words is known of the whole column alone.
    listing = bool(label) and any(SIGN in cell for cell in start.text(str(label)))
    try:
        read = _start(mapped(sheet if listing else start, replace(mapping, fold=None)))
    except TableError:
        return {}
    own = {"image_id", "patient_id", "date"}
    source = {name: mapping.get(name) or name for name in own} | {
        "split": mapping.split or mapping.site,
        "y_true": mapping.finding.label,
        "probability": mapping.finding.score,
        "logit": mapping.finding.score,
    }
    return {name: _cells(read, name, start, str(source.get(name) or name)) for name in read.columns}


def raw_rows(found: Understanding) -> dict[str, list[str]]:
    """Every column of the file with its first :data:`ROWS` cells; empty while it is open how they are parted."""
    if found.sheet is None:
        return {}
    start = _start(found.sheet)
    return {name: list(start.text(name)) for name in start.columns}


def _start(sheet: Sheet) -> Sheet:
    columns = {name: column.slice(0, ROWS) for name, column in sheet.columns.items()}
    return replace(sheet, columns=columns, rows=min(sheet.rows, ROWS), ragged=[], changes=[], problems=[])


def _cells(read: Sheet, name: str, start: Sheet, source: str) -> list[Read]:
    stands = start.text(source) if source in start.columns else [""] * start.rows
    if name in ("probability", "logit"):
        return [Read(value=f"{x:.6g}", stands=text) for x, text in zip(read.numbers(name), stands, strict=True)]
    return [Read(value=x, stands=text) for x, text in zip(read.text(name), stands, strict=True)]
