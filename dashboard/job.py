"""A program that a page starts, never twice at a time, and that goes on when the page is closed.

Its state lies on disk, so that a reload of the page, a second tab and a restart of the server all see the same one. The
log file is locked, and the lock belongs to the open file that the program inherits: it holds as long as that runs.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LINES_SHOWN = 12
_PROGRESS = re.compile(r"(?:[a-z\d ,]* )?([\d,]+) of ([\d,]+), [\d a-z]+ left")
_STARTED = "started as process "


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A program that was started: whether it runs, and the lines it wrote."""

    running: bool
    lines: tuple[str, ...]

    @property
    def report(self) -> str:
        """The last lines that are not about progress."""
        own = [line for line in self.lines if not _PROGRESS.fullmatch(line) and not line.startswith(_STARTED)]
        return "\n".join(own[-_LINES_SHOWN:])

    @property
    def progress(self) -> tuple[float, str]:
        """How much is done, in [0, 1], and the program's own words for it; 0 and no words before it says so."""
        found = next((match for line in reversed(self.lines) if (match := _PROGRESS.fullmatch(line))), None)
        if found is None:
            return 0.0, ""
        done, total = (int(number.replace(",", "")) for number in found.group(1, 2))
        return min(1.0, done / max(total, 1)), found.group()


def start(log_file: Path, command: Sequence[str], *, folder: Path) -> None:
    """Start ``command`` in ``folder``, writing to ``log_file``; where one runs already, nothing happens."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("a+", encoding="utf-8") as log:
        if not lock(log):
            return
        log.truncate(0)
        process = subprocess.Popen(
            list(command), cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        log.write(f"{_STARTED}{process.pid}\n")


def look(log_file: Path) -> Job | None:
    """The latest job of this log, or None where none was ever started."""
    try:
        with log_file.open("r", encoding="utf-8", errors="replace") as log:
            running = not free(log)
            lines = [line.rstrip() for line in log if line.strip()]
    except FileNotFoundError:
        return None
    return Job(running=running, lines=tuple(lines)) if lines or running else None


def stop(log_file: Path, *, patience: float = 5.0) -> None:
    """End the job of this log, if it runs, and wait ``patience`` seconds until it has."""
    deadline, told = time.monotonic() + patience, False
    while (job := look(log_file)) is not None and job.running and time.monotonic() < deadline:
        number = next((line.removeprefix(_STARTED) for line in job.lines if line.startswith(_STARTED)), None)
        if number is not None and not told:
            os.kill(int(number), signal.SIGTERM)  # the lock that it holds says that it is still the one
            told = True
        time.sleep(0.05)


def lock(log: IO[str]) -> bool:
    """Take the lock, which holds until every process that has this open file closes it; False where a job has it."""
    for _ in range(20):  # a page that only looks holds it for an instant
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def free(log: IO[str]) -> bool:
    """Whether no job has the lock. Looks with a shared lock, so that pages that look do not hinder each other."""
    try:
        fcntl.flock(log, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(log, fcntl.LOCK_UN)
    return True
