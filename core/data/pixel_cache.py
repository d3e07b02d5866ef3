"""Decoded squares on disk: rows of a flat file that is memory-mapped, and an SQLite index that says what they are.

For each size there are ``pixels-<size>.sqlite``, ``pixels-<size>-<token>.u8`` (rows of size * size bytes, only ever
appended to) and ``pixels-<size>.lock``. A row is recorded in the index after its bytes are in the file, so a process
that is killed leaves a valid cache: what lies behind the last recorded row is written over. Every recorded row has the
SHA-256 of its bytes, which is checked before it is used. The token ties file and index together; an index that is
damaged, or of another version, is thrown away, and with it the file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

try:
    import fcntl
except ImportError:  # Windows: two runs that fill one cache at the same time are not kept apart there
    fcntl = None  # type: ignore[assignment]

CACHE_VERSION = 1
"""Raised whenever the same file would be decoded to other pixels; caches of other versions are made anew."""

_SCHEMA = """
CREATE TABLE stamps (stamp TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE rows (key TEXT PRIMARY KEY, row INTEGER NOT NULL, sha256 TEXT NOT NULL, width INTEGER NOT NULL,
                   height INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE token (token TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class CachedRow:
    """Where one decoded square lies, and what it was made from."""

    row: int
    sha256: str
    """Of the square's size * size bytes."""
    width: int
    height: int


class PixelCache:
    """The squares of one size, open for reading and appending by one process; made by :func:`open_cache`."""

    def __init__(self, folder: Path, size: int) -> None:
        self._size = size
        self._index = _open_index(folder / f"pixels-{size}.sqlite")
        (token,) = self._index.execute("SELECT token FROM token").fetchone()
        self._file = folder / f"pixels-{size}-{token}.u8"
        for stale in folder.glob(f"pixels-{size}-*.u8"):
            if stale != self._file:
                stale.unlink()  # a process that still maps it keeps its pages
        self._file.touch()
        self.stamps: dict[str, str] = dict(self._index.execute("SELECT stamp, key FROM stamps"))
        self.rows = {key: CachedRow(*rest) for key, *rest in self._index.execute("SELECT * FROM rows")}
        self._end = 1 + max((found.row for found in self.rows.values()), default=-1)
        self._pixels = self._file.open("r+b")
        self._new_stamps: list[tuple[str, str]] = []
        self._new_rows: list[tuple[str, int, str, int, int]] = []

    def pixels(self) -> NDArray[np.uint8]:
        """Every row written so far, memory-mapped read-only, shape (N, size, size); N must not be 0."""
        self.commit()
        n = self._file.stat().st_size // self._size**2
        return np.memmap(self._file, dtype=np.uint8, mode="r", shape=(n, self._size, self._size))

    def discard_damaged(self, keys: set[str], workers: int) -> None:
        """Forget those rows of ``keys`` whose bytes are not what was recorded."""
        found = [(key, self.rows[key]) for key in keys]
        n_bytes = self._size**2
        handle = self._pixels.fileno()

        def intact(cached: CachedRow) -> bool:
            content = _read_at(handle, n_bytes, cached.row * n_bytes)
            return hashlib.sha256(content).hexdigest() == cached.sha256

        with ThreadPoolExecutor(workers) as pool:
            kept = pool.map(intact, (cached for _, cached in found))
            damaged = [key for (key, _), is_intact in zip(found, kept, strict=True) if not is_intact]
        for key in damaged:
            del self.rows[key]
        with self._index:
            self._index.executemany("DELETE FROM rows WHERE key = ?", [(key,) for key in damaged])

    def append(self, key: str, square: NDArray[np.uint8], sha256: str, width: int, height: int) -> None:
        """Add the square of ``key``, unless it is there already; on disk for certain after :meth:`commit`."""
        if key in self.rows:
            return
        self._pixels.seek(self._end * self._size**2)
        self._pixels.write(np.ascontiguousarray(square).data)
        self.rows[key] = CachedRow(self._end, sha256, width, height)
        self._new_rows.append((key, self._end, sha256, width, height))
        self._end += 1
        if len(self._new_rows) >= 256:
            self.commit()

    def remember(self, stamp: str, key: str) -> None:
        """Note the content key of a file as it is now."""
        self.stamps[stamp] = key
        self._new_stamps.append((stamp, key))

    def commit(self) -> None:
        """Pixels first, then the index."""
        self._pixels.flush()
        with self._index:
            self._index.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?)", self._new_rows)
            self._index.executemany("INSERT OR REPLACE INTO stamps VALUES (?, ?)", self._new_stamps)
        self._new_rows.clear()
        self._new_stamps.clear()

    def close(self) -> None:
        """Close the files without committing; pixels that are mapped stay mapped."""
        self._pixels.close()
        self._index.close()


@contextmanager
def open_cache(folder: Path, size: int) -> Iterator[PixelCache]:
    """The cache of one size in ``folder``, for this process alone until the block ends; others wait.

    What was appended is kept even if the block fails. Raises DataError when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"pixels-{size}.lock").open("a") as lock:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            cache = PixelCache(folder, size)
            try:
                try:
                    yield cache
                finally:
                    cache.commit()
            finally:
                cache.close()
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"{folder}: decoded pixels cannot be kept there ({reason}); free some space, or choose another --out"
        ) from error


def _open_index(file: Path) -> sqlite3.Connection:
    """The index, emptied if it is damaged or of another version."""
    try:
        index = sqlite3.connect(file)
        if index.execute("PRAGMA user_version").fetchone() == (CACHE_VERSION,) and _is_sound(index):
            return index
        index.close()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        index.close()
    for leftover in (file, file.with_name(f"{file.name}-journal"), file.with_name(f"{file.name}-wal")):
        leftover.unlink(missing_ok=True)
    index = sqlite3.connect(file)
    with index:
        index.executescript(_SCHEMA)
        index.execute("INSERT INTO token VALUES (?)", (secrets.token_hex(8),))
        index.execute(f"PRAGMA user_version = {CACHE_VERSION}")
    return index


def _is_sound(index: sqlite3.Connection) -> bool:
    if index.execute("PRAGMA quick_check").fetchone() != ("ok",):
        return False
    tables = {name for (name,) in index.execute("SELECT name FROM sqlite_master")}
    return {"stamps", "rows", "token"} <= tables and index.execute("SELECT count(*) FROM token").fetchone() == (1,)


def _read_at(handle: int, n_bytes: int, offset: int) -> bytes:
    return os.pread(handle, n_bytes, offset)
