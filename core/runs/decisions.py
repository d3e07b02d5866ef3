"""What was decided about a run: ``decisions.jsonl``, to which lines are only ever added, each bound to the one before.

A line is one JSON object (:func:`core.runs.files.canonical`): ``sequence`` from 1, ``time`` (UTC), ``event``,
``fields``, ``previous`` (the hash of the line before; in the first line the SHA-256 of the run's manifest, so that a
log cannot be moved to another run) and ``hash``, the SHA-256 of the line without it. Changing, removing, inserting or
reordering lines is noticed. Cutting lines off at the end is noticed by whoever kept a hash, and so is writing the whole
log anew: the chain is no signature, and who may write the folder may do that.

A line whose writing was cut short (by a kill, a full disk) does not count unless all but its end is there. It stays;
the next line holds the SHA-256 of such pieces as ``torn``. Nothing is added to a log that was altered.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.disk import NO_LINK, sync
from core.errors import RunFolderError
from core.runs.after_failure import after_failure
from core.runs.files import DECISIONS, MANIFEST, canonical, plain, reason, regular_size, sha256_of
from core.runs.folder_lock import waiting_for_lock

Draft = tuple[str, Mapping[str, Any]]
"""An event that is to be written: its name and its fields, which JSON can hold."""

_KEYS = {"sequence": int, "time": str, "event": str, "fields": dict, "previous": str, "hash": str}

# Where the file system knows no locks, at least the readers of one server wait for each other.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One line of the log. ``sound`` is False where the line, or its place in the chain, was altered."""

    line: int
    sequence: int
    time: str
    event: str
    fields: Mapping[str, Any]
    hash: str
    sound: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What is wrong with a line, counted from 1 as an editor shows it."""

    line: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionLog:
    """A log as it was read: every event that can be read, and what is wrong with it.

    ``altered`` are lines that somebody changed, or whose neighbours were; ``torn`` those whose writing was cut short.
    ``content`` is the file to the byte.
    """

    events: tuple[Event, ...] = ()
    altered: tuple[Fault, ...] = ()
    torn: tuple[Fault, ...] = ()
    content: bytes = b""

    @property
    def newest(self) -> Event | None:
        """The last event, None where there is none."""
        return self.events[-1] if self.events else None

    def find(self, kept: str) -> Event | None:
        """The event with the hash that somebody kept; None where it is not in the chain (any more)."""
        wanted = kept.strip().lower()
        return next((event for event in self.events if event.sound and event.hash == wanted), None)


def read_decisions(run_folder: Path) -> DecisionLog:
    """The log of a run; without events where nothing was decided yet.

    What was altered is told, not raised. Raises :class:`RunFolderError` when the file cannot be read at all.
    """
    path = run_folder / DECISIONS
    if not path.exists() and not path.is_symlink():
        return DecisionLog()
    regular_size(path)
    try:
        content, root = path.read_bytes(), sha256_of(run_folder / MANIFEST)
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be read ({reason(error)}); allow reading there") from error
    return _checked(content, root)


def append_decisions(run_folder: Path, decide: Callable[[DecisionLog], Sequence[Draft]]) -> tuple[Event, ...]:
    """Add the events that ``decide`` makes of the log as it is now, and give them back once they are on the disk.

    Other writers, of this process or another, wait meanwhile. Raises :class:`RunFolderError` when the log was altered,
    or when the disk refuses; :class:`UnconfirmedError` where the events stand and the disk did not confirm them.
    """
    path = run_folder / DECISIONS
    with _one_at_a_time, waiting_for_lock(run_folder):
        log = read_decisions(run_folder)
        if log.altered:
            first = log.altered[0]
            raise RunFolderError(
                f"{path}: line {first.line} {first.reason}; nothing is added to an altered log: restore it from a copy"
            )
        try:
            root = sha256_of(run_folder / MANIFEST)
            text = _lines(log, root, decide(log))
            _write(path, text)
        except OSError as error:
            raise after_failure(
                path,
                error,
                stands=lambda: len(read_decisions(run_folder).events) > len(log.events),
                remedy="make room, or allow writing there",
            ) from error
        return _checked(log.content + text, root).events[len(log.events) :]


def _lines(log: DecisionLog, root: str, drafts: Sequence[Draft]) -> bytes:
    """The lines to add, each bound to the one before."""
    previous, sequence = (log.newest.hash, log.newest.sequence) if log.newest else (root, 0)
    unended = log.content.rpartition(b"\n")[2]
    tail = _after_last_event(log) if unended else b""
    text = [b"\n"] if unended else []
    for name, fields in drafts:
        sequence += 1
        line = {
            "sequence": sequence,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "event": name,
            "fields": plain(fields),
            "previous": previous,
            **({"torn": hashlib.sha256(tail).hexdigest()} if tail else {}),
        }
        previous, tail = _hash(line), b""
        text.append(canonical(line | {"hash": previous}) + b"\n")
    return b"".join(text)


def _after_last_event(log: DecisionLog) -> bytes:
    """What follows the last whole line of a log that was not altered: pieces of lines."""
    lines = log.content.split(b"\n")
    return b"\n".join(lines[log.newest.line if log.newest else 0 :])


def _write(path: Path, text: bytes) -> None:
    """Add ``text`` in one write, and wait until it and the folder are on the disk."""
    as_it_is = getattr(os, "O_BINARY", 0)  # Windows would write \r\n
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_LINK | as_it_is, 0o644)
    try:
        before = os.fstat(descriptor).st_size
        if os.write(descriptor, text) != len(text):
            with suppress(OSError):
                os.ftruncate(descriptor, before)  # else a piece stays, which does not count
            raise OSError(errno.ENOSPC, "the disk took a part of the line only")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync(path.parent)


def _checked(content: bytes, root: str) -> DecisionLog:
    """The log that ``content`` is. Bytes that this process has checked before are compared, not checked again."""
    global _whole
    (of, whole), began = _whole, 0
    if of == root and content.startswith(whole.content):
        began = len(whole.content)
    else:
        whole = DecisionLog()
    log = _continued(whole, content, began, root)
    if content.endswith(b"\n") and not log.altered and not log.torn:
        _whole = root, log
    return log


_whole: tuple[str, DecisionLog] = "", DecisionLog()
"""The newest log without any fault that this process has checked, and the hash in which its chain begins."""


def _continued(whole: DecisionLog, content: bytes, began: int, root: str) -> DecisionLog:
    *lines, unended = content[began:].split(b"\n")
    events = list(whole.events)
    altered: list[Fault] = []
    torn: list[Fault] = []
    previous, sequence = (events[-1].hash, events[-1].sequence) if events else (root, 0)
    before = len(events)
    pieces: list[tuple[int, bytes]] = []
    if unended and _parsed(unended) is not None:  # only the end of the line is missing: it says all it was to say
        torn.append(
            Fault(
                line=before + len(lines) + 1, reason="was cut short at its very end, so whoever wrote it was not told"
            )
        )
        lines, unended = [*lines, unended], b""
    for number, raw in enumerate(lines, start=before + 1):
        line = _parsed(raw)
        if line is None:
            pieces.append((number, raw))
            continue
        wrong = _wrong(line, previous, sequence)
        digest = hashlib.sha256(b"\n".join(piece for _, piece in pieces)).hexdigest() if pieces else None
        if digest == line.get("torn"):
            torn += [_torn(piece) for piece, _ in pieces]
        else:
            altered += [_unreadable(piece) for piece, _ in pieces]
            wrong = wrong or ("" if pieces and "torn" not in line else "does not follow the piece of a line before it")
        if wrong:
            altered.append(Fault(line=number, reason=wrong))
        names = ("sequence", "time", "event", "fields", "hash")
        events.append(Event(line=number, sound=not wrong, **{name: line[name] for name in names}))
        previous, sequence, pieces = line["hash"], line["sequence"], []
    if unended:
        # Only where the end is missing may pieces before it be those of writers that were killed one after another.
        torn += [_torn(number) for number in (*(piece for piece, _ in pieces), before + len(lines) + 1)]
    else:
        altered += [_unreadable(piece) for piece, _ in pieces]
    return DecisionLog(events=tuple(events), altered=tuple(altered), torn=tuple(torn), content=content)


def _torn(number: int) -> Fault:
    return Fault(line=number, reason="was cut short while it was written, so it never counted")


def _unreadable(number: int) -> Fault:
    return Fault(line=number, reason="was altered: it is no line of this log")


def _wrong(line: Mapping[str, Any], previous: str, sequence: int) -> str:
    """Why a readable line cannot be what was written there; empty where it can."""
    if line["hash"] != _hash({name: value for name, value in line.items() if name != "hash"}):
        return "was altered: it does not fit its own hash"
    if line["previous"] != previous and not sequence:
        return "does not begin this run's log: lines before it were removed, or the log or the manifest is another's"
    if line["previous"] != previous or line["sequence"] != sequence + 1:
        return "does not follow the line before it: a line was altered, removed, inserted or moved here"
    return ""


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """A line as the object it holds; None unless it is one of ours, written in the one way there is."""
    try:
        line = json.loads(raw)
        if not isinstance(line, dict) or set(line) - {"torn"} != set(_KEYS) or canonical(line) != raw:
            return None
    except (ValueError, RecursionError):
        return None
    return line if all(type(line[name]) is kind for name, kind in _KEYS.items()) else None


def _hash(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(line)).hexdigest()
