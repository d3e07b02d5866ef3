"""What can be made again, kept in a run's ``cache/``, which may be deleted, damaged or read-only at any time."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.disk import leads_out

_DIGEST_LENGTH = 64
_BEING_WRITTEN = ".new-"


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """Files of one ``kind``, in a folder of a run's ``cache/``, found by a text of any content.

    Safe for many threads and processes.

    A file ends in a line with the SHA-256 of what is before it, which image viewers do not mind: what a crash or a
    damaged disk left behind counts as not kept.
    """

    run_folder: Path
    kind: str
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
        with suppress(OSError):
            self.keep(key, content)

    def keep(self, key: str, content: bytes) -> None:
        """As :meth:`write`; raises OSError where the disk refuses, or where a link leads out of the run's folder."""
        self.make_folder()
        scratch = None
        try:
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=_BEING_WRITTEN, delete=False) as file:
                scratch = Path(file.name)
                file.write(content + _seal(content))
            scratch.replace(self._path(key))
        except OSError:
            if scratch is not None:
                with suppress(OSError):
                    scratch.unlink()
            raise

    def make_folder(self) -> None:
        """Make the folder, where it is not there yet; raises OSError as :meth:`keep`."""
        if leads_out(self.folder, self.run_folder):
            raise OSError(errno.ELOOP, "leads out of the run's folder", str(self.folder))
        self.folder.mkdir(parents=True, exist_ok=True)

    def clear(self) -> None:
        """Remove what writers that were killed left behind; for whoever knows that nobody writes now."""
        with suppress(OSError):
            for left in self.folder.glob(f"{_BEING_WRITTEN}*"):
                left.unlink()

    @property
    def folder(self) -> Path:
        return self.run_folder / "cache" / self.kind

    def _path(self, key: str) -> Path:
        """A name that no key can make lead elsewhere."""
        name = hashlib.sha256(os.fsencode(key)).hexdigest()
        return self.folder / f"{name}{self.suffix}"


def _seal(content: bytes) -> bytes:
    return b"\n" + hashlib.sha256(content).hexdigest().encode()
