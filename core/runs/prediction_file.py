"""A file of predictions as a sheet whose columns are those that an import takes, before any of its values is judged."""

from __future__ import annotations

from pathlib import Path

from core.errors import TableError
from core.runs.readings import has_readings
from core.tables.content import Content
from core.tables.looking import open_readings
from core.tables.reading import read_sheet
from core.tables.sheet import Sheet

CANONICAL = frozenset({"image_id", "patient_id", "split", "y_true", "logit", "probability", "date"})
EXPECTED = (
    "expected: CSV, a workbook, Parquet, JSON lines or .npz with the columns image_id, y_true (0 or 1, empty where "
    "unknown) and one of logit, probability (0 to 1) and reading (a radiologist's 0 or 1, or 1 to 5), and if there are "
    "any patient_id, split (validation, test or the name of a site), date (2024-04-03) and subgroups"
)


def read_prediction_file(file: Path, content: bytes | Content | None = None) -> Sheet | None:
    """The cells of ``file``; rows of another width are noted as its problems. None where the columns have other names,
    so that a mapping must say what they mean. ``content``: see :func:`core.tables.parsing.parse`.

    Raises :class:`TableError` for a file that is missing, unreadable, of another format or without rows.
    """
    try:
        content = Content.of(file, content)
        if open_readings(file, content)[1]:
            return None
        sheet = read_sheet(file, CANONICAL, content)
    except TableError as error:
        raise TableError(f"{error}; {EXPECTED}") from error
    if not (
        sheet.has("image_id")
        and sheet.has("y_true")
        and (sheet.has("logit") != sheet.has("probability") or has_readings(sheet))
    ):
        return None
    if sheet.has(""):
        raise TableError(f"{file}: has a column without a name; name it, or remove it (in pandas: index=False)")
    sheet.refuse_ragged()
    if sheet.rows == 0:
        sheet.check()
        raise TableError(f"{file}: has no rows; {EXPECTED}")
    return sheet
