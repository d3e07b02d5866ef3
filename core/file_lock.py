"""A lock that every operating system lets go when its process ends, however it ends."""

from __future__ import annotations

from pathlib import Path

from filelock import BaseFileLock, FileLock

FOR_EVER = -1.0
Lock = BaseFileLock


def locked(file: Path, *, patience: float = 0.0) -> Lock:
    """Take the lock of ``file``, which is made where it is missing, waiting ``patience`` seconds for its holder.

    It is let go by ``release()``, or when the lock is dropped; a forked worker does not have it. Raises TimeoutError
    when another holds it, any other OSError where the file system knows no locks or the file cannot be opened.
    """
    lock = FileLock(
        file,
        timeout=patience,
        poll_interval=0.02,
        mode=0o666,  # what one account left behind, another must be able to lock
        thread_local=False,
        fallback_to_soft=False,  # a file that merely exists would outlive the process
    )
    lock.acquire()
    return lock
