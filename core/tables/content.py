"""What a file of rows holds. Of a large one no more than a part lies in memory at a time."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import TableError

HELD = 1 << 26
"""Bytes: a file of more is read where it lies, a part at a time and as often as it is asked for."""
PART = 1 << 23
PARQUET = b"PAR1"


class Content:
    """The bytes of ``file``, less the first ``begins`` of them; ``given`` where they lie in memory alone.

    Raises :class:`TableError` where there is no such file, or it cannot be read.
    """

    def __init__(self, file: Path, given: bytes | None = None, begins: int = 0) -> None:
        self.file, self._begins = file, begins
        self._bytes = given
        if given is None:
            with self._read():
                found = file.stat()
                self._size, self._changed = found.st_size, found.st_mtime_ns
                if self._size <= HELD:
                    self._bytes = file.read_bytes()
        if self._bytes is not None:
            self._size = len(self._bytes)

    @classmethod
    def of(cls, file: Path, given: bytes | Content | None) -> Content:
        """What was ``given``, or else the file's, or that of the parts where it is a folder."""
        if isinstance(given, Content):
            return given
        return Parts(file) if given is None and file.is_dir() else cls(file, given)

    def after(self, begins: int) -> Content:
        """What follows its first bytes."""
        return Content(self.file, self._bytes, self._begins + begins)

    def __len__(self) -> int:
        return self._size - self._begins

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(len(self))
        if self._bytes is not None:
            return self._bytes[self._begins + start : self._begins + stop]
        with self._read(), self.opened() as opened:
            opened.seek(start, io.SEEK_CUR)
            return opened.read(max(stop - start, 0))

    def startswith(self, start: bytes | tuple[bytes, ...]) -> bool:
        """Whether it begins with ``start``, or one of them, of sixteen bytes at most."""
        return self[:16].startswith(start)

    def opened(self) -> BinaryIO:
        """A file to read all of it from."""
        opened: BinaryIO = self.file.open("rb") if self._bytes is None else io.BytesIO(self._bytes)
        opened.seek(self._begins)
        return opened

    def parts(self, beside: int = 0) -> Iterator[bytes]:
        """All of it in parts; with each as many bytes ``beside`` it, on either side, as there are."""
        for start in range(0, len(self), PART):
            yield self[max(start - beside, 0) : start + PART + beside]

    def has(self, signs: bytes) -> bool:
        """Whether these bytes are anywhere in it."""
        return any(signs in part for part in self.parts(beside=len(signs) - 1))

    @contextmanager
    def _read(self) -> Iterator[None]:
        if not self.file.is_file():
            raise TableError(f"{self.file}: cannot be read: there is no such file")
        with _named(self.file):
            yield

    def check(self) -> None:
        """Raise :class:`TableError` where the file is another one than when its reading was begun."""
        if self._bytes is None:
            with self._read():
                now = self.file.stat()
            if (now.st_size, now.st_mtime_ns) != (self._size, self._changed):
                raise TableError(f"{self.file}: was changed while it was read; read it again")

    def sha256(self) -> str:
        """Of all of it, in hexadecimal."""
        found = hashlib.sha256()
        for part in self.parts():
            found.update(part)
        return found.hexdigest()

    def files(self) -> Iterator[Content]:
        """What is read as files of their own, in order."""
        yield self


@contextmanager
def _named(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TableError(f"{file}: cannot be read ({error.strerror or error})") from error


class Parts(Content):
    """A folder of Parquet files that are one table, in the order of their names, as Ray, Spark and Dask write them.

    Names that begin with ``_`` or ``.`` are passed over. One part at a time lies in memory; there is no content of
    all. Raises :class:`TableError` where there is none, or one cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder
        self._found = self._listed()
        if not self._found:
            raise TableError(f"{folder}: is a folder without Parquet files; name a file, or a folder of Parquet parts")

    def startswith(self, start: bytes | tuple[bytes, ...]) -> bool:
        """Whether Parquet does, which every part is read as."""
        return PARQUET.startswith(start)

    def _listed(self) -> dict[Path, tuple[int, int]]:
        """The parts in order, each with its size and when it was last changed."""
        with _named(self.file):
            files = sorted(one for one in self.file.glob("*.parquet") if not one.name.startswith(("_", ".")))
            return {one: (one.stat().st_size, one.stat().st_mtime_ns) for one in files}

    def files(self) -> Iterator[Content]:
        """The parts."""
        yield from map(Content, self._found)

    def check(self) -> None:
        """Raise :class:`TableError` where the parts are others than when their reading was begun."""
        if self._listed() != self._found:
            raise TableError(f"{self.file}: was changed while it was read; read it again")

    def sha256(self) -> str:
        """Of the names of all parts and what each holds, as ``sha256sum`` lists them."""
        listed = "".join(f"{part.sha256()}  {part.file.name}\n" for part in self.files())
        return hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest()
