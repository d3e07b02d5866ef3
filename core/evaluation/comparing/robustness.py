"""What a shift of the images does to the rates of a fixed threshold, on the same images with patients as clusters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.evaluation.estimates.clusters import clustered_wilson, size_of_share
from core.evaluation.estimates.difference import apart, level_of_each
from core.evaluation.estimates.discrimination import auroc
from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate, wilson
from core.evaluation.predictions import FloatArray, IntArray, Predictions

BoolArray = npt.NDArray[np.bool_]

RATES = ("sensitivity", "specificity")
_METHOD = "paired, MOVER from Wilson limits of the shares of images that turn each way, effective sizes by patient"


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """A shift by name and its strength, 1 to 3; the unshifted images are strength 0 of no shift."""

    shift: str = ""
    strength: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class UnderShift:
    """The rates of one variant, and their changes from the unshifted images, both by the names in :data:`RATES`."""

    variant: Variant
    rates: Mapping[str, Estimate]
    changes: Mapping[str, Estimate]


def under_shifts(
    predictions: Predictions, variants: Sequence[Variant], logits: FloatArray, threshold: float
) -> tuple[UnderShift, ...]:
    """Each of ``variants`` at a finite ``threshold``; ``logits`` (variants, n) are those of the same images.

    The first variant is the unshifted one. Rates have Wilson's interval with effective sizes by patient; changes have
    that of :func:`paired_change`, at the level at which those of all variants and both rates hold together, so that
    where no shift changes anything one of them excludes 0 in at most 5 % of cases. Undefined where a class has no
    images.
    """
    classes = {"sensitivity": predictions.y_true == 1, "specificity": predictions.y_true == 0}
    right = (logits >= threshold) == (predictions.y_true == 1)
    level = level_of_each((len(variants) - 1) * len(classes))
    found = []
    for variant, row in zip(variants, right, strict=True):
        rates, changes = {}, {}
        for rate, member in classes.items():
            patient = predictions.patient_index[member]
            reason = f"no {'positive' if rate == 'sensitivity' else 'negative'} images"
            rates[rate] = _rate(row[member], patient, reason)
            changes[rate] = paired_change(right[0, member], row[member], patient, reason=reason, level=level)
        found.append(UnderShift(variant=variant, rates=rates, changes=changes))
    return tuple(found)


def areas(predictions: Predictions, logits: FloatArray) -> tuple[Estimate, ...]:
    """AUROC of each row of ``logits`` (variants, n), by :func:`core.evaluation.estimates.discrimination.auroc`."""
    return tuple(auroc(replace(predictions, logit=row)) for row in logits)


def worst(found: Sequence[UnderShift], rate: str) -> UnderShift | None:
    """The largest fall of ``rate`` whose interval, which holds with all others, excludes 0; None without one."""
    falls = [one for one in found if one.changes[rate].value < 0 and apart(one.changes[rate])]
    return min(falls, key=lambda one: one.changes[rate].value, default=None)


def paired_change(
    before: BoolArray, after: BoolArray, patient: IntArray, *, reason: str, level: float = LEVEL
) -> Estimate:
    """mean(after) - mean(before) of the same images, ``patient`` (n,) numbering whose they are.

    The change is the share of images that turn right less the share that turn wrong. Its limits recover the variances
    from Wilson's limits of both shares, with effective sample sizes (Rao and Scott 1992) and the correlation of the
    two between patients (MOVER: Zou and Donner 2008). Where no image turns the interval is Wilson's for 0 either way,
    never of width 0. Undefined for ``reason`` without images; without limits where one or two patients have most.
    """
    if not len(before):
        return Estimate.undefined(reason)
    images = np.bincount(patient)
    images, present = images[images > 0], images > 0
    gain, gain_limits, gain_rest = _share(after & ~before, patient, present, images, level)
    loss, loss_limits, loss_rest = _share(before & ~after, patient, present, images, level)
    spread = math.sqrt(float(gain_rest @ gain_rest) * float(loss_rest @ loss_rest))
    correlation = max(-1.0, min(1.0, float(gain_rest @ loss_rest) / spread)) if spread else 0.0
    low = _distance(gain - gain_limits[0], loss_limits[1] - loss, correlation)
    high = _distance(gain_limits[1] - gain, loss - loss_limits[0], correlation)
    value = gain - loss
    if math.isnan(low):
        return Estimate.without_interval(value, FEW_CLUSTERS)
    return Estimate(value=value, low=max(value - low, -1.0), high=min(value + high, 1.0), level=level, method=_METHOD)


def _share(
    turned: BoolArray, patient: IntArray, present: BoolArray, images: IntArray, level: float
) -> tuple[float, tuple[float, float], FloatArray]:
    """The share of images that ``turned``, its Wilson limits, and by patient how far it is from the expected number."""
    hits = np.bincount(patient[turned], minlength=len(present))[present].astype(np.int64)
    share = int(hits.sum()) / int(images.sum())
    return share, wilson(share, size_of_share(hits, images), level), hits - share * images


def _distance(of_gain: float, of_loss: float, correlation: float) -> float:
    return math.sqrt(max(of_gain**2 + of_loss**2 - 2 * correlation * (of_gain * of_loss), 0.0))


def _rate(right: BoolArray, patient: IntArray, reason: str) -> Estimate:
    size = int(patient.max()) + 1 if len(patient) else 0
    return clustered_wilson(np.bincount(patient[right], minlength=size), np.bincount(patient), reason=reason)
