"""Operating points: the rules that choose a threshold on validation, and the rates of any threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from core.evaluation.estimates.both_classes import weighted_sum
from core.evaluation.estimates.intervals import Estimate, f1_from_overlap, likelihood_ratios, wilson_estimate
from core.evaluation.estimates.predictive_values import predictive_values
from core.evaluation.predictions import FloatArray, IntArray
from core.evaluation.sweep import ThresholdSweep

RULES = ("youden", "specificity_0.90", "sensitivity_0.95", "best_f1")
"""Names of the operating points of every run, in the order in which they are shown."""
FLOORS: Mapping[str, str] = {"specificity": "0.90", "sensitivity": "0.95"}
"""The floors among them, the x of "at least x" by rate; such a point is named ``RATE_x``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatingPoint:
    """A threshold on the logit, how it was chosen, and the counts it gives; positive means ``logit >= threshold``."""

    name: str
    rule: str
    threshold: float
    tp: int
    fp: int
    tn: int
    fn: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreachable:
    """An operating point that no threshold of the split gives, and why, in words for people."""

    name: str
    rule: str
    reason: str


def operating_point_at(sweep: ThresholdSweep, threshold: float, *, name: str, rule: str) -> OperatingPoint:
    """The operating point of any finite ``threshold`` on the split of ``sweep``."""
    tp, fp, tn, fn = sweep.counts(threshold)
    return OperatingPoint(name=name, rule=rule, threshold=float(threshold), tp=tp, fp=fp, tn=tn, fn=fn)


def choose_operating_points(validation: ThresholdSweep) -> tuple[OperatingPoint | Unreachable, ...]:
    """The operating points of a run, in the order of :data:`RULES`, each at a real score of validation."""
    return (
        choose_youden(validation),
        *(choose_with_floor(validation, rate, floor) for rate, floor in FLOORS.items()),
        choose_best_f1(validation),
    )


def choose_youden(sweep: ThresholdSweep) -> OperatingPoint | Unreachable:
    """Largest sensitivity + specificity - 1 (Youden 1950); of equal ones the most sensitive. Compared as integers."""
    name, rule = "youden", "largest sensitivity + specificity − 1 (Youden's J)"
    if missing := missing_class(sweep):
        return Unreachable(name=name, rule=rule, reason=missing)
    return _at_row(sweep, _last_best(sweep.tp * sweep.n_neg - sweep.fp * sweep.n_pos), name=name, rule=rule)


def choose_best_f1(sweep: ThresholdSweep) -> OperatingPoint | Unreachable:
    """Largest F1; of equal ones the most sensitive."""
    name, rule = "best_f1", "largest F1"
    if missing := missing_class(sweep):
        return Unreachable(name=name, rule=rule, reason=missing)
    # F1 grows with TP / (TP + FP + FN). Fractions with terms below 2^26 are equal as floats only where they are equal.
    return _at_row(sweep, _last_best(sweep.tp / (sweep.n_pos + sweep.fp)), name=name, rule=rule)


def choose_with_floor(sweep: ThresholdSweep, rate: str, floor: str) -> OperatingPoint | Unreachable:
    """The best other rate where ``rate`` ("sensitivity" or "specificity") is at least ``floor``, a decimal numeral.

    Of equal ones the best floored rate. The floor is met exactly or not at all: 9 of 10 is 0.90.
    """
    other = {"specificity": "sensitivity", "sensitivity": "specificity"}[rate]
    name, rule = f"{rate}_{floor}", f"largest {other} with {rate} of at least {floor}"
    if missing := missing_class(sweep):
        return Unreachable(name=name, rule=rule, reason=missing)
    within, hits, total = _within_floor(sweep, rate, floor)
    if not len(within):
        return Unreachable(name=name, rule=rule, reason=_out_of_reach(sweep, rate, floor, int(hits.max()), total))
    # Down the sweep sensitivity never falls and specificity never rises: the rows within reach are its beginning for a
    # floor under specificity and its end for one under sensitivity, and the best other rate is at their far edge.
    if rate == "specificity":
        row = int(np.searchsorted(sweep.tp, sweep.tp[within[-1]], side="left"))
    else:
        row = int(np.searchsorted(sweep.fp, sweep.fp[within[0]], side="right")) - 1
    return _at_row(sweep, row, name=name, rule=rule)


def just_meeting_floor(sweep: ThresholdSweep, rate: str, floor: str) -> OperatingPoint | Unreachable:
    """The score at which ``rate`` only just meets ``floor``: where every threshold between it and that of
    :func:`choose_with_floor` serves as well, the other end of them."""
    chosen = choose_with_floor(sweep, rate, floor)
    if isinstance(chosen, Unreachable):
        return chosen
    within, _, _ = _within_floor(sweep, rate, floor)
    row = int(within[-1] if rate == "specificity" else within[0])
    return _at_row(sweep, row, name=chosen.name, rule=f"{rate} just at {floor}")


def _within_floor(sweep: ThresholdSweep, rate: str, floor: str) -> tuple[IntArray, IntArray, int]:
    """The rows that meet a floor, and of all rows (k,) the images called rightly, of so many of the class."""
    hits, total = (sweep.n_neg - sweep.fp, sweep.n_neg) if rate == "specificity" else (sweep.tp, sweep.n_pos)
    return np.flatnonzero(hits >= math.ceil(Fraction(floor) * total)), hits, total


def missing_class(sweep: ThresholdSweep) -> str | None:
    """Why no rule can choose on validation, in words; None where it has images of both classes."""
    if not sweep.n_pos + sweep.n_neg:
        return "validation has no images"
    if sweep.n_pos and sweep.n_neg:
        return None
    return f"validation has no {'negative' if sweep.n_pos else 'positive'} images"


def _out_of_reach(sweep: ThresholdSweep, rate: str, floor: str, hits: int, total: int) -> str:
    """Why no row meets a floor. Under sensitivity that needs a floor above 1: the lowest score calls all positive."""
    reached = f"no threshold on validation keeps {rate} at {floor}: the most is {hits} of {total} ({hits / total:.3f})"
    if rate == "sensitivity":
        return reached
    highest = int(sweep.fp[0])
    have = "1 negative image has" if highest == 1 else f"{highest:,} negative images share"
    return f"{reached}, as {have} the highest score"


def _last_best(criterion: IntArray | FloatArray) -> int:
    """The lowest threshold, hence the most sensitive, of those with the largest criterion."""
    return len(criterion) - 1 - int(np.argmax(criterion[::-1]))


def _at_row(sweep: ThresholdSweep, row: int, *, name: str, rule: str) -> OperatingPoint:
    return operating_point_at(sweep, float(sweep.threshold[row]), name=name, rule=rule)


def rates(sweep: ThresholdSweep, threshold: float) -> dict[str, Estimate]:
    """Every rate at any finite ``threshold``, with the intervals of DESIGN's Definitions.

    Keys: sensitivity, specificity, precision, npv, accuracy, balanced_accuracy, f1, lr_positive, lr_negative. A rate
    whose denominator is 0 is undefined, and its ``reason`` says why.
    """
    tp, fp, tn, fn = sweep.counts(threshold)
    size, together = sweep.effective_sizes(threshold), sweep.correlation_at(threshold)

    def proportion(rate: str, x: int, n: int, reason: str) -> Estimate:
        return wilson_estimate(x / n if n else math.nan, size[rate], reason=reason)

    sensitivity = proportion("sensitivity", tp, tp + fn, "no positive images")
    specificity = proportion("specificity", tn, tn + fp, "no negative images")
    overlap = proportion("f1", tp, tp + fp + fn, "no positive images, and none called positive")
    lr_positive, lr_negative = likelihood_ratios(
        sensitivity.value, specificity.value, size["sensitivity"], size["specificity"], together
    )
    return {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "precision": proportion("precision", tp, tp + fp, "no image is called positive"),
        "npv": proportion("npv", tn, tn + fn, "no image is called negative"),
        "accuracy": proportion("accuracy", tp + tn, tp + fp + tn + fn, "no images"),
        "balanced_accuracy": weighted_sum(sensitivity, 0.5, specificity, 0.5, correlation=together, within=(0.0, 1.0)),
        "f1": f1_from_overlap(overlap),
        "lr_positive": lr_positive,
        "lr_negative": lr_negative,
    }


def predictive_values_at(sweep: ThresholdSweep, threshold: float, prevalence: float) -> tuple[Estimate, Estimate]:
    """PPV and NPV at any finite ``threshold`` in a clinic of a ``prevalence`` (:func:`predictive_values`)."""
    found, size = rates(sweep, threshold), sweep.effective_sizes(threshold)
    return predictive_values(
        found["sensitivity"].value,
        found["specificity"].value,
        size["sensitivity"],
        size["specificity"],
        prevalence,
        sweep.correlation_at(threshold),
    )
