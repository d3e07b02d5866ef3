"""Bytes of a text file -> UTF-8, whatever they were written in; what was not UTF-8 is said."""

from __future__ import annotations

import codecs
from pathlib import Path

from core.errors import TableError
from core.tables.content import Content

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT = 4_096
_CONTROL = bytes(set(range(32)) - set(b"\t\n\x0b\x0c\r\x1a\x1b"))


def in_utf8(file: Path, content: Content, encoding: str | None = None) -> tuple[Content, str | None]:
    """``content`` in UTF-8 without a byte order mark, and the name of its encoding where it was another one.

    Read by itself are UTF-8, UTF-16 (with a mark, or where every other byte is 0) and, for what is none of these, the
    Western European alphabet of Windows, of which Latin-1 is a part. ``encoding`` says it instead. Raises
    :class:`TableError` for bytes that are no text in it, and for an encoding that nobody knows.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            content, encoding = content.after(len(mark)), name
            break
    found = encoding or _found(file, content)
    try:
        if codecs.lookup(found).name == "utf-8":
            if encoding is not None:  # else it was found to be UTF-8 by this very check
                _check_utf8(content)
            return content, None
        return Content(file, content[:].decode(found).removeprefix("\ufeff").encode()), found
    except UnicodeError as error:
        raise TableError(f"{file}: is not text in {_spoken(found)}; save it as CSV in UTF-8") from error
    except (LookupError, ValueError) as error:
        raise TableError(f"{file}: no encoding is called {found!r}; write utf-8, utf-16 or latin-1") from error


def _found(file: Path, content: Content) -> str:
    first = content[:_LOOKED_AT]
    even, odd = first[::2].count(0), first[1::2].count(0)
    if max(even, odd) > len(first) // 8 and min(even, odd) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    try:
        _check_utf8(content)
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    text = content[:]
    # A file with whole signs of UTF-8 beside the broken ones is damaged, or of two parts: no alphabet reads it.
    whole = any(sign > "\x7f" and sign != "\ufffd" for sign in text.decode(errors="replace"))
    if whole or text.translate(None, _CONTROL) != text:
        raise TableError(f"{file}: is not text in UTF-8; save it as CSV in UTF-8")
    try:
        text.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _check_utf8(content: Content) -> None:
    """Raise UnicodeDecodeError where ``content`` is no UTF-8; a part at a time, as the text itself is not wanted."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for part in content.parts():
        if decoder.getstate()[0] or not part.isascii():
            decoder.decode(part)
    decoder.decode(b"", final=True)


def _spoken(encoding: str) -> str:
    return "UTF-8" if encoding == "utf-8" else encoding


def named(encoding: str) -> str:
    """An encoding as people call it."""
    return {
        "utf-16-le": "UTF-16",
        "utf-16-be": "UTF-16",
        "cp1252": "Latin-1 (the Western European alphabet of Windows)",
        "latin-1": "Latin-1 (the Western European alphabet)",
    }.get(encoding, encoding)
