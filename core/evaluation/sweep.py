"""The one sweep: exact counts and effective sample sizes at every distinct score.

ROC, precision-recall, the slider, the 2x2 table and every search for a threshold read this object, so that they
cannot disagree. Positive means ``logit >= threshold``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.estimates.both_classes import Share, correlation
from core.evaluation.estimates.clusters import effective_size
from core.evaluation.predictions import FloatArray, IntArray, Predictions

Signs = tuple[int, int, int, int]
Products = dict[tuple[int, int], npt.NDArray[np.integer]]

# Each rate is x / n; of one patient, both are sums of (TP, FP, positives, negatives) with these signs.
RATES: Mapping[str, tuple[Signs, Signs]] = {
    "sensitivity": ((1, 0, 0, 0), (0, 0, 1, 0)),
    "specificity": ((0, -1, 0, 1), (0, 0, 0, 1)),
    "precision": ((1, 0, 0, 0), (1, 1, 0, 0)),
    "npv": ((0, -1, 0, 1), (-1, -1, 1, 1)),
    "accuracy": ((1, -1, 0, 1), (0, 0, 1, 1)),
    "f1": ((1, 0, 0, 0), (0, 1, 1, 0)),  # q = TP / (TP + FP + FN), of which F1 is 2q / (1 + q)
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sums:
    """What effective sample sizes are made of, when more and more images are called positive, from none on.

    Of each patient there are TP, FP, positives and negatives, numbered 0 to 3. ``totals`` are their sums over patients,
    ``products`` those of the products of two of them. Shapes are (k + 1,), or (1,) where no threshold changes them;
    where 32 bits hold all products, they are kept in 32.
    """

    totals: tuple[IntArray, IntArray, IntArray, IntArray]
    products: Mapping[tuple[int, int], npt.NDArray[np.integer]]

    def at(self, rows: IntArray) -> Sums:
        """The same at ``rows`` (m,) of a sweep, of which -1 is above the highest score."""

        def taken(values: npt.NDArray[np.integer]) -> IntArray:
            return (values if len(values) == 1 else values[rows + 1]).astype(np.int64, copy=False)

        tp, fp, positives, negatives = map(taken, self.totals)
        products = {pair: taken(values) for pair, values in self.products.items()}
        return Sums(totals=(tp, fp, positives, negatives), products=products)

    def share(self, rate: str) -> Share:
        """Totals and sums of products of one of :data:`RATES`."""
        of_x, of_n = RATES[rate]
        x, n = self._total(of_x), self._total(of_n)
        return x, n, self._product(of_x, of_x), self._product(of_x, of_n), self._product(of_n, of_n)

    def between(self, one: str, other: str) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """The sums of products of each part of one rate and each of another."""
        (of_x, of_n), (of_y, of_m) = RATES[one], RATES[other]
        return (
            self._product(of_x, of_y),
            self._product(of_x, of_m),
            self._product(of_n, of_y),
            self._product(of_n, of_m),
        )

    def _total(self, signs: Signs) -> IntArray:
        return np.asarray(sum(sign * count for sign, count in zip(signs, self.totals, strict=True) if sign))

    def _product(self, left: Signs, right: Signs) -> IntArray:
        pairs = ((i, j) for i in range(4) for j in range(4) if left[i] and right[j])
        return np.asarray(sum(left[i] * right[j] * self.products[min(i, j), max(i, j)] for i, j in pairs))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ThresholdSweep:
    """Counts at each of the k distinct scores of a split, from the highest score down. Arrays are read-only.

    ``threshold`` (k,) is strictly descending and finite; ``tp`` and ``fp`` (k,) count the images at or above it.
    ``sums`` are there for effective sample sizes, which are worked out for the rows that are asked for; a resampled
    sweep has none, and neither size nor correlation.
    """

    threshold: FloatArray
    tp: IntArray
    fp: IntArray
    n_pos: int
    n_neg: int
    sums: Sums | None

    def at(self, threshold: float) -> int:
        """The row whose counts hold at ``threshold``, which may be any finite value; -1 above the highest score."""
        if not math.isfinite(threshold):
            raise ValueError(f"a threshold is a finite number, not {threshold}")
        ascending = self.threshold[::-1]
        return len(ascending) - int(np.searchsorted(ascending, threshold, side="left")) - 1

    def counts(self, threshold: float) -> tuple[int, int, int, int]:
        """(tp, fp, tn, fn) at any finite ``threshold``."""
        row = self.at(threshold)
        tp, fp = (int(self.tp[row]), int(self.fp[row])) if row >= 0 else (0, 0)
        return tp, fp, self.n_neg - fp, self.n_pos - tp

    def effective(self, rate: str, rows: IntArray) -> FloatArray:
        """The effective sample size of one of :data:`RATES` (of "f1", of q = TP / (TP + FP + FN)) at ``rows`` (m,).

        A row of -1 is any threshold above the highest score, where nothing is positive. 0 where the rate is undefined.
        """
        return effective_size(*self._sums_at(rows).share(rate)) + np.zeros(len(rows))

    def effective_sizes(self, threshold: float) -> dict[str, float]:
        """The effective sample size of each rate at any finite ``threshold``."""
        sums = self._sums_at(np.array([self.at(threshold)]))
        shares = (np.concatenate(parts) for parts in zip(*map(sums.share, RATES), strict=True))
        return dict(zip(RATES, effective_size(*shares).tolist(), strict=True))

    def correlation(self, rows: IntArray) -> FloatArray:
        """That of the estimates of sensitivity and specificity at ``rows`` (m,), in [-1, 1], where a row of -1 is above
        the highest score; 0 where no patient has images of both classes."""
        sums = self._sums_at(rows)
        sensitivity, specificity = sums.share("sensitivity"), sums.share("specificity")
        both = sums.between("sensitivity", "specificity")
        return correlation(sensitivity, specificity, both) + np.zeros(len(rows))

    def correlation_at(self, threshold: float) -> float:
        """:meth:`correlation` at any finite ``threshold``."""
        return float(self.correlation(np.array([self.at(threshold)]))[0])

    def _sums_at(self, rows: IntArray) -> Sums:
        if self.sums is None:
            raise ValueError("a resampled sweep has counts alone, neither effective sample sizes nor a correlation")
        return self.sums.at(rows)


def threshold_sweep(predictions: Predictions) -> ThresholdSweep:
    """Sort once, then count: O(n log n). Without images it has no rows. Of millions of images memory decides, so that
    nothing is held longer than it is needed."""
    order = np.argsort(predictions.logit)[::-1]  # not stable: what is counted does not depend on the order of ties
    score, positive = predictions.logit[order], predictions.y_true[order]
    several = predictions.n_patients < predictions.n
    patient = _narrow(predictions.patient_index, predictions.n)[order] if several else None
    del order
    last = np.append(score[1:] != score[:-1], True) if len(score) else np.zeros(0, dtype=np.bool_)
    threshold = score[last]
    del score
    # One row more than the sweep has, in front: nothing called positive.
    rows = np.append(0, np.flatnonzero(last) + 1)
    tp = _before(positive)[rows]
    fp = rows - tp
    totals = (tp, fp, np.array([predictions.n_pos]), np.array([predictions.n_neg]))
    products = _products_of_single_images(*totals) if patient is None else _products(positive, patient, rows)
    for values in (threshold, *totals, *products.values()):
        values.setflags(write=False)
    return ThresholdSweep(
        threshold=threshold,
        tp=tp[1:],
        fp=fp[1:],
        n_pos=predictions.n_pos,
        n_neg=predictions.n_neg,
        sums=Sums(totals=totals, products=products),
    )


def _before(change: npt.NDArray[np.integer]) -> IntArray:
    """The sums of none, of the first, of the first two of ``change`` (n,), and so on: (n + 1,)."""
    sums = np.zeros(len(change) + 1, dtype=np.int64)
    np.cumsum(change, out=sums[1:])
    return sums


def _products_of_single_images(tp: IntArray, fp: IntArray, positives: IntArray, negatives: IntArray) -> Products:
    """Where a patient has one image, each count of it is 0 or 1, its own square, and with the other class's 0."""
    none = np.zeros(1, dtype=np.int64)
    return {
        (0, 0): tp,
        (0, 1): none,
        (1, 1): fp,
        (0, 2): tp,
        (0, 3): none,
        (1, 2): none,
        (1, 3): fp,
        (2, 2): positives,
        (2, 3): none,
        (3, 3): negatives,
    }


def _narrow(values: npt.NDArray[np.integer], largest: int) -> npt.NDArray[np.integer]:
    """Integers from 0 up, in 32 bits where those hold twice the ``largest``: half the memory, and in half the time."""
    return values.astype(np.int32 if largest < 2**30 else np.int64, copy=False)


def _products(positive: npt.NDArray[np.integer], patient: npt.NDArray[np.integer], rows: IntArray) -> Products:
    """:attr:`Sums.products` when the first ``rows`` images of the descending order are called positive."""
    n = len(patient)
    positive = _narrow(positive, n)
    images = np.bincount(patient)
    pos = np.bincount(patient, weights=positive).astype(np.int64)
    neg, negative = images - pos, 1 - positive

    def along(change: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
        sums = _before(change)
        return _narrow(sums, int(sums[-1]))[rows]

    tp, fp = _counts_before(positive, patient, images)
    of_counts = {
        (0, 0): along(positive * (2 * tp + 1)),
        (0, 1): along(np.where(positive == 1, fp, tp)),
        (1, 1): along(negative * (2 * fp + 1)),
    }
    del tp, fp
    of_pos, of_neg = _narrow(pos, n), _narrow(neg, n)
    return {
        **of_counts,
        (0, 2): along(positive * of_pos[patient]),
        (0, 3): along(positive * of_neg[patient]),
        (1, 2): along(negative * of_pos[patient]),
        (1, 3): along(negative * of_neg[patient]),
        (2, 2): np.array([pos @ pos]),
        (2, 3): np.array([pos @ neg]),
        (3, 3): np.array([neg @ neg]),
    }


def _counts_before(
    positive: npt.NDArray[np.integer], patient: npt.NDArray[np.integer], images: IntArray
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]:
    """How many positives and negatives of its own patient come before each image, both (n,)."""
    n = len(patient)
    grouped = patient.astype(np.int64)
    grouped *= n
    grouped += np.arange(n)
    grouped.sort()  # by patient, in order within: faster than a stable argsort
    grouped %= n
    start = _narrow(np.repeat(np.cumsum(images) - images, images), n)
    through = _narrow(_before(positive[grouped]), n)
    tp, fp = np.empty_like(positive), np.empty_like(positive)
    tp[grouped] = through[:-1] - through[start]
    del through
    fp[grouped] = np.arange(n, dtype=start.dtype) - start
    fp -= tp
    return tp, fp
