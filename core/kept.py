"""What can be made again, kept in a run's ``cache/``, which may be deleted, damaged or read-only at any time."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_DIGEST_LENGTH = 64


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """Files of one kind in ``folder``, found by a text of any content. Safe for many threads and processes.

    A file ends in a line with the SHA-256 of what is before it, which image viewers do not mind: what a crash or a
    damaged disk left behind counts as not kept.
    """

    folder: Path
    suffix: str

    def read(self, key: str) -> bytes | None:
        """What was kept under ``key``; None where nothing is, or nothing whole."""
        path = self._path(key)
        try:
            if not path.is_file():  # opening a named pipe would wait for ever
                return None
            found = path.read_bytes()
        except OSError:
            return None
        content, end = found[: -_DIGEST_LENGTH - 1], found[-_DIGEST_LENGTH - 1 :]
        return content if end == _seal(content) else None

    def write(self, key: str, content: bytes) -> None:
        """Keep ``content``, whole or not at all; where the disk refuses, it is simply not kept."""
        scratch = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as file:
                scratch = Path(file.name)
                file.write(content + _seal(content))
            scratch.replace(self._path(key))
        except OSError:
            if scratch is not None:
                with suppress(OSError):
                    scratch.unlink()

    def _path(self, key: str) -> Path:
        """A name that no key can make lead elsewhere."""
        name = hashlib.sha256(os.fsencode(key)).hexdigest()
        return self.folder / f"{name}{self.suffix}"


def _seal(content: bytes) -> bytes:
    return b"\n" + hashlib.sha256(content).hexdigest().encode()
