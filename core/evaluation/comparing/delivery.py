"""What validation promised of a threshold and what test delivered: the gap, how often it holds, how far it was off.

Test labels only describe here; nothing is chosen with them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.evaluation.choosing.operating_point import rates
from core.evaluation.choosing.search import check_rates
from core.evaluation.estimates.bootstrap import RESAMPLES, bootstrap_by_patient, columns_by_patient
from core.evaluation.estimates.difference import gap
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import FloatArray, Predictions
from core.evaluation.sweep import ThresholdSweep

PROMISED = ("sensitivity", "specificity")


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """Bootstrap support: in how many of the ``drawn`` resamples of test's patients a promise is kept.

    It is a share of resamples and no probability that the promise is true. Resamples in which the rate does not exist
    are not counted.
    """

    kept: int
    drawn: int

    @property
    def share(self) -> float:
        """In [0, 1]; NaN where nothing was drawn."""
        return self.kept / self.drawn if self.drawn else math.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class Needed:
    """The threshold nearest to the one in use that keeps a promise on test, a logit; NaN with a ``reason``.

    ``move`` is the way to it in logits, 0 where the promise is kept already.
    """

    threshold: float
    move: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One rate, promised and delivered; ``gap`` is test minus validation.

    ``level`` is what had to be kept: the floor of the rule (``is_floor``), else validation's lower limit.
    """

    promised: Estimate
    delivered: Estimate
    gap: Estimate
    level: float
    is_floor: bool
    support: Support
    needed: Needed


@dataclass(frozen=True, kw_only=True, slots=True)
class Deliveries:
    """Sensitivity and specificity at one threshold, and the promise of the rule as a whole.

    ``binding`` names the rates that the rule promises: the floored one, or both. ``support`` and ``needed`` are of all
    binding rates at once.
    """

    threshold: float
    rates: Mapping[str, Delivery]
    binding: tuple[str, ...]
    support: Support
    needed: Needed


def deliveries(
    validation: ThresholdSweep,
    test: ThresholdSweep,
    predictions: Predictions,
    threshold: float,
    *,
    floor: tuple[str, str] | None = None,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> Deliveries:
    """What ``threshold``, any finite logit, promised on validation and delivered on test.

    ``predictions`` are those of ``test``. ``floor`` is the rate of a rule and its x of "at least x" (a decimal
    numeral): the promise is then x. Without it the promise is validation's lower limit of both rates. A rate that
    does not exist on either split has undefined figures, support of no resamples and NaN moves. ValueError for a floor
    under another rate.
    """
    if floor is not None:
        check_rates([floor[0]], PROMISED)
    promised, delivered = rates(validation, threshold), rates(test, threshold)
    level = {rate: promised[rate].low for rate in PROMISED}
    if floor is not None:
        level[floor[0]] = float(floor[1])
    binding = PROMISED if floor is None else (floor[0],)
    kept = _kept(predictions, threshold, level, n_resamples, seed)
    found = {
        rate: Delivery(
            promised=promised[rate],
            delivered=delivered[rate],
            gap=gap(promised[rate], delivered[rate]),
            level=level[rate],
            is_floor=floor is not None and rate == floor[0],
            support=_support(kept[:, [column]]),
            needed=needed_threshold(test, threshold, {rate: level[rate]}),
        )
        for column, rate in enumerate(PROMISED)
    }
    return Deliveries(
        threshold=float(threshold),
        rates=found,
        binding=binding,
        support=_support(kept[:, [PROMISED.index(rate) for rate in binding]]),
        needed=needed_threshold(test, threshold, {rate: level[rate] for rate in binding}),
    )


def needed_threshold(test: ThresholdSweep, threshold: float, level: Mapping[str, float]) -> Needed:
    """Where the threshold would have had to lie for test to keep each rate of ``level`` at its value.

    Of the scores of test that do, the nearest one; the threshold itself where it does already.
    """
    missing = _missing(test, level)
    if missing:
        return Needed(threshold=math.nan, move=math.nan, reason=missing)
    own = test.at(threshold)
    tp = np.append(test.tp, test.tp[own] if own >= 0 else 0)
    fp = np.append(test.fp, test.fp[own] if own >= 0 else 0)
    at = np.append(test.threshold, threshold)
    keeps = np.ones(len(at), dtype=bool)
    for rate, least in level.items():
        hits, total = (tp, test.n_pos) if rate == "sensitivity" else (test.n_neg - fp, test.n_neg)
        keeps &= hits / total >= least
    if not keeps.any():
        names = " and ".join(f"{rate} at {least:.3f}" for rate, least in level.items())
        return Needed(threshold=math.nan, move=math.nan, reason=f"no score of test as threshold keeps {names}")
    distance = np.where(keeps, np.abs(at - threshold), math.inf)
    nearest = float(at[int(np.argmin(distance))])
    return Needed(threshold=nearest, move=nearest - threshold, reason="")


def _missing(test: ThresholdSweep, level: Mapping[str, float]) -> str:
    if any(math.isnan(least) for least in level.values()):
        return "validation promised nothing, as it has no images of that class or one patient or two have most of them"
    sizes = {"sensitivity": (test.n_pos, "positive"), "specificity": (test.n_neg, "negative")}
    return next((f"test has no {sizes[rate][1]} images" for rate in level if not sizes[rate][0]), "")


def _kept(
    predictions: Predictions, threshold: float, level: Mapping[str, float], n_resamples: int, seed: int
) -> FloatArray:
    """Whether each resample keeps each rate at its level, (r, 2): 1, 0, or NaN where the rate does not exist."""
    if not predictions.n:
        return np.zeros((0, len(PROMISED)))
    called, positive = predictions.logit >= threshold, predictions.y_true == 1
    parts = (called & positive, positive, ~called & ~positive, ~positive)
    sums = columns_by_patient(predictions, [part.astype(np.float64) for part in parts])
    least = np.array([level[rate] for rate in PROMISED])

    def of_resamples(times: FloatArray) -> FloatArray:
        total = times @ sums
        with np.errstate(invalid="ignore"):
            rate = total[:, 0::2] / total[:, 1::2]
        return np.where(np.isnan(rate) | np.isnan(least), math.nan, (rate >= least).astype(np.float64))

    return bootstrap_by_patient(
        of_resamples,
        n_patients=predictions.n_patients,
        n_images=predictions.n,
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    )


def _support(kept: FloatArray) -> Support:
    defined = kept[~np.isnan(kept).any(axis=1)]
    return Support(kept=int(defined.all(axis=1).sum()), drawn=len(defined))
