"""What a file of predictions seems to say, with reasons, and what must be asked before it is read.

Nothing is decided by likelihood: a column has a meaning where its name says so and no other's does, a value where the
cells leave one reading; all else is a question. Each answer is a line of the mapping, so that asking again with the
answers asks for the rest.
"""

from __future__ import annotations

from pathlib import Path

from core.errors import ImportFileError, TableError
from core.runs.asking import Choice, Question, Understanding
from core.runs.column_roles import check_columns, dates, fold, ids, labels, scores, sets, subgroups
from core.runs.mapping import NOTHING_SAID, Mapping
from core.runs.unread import leave_out_unread
from core.tables.content import Content
from core.tables.dress import SEPARATORS
from core.tables.looking import open_readings
from core.tables.on_disk import held_in_memory
from core.tables.reading import read_sheet
from core.tables.sheet import Sheet
from core.tables.splits import split_of


def understand(
    file: Path, mapping: Mapping = NOTHING_SAID, *, into: bool = False, content: bytes | Content | None = None
) -> Understanding:
    """What ``file`` says as far as ``mapping`` and the file itself tell, and the questions that are open.

    ``into``: all rows are those of a site, so that no split is looked for. Raises :class:`ImportFileError` where the
    file cannot be read, or the mapping names a column that it has not.
    """
    with held_in_memory(isinstance(content, bytes)):
        return _understood(Understanding(file=file, mapping=mapping), into=into, content=content)


def _understood(found: Understanding, *, into: bool, content: bytes | Content | None) -> Understanding:
    file, mapping = found.file, found.mapping
    try:
        key, readings = open_readings(file, content, mapping.dress)
        if readings:
            _ask_how_to_read(found, key, readings)
            return found
        sheet = found.sheet = read_sheet(file, (), content, mapping.dress)
        leave_out_unread(sheet)
        check_columns(sheet, mapping)
        ids(found, sheet)
        sets(found, sheet, into=into)
        found.of_each_finding(lambda one: labels(one, sheet, into=into))
        if not any(question.takes_findings for question in found.questions):
            found.of_each_finding(lambda one: scores(one, sheet))
        dates(found, sheet)
        subgroups(found, sheet)
        fold(found, sheet)
    except TableError as error:
        raise ImportFileError(str(error)) from error
    if not into and not found.mapping.site and not _has_validation(found, sheet):
        found.offers.append(_offer())
    return found


def _offer() -> Question:
    return Question(
        key="validation_share",
        asks="No row is of validation, on which thresholds are chosen and scores calibrated. Draw one by patient?",
        choices=(
            Choice(value=0.5, means="half of the patients for validation, the others for test, drawn by seed = 0"),
            Choice(
                value=0, means="none: only the areas under the curves are then known, no threshold and no calibration"
            ),
        ),
    )


def _has_validation(found: Understanding, sheet: Sheet) -> bool:
    name = found.mapping.split
    words = sheet.as_text(name).unique().to_pylist() if name else []
    return any(split_of(word) == "validation" for word in words) or found.mapping.validation_share is not None


def _ask_how_to_read(found: Understanding, key: str, readings: list[str]) -> None:
    asks = "Which sign parts the cells? Several fit." if key == "delimiter" else "Which sheet of the workbook is meant?"
    found.ask(key, asks, [Choice(value=value, means=SEPARATORS.get(value, "")) for value in readings])
