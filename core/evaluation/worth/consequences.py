"""What a threshold comes to in a clinic of a given prevalence: the share called positive, expected cost, net benefit.

Each is linear in sensitivity and specificity, two independent estimates, so its interval is recovered from theirs by
MOVER (Zou and Donner 2008). The prevalence is taken as given. Undefined where a class has no images.
"""

from __future__ import annotations

import math

from core.evaluation.estimates.intervals import Estimate


def share_called_positive(sensitivity: Estimate, specificity: Estimate, *, prevalence: float) -> Estimate:
    """prevalence sensitivity + (1 - prevalence) (1 - specificity), in [0, 1]."""
    return _linear(sensitivity, specificity, 1 - prevalence, prevalence, prevalence - 1)


def expected_cost(
    sensitivity: Estimate, specificity: Estimate, *, prevalence: float, miss: float, alarm: float
) -> Estimate:
    """prevalence (1 - sensitivity) miss + (1 - prevalence) (1 - specificity) alarm a patient, in the unit of both."""
    of_miss, of_alarm = prevalence * miss, (1 - prevalence) * alarm
    return _linear(sensitivity, specificity, of_miss + of_alarm, -of_miss, -of_alarm)


def expected_net_benefit(
    sensitivity: Estimate, specificity: Estimate, *, prevalence: float, probability: float
) -> Estimate:
    """TP/n - FP/n p/(1 - p) at a threshold probability p in (0, 1) (Vickers and Elkin 2006), true positives a patient.

    It equals prevalence - expected cost / (1 - p) with a miss at 1 - p and a false alarm at p.
    """
    weight = (1 - prevalence) * probability / (1 - probability)
    return _linear(sensitivity, specificity, -weight, prevalence, weight)


def _linear(a: Estimate, b: Estimate, constant: float, of_a: float, of_b: float) -> Estimate:
    if math.isnan(a.value) or math.isnan(b.value):
        return Estimate.undefined("one class has no images")
    value = constant + of_a * a.value + of_b * b.value
    if math.isnan(a.low) or math.isnan(b.low):
        return Estimate.without_limits(value)
    spread = [
        sorted((weight * (estimate.low - estimate.value), weight * (estimate.high - estimate.value)))
        for weight, estimate in ((of_a, a), (of_b, b))
    ]
    low, high = value - math.hypot(*(down for down, _ in spread)), value + math.hypot(*(up for _, up in spread))
    method = "MOVER, from the limits of sensitivity and specificity; the prevalence as given"
    return Estimate(value=value, low=low, high=high, level=a.level, method=method)
