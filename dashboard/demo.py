"""The demo fit: ``train.py`` on the embedded data, started from the page as a job, never twice at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from dashboard import job

_MODULE = "train"


def start_demo(out: Path) -> None:
    """Start the demo fit; where one runs already, nothing happens. One that was stopped continues where it was."""
    # An id that left no folder starts afresh, so --resume serves the first start as well.
    run_id = _unfinished(out) or f"phantom-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    job.start(_log(out), _MODULE, ["--out", str(out), "--resume", run_id])


def demo_fit(out: Path) -> job.Job | None:
    """The latest demo fit in ``out``, or None where none was ever started."""
    return job.look(_log(out))


def _unfinished(out: Path) -> str | None:
    """The id of the latest demo fit, if its run is begun and not whole."""
    fit = demo_fit(out)
    if fit is None or not fit.arguments:
        return None
    run_id = fit.arguments[-1]
    return run_id if (out / f".{run_id}.partial").is_dir() else None


def _log(out: Path) -> Path:
    return out / ".demo.log"
