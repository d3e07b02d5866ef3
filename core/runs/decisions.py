"""What was decided about a run: ``decisions.jsonl``, to which lines are only ever added.

What the lines are is told in :mod:`core.runs.decision_log`. Nothing is added to a log that was altered. What this
process has read or written is remembered, so that adding to a log takes as long as what is added, however long it is.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.disk import NO_LINK, sync
from core.errors import RunFolderError
from core.runs.after_failure import after_failure
from core.runs.decision_log import DecisionLog, Draft, Event, checked, continued, text_of
from core.runs.files import DECISIONS, MANIFEST, reason, regular_size, sha256_of
from core.runs.folder_lock import waiting_for_lock

# Where the file system knows no locks, at least the readers of one server wait for each other.
_one_at_a_time = threading.Lock()

_Look = tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Remembered:
    """A settled log, the hash in which its chain begins, and how its file looked."""

    root: str
    log: DecisionLog
    look: _Look


_remembered = _Remembered(root="", log=DecisionLog(), look=())


def read_decisions(run_folder: Path) -> DecisionLog:
    """The log of a run; without events where nothing was decided yet.

    What was altered is told, not raised. Raises :class:`RunFolderError` when the file cannot be read at all.
    """
    path = run_folder / DECISIONS
    if not path.exists() and not path.is_symlink():
        return DecisionLog()
    regular_size(path)
    try:
        with path.open("rb") as file:
            look, content = _look(file.fileno()), file.read()
        root = sha256_of(run_folder / MANIFEST)
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be read ({reason(error)}); allow reading there") from error
    lines, begins = tuple(content.split(b"\n")), _remembered
    known = len(begins.log.lines) - 1
    if begins.root == root and lines[:known] == begins.log.lines[:-1]:  # compared, and not checked again
        log = continued(begins.log, lines[known:], root)
    else:
        log = checked(lines, root)
    _remember(root, log, look)
    return log


def append_decisions(run_folder: Path, decide: Callable[[DecisionLog], Sequence[Draft]]) -> tuple[Event, ...]:
    """Add the events that ``decide`` makes of the log as it is now, and give them back once they are on the disk.

    Other writers, of this process or another, wait meanwhile. Raises :class:`RunFolderError` when the log was altered,
    or when the disk refuses; :class:`UnconfirmedError` where the events stand and the disk did not confirm them.
    """
    path = run_folder / DECISIONS
    with _one_at_a_time, waiting_for_lock(run_folder):
        log = _as_remembered(run_folder) or read_decisions(run_folder)
        if log.altered:
            first = log.altered[0]
            raise RunFolderError(
                f"{path}: line {first.line} {first.reason}; nothing is added to an altered log: restore it from a copy"
            )
        try:
            root = sha256_of(run_folder / MANIFEST)
            text = text_of(decide(log), log, root)
            look = _write(path, text)
        except OSError as error:
            raise after_failure(
                path,
                error,
                stands=lambda: len(read_decisions(run_folder).events) > len(log.events),
                remedy="make room, or allow writing there",
            ) from error
        lines = text.split(b"\n")
        longer = continued(log, lines, root) if log.settled else checked(_joined(log.lines, lines), root)
        _remember(root, longer, look)
        return longer.events[len(log.events) :]


def _joined(lines: tuple[bytes, ...], more: Sequence[bytes]) -> tuple[bytes, ...]:
    """The lines of a file to which those of a text were added."""
    return (*lines[:-1], lines[-1] + more[0], *more[1:])


def _write(path: Path, text: bytes) -> _Look:
    """Add ``text`` in one write, wait until it and the folder are on the disk, and tell how the file then looks."""
    as_it_is = getattr(os, "O_BINARY", 0)  # Windows would write \r\n
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_LINK | as_it_is, 0o644)
    try:
        before = os.fstat(descriptor).st_size
        if os.write(descriptor, text) != len(text):
            with suppress(OSError):
                os.ftruncate(descriptor, before)  # else a piece stays, which does not count
            raise OSError(errno.ENOSPC, "the disk took a part of the line only")
        with suppress(OSError, TypeError):  # another account's file keeps its time, and Windows sets none of open files
            # Clocks of disks may tick seldom: what is changed within a tick would look as it was.
            os.utime(descriptor, ns=(time.time_ns(), time.time_ns()))
        os.fsync(descriptor)
        look = _look(descriptor)
    finally:
        os.close(descriptor)
    sync(path.parent)
    return look


def _look(descriptor: int) -> _Look:
    """Which file it is, its length, and when it was written; where nobody wrote it since, it looks the same."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _as_remembered(run_folder: Path) -> DecisionLog | None:
    """The log that this process has read or written, where its file looks as it did then; None where it does not."""
    try:
        # Opened, as a network drive otherwise tells how the file looked a while ago.
        descriptor = os.open(run_folder / DECISIONS, os.O_RDONLY | NO_LINK | getattr(os, "O_NONBLOCK", 0))
        try:
            same = (sha256_of(run_folder / MANIFEST), _look(descriptor)) == (_remembered.root, _remembered.look)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    return _remembered.log if same else None


def _remember(root: str, log: DecisionLog, look: _Look) -> None:
    """Remember a log that can be continued, and how its file looked."""
    global _remembered
    if log.settled:
        _remembered = _Remembered(root=root, log=log, look=look)
