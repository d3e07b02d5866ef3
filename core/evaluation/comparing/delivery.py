"""What was promised of a threshold, held against test: the verdict, how often resamples agree, how far it was off.

Test labels only describe here; nothing is chosen with them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.evaluation.choosing.operating_point import rates
from core.evaluation.choosing.search import check_rates
from core.evaluation.comparing.promise import Judgement, judge
from core.evaluation.estimates.bootstrap import RESAMPLES, resampled_totals
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import FloatArray, Predictions
from core.evaluation.sweep import ThresholdSweep

PROMISED = ("sensitivity", "specificity")


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """Bootstrap support: in how many of the ``drawn`` resamples of test's patients a rate reaches its floor.

    It is a share of resamples and no probability that the promise holds. Resamples in which the rate does not exist
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
    """The threshold nearest to the one in use at which test reaches a floor, a logit; NaN with a ``reason``.

    ``move`` is the way to it in logits, 0 where test reaches it already.
    """

    threshold: float
    move: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One promised rate as test delivers it, held against its floor."""

    delivered: Estimate
    judgement: Judgement
    support: Support
    needed: Needed


@dataclass(frozen=True, kw_only=True, slots=True)
class Deliveries:
    """Every rate that was promised of one threshold; ``support`` and ``needed`` are of all of them at once."""

    threshold: float
    rates: Mapping[str, Delivery]
    support: Support
    needed: Needed


def judgement_at(test: ThresholdSweep, threshold: float, rate: str, floor: str, *, margin: float = 0.0) -> Judgement:
    """``rate`` of test at ``threshold``, any finite logit, against ``floor`` (a decimal numeral): one verdict for a
    threshold and a floor, whichever rule or lock puts them together."""
    return judge(rates(test, threshold)[rate], test.effective_sizes(threshold)[rate], float(floor), margin=margin)


def deliveries(
    test: ThresholdSweep,
    predictions: Predictions,
    threshold: float,
    floors: Mapping[str, str],
    *,
    margin: float = 0.0,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> Deliveries:
    """What test delivers of the ``floors`` that were promised of ``threshold``, any finite logit.

    ``predictions`` are those of ``test``. ``floors`` has the x of "at least x" (a decimal numeral) by rate, that of a
    rule or those of a lock; ``margin`` is the shortfall that does not matter (:func:`judge`). A rate that does not
    exist on test does not tell, and has support of no resamples and NaN moves. ValueError without floors and for one
    under another rate.
    """
    check_rates(floors, PROMISED)
    level = {rate: float(floor) for rate, floor in floors.items()}
    kept = _kept(predictions, threshold, level, n_resamples, seed)
    delivered = rates(test, threshold)
    found = {
        rate: Delivery(
            delivered=delivered[rate],
            judgement=judgement_at(test, threshold, rate, floor, margin=margin),
            support=_support(kept[:, [column]]),
            needed=needed_threshold(test, threshold, {rate: level[rate]}),
        )
        for column, (rate, floor) in enumerate(floors.items())
    }
    needed = needed_threshold(test, threshold, level)
    return Deliveries(threshold=float(threshold), rates=found, support=_support(kept), needed=needed)


def needed_threshold(test: ThresholdSweep, threshold: float, level: Mapping[str, float]) -> Needed:
    """Where the threshold would have had to lie for test to have each rate of ``level`` at its value or above.

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
        return Needed(threshold=math.nan, move=math.nan, reason=f"no score as threshold keeps {names}")
    distance = np.where(keeps, np.abs(at - threshold), math.inf)
    nearest = float(at[int(np.argmin(distance))])
    return Needed(threshold=nearest, move=nearest - threshold, reason="")


def _missing(test: ThresholdSweep, level: Mapping[str, float]) -> str:
    sizes = {"sensitivity": (test.n_pos, "positive"), "specificity": (test.n_neg, "negative")}
    return next((f"test has no {sizes[rate][1]} images" for rate in level if not sizes[rate][0]), "")


def _kept(
    predictions: Predictions, threshold: float, level: Mapping[str, float], n_resamples: int, seed: int
) -> FloatArray:
    """Whether each resample has each rate at its level, (r, rates): 1, 0, or NaN where the rate does not exist."""
    if not predictions.n:
        return np.zeros((0, len(level)))
    called, positive = predictions.logit >= threshold, predictions.y_true == 1
    cells = {"sensitivity": (called & positive, positive), "specificity": (~called & ~positive, ~positive)}
    patient, n_patients = predictions.patient_index, predictions.n_patients
    counts = [np.bincount(patient[part], minlength=n_patients) for rate in level for part in cells[rate]]
    total = resampled_totals(np.stack(counts, axis=1), n_resamples=n_resamples, rng=np.random.default_rng(seed))
    with np.errstate(invalid="ignore"):
        reached = total[:, 0::2] / total[:, 1::2]
    return np.where(np.isnan(reached), math.nan, (reached >= np.array(list(level.values()))).astype(np.float64))


def _support(kept: FloatArray) -> Support:
    defined = kept[~np.isnan(kept).any(axis=1)]
    return Support(kept=int(defined.all(axis=1).sum()), drawn=len(defined))
