"""Files that are there whole or not at all, and what an operating system refuses, in words for people."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_WINDOWS = sys.platform == "win32"
_PAUSES = (0.01, 0.04, 0.2, 1.0) if _WINDOWS else ()
_AS_IT_IS = getattr(os, "O_BINARY", 0)  # Windows would write \r\n
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""A flag of ``os.open``: refuse a symbolic link, so that nothing is written where it leads."""

_WORDS = {
    "ENOSPC": "the disk is full",
    "EDQUOT": "this account may keep no more on this disk",
    "EFBIG": "the file is too large for this disk",
    "EIO": "the disk reports an error: it may be failing, or no longer be connected",
    "ESTALE": "the network drive is no longer connected",
    "ETIMEDOUT": "the network drive does not answer",
    "EROFS": "the disk is read-only",
    "EACCES": "permission is denied",
    "EPERM": "permission is denied",
    "ENOENT": "there is no such file or folder",
    "EEXIST": "something of that name is there already",
    "ENOTDIR": "a file stands where a folder should be",
    "EISDIR": "a folder stands where a file should be",
    "ENOTEMPTY": "a folder that is not empty is in the way",
    "ELOOP": "a link stands in its place, which is not followed",
    "EMFILE": "too many files are open",
    "ENFILE": "too many files are open",
    "ENAMETOOLONG": "the name is too long",
}


def refusal(error: OSError) -> str:
    """What the operating system refused, in words for people; its own words where there are none here."""
    known = _WORDS.get(errno.errorcode.get(error.errno or 0, ""))
    return known or " ".join((error.strerror or str(error)).split()) or type(error).__name__


def sync(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on the disk."""
    if _WINDOWS and path.is_dir():  # cannot be opened there
        return
    descriptor = os.open(path, os.O_RDWR if _WINDOWS else os.O_RDONLY)  # Windows syncs only what may be written
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_in_place(path: Path, target: Path) -> None:
    """Rename a file, over ``target`` where there is one, or a folder.

    Windows refuses while somebody reads either; readers there are given a second to end.
    """
    for pause in _PAUSES:
        try:
            path.replace(target)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    path.replace(target)


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write a file so that at every moment the old one is there or the new, and wait until it is on the disk.

    It is written beside its place, into a file that is made for it: a link there is removed, not followed. One writer
    at a time. Raises OSError; what was written beside is then gone, and only where the last waiting failed, the new
    file stands.
    """
    with writing_whole(path) as file:
        file.write(content)


@contextmanager
def writing_whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write in parts what :func:`write_whole` writes at once; what fails meanwhile leaves
    ``path`` as it was."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)  # of a writer that was killed
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _AS_IT_IS, 0o666), "wb") as file:
            yield file
        sync(beside)
        put_in_place(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def leads_out(path: Path, folder: Path) -> bool:
    """Whether ``path``, which is named inside ``folder``, lies outside it, because of a link on the way."""
    return not path.resolve().is_relative_to(folder.resolve())
