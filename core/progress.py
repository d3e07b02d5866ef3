"""What long work tells the person who waits: one line with the time left, redrawn on a terminal."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

_SECONDS_BETWEEN_LINES = 15.0


@dataclass(kw_only=True)
class ProgressLine:
    """Call it with (done, total). On a terminal it redraws one line; in a log it adds one now and then."""

    label: str
    started: float = field(default_factory=time.monotonic)
    shown: float = field(default_factory=time.monotonic)
    done_at_start: int | None = None
    open_line: bool = False

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.done_at_start is None:
            self.done_at_start = done - 1
        terminal = sys.stdout.isatty()
        if now - self.shown < (0.1 if terminal else _SECONDS_BETWEEN_LINES) and not (terminal and done == total):
            return
        self.shown = now
        pace = (now - self.started) / max(1, done - self.done_at_start)
        text = f"{self.label} {done:,} of {total:,}, {duration(pace * (total - done))} left"
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
