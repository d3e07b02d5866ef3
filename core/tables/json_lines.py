"""JSON lines, or one JSON array, of objects: a row an object, a column a key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import TableError
from core.tables.typed import typed_column

_SCALARS = str | int | float | bool | None


def is_json(content: bytes) -> bool:
    """Whether ``content`` (UTF-8) begins as an object, or as a list of objects."""
    start = content[:200].lstrip()
    return start.startswith(b'{"') or (start[:1] in b"[{" and start[1:].lstrip()[:1] in (b"{", b'"', b"}", b"]"))


def parse_json(file: Path, content: bytes) -> tuple[list[str], list[pa.ChunkedArray], list[int]]:
    """Header, columns, and the line of each row (in an array its number from 1); a key that a row has not is empty.

    Raises :class:`TableError` for a line that is no JSON or no object, a key that stands twice, and a value that is a
    list or an object.
    """
    rows, lines = [], []
    halves = rb"\ud" in content.lower()
    for line, row in _objects(file, content):
        if not isinstance(row, dict):
            raise TableError(f"{file}: row {line} is not a JSON object; one line holds one object with a key a column")
        for key, value in row.items():
            if not isinstance(value, _SCALARS):
                raise TableError(f"{file}: row {line}, {key!r} holds a list or an object; give each value its own key")
        if halves and not _is_unicode(row):
            raise TableError(f"{file}: row {line} holds half a character (\\ud… without its other half); save it anew")
        rows.append(row)
        lines.append(line)
    header = list(dict.fromkeys(key for row in rows for key in row))
    return header, [typed_column([row.get(key) for row in rows]) for key in header], lines


def _is_unicode(row: dict[str, Any]) -> bool:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _objects(file: Path, content: bytes) -> Iterator[tuple[int, Any]]:
    text = content.decode()
    if text.lstrip().startswith("["):
        found = _loaded(file, text, None)
        yield from enumerate(found, start=1)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _loaded(file, line, number)


def _loaded(file: Path, text: str, line: int | None) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        row = dict(pairs)
        if len(row) < len(pairs):
            raise ValueError("a key stands twice")
        return row

    try:
        return json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        where = f"row {line}" if line else "the text"
        raise TableError(f"{file}: {where} is not JSON ({error}); one line holds one object") from error
