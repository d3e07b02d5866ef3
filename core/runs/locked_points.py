"""Locked operating points: thresholds that somebody signed for, and whether test was still unseen when they did.

**Pre-specified** is a lock of a threshold that was chosen on validation by a stated rule while the run's test figures
were hidden. There is one at most of a finding, as it reveals them. **Exploratory** is every other lock: in a run that
never hid its test figures, after they were revealed (so every change of a locked threshold, and every threshold that
was set while looking at test), or where the person says so. The program decides, while it holds the log; nobody can
choose pre-specified where it does not hold. What it cannot know is what people saw elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import RunFolderError
from core.evaluation.choosing.search import FLOORED, in_words
from core.evaluation.predictions import Predictions
from core.runs.decision_log import DecisionLog, Draft, Event
from core.runs.decisions import append_decisions
from core.runs.hiding import LOCKED, REVEALED, revealed
from core.runs.reading import Run

PRESPECIFIED, EXPLORATORY = "pre-specified", "exploratory"
STAMPS = (PRESPECIFIED, EXPLORATORY)

CHOSEN_ON = ("validation",)
"""The sets that chose a threshold, unless it is said otherwise: none of them reports on it as if it were fresh."""

LONGEST = {"name": 60, "rule": 500, "who": 200, "why": 2_000}
"""Characters of each text of a lock."""

_NUMERAL = re.compile(r"[01]?\.?[0-9]{1,6}")

Counts = Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedPoint:
    """A threshold (logit) that was locked. ``time`` is UTC, ISO 8601; ``stamp`` one of :data:`STAMPS`.

    ``figures`` holds tp, fp, tn and fn of the splits that could be seen, as they were at that moment. ``floors`` is
    what the lock promises, the x of "at least x" (a decimal numeral) by rate; empty where it promises nothing.
    ``sound`` is False where the line of the log was altered. ``finding`` is empty in a run that has one alone.
    """

    name: str
    rule: str
    threshold: float
    who: str
    why: str
    stamp: str
    figures: Mapping[str, Counts]
    sequence: int
    time: str
    hash: str
    sound: bool
    floors: Mapping[str, str] = field(default_factory=dict)
    chosen_on: tuple[str, ...] = CHOSEN_ON
    finding: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """What a person says of a lock: its name, the rule in words, who locks, and why, the ``floors`` that it promises,
    and the sets that it was ``chosen_on``. Texts are stripped.

    Raises :class:`RunFolderError` for a text that is empty or too long, and a floor that is not above 0 and at most 1.
    """

    name: str
    rule: str
    who: str
    why: str
    floors: Mapping[str, str] = field(default_factory=dict)
    chosen_on: tuple[str, ...] = CHOSEN_ON

    def __post_init__(self) -> None:
        for name, longest in LONGEST.items():
            text = str(getattr(self, name)).strip()
            if not text:
                raise RunFolderError(f"a lock needs its {name}: say it in words")
            if len(text) > longest:
                raise RunFolderError(
                    f"the {name} of a lock has {len(text):,} characters; shorten it to {longest:,} at most"
                )
            object.__setattr__(self, name, text if name == "why" else " ".join(text.split()))
        if not _are_floors(self.floors):
            raise RunFolderError("a lock promises a sensitivity or specificity above 0 and at most 1, or nothing")


def lock_point(run: Run, threshold: float, signature: Signature, *, exploratory: bool = False) -> LockedPoint:
    """Lock ``threshold``, a finite logit, in the log of ``run``; where its test figures are hidden, this reveals them.

    ``run`` is as the person sees it (:func:`core.runs.hiding.open_run`). The stamp is decided here, from the log as it
    is now; ``exploratory`` declines "pre-specified". Raises :class:`RunFolderError` where nothing can be added.
    """
    if not math.isfinite(threshold):
        raise RunFolderError(f"a threshold of {threshold} cannot be locked: it is a finite logit")

    def decide(log: DecisionLog) -> Sequence[Draft]:
        unseen = run.hidden and not revealed(log, run.which)
        of_finding = {"finding": run.which} if run.which else {}
        fields: dict[str, Any] = {name: getattr(signature, name) for name in LONGEST}
        fields |= {
            "threshold": float(threshold),
            "stamp": PRESPECIFIED if unseen and not exploratory and signature.chosen_on == CHOSEN_ON else EXPLORATORY,
            "figures": {name: counts_at(p, threshold) for name, p in run.evaluation_sets.items() if p.n},
        }
        fields |= of_finding
        if signature.floors:
            fields["floors"] = dict(signature.floors)
        if signature.chosen_on != CHOSEN_ON:
            fields["chosen_on"] = list(signature.chosen_on)
        return [(LOCKED, fields), *([(REVEALED, {"by": signature.name, **of_finding})] if unseen else [])]

    added = append_decisions(run.folder, decide)
    point = _point(added[0])
    assert point is not None  # it was written just now
    return point


def locked_points(log: DecisionLog, which: str | None = None) -> tuple[LockedPoint, ...]:
    """Every locked point of a log, the oldest first; those of altered lines are not sound. ``which``: of the finding
    that a run was opened for (:attr:`core.runs.reading.Run.which`), where it is given."""
    points = (point for event in log.events if event.event == LOCKED and (point := _point(event)))
    return tuple(point for point in points if which is None or point.finding == which)


def counts_at(predictions: Predictions, threshold: float) -> dict[str, int]:
    """tp, fp, tn and fn of a split at ``threshold``; positive means ``logit >= threshold``."""
    positive, truth = predictions.logit >= threshold, predictions.y_true == 1
    cells = {"tp": positive & truth, "fp": positive & ~truth, "tn": ~positive & ~truth, "fn": ~positive & truth}
    return {name: int(np.count_nonzero(cell)) for name, cell in cells.items()}


def receipt(run_id: str, folder: Path, log: DecisionLog) -> str:
    """What to keep outside the run, so that a change of its log can be proved: the newest hash and every lock."""
    newest = log.newest
    if newest is None:
        return f"Run {run_id}: nothing was decided yet.\n"
    lines = [
        f"Run {run_id}",
        f"Log {folder / 'decisions.jsonl'}, {len(log.events)} events",
        f"Newest hash {newest.hash}",
        f"Written {newest.time}",
        "",
    ]
    for point in locked_points(log):
        lines += [
            f"{point.sequence}. {point.name}: logit {point.threshold!r}, {point.stamp}",
            *([f"   finding: {point.finding}"] if point.finding else []),
            f"   rule: {point.rule}",
            *([f"   promises {in_words(point.floors)}"] if point.floors else []),
            *([f"   chosen on {', '.join(point.chosen_on)}"] if point.chosen_on != CHOSEN_ON else []),
            f"   by {point.who}, {point.time}",
            f"   hash {point.hash}",
        ]
    lines += [
        "",
        "Keep this apart from the run's folder: the log holds this hash as long as no line up to it was changed.",
        "The page Lock compares it, under The log. A log that was cut off at its end is found by nothing else.",
    ]
    return "\n".join(lines) + "\n"


def _point(event: Event) -> LockedPoint | None:
    """The lock that an event tells of; None where an altered line no longer tells of one."""
    fields = event.fields
    try:
        figures = {
            split: {cell: int(counts[cell]) for cell in ("tp", "fp", "tn", "fn")}
            for split, counts in fields["figures"].items()
        }
        threshold, stamp = float(fields["threshold"]), str(fields["stamp"])
        texts = {name: str(fields[name]) for name in LONGEST}
        floors = {str(rate): str(floor) for rate, floor in fields.get("floors", {}).items()}
        chosen_on = tuple(str(name) for name in fields.get("chosen_on", CHOSEN_ON))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if stamp not in STAMPS or not math.isfinite(threshold) or not _are_floors(floors):
        return None
    return LockedPoint(
        **texts,
        threshold=threshold,
        stamp=stamp,
        figures=figures,
        sequence=event.sequence,
        time=event.time,
        hash=event.hash,
        sound=event.sound,
        floors=floors,
        chosen_on=chosen_on,
        finding=str(fields.get("finding", "")),
    )


def _are_floors(floors: Mapping[str, str]) -> bool:
    """Whether these are decimal numerals above 0 and at most 1 of rates that can have a floor."""
    return set(floors) <= set(FLOORED) and all(_NUMERAL.fullmatch(x) and 0 < float(x) <= 1 for x in floors.values())
