"""Fits that a page starts or continues: ``train.py`` as a job, so that none runs twice and all go on without the page.

``python -m dashboard.fits.starting --out DIR`` starts the fit on the embedded data where its run is not whole yet.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard import job

DEMO = "demo"
"""The run on the embedded data, the first that a newcomer sees."""

_MODULE = "train"


def start_demo(out: Path) -> None:
    """Start the fit on the embedded data; one that runs already is left alone, one that was stopped goes on."""
    resume(out, demo_id(out))


def demo_id(out: Path) -> str:
    """The name of the fit on the embedded data that is to be made: one that no run has yet, were it a broken one."""
    number = 1
    while (out / (name := DEMO if number == 1 else f"{DEMO}-{number}")).exists():
        number += 1
    return name


def resume(out: Path, run_id: str) -> None:
    """Continue a fit, or begin it on the embedded data where nothing of it is there."""
    job.start(_log(out, run_id), _MODULE, ["--out", str(out), "--resume", run_id])


def started(out: Path, run_id: str) -> job.Job | None:
    """The latest job of this fit, or None where no page ever started one."""
    return job.look(_log(out, run_id))


def _log(out: Path, run_id: str) -> Path:
    return out / ".fits" / f"{run_id}.log"


def main() -> None:
    parser = argparse.ArgumentParser(description="Start the fit on the embedded data beside whatever follows.")
    parser.add_argument("--out", type=Path, default=Path("runs"))
    out = parser.parse_args().out.absolute()
    if not (out / DEMO).exists():
        start_demo(out)
        print(
            "the fit on the embedded synthetic radiographs has started; the page shows how far it is. It goes on when "
            "the dashboard is ended, until it is stopped on the page.",
            flush=True,
        )


if __name__ == "__main__":
    main()
