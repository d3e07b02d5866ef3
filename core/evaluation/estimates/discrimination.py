"""How well scores part the classes: the areas under the ROC and the precision-recall curve."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, stdtrit

from core.evaluation.estimates.clusters import few_clusters, kish
from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate, wilson, z_value
from core.evaluation.estimates.linearised import PROPORTION, Linearised
from core.evaluation.predictions import FloatArray, IntArray, Predictions

Mask = npt.NDArray[np.bool_]

FEW_OF_A_CLASS = f"{FEW_CLUSTERS} of a class"
"""Why an area, and a difference of two, has no interval where patients of a class count for too few."""


def auroc(predictions: Predictions) -> Estimate:
    """Area under the ROC curve with limits from DeLong's variance, patients as clusters (Obuchowski 1997), in [0, 1].

    O(n log n); DeLong, DeLong and Clarke-Pearson (1988) where every patient has one image. The limits are normal ones
    of the area's logit (Pepe 2003, section 5.2): those of the area itself miss too often near 1
    (``benchmarks/coverage.py``). Where patients have several images, G = n^2 / sum n_i^2 of those of each class count
    (Kish 1965): each class's part of the variance is corrected for its G and at least that of single images, what both
    parts share is at least 0, and the limits are Student's with Satterthwaite's degrees of freedom. Where the variance
    vanishes or cannot be estimated (perfect order, all scores equal, one patient in a class) the limits are Wilson's
    for the patients of the smaller class. Undefined where a class has no images; no interval below a G of 3 in a class
    of which patients have several images.
    """
    return area_of(ByScore.of(predictions)).estimate


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ByScore:
    """n images of ``n_patients`` patients from the lowest score up, all (n,): so the areas of many parts of a set take
    one sort. ``order`` are their rows."""

    order: IntArray
    positive: Mask
    score: FloatArray
    patient: IntArray
    n_patients: int

    @classmethod
    def of(cls, predictions: Predictions) -> ByScore:
        order = np.argsort(predictions.logit)
        return cls(
            order=order,
            positive=predictions.y_true[order] == 1,
            score=predictions.logit[order],
            patient=predictions.patient_index[order],
            n_patients=predictions.n_patients,
        )

    def where(self, chosen: Mask) -> ByScore:
        """Those of them, (n,), with patients numbered as before."""
        return replace(
            self,
            order=self.order[chosen],
            positive=self.positive[chosen],
            score=self.score[chosen],
            patient=self.patient[chosen],
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AreaByPatient:
    """An area, what the deviations of each patient's positives, and of its negatives, add to it, and how many it has of
    each: ``added`` and ``images``, (n_patients,) each; empty where the area is undefined."""

    estimate: Estimate
    added: tuple[FloatArray, FloatArray]
    images: tuple[IntArray, IntArray]


def area_of(images: ByScore) -> AreaByPatient:
    """:func:`auroc` with what it is made of."""
    positive, patient = images.positive, images.patient
    pos, neg = (np.bincount(patient[of], minlength=images.n_patients) for of in (positive, ~positive))
    if not (pos.any() and neg.any()):
        undefined = Estimate.undefined("the area needs images of both classes")
        return AreaByPatient(estimate=undefined, added=(np.zeros(0), np.zeros(0)), images=(pos[:0], neg[:0]))
    placed = _placed(positive, images.score)
    area, *added = _area_of(positive, placed, patient, (pos, neg))

    def of_each() -> tuple[FloatArray, FloatArray]:
        single = positive.astype(np.int64)
        return _area_of(positive, placed, np.arange(len(single)), (single, 1 - single))[1:]

    found = _limits(area, added, (pos, neg), of_each)
    return AreaByPatient(estimate=found, added=(added[0], added[1]), images=(pos, neg))


def _limits(
    area: float,
    added: Sequence[FloatArray],
    images: Sequence[IntArray],
    of_each: Callable[[], tuple[FloatArray, FloatArray]],
) -> Estimate:
    """The area with its limits: ``added`` and ``images`` (n_patients,) are each class's, ``of_each`` what every image
    adds."""
    if any(map(few_clusters, images)):
        return Estimate.without_interval(area, FEW_OF_A_CLASS)
    together = images[0] + images[1]
    alone = int(together.max()) == 1
    if not alone:
        images, added = [of[together > 0] for of in images], [of[together > 0] for of in added]
    variance, freedom = area_variance(images, *added, *(added if alone else of_each()))
    if variance > 0:
        half = student(freedom) * math.sqrt(variance) / (area * (1 - area))
        low, high = expit([logit(area) - half, logit(area) + half]).tolist()
        method = "DeLong" if alone else "DeLong, patients as clusters (Obuchowski)"
        return Estimate(value=area, low=low, high=high, level=LEVEL, method=f"{method}, limits on the logit")
    size = smaller_class_patients(images)
    low, high = wilson(area, size)
    method = f"Wilson bound for the {size} patients of the smaller class, as DeLong's variance vanishes"
    return Estimate(value=area, low=low, high=high, level=LEVEL, method=method)


def area_alone(positive: Mask, logit: FloatArray) -> float:
    """The area alone, to the last bit that of :func:`auroc`, of n images of both classes."""
    above, below = np.sort(logit[positive]), np.sort(logit[~positive])
    twice = sum(int(np.searchsorted(below, above, side).sum()) for side in ("left", "right"))
    return twice / (2.0 * len(above) * len(below))


def smaller_class_patients(images: Sequence[IntArray]) -> int:
    """Patients of the class that fewer have, of each class's ``images`` a patient; with several images as many as
    count, in whole ones."""
    return math.floor(min(map(kish, images)))


def images_by_class(predictions: Predictions) -> tuple[IntArray, IntArray]:
    """How many positive and how many negative images each patient has, (n_patients,) each."""
    index, positive = predictions.patient_index, predictions.y_true == 1
    of_pos, of_neg = (np.bincount(index[chosen], minlength=predictions.n_patients) for chosen in (positive, ~positive))
    return of_pos, of_neg


def area_by_patient(
    positive: Mask, logit: FloatArray, patient: IntArray, n_patients: int
) -> tuple[float, FloatArray, FloatArray]:
    """The area of n images of both classes, and what the deviations of each patient's positives, and of its negatives,
    add to it, (n_patients,) each.

    The placement of a positive is the share of negatives below it, of a negative the share of positives above it,
    ties counting half. Sums are taken over twice the counts, as integers, so that a variance of 0 is exactly 0.
    """
    images = [np.bincount(patient[of], minlength=n_patients) for of in (positive, ~positive)]
    order = np.argsort(logit)
    positive = positive[order]
    return _area_of(positive, _placed(positive, logit[order]), patient[order], images)


def _placed(positive: Mask, score: FloatArray) -> IntArray:
    """Twice the images of the other class that lie below each image (n,), ties counting half; ascending scores."""
    first = np.append(True, score[1:] != score[:-1])
    bounds = np.append(np.flatnonzero(first), len(score))
    pos = np.append(0, np.cumsum(positive))[bounds]
    twice_pos, below = pos[:-1] + pos[1:], bounds[:-1] + bounds[1:]
    del pos, bounds
    if len(below) < len(score):
        step = np.cumsum(first) - 1
        twice_pos, below = twice_pos[step], below[step]
        del step
    below -= twice_pos
    return np.asarray(np.where(positive, below, twice_pos))


def _area_of(
    positive: Mask, placed: IntArray, patient: IntArray, images: Sequence[IntArray]
) -> tuple[float, FloatArray, FloatArray]:
    """:func:`area_by_patient` of images that are ``placed`` (n,); each class's ``images`` are (n_patients,)."""
    n_pos = int(np.count_nonzero(positive))
    n_neg = len(positive) - n_pos
    below, above = placed[positive], 2 * n_pos - placed[~positive]
    won, scale = int(below.sum()), 2.0 * n_pos * n_neg

    def by_patient(chosen: Mask, twice: IntArray, own: IntArray, n: int) -> FloatArray:
        sums = np.bincount(patient[chosen], weights=twice, minlength=len(own)).astype(np.int64)
        sums *= n
        sums -= own * won
        return sums / scale / n

    of_pos, of_neg = images
    return won / scale, by_patient(positive, below, of_pos, n_pos), by_patient(~positive, above, of_neg, n_neg)


def area_by_image(positive: Mask, logit: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What the deviation of each image adds to the area as a positive, and as a negative, (n,) each."""
    _, of_pos, of_neg = area_by_patient(positive, logit, np.arange(len(logit)), len(logit))
    return of_pos, of_neg


def area_variance(
    images: Sequence[IntArray], of_pos: FloatArray, of_neg: FloatArray, each_pos: FloatArray, each_neg: FloatArray
) -> tuple[float, float]:
    """The variance of an area, or of a difference of two of the same images, and its degrees of freedom.

    ``images`` (patients,) are each class's, ``of_pos`` and ``of_neg`` (patients,) what each patient's positives and
    negatives add, ``each_pos`` and ``each_neg`` (n,) what each image does. DeLong's where every patient has one image,
    with infinitely many degrees; otherwise Obuchowski's, corrected for few and unequal patients as :func:`auroc` says.
    0 where it vanishes or cannot be estimated.
    """
    sizes = [int(n.sum()) for n in images]
    alone = [
        n / (n - 1) * float(added @ added) if n > 1 else math.nan
        for n, added in zip(sizes, (each_pos, each_neg), strict=True)
    ]
    if len(of_pos) == len(each_pos):
        return (0.0 if math.isnan(sum(alone)) else sum(alone)), math.inf
    clusters = [kish(n) for n in images]
    if min(clusters) <= 1:
        return 0.0, math.inf
    own = [
        max(float(added @ added) / (1 - 1 / g), single)
        for g, added, single in zip(clusters, (of_pos, of_neg), alone, strict=True)
    ]
    n_patients = len(of_pos)
    variance = sum(own) + max(2 * n_patients / (n_patients - 1) * float(of_pos @ of_neg), 0.0)
    if not variance > 0:
        return 0.0, math.inf
    return variance, sum(own) ** 2 / sum(part**2 / (g - 1) for part, g in zip(own, clusters, strict=True))


def student(freedom: float) -> float:
    """The quantile of two-sided limits; the normal one at infinitely many degrees of freedom."""
    return z_value() if math.isinf(freedom) else float(stdtrit(freedom, 0.5 + LEVEL / 2))


def auprc(predictions: Predictions) -> Estimate:
    """Average precision, the sum of precision times the step in recall, with limits on its logit, patients as clusters.

    Equals scikit-learn's ``average_precision_score``, except that a split of one class is undefined. What an image adds
    is the derivative by its weight: of a positive its own precision, and of every image what it does to the precision
    at the positives that score no higher (Boyd, Eng and Page 2013 for the logit). Of a perfect order the limits are
    Wilson's for the patients of the smaller class; of few patients of a class there are none, as of the area.
    O(n log n).
    """
    if not (predictions.n_pos and predictions.n_neg):
        return Estimate.undefined("average precision needs images of both classes")
    found, _ = average_precision(predictions)
    images = images_by_class(predictions)
    if any(map(few_clusters, images)):
        return Estimate.without_interval(found.value, FEW_OF_A_CLASS)
    return found.on_logit(method="linearised, patients as clusters", size=smaller_class_patients(images))


def average_precision(predictions: Predictions) -> tuple[Linearised, IntArray]:
    """The figure of :func:`auprc` with what each image adds, from the highest score down, and that order (n,).

    Needs images of both classes.
    """
    order = np.argsort(-predictions.logit, kind="stable")
    score, positive = predictions.logit[order], predictions.y_true[order] == 1
    steps = score[1:] != score[:-1]
    del score
    ends = np.flatnonzero(np.append(steps, True))
    tp, called = np.cumsum(positive)[ends].astype(np.float64), ends + 1.0
    del ends
    precision, found, total = tp / called, np.diff(tp, prepend=0.0), tp[-1]
    value = float((found * precision).sum() / total)
    # At a step one more positive raises the precision by FP / called^2, one more negative lowers it by TP / called^2.
    precision -= value
    precision += _from_below(found * (called - tp) / called**2)
    found *= tp
    found /= np.square(called, out=called)
    del tp, called
    lowered = _from_below(found)
    del found
    step = np.cumsum(np.append(False, steps))
    of_step = np.where(positive, precision[step], -lowered[step])
    of_step /= total
    patient = predictions.patient_index[order]
    return Linearised(value=value, centre=value, terms=of_step, patient=patient, within=PROPORTION), order


def _from_below(values: FloatArray) -> FloatArray:
    """Sums from each step to the last, (k,)."""
    return np.cumsum(values[::-1])[::-1]
