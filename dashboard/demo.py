"""The demo fit: ``train.py`` on the embedded data, started from the page at most once at a time.

Its state lies on disk, so that a reload of the page, a second tab and a restart of the server all see the same fit. The
log file is locked, and the lock belongs to the open file that the fit inherits: it holds exactly as long as the fit runs.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from dashboard.state import ROOT

_LOG = ".demo.log"
_LINES_SHOWN = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoFit:
    """The latest demo fit of a folder of runs: its id, whether it runs, and the last lines it wrote."""

    run_id: str
    running: bool
    lines: tuple[str, ...]


def start_demo(out: Path) -> None:
    """Start the demo fit; where one runs already, nothing happens. One that was stopped continues where it was."""
    out.mkdir(parents=True, exist_ok=True)
    earlier = demo_fit(out)
    with (out / _LOG).open("a+", encoding="utf-8") as log:
        if not _lock(log):
            return
        stopped = earlier is not None and (out / f".{earlier.run_id}.partial").is_dir()
        run_id = earlier.run_id if earlier and stopped else f"phantom-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        log.truncate(0)
        log.write(f"{run_id}\n")
        log.flush()
        # An id that left no folder starts afresh, so --resume serves the first start as well.
        command = [sys.executable, str(ROOT / "train.py"), "--out", str(out), "--resume", run_id]
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)


def demo_fit(out: Path) -> DemoFit | None:
    """The latest demo fit in ``out``, or None where none was ever started."""
    try:
        with (out / _LOG).open("r+", encoding="utf-8", errors="replace") as log:
            running = not _lock(log)
            # Progress lines end in a carriage return where a terminal would overwrite them.
            lines = [line.rstrip() for line in log.read().replace("\r", "\n").split("\n") if line.strip()]
    except FileNotFoundError:
        return None
    if not lines:
        return None
    return DemoFit(run_id=lines[0], running=running, lines=tuple(lines[1:][-_LINES_SHOWN:]))


def _lock(log: IO[str]) -> bool:
    """Whether the lock was free; it is then held until the last process that has this open file closes it."""
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
