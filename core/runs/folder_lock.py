"""One writer a folder: a lock that the operating system lets go when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import RunFolderError

_held: set[int] = set()


def lock_folder(path: Path) -> int:
    """Lock a folder for this process and return the lock, to be given to :func:`unlock`.

    The folder itself is locked, not a file in it, so that nothing is left behind and the lock moves with a rename.
    Raises :class:`RunFolderError` when another writer holds it. On file systems without locks it always succeeds.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise _gone(path) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise RunFolderError(f"{path}: another process is writing this run; wait until it ends, or stop it") from error
    except OSError:
        pass  # network file systems may know no locks, and a fit must be possible there
    if not _is_still(path, descriptor):
        os.close(descriptor)
        raise _gone(path)
    _held.add(descriptor)
    return descriptor


def unlock(descriptor: int) -> None:
    """Let go of a lock; a second time does nothing."""
    if descriptor in _held:
        _held.discard(descriptor)
        os.close(descriptor)


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


def _gone(path: Path) -> RunFolderError:
    return RunFolderError(f"{path}: another process finished or removed this run just now; look again")


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _forget_in_child() -> None:
    """A forked worker must not keep the lock of a parent that was killed."""
    for descriptor in tuple(_held):
        unlock(descriptor)


os.register_at_fork(after_in_child=_forget_in_child)
