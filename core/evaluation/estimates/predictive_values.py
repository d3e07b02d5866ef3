"""PPV and NPV where another share of the children is ill.

The prevalence is known, not estimated; sensitivity and specificity are taken to be the same there. The browser computes
the same in ``dashboard/clinic/predictive.js``, operation by operation.
"""

from __future__ import annotations

import math

from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate, z_value

_LARGEST = 700.0  # of an exponent
_NOT_KNOWN = "one class has no images"


def predictive_values(
    sensitivity: float,
    specificity: float,
    n_sensitivity: float,
    n_specificity: float,
    prevalence: float,
    correlation: float,
    level: float = LEVEL,
) -> tuple[Estimate, Estimate]:
    """PPV and NPV at ``prevalence``, strictly between 0 and 1, with logit intervals (Mercaldo, Lau and Zhou 2007).

    ``n_sensitivity`` and ``n_specificity`` are the effective sample sizes of the two rates, ``correlation`` is that of
    their estimates, of patients with images of both classes. Where one of the four cells
    is zero, the limits are those of the paper's adjusted logit, with z^2 / 2 added to every cell, and are widened to
    hold the value, which is not adjusted. Undefined where a class has no images and where no child is called so;
    without limits where a size is 0. Raises ValueError for any other prevalence.
    """
    if not 0 < prevalence < 1:
        raise ValueError(f"a prevalence lies strictly between 0 and 1, not at {prevalence}")
    if math.isnan(sensitivity) or math.isnan(specificity):
        return Estimate.undefined(_NOT_KNOWN), Estimate.undefined(_NOT_KNOWN)
    positive = _of_called(sensitivity, specificity, n_sensitivity, n_specificity, prevalence, correlation, level)
    negative = _of_called(specificity, sensitivity, n_specificity, n_sensitivity, 1 - prevalence, correlation, level)
    return (
        positive or Estimate.undefined("no image is called positive"),
        negative or Estimate.undefined("no image is called negative"),
    )


def _of_called(
    rate: float, other: float, n_rate: float, n_other: float, share: float, correlation: float, level: float
) -> Estimate | None:
    """Of the images called as one class, the share that is; ``rate`` and ``share`` are that class's own.

    NPV is the PPV of the negative class. None where no image is called so.
    """
    right, wrong = share * rate, (1 - share) * (1 - other)
    if not right + wrong:
        return None
    value, z = right / (right + wrong), z_value(level)
    if not (n_rate and n_other):
        return Estimate.without_interval(value, FEW_CLUSTERS)
    method = "logit at a known prevalence, effective sample size by patient"
    if rate in (0, 1) or other in (0, 1):
        method = f"adjusted {method}"
        rate, n_rate = _adjusted(rate, n_rate, z)
        other, n_other = _adjusted(other, n_other, z)
    logit = math.log(share * rate / ((1 - share) * (1 - other)))
    of_rate, of_other = (1 - rate) / (rate * n_rate), other / ((1 - other) * n_other)
    half = z * math.sqrt(max(of_rate + of_other + 2 * correlation * math.sqrt(of_rate * of_other), 0.0))
    low, high = (1 / (1 + math.exp(min(-end, _LARGEST))) for end in (logit - half, logit + half))
    return Estimate(value=value, low=min(low, value), high=max(high, value), level=level, method=method)


def _adjusted(rate: float, size: float, z: float) -> tuple[float, float]:
    return (rate * size + z * z / 2) / (size + z * z), size + z * z
