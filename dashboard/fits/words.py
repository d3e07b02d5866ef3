"""Fits under way in sentences. No streamlit."""

from __future__ import annotations

from core.runs.under_way import FitUnderWay
from dashboard import theme

EMBEDDED = "the embedded synthetic radiographs"


def head(fit: FitUnderWay) -> str:
    """What the matter is, in a few words."""
    if fit.running is None:
        return "A fit is not finished"
    if not fit.running:
        return "A fit was stopped"
    return "A fit is stopping" if fit.asked_to_stop else "A fit is running"


def how_far(fit: FitUnderWay) -> str:
    """Epochs done of how many and, while it runs, what it is doing and the time left."""
    done = len(fit.history)
    epochs = f"{theme.count(done)} of {theme.counted(fit.epochs, 'epoch')} done"
    if fit.running is False:
        return f"{fit.run_id}: {epochs}. It goes on with the epoch in which it was stopped."
    if fit.running is None:
        return f"{fit.run_id}: {epochs}. Whether it runs cannot be told in this folder, which knows no locks."
    if done >= fit.epochs:
        return f"{fit.run_id}: {epochs}. Its figures are computed and saved now."
    return f"{fit.run_id}: {epochs}. Now {fit.progress or 'its images are looked up'}."


def in_short(fit: FitUnderWay) -> str:
    """One line for the side bar."""
    if fit.running and fit.progress is not None:
        return f"{head(fit)}: {fit.run_id}, {fit.progress}."
    return f"{head(fit)}: {fit.run_id}, {theme.count(len(fit.history))} of {theme.counted(fit.epochs, 'epoch')}."


def begun(fit: FitUnderWay) -> str:
    """When and where it was begun, and on which images."""
    images = EMBEDDED if fit.config.data is None else fit.config.data
    return (
        f"Begun {theme.moment(fit.begun.isoformat())}, on {images}. Its process is number {fit.process} on "
        f"{fit.machine}."
    )
