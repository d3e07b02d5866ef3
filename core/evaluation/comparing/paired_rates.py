"""How far the rates of two decisions lie from each other on the same images, with patients as clusters.

``a`` and ``b`` (n,) say which images each calls positive, of the truth and patients of one :class:`Predictions`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from core.evaluation.comparing.robustness import paired_change
from core.evaluation.estimates.both_classes import weighted_sum
from core.evaluation.estimates.clusters import few_clusters
from core.evaluation.estimates.discrimination import Mask
from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate
from core.evaluation.estimates.linearised import Linearised, sums_by_patient
from core.evaluation.predictions import Predictions

_PREDICTIVE = "paired, the wider of linearised limits and of MOVER from the differences of both rates"


class Worth(NamedTuple):
    """What net benefit is counted at: the share of the children who are ill, strictly between 0 and 1, and how many
    false alarms one missed child is worth, above 0."""

    prevalence: float
    alarms_a_miss: float

    @property
    def price(self) -> float:
        """What a false positive costs in true positives."""
        return 1 / self.alarms_a_miss

    @property
    def probability(self) -> float:
        """The threshold probability whose odds are that price."""
        return 1 / (1 + self.alarms_a_miss)


@dataclass(frozen=True, kw_only=True, slots=True)
class Discordant:
    """Images that only one of two decisions gets right, of so many patients, and the p value of no difference; NaN
    where no patient has more of one kind than of the other."""

    only_a: int
    only_b: int
    patients: int
    p: float


def discordant(truth: Predictions, a: Mask, b: Mask) -> Discordant:
    """The images on which decisions disagree, with McNemar's test for patients as clusters (Durkalski et al. 2003).

    Each patient counts with the share of its images that one gets right alone less the share that the other does; of
    one image a patient it is McNemar's statistic without a continuity correction.
    """
    positive = truth.y_true == 1
    only_a, only_b = (a == positive) & (b != positive), (b == positive) & (a != positive)
    images = np.bincount(truth.patient_index, minlength=truth.n_patients)
    net, either = (
        sums_by_patient(values.astype(np.float64), truth.patient_index, truth.n_patients)
        for values in (only_a.astype(np.int64) - only_b, only_a | only_b)
    )
    share = net / images
    squares = float(share @ share)
    p = 2 * float(ndtr(-abs(float(share.sum())) / math.sqrt(squares))) if squares else math.nan
    return Discordant(only_a=int(only_a.sum()), only_b=int(only_b.sum()), patients=int(np.count_nonzero(either)), p=p)


def difference_of_shares(truth: Predictions, a: Mask, b: Mask, label: int) -> Estimate:
    """Sensitivity (``label`` 1) or specificity (0) of ``a`` less ``b``'s, by :func:`~.robustness.paired_change`."""
    member = truth.y_true == label
    right_a, right_b = ((own[member] == (label == 1)) for own in (a, b))
    reason = f"no {'positive' if label else 'negative'} images"
    return paired_change(right_b, right_a, truth.patient_index[member], reason=reason)


def difference_of_predictive_values(truth: Predictions, a: Mask, b: Mask, label: int) -> Estimate:
    """PPV (``label`` 1) or NPV (0) of ``a`` less that of ``b``.

    The limits are the wider ones, on each side, of two: those from what each patient adds to both figures, which have
    different denominators (Leisenring, Alonzo and Pepe 2000), and those of the differences of sensitivity and
    specificity, of which it is a sum: PPV_A - PPV_B = (dTP FP - dFP TP) / (called_A called_B), with means of both in
    FP and TP (MOVER; Zou and Donner 2008). The first alone are far too narrow where both call the same few images
    wrongly. Undefined where either calls no image so; no limits where a class has no images, and where one patient or
    two have most of a class, or of what either calls so.
    """
    called = [own == (label == 1) for own in (a, b)]
    if not all(own.any() for own in called):
        return Estimate.undefined(f"one of the two calls no image {'positive' if label else 'negative'}")
    right = truth.y_true == label
    one, other = (_share(right, own, truth) for own in called)
    found = (one - other).normal(method=_PREDICTIVE)
    if right.all() or not right.any():
        return Estimate.without_interval(found.value, "one class has no images")
    if any(few_clusters(np.bincount(truth.patient_index[own])) for own in called):
        return Estimate.without_interval(found.value, FEW_CLUSTERS)
    counts = [float(own.sum()) for own in called]
    mean = {
        kind: sum(float((own & kind_of).sum()) for own in called) / 2
        for kind, kind_of in (("right", right), ("wrong", ~right))
    }
    of_own, of_rest = (difference_of_shares(truth, a, b, which) for which in (label, 1 - label))
    summed = weighted_sum(
        of_own,
        float(right.sum()) * mean["wrong"] / (counts[0] * counts[1]),
        of_rest,
        float((~right).sum()) * mean["right"] / (counts[0] * counts[1]),
        correlation=_correlation(truth, a, b),
    )
    if summed.reason:
        return Estimate.without_interval(found.value, summed.reason)
    low, high = np.fmin(found.low, summed.low), np.fmax(found.high, summed.high)
    return Estimate(
        value=found.value, low=max(float(low), -1.0), high=min(float(high), 1.0), level=LEVEL, method=_PREDICTIVE
    )


def difference_of_worth(truth: Predictions, a: Mask, b: Mask, at: Worth) -> Estimate:
    """Net benefit of ``a`` less that of ``b``, true positives a child, from the differences of both rates.

    MOVER (Zou and Donner 2008), with the correlation that the two differences have between patients.
    """
    sensitivity, specificity = (difference_of_shares(truth, a, b, label) for label in (1, 0))
    weight = (1 - at.prevalence) * at.price
    return weighted_sum(sensitivity, at.prevalence, specificity, weight, correlation=_correlation(truth, a, b))


def _share(right: Mask, called: Mask, truth: Predictions) -> Linearised:
    total = int(called.sum())
    value = int((right & called).sum()) / total
    terms = np.where(called, right - value, 0.0) / total
    return Linearised(value=value, centre=value, terms=terms, patient=truth.patient_index)


def _correlation(truth: Predictions, a: Mask, b: Mask) -> float:
    """Of the differences of sensitivity and specificity between patients; 0 where no patient has images of both
    classes, and where a difference does not vary."""
    positive = truth.y_true == 1
    gain = (a == positive).astype(np.float64) - (b == positive)
    added = []
    for member in (positive, ~positive):
        if not member.any():
            return 0.0
        values = np.where(member, gain - gain[member].mean(), 0.0)
        added.append(sums_by_patient(values, truth.patient_index, truth.n_patients))
    apart = math.sqrt(float(added[0] @ added[0]) * float(added[1] @ added[1]))
    return min(max(float(added[0] @ added[1]) / apart, -1.0), 1.0) if apart else 0.0
