"""Locks and the log of decisions in sentences. No streamlit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from core.runs.decision_log import DecisionLog, Fault
from core.runs.hiding import revealed
from core.runs.locked_points import LockedPoint
from core.runs.store import Run
from core.telling.events import what_it_says, when
from core.telling.scale import Scale
from dashboard import theme

CHOSEN = (
    "A threshold is chosen on validation and only reported on test. A lock says which one, by which rule, who and why."
)
STAMP_RULES = """
**Pre-specified**: chosen on validation by a stated rule while the test figures of this run were hidden. A run has one
such lock at most, because it reveals them.

**Exploratory**: every other lock. In a run that never hid its test figures, after they were revealed, with a threshold
that was set while looking at test, or because the person says so. A change of a locked threshold is exploratory.

The program stamps; nobody can choose pre-specified where it does not hold. It knows what it showed itself, not what
people saw elsewhere: hiding is a help to honest people, not a safe.
"""
OF_SEVERAL = (
    "This run has several findings: each is hidden, locked and revealed by itself, and each has one pre-specified lock "
    "at most. Whoever saw test figures of one finding has seen the same images, which the log then shows."
)
CHAIN = (
    "Each line holds the hash of the line before it, and the first that of this run's manifest: changing, removing, "
    "inserting or reordering lines is noticed here. Cutting lines off at the end, or writing the whole log anew, shows "
    "only against a hash that was kept elsewhere, so give the newest one to somebody. It is no signature."
)
_HASH = re.compile(r"[0-9a-f]{64}")
_DO = (
    "Nothing can be added to it. Restore it from a copy, or move it away, which everybody with a kept hash will notice."
)


def seen(run: Run, log: DecisionLog) -> tuple[str, str]:
    """Whether test figures can be seen, and what follows for a lock: a headline and a sentence."""
    if run.hidden:
        return (
            f"Test figures of {run.which or 'this run'} are hidden.",
            "The first lock reveals them, for everybody and for good, and only it can be pre-specified. They are "
            "hidden, not secured: files in the run's folder hold them."
            + (f" A lock of another finding reveals nothing of {run.which}." if run.which else ""),
        )
    if run.config.hide_test and revealed(log, run.which):
        first = next(event for event in log.events if revealed(replace(log, events=(event,)), run.which))
        of = f" of {run.which}" if run.which else ""
        return (
            f"Test figures{of} were revealed on {when(first.time)}.",
            "Whatever is locked from now on is exploratory.",
        )
    if not run.predictions("validation").n:
        return "This run has no validation images.", "No threshold was chosen on validation: every lock is exploratory."
    return (
        "Test figures of this run were never hidden.",
        "So every lock is exploratory. A run made with --hide-test (train.py, or python -m core import) hides them "
        "until a threshold is locked.",
    )


def now(points: Sequence[LockedPoint], scale: Scale) -> str:
    """What is locked: the newest lock with its threshold, and how many there are besides."""
    if not points:
        return "No threshold is locked yet."
    newest = points[-1]
    called = theme.probability(scale.probability(newest.threshold))
    others = f"; {theme.counted(len(points) - 1, 'other lock')}" if len(points) > 1 else ""
    return f"Locked: {newest.name}, at {called} ({scale.called}), {newest.stamp}{others}."


def effect(run: Run) -> str:
    """What the button does, said before it is pressed."""
    once = "A lock is a line in the log and cannot be taken back."
    if run.hidden:
        of = run.which or "the run"
        return f"{once} This one reveals the test figures of {of}, once and for everybody who opens it."
    return f"{once} It will be stamped exploratory."


UNCONFIRMED = "Locked, but perhaps not safe on the disk."


def locked(point: LockedPoint, *, test: bool) -> tuple[str, str]:
    """What was locked just now, and whether test figures can be seen."""
    seen = " Test figures can be seen now." if test else ""
    return f"Locked: {point.name}.", f"It is {point.stamp} and stands above, and in the log below.{seen}"


def missing(labels: Sequence[str]) -> str:
    """Which fields of the form are empty, by their ``labels``."""
    named = [f"“{label}”" for label in labels]
    if len(named) == 1:
        return f"{named[0]} is still empty. A lock needs it, in words."
    return f"{', '.join(named[:-1])} and {named[-1]} are still empty. A lock needs them, in words."


def check(log: DecisionLog) -> tuple[str, str, bool]:
    """What the check of the log found: a headline, the lines, and whether that must be loud."""
    if log.altered:
        return "The log was altered.", f"{_lines(log.altered)} {_DO}", True
    if not log.events:
        return "Nothing was decided yet.", _lines(log.torn), bool(log.torn)
    number = theme.counted(len(log.events), "event")
    if log.torn:
        return f"{number}, none altered.", _lines(log.torn), True
    return f"The log is whole: {number}, none altered.", "", False


def _lines(faults: tuple[Fault, ...]) -> str:
    return " ".join(f"Line {fault.line} {fault.reason}." for fault in faults)


def kept(log: DecisionLog, typed: str) -> tuple[str, bool]:
    """Whether a hash that somebody kept is in the chain, and whether the answer must be loud."""
    if not _HASH.fullmatch(typed.strip().lower()):
        return "This is no hash: one has 64 signs, digits and letters from a to f.", True
    event = log.find(typed)
    if event is None:
        return ("This hash is not in the log: lines were cut off or written anew since, or it is of another run.", True)
    before = [fault.line for fault in log.altered if fault.line <= event.line]
    if before:
        return f"This hash is in the log at line {event.line}, but line {before[0]} was altered.", True
    after = theme.counted(sum(later.line > event.line for later in log.events), "event")
    return f"This hash is in the log at line {event.line}; up to there nothing changed. {after} after it.", False


def events_table(log: DecisionLog) -> pd.DataFrame:
    """The log for people, one row a readable line, the oldest first."""
    return pd.DataFrame(
        {
            "line": [event.line for event in log.events],
            "time": [when(event.time) for event in log.events],
            "event": [event.event for event in log.events],
            "what": [what_it_says(event) for event in log.events],
            "check": ["whole" if event.sound else "ALTERED" for event in log.events],
            "hash": [event.hash for event in log.events],
        }
    )


def caught(counts: Mapping[str, int]) -> tuple[str, str]:
    """What a lock's counts on one split mean: ``118 of 120 found``, ``75 of 80 sent home``."""
    return (
        f"{theme.count(counts['tp'])} of {theme.count(counts['tp'] + counts['fn'])} found",
        f"{theme.count(counts['tn'])} of {theme.count(counts['tn'] + counts['fp'])} sent home",
    )
