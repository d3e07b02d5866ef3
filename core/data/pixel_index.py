"""The SQLite index of decoded squares: which file has which content, and where its square lies.

Every row carries a hash of itself, so that a flipped bit in it is noticed. An index that is damaged, or of another
version, is thrown away and made anew: it costs decoding alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CACHE_VERSION = 5
"""Raised whenever the same file would be decoded to other pixels, or the index changes; others are made anew."""

_SCHEMA = """
CREATE TABLE stamps (stamp TEXT PRIMARY KEY, key TEXT NOT NULL, seal TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE rows (key TEXT PRIMARY KEY, row INTEGER NOT NULL, sha256 TEXT NOT NULL, width INTEGER NOT NULL,
                   height INTEGER NOT NULL, kind TEXT NOT NULL, levels INTEGER NOT NULL,
                   seal TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE token (token TEXT NOT NULL);
"""
_TOKEN = re.compile(r"[0-9a-f]{16}")
_NOT_THE_FILE = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
)
"""What SQLite reports of a disk or a permission: a new file would not help."""

Row = tuple[str, int, str, int, int, str, int]
"""Key, row, SHA-256, width, height, kind, grey levels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What an index holds: the ``token`` that ties it to its file of squares, ``stamps`` to keys, and the rows."""

    token: str
    stamps: dict[str, str]
    rows: list[Row]


def open_index(file: Path) -> tuple[sqlite3.Connection, Found]:
    """The index and all that it holds; a new, empty one in place of one that is damaged or of another version.

    Raises sqlite3.Error or OSError where the disk refuses.
    """
    index = sqlite3.connect(file)
    try:
        found = _read(index)
    except (sqlite3.Error, ValueError) as error:  # ValueError: text that is no Unicode
        index.close()
        if isinstance(error, sqlite3.Error) and _is_of_the_disk(error, file):
            raise
        found = None
    if found is not None:
        return index, found
    index.close()
    for ending in ("", "-journal", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    index = sqlite3.connect(file)
    try:
        token = secrets.token_hex(8)
        with index:
            index.executescript(_SCHEMA)
            index.execute("INSERT INTO token VALUES (?)", (token,))
            index.execute(f"PRAGMA user_version = {CACHE_VERSION}")
    except BaseException:
        index.close()
        with suppress(OSError):
            file.unlink()
        raise
    return index, Found(token=token, stamps={}, rows=[])


def add(index: sqlite3.Connection, rows: Iterable[Row], stamps: Iterable[tuple[str, str]]) -> None:
    """Write rows, and pairs of stamp and key, over what they replace; all of them or none."""
    with index:
        sealed = [(*row, _seal(row)) for row in rows]
        index.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", sealed)
        index.executemany("INSERT OR REPLACE INTO stamps VALUES (?, ?, ?)", [(*pair, _seal(pair)) for pair in stamps])


def _read(index: sqlite3.Connection) -> Found | None:
    """Everything in the index; None where anything is not as it was written. Raises sqlite3.Error."""
    if index.execute("PRAGMA user_version").fetchone() != (CACHE_VERSION,):
        return None
    if index.execute("PRAGMA quick_check").fetchone() != ("ok",):
        return None
    index.execute("BEGIN IMMEDIATE")  # a damaged header can forbid writing
    index.rollback()
    tokens = index.execute("SELECT token FROM token").fetchall()
    stamps = index.execute("SELECT stamp, key, seal FROM stamps").fetchall()
    rows = index.execute("SELECT key, row, sha256, width, height, kind, levels, seal FROM rows").fetchall()
    sound = all(_seal(values) == seal for *values, seal in (*stamps, *rows))
    if not sound or len(tokens) != 1 or not _TOKEN.fullmatch(str(tokens[0][0])):
        return None
    return Found(
        token=tokens[0][0], stamps={stamp: key for stamp, key, _ in stamps}, rows=[tuple(row[:-1]) for row in rows]
    )


def _is_of_the_disk(error: sqlite3.Error, file: Path) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return code in _NOT_THE_FILE or (code == sqlite3.SQLITE_READONLY and not os.access(file, os.W_OK))


def _seal(values: Sequence[object]) -> str:
    return hashlib.sha256(repr(tuple(values)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
