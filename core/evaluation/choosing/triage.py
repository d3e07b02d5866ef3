"""Two thresholds: below the lower one ruled out, at or above the upper one ruled in, between them referred.

The ruled-out and the ruled-in are those of a single threshold each, and so are their rates. Only the referred share
belongs to the pair: which patients have images between the two is counted anew for each pair.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from core.evaluation.choosing.operating_point import (
    OperatingPoint,
    Unreachable,
    choose_with_floor,
    operating_point_at,
    predictive_values_at,
    rates,
)
from core.evaluation.choosing.search import check_rates
from core.evaluation.estimates.both_classes import correlation_of, weighted_sum
from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.intervals import LEVEL, Estimate
from core.evaluation.predictions import IntArray, Predictions
from core.evaluation.sweep import ThresholdSweep

Mask = npt.NDArray[np.bool_]

SENSITIVITY_KEPT, SPECIFICITY_KEPT = "0.95", "0.95"
"""What the two thresholds that a run opens with keep on validation, each alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Triage:
    """Images of each class by what becomes of them, with the three figures that a pair of thresholds is judged by."""

    ill: tuple[int, int, int]
    well: tuple[int, int, int]
    npv: Estimate
    ppv: Estimate
    referred: Estimate
    missed: Estimate
    alarmed: Estimate


def triage(
    predictions: Predictions, sweep: ThresholdSweep, lower: float, upper: float, prevalence: float | None = None
) -> Triage:
    """The pair of finite thresholds ``lower`` <= ``upper`` on the split of ``predictions`` and its ``sweep``.

    ``ill`` and ``well`` are (ruled out, referred, ruled in); ``npv`` is of the ruled-out, ``ppv`` of the ruled-in;
    ``missed`` is the share of the ill that is ruled out, ``alarmed`` of the well that is ruled in. At a ``prevalence``
    NPV, PPV and the referred share are those of a clinic with it, else of the split.
    Raises ValueError where the thresholds cross.
    """
    if lower > upper:
        raise ValueError(f"the lower threshold, {lower}, lies above the upper one, {upper}")
    out, into = rates(sweep, lower), rates(sweep, upper)
    (tp_low, fp_low, tn_low, fn_low), (tp_up, fp_up, _, _) = sweep.counts(lower), sweep.counts(upper)
    npv, ppv = out["npv"], into["precision"]
    if prevalence is not None:
        npv, ppv = predictive_values_at(sweep, lower, prevalence)[1], predictive_values_at(sweep, upper, prevalence)[0]
    return Triage(
        ill=(fn_low, tp_low - tp_up, tp_up),
        well=(tn_low, fp_low - fp_up, fp_up),
        npv=npv,
        ppv=ppv,
        referred=referred(predictions, lower, upper, prevalence),
        missed=_complement(out["sensitivity"]),
        alarmed=_complement(into["specificity"]),
    )


def _complement(rate: Estimate) -> Estimate:
    return replace(rate, value=1 - rate.value, low=1 - rate.high, high=1 - rate.low)


def referred(predictions: Predictions, lower: float, upper: float, prevalence: float | None = None) -> Estimate:
    """The share of images with ``lower`` <= logit < ``upper``, by Wilson with the effective size of this very pair.

    At a ``prevalence`` it is the weighted sum of the shares of both classes, its limits by MOVER (Zou and Donner 2008)
    from theirs and their correlation. Equal thresholds refer nobody, which is no estimate: 0 with no width.
    Undefined without images.
    """
    between = (predictions.logit >= lower) & (predictions.logit < upper)
    if not predictions.n:
        return Estimate.undefined("no images")
    if prevalence is None:
        share = _share(*_by_patient(predictions, between, np.ones(predictions.n, dtype=bool)))
    else:
        ill, well = (_by_patient(predictions, between, predictions.y_true == label) for label in (1, 0))
        together = correlation_of(*ill, *well)
        share = weighted_sum(
            _share(*ill), prevalence, _share(*well), 1 - prevalence, correlation=together, within=(0.0, 1.0)
        )
    if lower == upper and not math.isnan(share.value):
        return Estimate(value=0.0, low=0.0, high=0.0, level=LEVEL, method="nothing lies between equal thresholds")
    return share


def _by_patient(predictions: Predictions, between: Mask, among: Mask) -> tuple[IntArray, IntArray]:
    """How many images of each patient lie between, and how many there are, of those ``among``."""
    inside, images = (
        np.bincount(predictions.patient_index[wanted], minlength=predictions.n_patients)
        for wanted in (between & among, among)
    )
    return inside, images


def _share(between: IntArray, images: IntArray) -> Estimate:
    return clustered_wilson(between, images, reason="one class has no images")


def choose_with_predictive_floor(sweep: ThresholdSweep, rate: str, floor: str) -> OperatingPoint | Unreachable:
    """The real score that decides most images with ``rate`` ("npv" or "ppv") of at least ``floor``.

    ``floor`` is a numeral of at most nine decimals. For "npv" it is the highest threshold: most are ruled out below it;
    for "ppv" the lowest: most are ruled in. All scores are searched, as neither rate is monotone, and counts are
    compared as integers: 9 of 10 is 0.90. ValueError for another rate.
    """
    check_rates([rate], ("npv", "ppv"))
    name, rule = f"{rate}_{floor}", f"most images decided with {rate.upper()} of at least {floor}"
    right, called = (
        (sweep.tp, sweep.tp + sweep.fp)
        if rate == "ppv"
        else (sweep.n_neg - sweep.fp, sweep.n_neg - sweep.fp + sweep.n_pos - sweep.tp)
    )
    least = Fraction(floor)
    within = np.flatnonzero((called > 0) & (right * least.denominator >= called * least.numerator))
    if not len(within):
        reason = f"no threshold on validation gives {rate.upper()} of at least {floor}"
        if not sweep.n_pos + sweep.n_neg:
            reason = "validation has no images"
        elif (called > 0).any():
            reason += f": the most is {np.max(right[called > 0] / called[called > 0]):.3f}"
        else:
            reason += ", as every image has the same score"
        return Unreachable(name=name, rule=rule, reason=reason)
    row = within[0] if rate == "npv" else within[-1]
    return operating_point_at(sweep, float(sweep.threshold[row]), name=name, rule=rule)


def first_thresholds(validation: ThresholdSweep) -> tuple[float, float] | None:
    """What a run opens with: the thresholds for sensitivity and for specificity of at least 0.95, in order.

    Where a good network's cross, they are exchanged: the lower one then keeps even more sensitivity and the upper one
    even more specificity. None where validation lacks a class.
    """
    sensitive = choose_with_floor(validation, "sensitivity", SENSITIVITY_KEPT)
    specific = choose_with_floor(validation, "specificity", SPECIFICITY_KEPT)
    known = sorted(point.threshold for point in (sensitive, specific) if isinstance(point, OperatingPoint))
    return (known[0], known[-1]) if known else None
