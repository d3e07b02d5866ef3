"""Columns of text that lie on a disk once they are large, mapped into memory: Arrow reads them as any other.

Memory then holds what the operating system has room for, and no column has to fit. What goes over a whole column does
so a part at a time (:func:`by_part`, :func:`made_of`), and says after each that it is done with the pages read.
"""

from __future__ import annotations

import mmap
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, TypeAlias

import numpy as np
import pyarrow as pa

from core.errors import TableError

PART = 1 << 19
"""Rows that are looked at together."""
HELD = 1 << 24
"""Bytes: a column of more text lies on a disk."""

Column: TypeAlias = "pa.ChunkedArray | pa.Array"

_in_memory = ContextVar("_in_memory", default=False)
_adding = threading.Lock()
_mapped: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


class Spool:
    """A column while it is made, a part at a time; text of more than ``held`` bytes lies on a disk."""

    def __init__(self, *, held: int | None = None) -> None:
        self._held = sys.maxsize if _in_memory.get() else HELD if held is None else held
        self._parts: list[pa.ChunkedArray] = []
        self._files: tuple[IO[bytes], IO[bytes]] | None = None
        self._there: list[pa.Array] = []
        self._rows = self._bytes = self._nulls = 0

    def add(self, part: Column) -> None:
        """The next cells. Raises :class:`TableError` where the disk refuses."""
        part = _chunked(part)
        if self._files:
            self._write(part)
            return
        self._parts.append(part)
        self._bytes += part.nbytes
        if self._bytes > self._held:
            parts, self._parts, self._rows, self._bytes = self._parts, [], 0, 0
            with _refused():
                self._files = (tempfile.TemporaryFile(), tempfile.TemporaryFile())  # noqa: SIM115 - closed when mapped
                self._files[0].write(bytes(8))
            for one in parts:
                self._write(one)

    def column(self, kind: pa.DataType | None = None) -> pa.ChunkedArray:
        """All cells, of the type ``kind`` where there is none; no more can be added."""
        if not self._files:
            chunks = [chunk for part in self._parts for chunk in part.chunks]
            return pa.chunked_array(chunks, self._parts[0].type if self._parts else kind or pa.large_string())
        with _refused():
            ends, text = map(_map, self._files)
        there = pa.concat_arrays(self._there).buffers()[1] if self._nulls else None
        return pa.chunked_array([pa.LargeStringArray.from_buffers(self._rows, ends, text, there, self._nulls)])

    def _write(self, part: pa.ChunkedArray) -> None:
        ends, text = self._files  # type: ignore[misc]
        for chunk in part.cast(pa.large_string()).chunks:
            _, offsets, data = chunk.buffers()
            place: np.ndarray = np.frombuffer(offsets, dtype=np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
            with _refused():
                ends.write((place[1:] - place[0] + self._bytes).tobytes())
                if data is not None:
                    text.write(memoryview(data)[place[0] : place[-1]])
            self._there.append(chunk.is_valid())
            self._nulls += chunk.null_count
            self._rows += len(chunk)
            self._bytes += int(place[-1] - place[0])


@contextmanager
def held_in_memory(held: bool = True) -> Iterator[None]:
    """Meanwhile no column goes to a disk, however large, where ``held``: of what its owner gave to memory alone."""
    before = _in_memory.set(held or _in_memory.get())
    try:
        yield
    finally:
        _in_memory.reset(before)


def _chunked(column: Column) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TableError(
            f"{tempfile.gettempdir()}: the text of a large table cannot be kept there ({error.strerror or error}); "
            "make room, or let TMPDIR name another folder"
        ) from error


def _map(file: IO[bytes]) -> pa.Buffer:
    """The file, which is gone when nobody needs its pages."""
    with file:
        file.flush()
        if not file.tell():
            return pa.py_buffer(b"")
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with _adding:
        _mapped.add(pages)
    return pa.py_buffer(pages)


def columns_of(kinds: Sequence[pa.DataType], batches: Iterable[list[pa.Array]]) -> list[pa.ChunkedArray]:
    """The columns, of these ``kinds``, of all ``batches``."""
    made = [Spool(held=None if is_text(kind) else sys.maxsize) for kind in kinds]
    for batch in batches:
        for spool, kind, column in zip(made, kinds, batch, strict=True):
            spool.add(column.cast(kind))
    return [spool.column(kind) for spool, kind in zip(made, kinds, strict=True)]


def let_go() -> None:
    """The pages of columns on a disk are not needed soon, so that they do not count as this process's memory."""
    if sys.platform != "win32":
        with _adding:
            mapped = list(_mapped)
        for pages in mapped:
            pages.madvise(mmap.MADV_DONTNEED)


def is_text(kind: pa.DataType) -> bool:
    """Whether cells of this type are texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def parts_of(column: Column) -> Iterator[Column]:
    """``column`` in parts, at least one, in its order."""
    for start in range(0, max(len(column), 1), PART):
        yield column.slice(start, PART)
        let_go()


def by_part(column: Column, judge: Callable[[Column], Column]) -> pa.ChunkedArray:
    """What ``judge`` makes of each part of ``column``: of what is small, such as truth values."""
    found = [_chunked(judge(part)) for part in parts_of(column)]
    return pa.chunked_array([chunk for part in found for chunk in part.chunks], found[0].type)


def filtered(column: pa.ChunkedArray, rows: np.ndarray) -> pa.ChunkedArray:
    """The cells of ``column`` where ``rows`` (n,) holds."""
    if rows.all():
        return column
    if not is_text(column.type):
        return column.filter(pa.array(rows))
    starts = range(0, max(len(column), 1), PART)
    return made_of(
        part.filter(pa.array(rows[at : at + PART])) for at, part in zip(starts, parts_of(column), strict=True)
    )


def made_of(parts: Iterable[Column]) -> pa.ChunkedArray:
    """The column of text that ``parts`` are, one behind the other."""
    spool = Spool()
    for part in parts:
        spool.add(part)
        let_go()
    return spool.column()
