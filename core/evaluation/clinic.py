"""What a threshold means where another share of the children is ill: PPV and NPV at a prevalence, and 1,000 children.

The prevalence is known, not estimated; sensitivity and specificity are taken to be the same there. The browser computes
the same in ``dashboard/clinic/predictive.js``, operation by operation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.evaluation.intervals import LEVEL, Estimate, z_value

CHILDREN = 1000
"""How many children the outlook is told for."""

_LARGEST = 700.0  # of an exponent
_NOT_KNOWN = "one class has no images"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """Of so many children: ill and found, ill and missed, well and falsely alarmed, well and rightly sent home."""

    found: int
    missed: int
    alarmed: int
    cleared: int


def predictive_values(
    sensitivity: float,
    specificity: float,
    n_sensitivity: float,
    n_specificity: float,
    prevalence: float,
    level: float = LEVEL,
) -> tuple[Estimate, Estimate]:
    """PPV and NPV at ``prevalence``, strictly between 0 and 1, with logit intervals (Mercaldo, Lau and Zhou 2007).

    ``n_sensitivity`` and ``n_specificity`` are the effective sample sizes of the two rates. Where one of the four cells
    is zero, the limits are those of the paper's adjusted logit, with z^2 / 2 added to every cell, and are widened to
    hold the value, which is not adjusted. Undefined where a class has no images and where no child is called so.
    Raises ValueError for any other prevalence.
    """
    if not 0 < prevalence < 1:
        raise ValueError(f"a prevalence lies strictly between 0 and 1, not at {prevalence}")
    if math.isnan(sensitivity) or math.isnan(specificity):
        return Estimate.undefined(_NOT_KNOWN), Estimate.undefined(_NOT_KNOWN)
    positive = _of_called(sensitivity, specificity, n_sensitivity, n_specificity, prevalence, level)
    negative = _of_called(specificity, sensitivity, n_specificity, n_sensitivity, 1 - prevalence, level)
    return (
        positive or Estimate.undefined("no image is called positive"),
        negative or Estimate.undefined("no image is called negative"),
    )


def _of_called(rate: float, other: float, n_rate: float, n_other: float, share: float, level: float) -> Estimate | None:
    """Of the images called as one class, the share that is; ``rate`` and ``share`` are that class's own.

    NPV is the PPV of the negative class. None where no image is called so.
    """
    right, wrong = share * rate, (1 - share) * (1 - other)
    if not right + wrong:
        return None
    value, z = right / (right + wrong), z_value(level)
    method = "logit at a known prevalence, effective sample size by patient"
    if rate in (0, 1) or other in (0, 1):
        method = f"adjusted {method}"
        rate, n_rate = _adjusted(rate, n_rate, z)
        other, n_other = _adjusted(other, n_other, z)
    logit = math.log(share * rate / ((1 - share) * (1 - other)))
    half = z * math.sqrt((1 - rate) / (rate * n_rate) + other / ((1 - other) * n_other))
    low, high = (1 / (1 + math.exp(min(-end, _LARGEST))) for end in (logit - half, logit + half))
    return Estimate(value=value, low=min(low, value), high=max(high, value), level=level, method=method)


def _adjusted(rate: float, size: float, z: float) -> tuple[float, float]:
    return (rate * size + z * z / 2) / (size + z * z), size + z * z


def outlook(sensitivity: float, specificity: float, prevalence: float, children: int = CHILDREN) -> Outlook | None:
    """What is to be expected of so many ``children``, in whole ones that always sum to ``children``.

    Rounded by largest remainders twice: all into ill and well, then each of the two by what they are called. The number
    of ill ones therefore never depends on the threshold. Of equal remainders ill comes before well and right before
    wrong. None where one of the two rates is undefined (NaN).
    """
    if math.isnan(sensitivity) or math.isnan(specificity):
        return None
    ill = _largest_remainder(children, prevalence)
    well = children - ill
    found, cleared = _largest_remainder(ill, sensitivity), _largest_remainder(well, specificity)
    return Outlook(found=found, missed=ill - found, alarmed=well - cleared, cleared=cleared)


def _largest_remainder(total: int, share: float) -> int:
    """The first of two whole parts of ``total``: the one left over goes to the larger remainder."""
    quota = total * share
    whole = math.floor(quota)
    return whole + (quota - whole >= 0.5)
