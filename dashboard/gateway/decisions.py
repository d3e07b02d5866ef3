"""What was decided about a run. Nothing is kept here: the log is small, and it must be read as it is now."""

from __future__ import annotations

from core.errors import RunFolderError
from core.runs.decision_log import DecisionLog
from core.runs.decisions import read_decisions
from core.runs.locked_points import LockedPoint, Signature, lock_point
from core.runs.locked_points import locked_points as points_of
from core.runs.store import Run


def decisions(run: Run) -> DecisionLog:
    """The log of the run, every line of it checked. Raises RunFolderError where it cannot be read."""
    return read_decisions(run.folder)


def locked_points(run: Run) -> tuple[LockedPoint, ...]:
    """The thresholds that were locked for the run's finding and whose lines are unaltered, the oldest first, for the
    lists that pages offer.

    None where the log cannot be read: the page Lock says what is wrong with it.
    """
    try:
        return tuple(point for point in points_of(decisions(run), run.which) if point.sound)
    except RunFolderError:
        return ()


def lock(run: Run, threshold: float, signature: Signature, *, exploratory: bool) -> LockedPoint:
    """Lock a threshold; where test figures are hidden, this reveals them. Raises RunFolderError."""
    return lock_point(run, threshold, signature, exploratory=exploratory)
