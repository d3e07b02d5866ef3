"""What the next hospital is to be expected to see of a rate, from those that were seen.

The rates of different hospitals' labelled sets at one threshold, with effective sample sizes by patient, are draws from
one distribution of hospitals (:mod:`core.evaluation.estimates.random_effects`). The prediction holds for hospitals like
these, entered as these were; of few hospitals it is wide, and says little of one that differs from all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.random_effects import FEWEST_SITES, logit_and_variance, random_effects
from core.evaluation.estimates.uncertain_spread import cautious_limits
from core.evaluation.sweep import ThresholdSweep

FEWEST_ERRORS = 5
"""Images called wrongly, counted by effective size, below which the normal approximation of a logit is poor."""

_METHOD = "random effects on the logit, Paule-Mandel, Hartung-Knapp with a factor of at least 1"


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteRate:
    """A rate of one site with its interval and effective sample ``size``; ``few_errors``: it rests on under five."""

    name: str
    rate: Estimate
    size: float
    few_errors: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NextHospital:
    """A rate over all hospitals like ``sites``, in [0, 1], and what is predicted of the true rate of one more.

    ``prediction_low`` and ``prediction_high`` are mean ± t(k - 2) sqrt(tau² + SE²) on the logit; ``cautious_low`` and
    ``cautious_high``, never within them, allow for how uncertain tau is. ``tau`` is the standard deviation between
    hospitals in logits. All NaN, with a ``reason``, where fewer than three sites have an interval; ``left_out`` has the
    reasons of those that have none, by name.
    """

    mean: Estimate
    prediction_low: float
    prediction_high: float
    cautious_low: float
    cautious_high: float
    tau: float
    sites: tuple[SiteRate, ...]
    left_out: Mapping[str, str]
    reason: str


def next_hospital(sweeps: Mapping[str, ThresholdSweep], threshold: float, rate: str) -> NextHospital:
    """The rate "sensitivity" or "specificity" at any finite ``threshold`` over the labelled sets ``sweeps`` by name.

    The sets are of different hospitals and patients, and none of them chose the threshold.
    """
    sites, left_out = [], {}
    for name, sweep in sweeps.items():
        found, size = rates(sweep, threshold)[rate], sweep.effective_sizes(threshold)[rate]
        if math.isnan(found.low):
            left_out[name] = found.reason
        else:
            sites.append(SiteRate(name=name, rate=found, size=size, few_errors=few_errors(found.value, size)))
    return over_hospitals(sites, left_out)


def over_hospitals(sites: Sequence[SiteRate], left_out: Mapping[str, str]) -> NextHospital:
    """:func:`next_hospital` from the rates of ``sites``."""
    k = len(sites)
    if k < FEWEST_SITES:
        reason = f"it takes {FEWEST_SITES} hospitals whose rate has an interval, and there {_are(k)}"
        return NextHospital(
            mean=Estimate.undefined(reason),
            prediction_low=math.nan,
            prediction_high=math.nan,
            cautious_low=math.nan,
            cautious_high=math.nan,
            tau=math.nan,
            sites=tuple(sites),
            left_out=left_out,
            reason=reason,
        )
    share, size = (np.array(values)[:, None] for values in ([s.rate.value for s in sites], [s.size for s in sites]))
    found = random_effects(*logit_and_variance(share, size))
    value, low, high, next_low, next_high, least, most = (
        float(expit(end[0]))
        for end in (
            found.mean,
            found.low,
            found.high,
            found.prediction_low,
            found.prediction_high,
            *cautious_limits(share, size),
        )
    )
    return NextHospital(
        mean=Estimate(value=value, low=low, high=high, method=_METHOD),
        prediction_low=next_low,
        prediction_high=next_high,
        cautious_low=least,
        cautious_high=most,
        tau=float(found.tau[0]),
        sites=tuple(sites),
        left_out=left_out,
        reason="",
    )


def few_errors(rate: float, size: float) -> bool:
    """Whether a rate rests on fewer than :data:`FEWEST_ERRORS` images called wrongly; False where it is undefined."""
    # A rate of 45 in 50 is 5 errors, whatever its rounding.
    return (1 - rate) * size < FEWEST_ERRORS - 1e-9


def _are(number: int) -> str:
    return {0: "is none", 1: "is one"}.get(number, f"are {number}")
