"""The log of what was decided, as lines: each is bound to the one before, and what was changed is told.

A line is one JSON object (:func:`core.runs.files.canonical`): ``sequence`` from 1, ``time`` (UTC), ``event``,
``fields``, ``previous`` (the hash of the line before; in the first line the SHA-256 of the run's manifest, so that a
log cannot be moved to another run) and ``hash``, the SHA-256 of the line without it. Changing, removing, inserting or
reordering lines is noticed. Cutting lines off at the end is noticed by whoever kept a hash, and so is writing the whole
log anew: the chain is no signature, and who may write the folder may do that.

A line whose writing was cut short (by a kill, a full disk) does not count unless all but its end is there. It stays;
the next line holds the SHA-256 of such pieces as ``torn``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.runs.files import canonical, plain

Draft = tuple[str, Mapping[str, Any]]
"""An event that is to be written: its name and its fields, which JSON can hold."""

_KEYS = {"sequence": int, "time": str, "event": str, "fields": dict, "previous": str, "hash": str}


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
    ``lines`` are those of the file to the byte, without their ends; the last is what follows the last end.
    """

    events: tuple[Event, ...] = ()
    altered: tuple[Fault, ...] = ()
    torn: tuple[Fault, ...] = ()
    lines: tuple[bytes, ...] = (b"",)

    @property
    def content(self) -> bytes:
        """The file to the byte."""
        return b"\n".join(self.lines)

    @property
    def newest(self) -> Event | None:
        """The last event, None where there is none."""
        return self.events[-1] if self.events else None

    @property
    def settled(self) -> bool:
        """Whether it can be continued as it is: it ends with a whole line, or has none, and nobody altered it."""
        last = self.newest.line if self.newest else 0
        return not self.altered and not self.lines[-1] and len(self.lines) == last + 1

    def find(self, kept: str) -> Event | None:
        """The event with the hash that somebody kept; None where it is not in the chain (any more)."""
        wanted = kept.strip().lower()
        return next((event for event in self.events if event.sound and event.hash == wanted), None)


def checked(lines: tuple[bytes, ...], root: str) -> DecisionLog:
    """The log that ``lines`` are, as :attr:`DecisionLog.lines`; its chain begins in ``root``."""
    return continued(DecisionLog(), lines, root)


def continued(log: DecisionLog, lines: Sequence[bytes], root: str) -> DecisionLog:
    """A settled ``log`` and further ``lines``, the last of which is what follows the last end."""
    events: list[Event] = []
    altered: list[Fault] = []
    torn: list[Fault] = []
    previous, sequence = (log.newest.hash, log.newest.sequence) if log.newest else (root, 0)
    pieces: list[tuple[int, bytes]] = []
    before, further, unended = len(log.lines) - 1, lines[:-1], lines[-1]
    if unended and _parsed(unended) is not None:  # only the end of the line is missing: it says all it was to say
        cut = "was cut short at its very end, so whoever wrote it was not told"
        torn.append(Fault(line=before + len(lines), reason=cut))
        further, unended = [*further, unended], b""
    for number, raw in enumerate(further, start=before + 1):
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
        torn += [_torn(number) for number in (*(piece for piece, _ in pieces), before + len(lines))]
    else:
        altered += [_unreadable(piece) for piece, _ in pieces]
    return DecisionLog(
        events=log.events + tuple(events),
        altered=tuple(altered),
        torn=log.torn + tuple(torn),
        lines=log.lines[:-1] + tuple(lines),
    )


def text_of(drafts: Sequence[Draft], log: DecisionLog, root: str) -> bytes:
    """What is added to the file so that ``drafts`` follow the ``log``, each bound to the one before."""
    previous, sequence = (log.newest.hash, log.newest.sequence) if log.newest else (root, 0)
    unended = log.lines[-1]
    # Pieces of lines, which follow the last whole one of a log that was not altered.
    tail = b"\n".join(log.lines[log.newest.line if log.newest else 0 :]) if unended else b""
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
