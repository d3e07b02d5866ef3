"""What must be known of a file before a cell of it is read: the sign between cells, or the sheet, where two fit."""

from __future__ import annotations

from pathlib import Path

from core.tables.content import PARQUET, Content
from core.tables.dress import FOUND, Dress, delimiters, named_delimiter
from core.tables.encoding import in_utf8
from core.tables.json_lines import is_json
from core.tables.parsing import PACKED
from core.tables.workbook import is_workbook, sheets_of


def open_readings(file: Path, content: bytes | Content | None = None, dress: Dress = FOUND) -> tuple[str, list[str]]:
    """``delimiter`` or ``sheet``, and the two or more values of it that fit; none where the file leaves one reading.

    Raises :class:`core.errors.TableError` where the file cannot be read.
    """
    content = Content.of(file, content)
    if content.startswith(PACKED) and is_workbook(packed := content[:]):
        names = sheets_of(file, packed) if dress.sheet is None else []
        return "sheet", names if len(names) > 1 else []
    if content.startswith((PARQUET, *PACKED)) or dress.delimiter is not None:
        return "delimiter", []
    text, _ = in_utf8(file, content, dress.encoding)
    if is_json(text[:200]) or named_delimiter(text):
        return "delimiter", []
    found = delimiters(text)
    return "delimiter", found if len(found) > 1 else []
