"""What a dossier holds of a run: the threshold it is about, and every number that it shows, from the run's logits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.evaluation.choosing.operating_point import OperatingPoint, choose_operating_points, operating_point_at
from core.evaluation.choosing.search import in_words
from core.evaluation.positions import counts_at, positions
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep
from core.runs.decision_log import DecisionLog
from core.runs.decisions import read_decisions
from core.runs.locked_points import LockedPoint, locked_points
from core.runs.report import report, temperature
from core.runs.store import Run

MOST_ROWS = 50_000
"""Images of which each one's score is in the file; of larger runs there are the counts at the positions alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """The threshold (logit) that a dossier is about: the newest sound ``lock``, or Youden's where nothing was locked.

    ``floors`` is what it promises, x by rate; empty for one that promises nothing.
    """

    threshold: float
    rule: str
    floors: Mapping[str, str]
    lock: LockedPoint | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """An image on the wrong side of the threshold: whether it was ``missed`` or falsely alarmed, its logit, and a
    JPEG of 192 pixels, or in words why it cannot be shown. It is told without its name."""

    missed: bool
    logit: float
    jpeg: bytes | str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Contents:
    """A run as it is told of. ``sets`` are those whose truth is known, by name, ``sweeps`` the same; ``seen`` is that
    whose scores are positions, ``points`` has the counts of each set at each of them. ``figures`` is the report's.
    What ``leaves`` the house has been parted from all that could tell of a patient (:mod:`core.dossier.suppression`).
    ``failures`` are empty unless pictures were asked for.
    """

    run: Run
    log: DecisionLog
    chosen: Chosen
    sets: Mapping[str, Predictions]
    sweeps: Mapping[str, ThresholdSweep]
    seen: str
    points: pd.DataFrame
    figures: Mapping[str, Any]
    temperature: float | None
    leaves: bool = False
    failures: tuple[Failure, ...] = ()

    @property
    def chose(self) -> tuple[str, ...]:
        """The sets that chose the threshold: none of them reports on it as if it were fresh."""
        return self.chosen.lock.chosen_on if self.chosen.lock else (self.seen,)

    @property
    def reported(self) -> str | None:
        """The set held against validation first: test, or the first site."""
        return next((name for name in ("test", *self.sets) if name in self.sets and name != "validation"), None)

    @property
    def rows(self) -> dict[str, dict[str, list[Any]]] | None:
        """Every image of every set: its patient as a number, its truth and its logit; None where there are too many, or
        where they would leave the house."""
        if self.leaves or sum(own.n for own in self.sets.values()) > MOST_ROWS:
            return None
        return {
            name: {"patient": own.patient_index.tolist(), "y_true": own.y_true.tolist(), "logit": own.logit.tolist()}
            for name, own in self.sets.items()
        }


def contents(run: Run) -> Contents:
    """Everything that is told of ``run``, which is as it may be seen (:func:`core.runs.hiding.open_run`).

    Raises ValueError for a run without an image whose truth may be seen.
    """
    sets = {name: run.predictions(name) for name in run.labelled_sets}
    if not sets:
        raise ValueError("it has no image whose truth is known")
    sweeps = {name: threshold_sweep(own) for name, own in sets.items()}
    seen = "validation" if "validation" in sets else next(iter(sets))
    log = read_decisions(run.folder)
    rules = [point for point in choose_operating_points(sweeps[seen]) if isinstance(point, OperatingPoint)]
    chosen = _chosen(run, log, rules if seen == "validation" else [], sweeps[seen])
    kept = (chosen.threshold, *(point.threshold for point in rules))
    figures = report(run)
    return Contents(
        run=run,
        log=log,
        chosen=chosen,
        sets=sets,
        sweeps=sweeps,
        seen=seen,
        points=counts_at(sweeps, positions(sweeps[seen], kept)),
        figures=figures,
        temperature=temperature(figures["calibration"]),
    )


def _chosen(run: Run, log: DecisionLog, rules: list[OperatingPoint], seen: ThresholdSweep) -> Chosen:
    locks = [point for point in locked_points(log, run.which) if point.sound]
    if locks:
        newest = locks[-1]
        promised = f"{newest.rule}; it promises {in_words(newest.floors)}" if newest.floors else newest.rule
        return Chosen(threshold=newest.threshold, rule=promised, floors=newest.floors, lock=newest)
    middle = float(seen.threshold[len(seen.threshold) // 2])
    even = (middle, "the middle of its scores") if run.free else (0.0, "a raw probability of 0.5")
    point = rules[0] if rules else operating_point_at(seen, even[0], name="even", rule=even[1])
    return Chosen(threshold=point.threshold, rule=point.rule, floors={}, lock=None)
