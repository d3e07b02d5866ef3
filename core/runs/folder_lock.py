"""One writer a folder: a lock that the operating system lets go when its process ends, however it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import RunFolderError
from core.file_lock import Lock, locked

_GLANCE = 0.5  # seconds; who only looks whether a lock is held has it for an instant

FolderLock = Lock | None
"""None on a file system that knows no locks, on which a fit must be possible all the same."""


def lock_folder(path: Path, *, to_be_renamed: bool = False) -> FolderLock:
    """Lock a folder for this process and return the lock, to be given to :func:`unlock`.

    What is locked is a hidden file in the folder; beside it where it is ``to_be_renamed``, as Windows renames no folder
    that holds an open file. Raises :class:`RunFolderError` when another writer holds it.
    """
    if not path.is_dir():
        raise _gone(path)
    try:
        lock = locked(_file(path, to_be_renamed), patience=_GLANCE if to_be_renamed else 0.0)
    except TimeoutError as error:
        raise RunFolderError(f"{path}: another process is writing this run; wait until it ends, or stop it") from error
    except OSError:
        lock = None
    if not path.is_dir():
        unlock(lock)
        raise _gone(path)
    return lock


def is_held(path: Path, *, to_be_renamed: bool = False) -> bool | None:
    """Whether a writer has the lock of a folder now; None where that cannot be told, as no locks are known there."""
    file = _file(path, to_be_renamed)
    if not file.exists():  # looking makes no file
        return False
    try:
        locked(file).release()
    except TimeoutError:
        return True
    except OSError:
        return None
    return False


def unlock(lock: FolderLock) -> None:
    """Let go of a lock and leave nothing behind; a second time, or in a forked worker, does nothing."""
    if lock is not None and lock.is_locked:
        with suppress(OSError):  # Windows removes no open file; the lock does it there once it is closed
            Path(lock.lock_file).unlink()  # whoever waits for this file notices, and makes a new one
        lock.release()


@contextmanager
def waiting_for_lock(path: Path, *, patience: float = 20.0) -> Iterator[None]:
    """Hold the lock of a folder, waiting ``patience`` seconds for other writers. Raises as :func:`lock_folder`."""
    deadline = time.monotonic() + patience
    while True:
        try:
            lock = lock_folder(path)
            break
        except RunFolderError:
            if time.monotonic() > deadline or not path.is_dir():
                raise
        time.sleep(0.005)
    try:
        yield
    finally:
        unlock(lock)


def _file(path: Path, to_be_renamed: bool) -> Path:
    return path.with_name(f"{path.name}.lock") if to_be_renamed else path / ".lock"


def _gone(path: Path) -> RunFolderError:
    return RunFolderError(f"{path}: another process finished or removed this run just now; look again")
