"""The SQLite index of decoded squares: which file has which content, and where its square lies.

Every row carries a hash of itself, so that a flipped bit in it is noticed. An index that is damaged, or of another
version, is thrown away and made anew: it costs decoding alone. It is looked through once, when it is opened, and stays
on disk: what a process holds of it does not grow with the images that are kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

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

Row = tuple[int, str, int, int, str, int]
"""Row, SHA-256, width, height, kind, grey levels."""


class PixelIndex:
    """An index that is whole, open in one process; ``token`` ties it to its file of squares.

    Made by :func:`open_index`; for any thread. Every method raises sqlite3.Error where the disk refuses.
    """

    def __init__(self, connection: sqlite3.Connection, token: str) -> None:
        self._connection, self.token = connection, token
        self._using = threading.Lock()

    def key_of(self, stamp: str) -> str | None:
        """The content key of a file that had this stamp when it was last seen."""
        found = self._first("SELECT key FROM stamps WHERE stamp = ?", stamp)
        return None if found is None else str(found[0])

    def row_of(self, key: str) -> Row | None:
        """What is recorded of the square of ``key``."""
        return self._first("SELECT row, sha256, width, height, kind, levels FROM rows WHERE key = ?", key)

    def forget_from(self, row: int) -> None:
        """Drop what is recorded of this row and those behind it."""
        with self._using, self._connection:
            self._connection.execute("DELETE FROM rows WHERE row >= ?", (row,))

    def end(self) -> int:
        """The row behind the last recorded one."""
        found = self._first("SELECT 1 + MAX(row) FROM rows")
        return 0 if found is None or found[0] is None else int(found[0])

    def add(self, rows: Mapping[str, Row], stamps: Mapping[str, str]) -> None:
        """Write rows by their keys, and keys by their stamps, over what they replace; all of them or none."""
        sealed_rows = [(*row, _seal(row)) for row in ((key, *row) for key, row in rows.items())]
        sealed_stamps = [(*pair, _seal(pair)) for pair in stamps.items()]
        with self._using, self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", sealed_rows)
            self._connection.executemany("INSERT OR REPLACE INTO stamps VALUES (?, ?, ?)", sealed_stamps)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _first(self, question: str, *values: str) -> tuple[Any, ...] | None:
        with self._using:
            found: tuple[Any, ...] | None = self._connection.execute(question, values).fetchone()
        return found


def open_index(file: Path) -> PixelIndex:
    """The index in ``file``; a new, empty one in place of one that is damaged or of another version.

    Raises sqlite3.Error or OSError where the disk refuses.
    """
    connection = _connect(file)
    try:
        token = _token_if_sound(connection)
    except (sqlite3.Error, ValueError) as error:  # ValueError: text that is no Unicode
        connection.close()
        if isinstance(error, sqlite3.Error) and _is_of_the_disk(error, file):
            raise
        token = None
    if token is not None:
        return PixelIndex(connection, token)
    connection.close()
    for ending in ("", "-journal", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    connection = _connect(file)
    try:
        token = secrets.token_hex(8)
        with connection:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO token VALUES (?)", (token,))
            connection.execute(f"PRAGMA user_version = {CACHE_VERSION}")
    except BaseException:
        connection.close()
        with suppress(OSError):
            file.unlink()
        raise
    return PixelIndex(connection, token)


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, check_same_thread=False)  # PixelIndex lets in one at a time


def _token_if_sound(index: sqlite3.Connection) -> str | None:
    """The token of an index in which everything is as it was written, else None. Raises sqlite3.Error."""
    if index.execute("PRAGMA user_version").fetchone() != (CACHE_VERSION,):
        return None
    if index.execute("PRAGMA quick_check").fetchone() != ("ok",):
        return None
    index.execute("BEGIN IMMEDIATE")
    index.execute("UPDATE token SET token = token")  # a damaged header can forbid writing
    index.rollback()
    tokens = index.execute("SELECT token FROM token").fetchall()
    if len(tokens) != 1 or not _TOKEN.fullmatch(str(tokens[0][0])):
        return None
    for question in (
        "SELECT stamp, key, seal FROM stamps",
        "SELECT key, row, sha256, width, height, kind, levels, seal FROM rows",
    ):
        if any(_seal(values) != seal for *values, seal in index.execute(question)):
            return None
    return str(tokens[0][0])


def _is_of_the_disk(error: sqlite3.Error, file: Path) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return code in _NOT_THE_FILE or (code == sqlite3.SQLITE_READONLY and not os.access(file, os.W_OK))


def _seal(values: Sequence[object]) -> str:
    return hashlib.sha256(repr(tuple(values)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
