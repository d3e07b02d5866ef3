"""Fits under way. They change from second to second, so nothing of them is kept."""

from __future__ import annotations

from pathlib import Path

from core.runs.under_way import FitUnderWay, ask_to_stop, fits_under_way

__all__ = ["FitUnderWay", "fits", "stop_fit"]


def fits(out: Path) -> list[FitUnderWay]:
    """The fits in ``out`` that are begun and not whole, the latest first, whether they run or were stopped."""
    return fits_under_way(out)


def stop_fit(fit: FitUnderWay) -> None:
    """Ask a fit to stop so that it can go on later. Raises RunFolderError when it does not run any more."""
    ask_to_stop(fit)
