"""The demo fit: ``train.py`` on the embedded data, started from the page as a job, never twice at a time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboard import job
from dashboard.state import ROOT

_LOG = ".demo.log"


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoFit(job.Job):
    """The latest demo fit of a folder of runs: its id, whether it runs, and the lines it wrote."""

    run_id: str


def start_demo(out: Path) -> None:
    """Start the demo fit; where one runs already, nothing happens. One that was stopped continues where it was."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / _LOG).open("a+", encoding="utf-8") as log:
        if not job.lock(log):
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
    found = job.look(out / _LOG)
    if found is None or not found.lines:
        return None
    run_id, *lines = found.lines
    return DemoFit(run_id=run_id, running=found.running, lines=tuple(lines))
