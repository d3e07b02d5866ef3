"""The demo fit: ``train.py`` on the embedded data, started from the page, never twice at a time.

Its state lies on disk, so that a reload of the page, a second tab and a restart of the server all see the same fit.
The log file is locked, and the lock belongs to the open file that the fit inherits: it holds as long as the fit runs.
"""

from __future__ import annotations

import fcntl
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from dashboard.state import ROOT

_LOG = ".demo.log"
_LINES_SHOWN = 12
_PROGRESS = re.compile(r"(?:[a-z\d ,]* )?([\d,]+) of ([\d,]+), [\d a-z]+ left")


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoFit:
    """The latest demo fit of a folder of runs: its id, whether it runs, and the lines it wrote."""

    run_id: str
    running: bool
    lines: tuple[str, ...]

    @property
    def report(self) -> str:
        """The last lines that are not about progress."""
        return "\n".join([line for line in self.lines if not _PROGRESS.fullmatch(line)][-_LINES_SHOWN:])

    @property
    def progress(self) -> tuple[float, str]:
        """How much is done, in [0, 1], and the fit's own words for it; 0 and no words before it says so."""
        found = next((match for line in reversed(self.lines) if (match := _PROGRESS.fullmatch(line))), None)
        if found is None:
            return 0.0, ""
        done, total = (int(number.replace(",", "")) for number in found.group(1, 2))
        return min(1.0, done / max(total, 1)), found.group()


def start_demo(out: Path) -> None:
    """Start the demo fit; where one runs already, nothing happens. One that was stopped continues where it was."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / _LOG).open("a+", encoding="utf-8") as log:
        if not _lock(log):
            return
        log.seek(0)
        run_id = log.readline().strip()
        if not (run_id and (out / f".{run_id}.partial").is_dir()):
            run_id = f"phantom-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        log.truncate(0)
        log.write(f"{run_id}\n")
        log.flush()
        # An id that left no folder starts afresh, so --resume serves the first start as well.
        command = [sys.executable, str(ROOT / "train.py"), "--out", str(out), "--resume", run_id]
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)


def demo_fit(out: Path) -> DemoFit | None:
    """The latest demo fit in ``out``, or None where none was ever started."""
    try:
        with (out / _LOG).open("r", encoding="utf-8", errors="replace") as log:
            running = not _free(log)
            lines = [line.rstrip() for line in log if line.strip()]
    except FileNotFoundError:
        return None
    return DemoFit(run_id=lines[0], running=running, lines=tuple(lines[1:])) if lines else None


def _lock(log: IO[str]) -> bool:
    """Take the lock, which holds until every process that has this open file closes it; False where a fit has it."""
    for _ in range(20):  # a page that only looks holds it for an instant
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def _free(log: IO[str]) -> bool:
    """Whether no fit has the lock. Looks with a shared lock, so that pages that look do not hinder each other."""
    try:
        fcntl.flock(log, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(log, fcntl.LOCK_UN)
    return True
