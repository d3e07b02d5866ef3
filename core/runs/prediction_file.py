"""A file of predictions as a sheet whose columns are those that an import takes, before any of its values is judged."""

from __future__ import annotations

from pathlib import Path

from core.errors import TableError
from core.tables.parsing import SEPARATORS
from core.tables.reading import read_sheet
from core.tables.sheet import SHOWN, Sheet, shown

CANONICAL = frozenset({"image_id", "patient_id", "split", "y_true", "logit", "probability"})
EXPECTED = (
    "expected: Parquet, or CSV in UTF-8 with the columns image_id, y_true (0 or 1) and one of logit and probability "
    "(0 to 1), and if there are any patient_id, split (validation or test) and subgroups"
)


def read_prediction_file(file: Path) -> Sheet:
    """The cells of ``file``; rows of another width are noted as its problems.

    Raises :class:`TableError` for a file that is missing, unreadable, of another format or without rows, and for
    columns that are missing or contradict each other.
    """
    try:
        sheet = read_sheet(file, CANONICAL)
    except TableError as error:
        raise TableError(f"{error}; {EXPECTED}") from error
    _check_columns(sheet)
    sheet.refuse_ragged()
    if sheet.rows == 0:
        sheet.check()
        raise TableError(f"{file}: has no rows; {EXPECTED}")
    return sheet


def _check_columns(sheet: Sheet) -> None:
    file, names = sheet.file, list(sheet.columns)
    found = ", ".join(shown(name) for name in names[:SHOWN]) or "none"
    by = "" if sheet.separator == "," else f"separated by {SEPARATORS[sheet.separator]} the "
    found = f"{by}columns found: {found}"
    missing = [name for name in ("image_id", "y_true") if not sheet.has(name)]
    if missing:
        raise TableError(f"{file}: has no column {' and no '.join(missing)} ({found}); {EXPECTED}")
    if sheet.has("logit") == sheet.has("probability"):
        both = "both a logit and a probability" if sheet.has("logit") else "neither a logit nor a probability"
        raise TableError(f"{file}: has {both} ({found}); {EXPECTED}")
    if sheet.has(""):
        raise TableError(f"{file}: has a column without a name; name it, or remove it (in pandas: index=False)")
