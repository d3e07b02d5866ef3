"""Where the pixels of a record come from: files in a folder, or (see ``phantom``) a generator."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.data.decode import DecodedImage, decode_file, decode_image
from core.data.limits import image_error
from core.data.records import ImageRecord
from core.errors import ImageError


class ImageSource(Protocol):
    """Gives the pixels of a record. Every method may be called from several threads at once."""

    def stamp(self, record: ImageRecord) -> str | None:
        """A text that changes whenever the content may have changed, cheaper than :meth:`key`; None if there is none.

        The pixel cache remembers the key of a stamp, so that an unchanged file need not be read again.
        """
        ...

    def key(self, record: ImageRecord) -> str:
        """The content key: equal keys mean equal pixels. Raises ImageError with the reason when there is none."""
        ...

    def read(self, record: ImageRecord, *, at_least: int | None = None) -> DecodedImage:
        """The decoded image; ``at_least`` as in :func:`core.data.decode.decode_image`. Raises ImageError."""
        ...


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Image files below ``root``."""

    root: Path

    def stamp(self, record: ImageRecord) -> str | None:
        """Place, size, times and inode of the file; None where it cannot be looked at."""
        path = self._path(record)
        try:
            found = path.stat()
        except (OSError, ValueError):
            return None
        times = f"{found.st_mtime_ns} {found.st_ctime_ns}"
        return f"{found.st_size} {times} {found.st_ino} {os.path.abspath(path)}"  # noqa: PTH100 (resolve() is slow)

    def key(self, record: ImageRecord) -> str:
        """SHA-256 of the file, in hexadecimal."""
        path = self._path(record)
        if not path.is_file():  # opening a named pipe would wait for ever
            raise ImageError("file is missing or not a regular file")
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise image_error(error) from error

    def read(self, record: ImageRecord, *, at_least: int | None = None) -> DecodedImage:
        """The decoded file."""
        return decode_image(self._path(record), at_least=at_least)

    def _path(self, record: ImageRecord) -> Path:
        return self.root / (record.path or record.image_id)


@dataclass(frozen=True, slots=True)
class RecordedSource(FolderSource):
    """Files below ``root`` with the SHA-256 of their records: what has another content by now is refused, and nothing
    outside is read."""

    def key(self, record: ImageRecord) -> str:
        """The SHA-256 on record, without reading the file. Raises ImageError when there is none."""
        if not record.sha256:
            raise ImageError("has no SHA-256 on record, so no file can be told to be this image; make the run again")
        return record.sha256

    def read(self, record: ImageRecord, *, at_least: int | None = None) -> DecodedImage:
        """The decoded file; ImageError when it is missing, unreadable or not the one on record."""
        expected, path = self.key(record), self._path(record)
        try:
            if not path.is_file():  # opening a named pipe would wait for ever
                raise ImageError("file is missing or not a regular file")
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                    raise ImageError("file was changed since the fit (its SHA-256 is another one); restore it")
                return decode_file(file, at_least=at_least)
        except (OSError, ValueError) as error:
            raise image_error(error) from error

    def _path(self, record: ImageRecord) -> Path:
        """Where the record's file lies. Its path comes out of a file: it must not lead out of ``root``."""
        path = Path(record.path or record.image_id)
        if path.anchor or ".." in path.parts:  # on Windows C:x and \\x lead elsewhere too
            raise ImageError("its path on record leads out of the data folder; it is not read")
        return self.root / path
