"""What a threshold is worth in a clinic of a known prevalence, at the price that its probability names there.

The calibrated probability of the threshold is carried to the clinic's prevalence, as sensitivity and specificity are
taken to be the same there; net benefit is then linear in the two (``consequences.py``). As the prevalence is taken as
given, what calling everyone positive is worth is known exactly, and so is the better of the two defaults.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy.special import expit

from core.evaluation.calibration.at_prevalence import log_odds_shift
from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.sweep import ThresholdSweep
from core.evaluation.worth.consequences import expected_net_benefit

_CERTAIN = "at a probability of 1 a false alarm outweighs everything"


@dataclass(frozen=True, kw_only=True, slots=True)
class InClinic:
    """One threshold at one ``prevalence``: its ``probability`` there, and its worth in true positives a patient.

    ``price`` is what a false positive costs in true positives, p / (1 - p). ``gain`` is ``model`` less the better of
    ``treat_all`` and treating no one, which is worth 0.
    """

    prevalence: float
    probability: float
    price: float
    model: Estimate
    treat_all: float
    gain: Estimate


def worth_in_clinic(
    sweep: ThresholdSweep, threshold: float, temperature: float, *, share: float, prevalence: float
) -> InClinic:
    """The worth of a ``threshold`` on the logit, whose calibrated probability belongs to a ``share`` of ill.

    ``share`` and ``prevalence`` lie strictly between 0 and 1 (ValueError otherwise). Undefined where a class has no
    images, and where the probability is 1 to the last bit.
    """
    log_price = threshold / temperature + log_odds_shift(share, prevalence)
    probability = float(expit(log_price))
    if probability == 1:
        unknown = Estimate.undefined(_CERTAIN)
        return InClinic(
            prevalence=prevalence, probability=1.0, price=math.inf, model=unknown, treat_all=-math.inf, gain=unknown
        )
    found, price = rates(sweep, threshold), math.exp(log_price)
    model = expected_net_benefit(
        found["sensitivity"],
        found["specificity"],
        sweep.correlation_at(threshold),
        prevalence=prevalence,
        probability=probability,
    )
    treat_all = prevalence - (1 - prevalence) * price
    better = max(treat_all, 0.0)
    gain = replace(model, value=model.value - better, low=model.low - better, high=model.high - better)
    return InClinic(
        prevalence=prevalence, probability=probability, price=price, model=model, treat_all=treat_all, gain=gain
    )
