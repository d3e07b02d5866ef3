"""What must hold of a threshold, and the threshold at which it does."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, choose_with_floor, just_meeting_floor
from core.evaluation.choosing.search import (
    choose_least_cost,
    choose_net_benefit,
    choose_with_both_floors,
    choose_with_ppv,
    choose_within_capacity,
    just_within_capacity,
)
from core.evaluation.sweep import ThresholdSweep

KINDS = ("floor", "both", "ppv", "cost", "capacity", "net_benefit")
"""A floor under one rate, under both or under the PPV, least cost, a capacity, or the largest net benefit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """What must hold, of one of :data:`KINDS`. Numbers are decimal numerals; a field it does not need is empty.

    ``floors`` is (rate, numeral) one or two times; without ``confidence`` they are of what validation shows. Without
    ``prevalence`` it is validation's. With ``every_floor`` the confidence is of every floor at once, however many are
    asked for; without, of one question asked once.
    """

    kind: str
    floors: tuple[tuple[str, str], ...] = ()
    confidence: str = ""
    every_floor: bool = False
    prevalence: str = ""
    ppv: str = ""
    miss: str = ""
    alarm: str = ""
    capacity: str = ""
    probability: str = ""

    @property
    def smooth(self) -> bool:
        """Whether the threshold is a quantile of the scores (see ``threshold_interval``)."""
        return self.kind in {"floor", "capacity"}

    def just_met(self, sweep: ThresholdSweep) -> OperatingPoint | Unreachable:
        """Where a floor or a capacity is only just met; for all else what :meth:`choose` finds."""
        if self.kind == "floor":
            return just_meeting_floor(sweep, *self.floors[0])
        if self.kind == "capacity" and sweep.n_pos + sweep.n_neg:
            return just_within_capacity(sweep, prevalence=self.prevalence_of(sweep), capacity=Fraction(self.capacity))
        return self.choose(sweep)

    def prevalence_of(self, sweep: ThresholdSweep) -> Fraction:
        """The prevalence that is spoken of; the split's own where none was said. Needs an image."""
        return Fraction(self.prevalence) if self.prevalence else Fraction(sweep.n_pos, sweep.n_pos + sweep.n_neg)

    def choose(self, sweep: ThresholdSweep) -> OperatingPoint | Unreachable:
        """The threshold that meets it as observed on ``sweep``; the confidence is not looked at."""
        if self.kind == "floor":
            return choose_with_floor(sweep, *self.floors[0])
        if self.kind == "both":
            return choose_with_both_floors(sweep, dict(self.floors))
        prevalence = self.prevalence_of(sweep) if sweep.n_pos + sweep.n_neg else Fraction(0)
        if self.kind == "ppv":
            return choose_with_ppv(sweep, prevalence=prevalence, floor=Fraction(self.ppv))
        if self.kind == "cost":
            return choose_least_cost(sweep, prevalence=prevalence, miss=Fraction(self.miss), alarm=Fraction(self.alarm))
        if self.kind == "capacity":
            return choose_within_capacity(sweep, prevalence=prevalence, capacity=Fraction(self.capacity))
        return choose_net_benefit(sweep, prevalence=prevalence, probability=Fraction(self.probability))
