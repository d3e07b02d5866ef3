"""Decoded squares on disk: rows of a flat file that is memory-mapped, and an SQLite index that says what they are.

For each size there are ``pixels-<size>.sqlite``, ``pixels-<size>-<token>.u8`` (rows of size * size bytes, only ever
appended to) and ``pixels-<size>.lock``. A row is recorded in the index after its bytes are in the file, so a process
that is killed leaves a valid cache: what lies behind the last recorded row is written over. Every recorded row has the
SHA-256 of its bytes, which is checked before it is used. The token ties file and index together; where the index is
made anew (:mod:`core.data.pixel_index`), so is the file.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.pixel_index import open_index
from core.disk import refusal
from core.errors import DataError
from core.file_lock import FOR_EVER, locked

_COMMIT_EVERY = 256


@dataclass(frozen=True, slots=True)
class CachedRow:
    """Where one decoded square lies, and what it was made from."""

    row: int
    sha256: str
    """Of the square's size * size bytes."""
    width: int
    height: int
    kind: str
    levels: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSquare:
    """A decoded square that the cache does not have yet, with the SHA-256 of its bytes."""

    pixels: NDArray[np.uint8]
    sha256: str
    width: int
    height: int
    kind: str
    levels: int


class PixelCache:
    """The squares of one size, open in one process; made by :func:`open_cache`.

    :meth:`find` and :meth:`key_of` may be used from any thread, everything else from the thread that opened it.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._row_bytes = size * size
        self._shape = (size, size)
        self._index = open_index(folder / f"pixels-{size}.sqlite")
        self._file = folder / f"pixels-{size}-{self._index.token}.u8"
        for stale in folder.glob(f"pixels-{size}-*.u8"):
            if stale != self._file:
                with suppress(OSError):  # a process that still maps it keeps its pages
                    stale.unlink()
        self._file.touch()
        self._writer = self._file.open("r+b")
        self._reader = self._file.open("rb")
        self._reading = threading.Lock()
        self._index.forget_from(self._file.stat().st_size // self._row_bytes)
        self._first_new = self._end = self._index.end()
        # What the index does not have yet. It has, before they are let go, so that no thread misses them.
        self._new_rows: dict[str, CachedRow] = {}
        self._new_stamps: dict[str, str] = {}

    def key_of(self, stamp: str) -> str | None:
        """The content key of a file as it was when last seen."""
        with _failures_named(self._folder):
            return self._new_stamps.get(stamp) or self._index.key_of(stamp)

    def find(self, key: str) -> CachedRow | None:
        """The row of ``key``, if its bytes are what was recorded."""
        cached = self._recorded(key)
        if cached is None or cached.row >= self._first_new:
            return cached
        with _failures_named(self._folder), self._reading:
            self._reader.seek(cached.row * self._row_bytes)
            content = self._reader.read(self._row_bytes)
        return cached if hashlib.sha256(content).hexdigest() == cached.sha256 else None

    def append(self, key: str, square: NewSquare) -> CachedRow:
        """Add a square in place of none or a damaged one; it is kept for certain after :meth:`commit`."""
        known = self._recorded(key)
        if known is not None and known.row >= self._first_new:
            return known
        with _failures_named(self._folder):
            self._writer.seek(self._end * self._row_bytes)
            self._writer.write(np.ascontiguousarray(square.pixels).data)
        cached = CachedRow(self._end, square.sha256, square.width, square.height, square.kind, square.levels)
        self._new_rows[key] = cached
        self._end += 1
        self._commit_if_many()
        return cached

    def remember(self, stamp: str, key: str) -> None:
        """Note the content key of a file as it is now."""
        self._new_stamps[stamp] = key
        self._commit_if_many()

    def commit(self) -> None:
        """Pixels first, then the index."""
        with _failures_named(self._folder):
            self._writer.flush()
            self._index.add({key: astuple(cached) for key, cached in self._new_rows.items()}, self._new_stamps)
        self._new_rows.clear()
        self._new_stamps.clear()

    def _commit_if_many(self) -> None:
        if max(len(self._new_rows), len(self._new_stamps)) >= _COMMIT_EVERY:
            self.commit()

    def _recorded(self, key: str) -> CachedRow | None:
        if (cached := self._new_rows.get(key)) is not None:
            return cached
        with _failures_named(self._folder):
            found = self._index.row_of(key)
        return None if found is None else CachedRow(*found)

    def pixels(self) -> NDArray[np.uint8]:
        """Every row so far, memory-mapped read-only, shape (N, size, size); there must be one."""
        self.commit()
        return np.memmap(self._file, dtype=np.uint8, mode="r", shape=(self._end, *self._shape))

    def close(self) -> None:
        """Close the files; pixels that are mapped stay mapped."""
        with suppress(OSError):  # a full disk was reported when it was met
            self._writer.close()
        self._reader.close()
        self._index.close()


@contextmanager
def open_cache(folder: Path, size: int) -> Iterator[PixelCache]:
    """The cache of one size in ``folder``, for this process alone until the block ends; others wait.

    What was appended is kept even if the block is interrupted. Raises DataError when the folder cannot be written, as
    do the methods of the cache; whatever else the block raises is passed on as it is.
    """
    with ExitStack() as leaving:
        with _failures_named(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):  # network file systems may know no locks, and a fit must be possible there
                leaving.callback(locked(folder / f"pixels-{size}.lock", patience=FOR_EVER).release)
            cache = PixelCache(folder, size)
        leaving.callback(cache.close)
        leaving.callback(cache.commit)  # called first
        yield cache


@contextmanager
def _failures_named(folder: Path) -> Iterator[None]:
    """Only around our own reading and writing: the user of a cache has failures that are none of the folder's."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = refusal(error) if isinstance(error, OSError) else str(error)
        raise DataError(
            f"{folder}: decoded pixels cannot be kept there ({reason}); make room, or choose another --out"
        ) from error
