"""What must hold of a threshold, as a reader writes it: read with words for what cannot be read, then searched for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from core.evaluation.operating_point import OperatingPoint, Unreachable, choose_with_floor, just_meeting_floor
from core.evaluation.search import (
    choose_least_cost,
    choose_net_benefit,
    choose_with_both_floors,
    choose_within_capacity,
    just_within_capacity,
)
from core.evaluation.sweep import ThresholdSweep

KINDS = {
    "floor": "A floor",
    "both": "Both floors",
    "cost": "Cost",
    "capacity": "Capacity",
    "net_benefit": "Net benefit",
}
CONFIDENCES = {
    "": "as observed",
    "0.90": "with 90 % confidence",
    "0.95": "with 95 % confidence",
    "0.99": "with 99 % confidence",
}
OTHER = {"sensitivity": "specificity", "specificity": "sensitivity"}
FIRST = {
    "kind": "floor", "rate": "sensitivity", "sensitivity": "0.95", "specificity": "0.90", "confidence": "0.95",
    "miss": "10", "alarm": "1", "prevalence": "", "capacity": "20 %", "probability": "10 %",
}  # fmt: skip
"""What the fields hold before the reader writes in them."""

_NUMERAL = re.compile(r"(\d{1,9}|\d{0,9}[.,]\d{1,9})\s*(%?)", re.ASCII)
_QUOTED = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """What must hold. Numbers are decimal numerals; a field that the ``kind`` does not need is empty.

    ``floors`` is (rate, numeral) one or two times; without ``confidence`` they are of what validation shows. Without
    ``prevalence`` it is validation's.
    """

    kind: str
    floors: tuple[tuple[str, str], ...] = ()
    confidence: str = ""
    prevalence: str = ""
    miss: str = ""
    alarm: str = ""
    capacity: str = ""
    probability: str = ""

    @property
    def smooth(self) -> bool:
        """Whether the threshold is a quantile of the scores (see :mod:`core.evaluation.threshold_interval`)."""
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
        if self.kind == "cost":
            return choose_least_cost(sweep, prevalence=prevalence, miss=Fraction(self.miss), alarm=Fraction(self.alarm))
        if self.kind == "capacity":
            return choose_within_capacity(sweep, prevalence=prevalence, capacity=Fraction(self.capacity))
        return choose_net_benefit(sweep, prevalence=prevalence, probability=Fraction(self.probability))


def read(texts: Mapping[str, str]) -> tuple[Requirement | None, list[str]]:
    """The requirement that ``texts`` (as :data:`FIRST`) state, or None and what is wrong with them, in words."""
    kind, problems = texts["kind"], list[str]()

    def number(name: str, called: str, *, share: bool = True, one: bool = False) -> str:
        numeral = _numeral(texts[name])
        if numeral is not None and _within(Fraction(numeral), share=share, one=one):
            return numeral
        said = f"“{texts[name][:_QUOTED]}”" if texts[name].strip() else "empty"
        problems.append(f"{called} is {_wanted(share=share, one=one)}; here it is {said}.")
        return ""

    def prevalence() -> str:
        return number("prevalence", "The prevalence") if texts["prevalence"].strip() else ""

    if kind in {"floor", "both"}:
        rates = (texts["rate"],) if kind == "floor" else tuple(OTHER)
        floors = tuple((rate, number(rate, f"The floor of {rate}", one=True)) for rate in rates)
        found = Requirement(kind=kind, floors=floors, confidence=texts["confidence"])
    elif kind == "cost":
        miss, alarm = (
            number(name, f"The cost of a {called}", share=False)
            for name, called in (("miss", "miss"), ("alarm", "false alarm"))
        )
        found = Requirement(kind=kind, miss=miss, alarm=alarm, prevalence=prevalence())
    elif kind == "capacity":
        capacity = number("capacity", "The share that may be flagged", one=True)
        found = Requirement(kind=kind, capacity=capacity, prevalence=prevalence())
    else:
        probability = number("probability", "The threshold probability")
        found = Requirement(kind=kind, probability=probability, prevalence=prevalence())
    return (None if problems else found), problems


def numeral_of_share(text: str) -> str | None:
    """The decimal numeral of a share strictly between 0 and 1; None for anything else."""
    numeral = _numeral(text)
    return numeral if numeral is not None and _within(Fraction(numeral), share=True, one=False) else None


def _numeral(text: str) -> str | None:
    """``95 %``, ``0,95`` and ``0.95`` as the decimal numeral 0.95; None for anything else."""
    match = _NUMERAL.fullmatch(text.strip())
    if match is None:
        return None
    numeral, percent = match[1].replace(",", "."), match[2]
    if not percent:
        return numeral
    whole, _, decimals = numeral.partition(".")
    digits = whole.rjust(3, "0")
    return f"{digits[:-2]}.{digits[-2:]}{decimals}"


def _within(value: Fraction, *, share: bool, one: bool) -> bool:
    return value > 0 and (not share or value < 1 or (one and value == 1))


def _wanted(*, share: bool, one: bool) -> str:
    if not share:
        return "a number above 0, such as 10"
    upper = "at most 1" if one else "below 1"
    return f"a share above 0 and {upper}, such as 0.95 or 95 %"
