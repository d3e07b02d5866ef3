"""What a threshold comes to in a clinic of a given prevalence: the share called positive, expected cost, net benefit.

Each is linear in sensitivity and specificity, so its interval is recovered from theirs by MOVER (Zou and Donner 2008);
``correlation`` is that of the two estimates, of patients with images of both classes. The prevalence is taken as given.
Undefined where a class has no images.
"""

from __future__ import annotations

from core.evaluation.estimates.both_classes import weighted_sum
from core.evaluation.estimates.intervals import Estimate


def share_called_positive(
    sensitivity: Estimate, specificity: Estimate, correlation: float, *, prevalence: float
) -> Estimate:
    """prevalence sensitivity + (1 - prevalence) (1 - specificity), in [0, 1]."""
    return weighted_sum(
        sensitivity, prevalence, specificity, prevalence - 1, plus=1 - prevalence, correlation=correlation
    )


def expected_cost(
    sensitivity: Estimate, specificity: Estimate, correlation: float, *, prevalence: float, miss: float, alarm: float
) -> Estimate:
    """prevalence (1 - sensitivity) miss + (1 - prevalence) (1 - specificity) alarm a patient, in the unit of both."""
    of_miss, of_alarm = prevalence * miss, (1 - prevalence) * alarm
    return weighted_sum(sensitivity, -of_miss, specificity, -of_alarm, plus=of_miss + of_alarm, correlation=correlation)


def expected_net_benefit(
    sensitivity: Estimate, specificity: Estimate, correlation: float, *, prevalence: float, probability: float
) -> Estimate:
    """TP/n - FP/n p/(1 - p) at a threshold probability p in (0, 1) (Vickers and Elkin 2006), true positives a patient.

    It equals prevalence - expected cost / (1 - p) with a miss at 1 - p and a false alarm at p.
    """
    weight = (1 - prevalence) * probability / (1 - probability)
    return weighted_sum(sensitivity, prevalence, specificity, weight, plus=-weight, correlation=correlation)
