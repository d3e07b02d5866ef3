"""Image files as a run recorded them: what has another content by now is refused, and nothing outside is read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.data.decode import DecodedImage, decode_file
from core.data.limits import image_error
from core.data.records import ImageRecord
from core.data.sources import FolderSource
from core.errors import ImageError


@dataclass(frozen=True, slots=True)
class RecordedSource(FolderSource):
    """Files below ``root`` with the SHA-256 of their records; fit for many threads."""

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
        path = PurePosixPath(record.path or record.image_id)
        if path.is_absolute() or ".." in path.parts:
            raise ImageError("its path on record leads out of the data folder; it is not read")
        return self.root / path
