"""What long work tells the person who waits: one line with the time left, redrawn on a terminal."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from dataclasses import asdict, dataclass, field

AS_JSON = "PROGRESS_AS_JSON"
"""Environment variable: where it is ``1``, another program reads the output, and progress is data in it."""

_SECONDS_BETWEEN_LINES = 15.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How many of ``total`` are ``done``, and the time that the rest will take at this pace."""

    label: str
    done: int
    total: int
    seconds_left: float

    @property
    def share(self) -> float:
        """What is done, in [0, 1]."""
        return min(1.0, max(0.0, self.done / max(self.total, 1)))

    @property
    def time_left(self) -> str:
        """``"1 min 25 s left"``."""
        return f"{duration(self.seconds_left)} left"

    def __str__(self) -> str:
        """``"decoding 15 of 100, 1 min 25 s left"``."""
        return f"{self.label} {self.done:,} of {self.total:,}, {self.time_left}"

    def to_json(self) -> str:
        """``{"progress": {"label": "decoding", "done": 15, "total": 100, "seconds_left": 85.0}}``."""
        return json.dumps({"progress": asdict(self)})


def read_progress(line: str) -> Progress | None:
    """What :meth:`Progress.to_json` wrote; None for every other line."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return as_progress(found["progress"]) if isinstance(found, dict) and "progress" in found else None


def as_progress(found: object) -> Progress | None:
    """Progress of its own fields, as ``dataclasses.asdict`` gives them; None for anything else."""
    match found:
        case {"label": str(label), "done": int(done), "total": int(total), "seconds_left": float(left)}:
            return Progress(label=label, done=done, total=total, seconds_left=left) if math.isfinite(left) else None
    return None


@dataclass(kw_only=True)
class ProgressLine:
    """Call it with (done, total). On a terminal it redraws one line; in a log it adds one now and then.

    With ``PROGRESS_AS_JSON=1`` in the environment it adds lines of :meth:`Progress.to_json` instead.
    """

    label: str
    started: float = field(default_factory=time.monotonic)
    shown: float = field(default_factory=time.monotonic)
    done_at_start: int | None = None
    open_line: bool = False

    def at(self, done: int, total: int) -> Progress:
        """How far that is, and the time left at the pace since the first call."""
        if self.done_at_start is None:
            self.done_at_start = done - 1
        pace = (time.monotonic() - self.started) / max(1, done - self.done_at_start)
        return Progress(label=self.label, done=done, total=total, seconds_left=float(pace * (total - done)))

    def __call__(self, done: int, total: int) -> None:
        now, told = time.monotonic(), self.at(done, total)
        as_json = os.environ.get(AS_JSON) == "1"
        terminal = sys.stdout.isatty() and not as_json
        if now - self.shown < (0.1 if terminal else _SECONDS_BETWEEN_LINES) and not (terminal and done == total):
            return
        self.shown = now
        text = told.to_json() if as_json else str(told)
        print(f"\r{text:<78}" if terminal else text, end="" if terminal else "\n", flush=True)
        self.open_line = terminal

    def close(self) -> None:
        """Clear the redrawn line, so that what is printed next starts at the left."""
        if self.open_line:
            print(f"\r{'':<78}\r", end="", flush=True)
            self.open_line = False


def duration(seconds: float) -> str:
    """``"42 s"``, ``"3 min 05 s"`` or ``"2 h 07 min"``."""
    whole = round(max(0.0, seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
