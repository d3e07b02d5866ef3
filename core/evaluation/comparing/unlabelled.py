"""What can be known of a set without labels: how many images are called positive, and how many were to be expected.

Nothing here says whether the calls are right. A set is its logits (n,) and ``patient`` (n,), which numbers the patients
from 0. Expectations are those of a labelled set, validation or test, carried to a clinic's prevalence as if sensitivity
and specificity were the same there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.prior_shift import inferred_without_labels
from core.evaluation.estimates.bootstrap import RESAMPLES
from core.evaluation.estimates.clusters import clustered_wilson, size_of_share
from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.sweep import ThresholdSweep
from core.evaluation.worth.consequences import share_called_positive

Dates = npt.NDArray[np.datetime64]

ASSUMED = "as if nothing but the share of ill patients had changed, which cannot be seen without labels"
"""The warning that every inferred prevalence stands with."""
NOT_EXPLAINED = (
    "at no share of ill patients would validation's scores call as many positive: something else has changed"
)
"""The warning where the images called positive are not those of the inferred prevalence."""

_TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class CalledPositive:
    """Of ``images`` of ``patients`` those ``called`` positive, and their ``share`` with Wilson's interval by patient.

    ``size`` is the share's effective sample size, 0 where it has no interval. ``per_day`` is of the images with a date,
    a calendar day from their first to their last (``days``), for as many images a day as there were; ``undated`` have
    none.
    """

    images: int
    patients: int
    called: int
    share: Estimate
    size: float
    days: int
    undated: int
    per_day: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedCalls:
    """What a labelled set leads one to expect at a ``prevalence``: the ``share`` called positive in the long run, and
    ``in_set``, the same value with the limits that a set of a given size is to keep."""

    prevalence: float
    share: Estimate
    in_set: Estimate

    def differs(self, share: float) -> bool:
        """Whether the ``share`` that was seen lies beyond the limits; false where there are none."""
        return share < self.in_set.low or share > self.in_set.high


@dataclass(frozen=True, kw_only=True, slots=True)
class PrevalenceOfScores:
    """The prevalence that the scores suggest, and the ``warning`` it stands with; ``explained`` is whether it explains
    how many images are called positive."""

    prevalence: Estimate
    explained: bool
    warning: str


def called_positive(
    logit: FloatArray, patient: IntArray, threshold: float, dates: Dates | None = None
) -> CalledPositive:
    """How many images are called positive at any finite ``threshold``.

    ``dates`` (n,) are days, NaT where one is not known. Undefined without images, and per day without dates.
    """
    positive = logit >= threshold
    hits, images = _by_patient(positive, patient)
    dated = ~np.isnat(dates) if dates is not None else np.zeros(len(logit), dtype=bool)
    days = 0
    per_day = Estimate.undefined("no image has a date")
    if dates is not None and dated.any():
        known = dates[dated].astype("datetime64[D]")
        days = int((known.max() - known.min()) / np.timedelta64(1, "D")) + 1
        of_dated = clustered_wilson(*_by_patient(positive[dated], patient[dated]), reason="no images")
        per_day = _times(of_dated, int(dated.sum()) / days)
    return CalledPositive(
        images=len(logit),
        patients=int(np.count_nonzero(images)),
        called=int(positive.sum()),
        share=clustered_wilson(hits, images, reason="no images"),
        size=size_of_share(hits, images) if len(logit) else 0.0,
        days=days,
        undated=len(logit) - int(dated.sum()),
        per_day=per_day,
    )


def expected_calls(sweep: ThresholdSweep, threshold: float, prevalence: float, *, size: float) -> ExpectedCalls:
    """What the labelled set of ``sweep`` leads one to expect at ``threshold``, any finite logit, and ``prevalence``.

    The interval of the share carries the uncertainty of sensitivity and specificity (MOVER); ``prevalence``, in [0, 1],
    is taken as given. A set of the effective ``size`` adds the chance of its own images, by exact binomial quantiles
    that are squared and added. Undefined where the labelled set lacks a class; ValueError for another prevalence.
    """
    if not 0 <= prevalence <= 1:
        raise ValueError(f"a prevalence lies between 0 and 1, not at {prevalence}")
    found = rates(sweep, threshold)
    share = share_called_positive(
        found["sensitivity"], found["specificity"], sweep.correlation_at(threshold), prevalence=prevalence
    )
    return ExpectedCalls(prevalence=prevalence, share=share, in_set=_in_set(share, size))


def prevalence_of_scores(
    validation: Predictions,
    sweep: ThresholdSweep,
    logit: FloatArray,
    patient: IntArray,
    *,
    temperature: float,
    threshold: float,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> PrevalenceOfScores:
    """The prevalence inferred by expectation maximisation (Saerens, Latinne and Decaestecker 2002), and a check of it.

    ``sweep`` is that of ``validation``. Scores that come from validation's two classes in any proportion are called
    positive at ``threshold`` as often as that proportion says; where they are not, the warning says so.
    """
    found = inferred_without_labels(validation, logit, patient, temperature, n_resamples=n_resamples, seed=seed)
    if math.isnan(found.value):
        return PrevalenceOfScores(prevalence=found, explained=True, warning=found.reason)
    called = called_positive(logit, patient, threshold)
    expected = expected_calls(sweep, threshold, found.value, size=called.size)
    explained = not expected.differs(called.share.value)
    return PrevalenceOfScores(
        prevalence=found, explained=explained, warning=ASSUMED if explained else f"{ASSUMED}; {NOT_EXPLAINED}"
    )


def _in_set(share: Estimate, size: float) -> Estimate:
    images = math.floor(size + 1e-9)
    if math.isnan(share.low) or math.isnan(share.high):
        return share
    if not images:
        return Estimate.without_interval(share.value, FEW_CLUSTERS)
    fewest, most = (float(binom.ppf(tail, images, share.value)) / images for tail in _TAILS)
    low = share.value - math.hypot(share.value - share.low, share.value - fewest)
    high = share.value + math.hypot(share.high - share.value, most - share.value)
    return replace(
        share, low=max(low, 0.0), high=min(high, 1.0), method=f"{share.method}, and the chance of the set's own images"
    )


def _by_patient(positive: npt.NDArray[np.bool_], patient: IntArray) -> tuple[IntArray, IntArray]:
    """Images called positive, and all, of each patient."""
    images = np.bincount(patient)
    return np.bincount(patient[positive], minlength=len(images)), images


def _times(share: Estimate, factor: float) -> Estimate:
    return replace(share, value=share.value * factor, low=share.low * factor, high=share.high * factor)
