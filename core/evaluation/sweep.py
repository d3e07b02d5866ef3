"""The one sweep: exact counts and effective sample sizes at every distinct score.

ROC, precision-recall, the slider, the 2x2 table and every search for a threshold read this object, so that they
cannot disagree. Positive means ``logit >= threshold``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.evaluation.estimates.both_classes import Share, correlation
from core.evaluation.estimates.clusters import effective_size
from core.evaluation.predictions import FloatArray, IntArray, Predictions

# Each rate is x / n; of one patient, both are sums of (TP, FP, positives, negatives) with these signs.
RATES: Mapping[str, tuple[tuple[int, int, int, int], tuple[int, int, int, int]]] = {
    "sensitivity": ((1, 0, 0, 0), (0, 0, 1, 0)),
    "specificity": ((0, -1, 0, 1), (0, 0, 0, 1)),
    "precision": ((1, 0, 0, 0), (1, 1, 0, 0)),
    "npv": ((0, -1, 0, 1), (-1, -1, 1, 1)),
    "accuracy": ((1, -1, 0, 1), (0, 0, 1, 1)),
    "f1": ((1, 0, 0, 0), (0, 1, 1, 0)),  # q = TP / (TP + FP + FN), of which F1 is 2q / (1 + q)
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ThresholdSweep:
    """Counts at each of the k distinct scores of a split, from the highest score down. Arrays are read-only.

    ``threshold`` (k,) is strictly descending and finite; ``tp`` and ``fp`` (k,) count the images at or above it.
    ``effective`` holds for "sensitivity", "specificity", "precision", "npv", "accuracy" and "f1" (there of
    q = TP / (TP + FP + FN)) the effective sample size (k,), 0 where the rate is undefined; ``effective_above`` the
    same for any threshold above the highest score, where nothing is positive and which is not a row. ``correlation``
    (k,) is that of the estimates of sensitivity and specificity, 0 where no patient has images of both classes.
    """

    threshold: FloatArray
    tp: IntArray
    fp: IntArray
    n_pos: int
    n_neg: int
    effective: Mapping[str, FloatArray]
    correlation: FloatArray
    effective_above: Mapping[str, float]

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

    def effective_sizes(self, threshold: float) -> dict[str, float]:
        """The effective sample size of each rate at any finite ``threshold``."""
        row = self.at(threshold)
        if row < 0:
            return dict(self.effective_above)
        return {rate: float(sizes[row]) for rate, sizes in self.effective.items()}

    def correlation_at(self, threshold: float) -> float:
        """How sensitivity and specificity vary together at any finite ``threshold``, in [-1, 1]."""
        row = self.at(threshold)
        return float(self.correlation[row]) if row >= 0 else 0.0


def threshold_sweep(predictions: Predictions) -> ThresholdSweep:
    """Sort once, then count: O(n log n). Without images it has no rows."""
    order = np.argsort(-predictions.logit, kind="stable")
    score = predictions.logit[order]
    positive = predictions.y_true[order].astype(np.int64)
    patient = predictions.patient_index[order]
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else np.zeros(0, dtype=np.int64)
    # One row more than the sweep has, in front: nothing called positive.
    rows = np.concatenate([[0], ends + 1])
    tp = np.concatenate([[0], np.cumsum(positive)])[rows]
    n_pos, n_neg = predictions.n_pos, predictions.n_neg
    totals = (tp, rows - tp, np.array([n_pos]), np.array([n_neg]))
    moments = _by_patient(positive, patient, rows)
    sizes = {rate: effective_size(*_share(rate, totals, moments)) for rate in RATES}
    together = _correlation(totals, moments)
    threshold, tp, fp = score[ends], tp[1:], (rows - tp)[1:]
    for values in (threshold, tp, fp, together, *sizes.values()):
        values.setflags(write=False)
    return ThresholdSweep(
        threshold=threshold,
        tp=tp,
        fp=fp,
        n_pos=n_pos,
        n_neg=n_neg,
        correlation=together[1:],
        effective={rate: values[1:] for rate, values in sizes.items()},
        effective_above={rate: float(values[0]) for rate, values in sizes.items()},
    )


Moments = dict[tuple[int, int], IntArray]
Signs = tuple[int, int, int, int]


def _by_patient(positive: IntArray, patient: IntArray, rows: IntArray) -> Moments:
    """Sums over patients of the products of TP, FP, positives and negatives (numbered 0 to 3) when the first ``rows``
    images of the descending order are called positive; shape (1,) where no threshold changes them."""
    n_patients = int(patient.max()) + 1 if len(patient) else 0
    pos = np.bincount(patient, weights=positive, minlength=n_patients).astype(np.int64)
    images = np.bincount(patient, minlength=n_patients)
    neg, negative = images - pos, 1 - positive
    tp, fp = _counts_before(positive, patient, images)

    def along(change: IntArray) -> IntArray:
        return np.concatenate([[0], np.cumsum(change)])[rows]

    return {
        (0, 0): along(positive * (2 * tp + 1)),
        (0, 1): along(np.where(positive == 1, fp, tp)),
        (1, 1): along(negative * (2 * fp + 1)),
        (0, 2): along(positive * pos[patient]),
        (0, 3): along(positive * neg[patient]),
        (1, 2): along(negative * pos[patient]),
        (1, 3): along(negative * neg[patient]),
        (2, 2): np.array([pos @ pos]),
        (2, 3): np.array([pos @ neg]),
        (3, 3): np.array([neg @ neg]),
    }


def _counts_before(positive: IntArray, patient: IntArray, images: IntArray) -> tuple[IntArray, IntArray]:
    """How many positives and negatives of its own patient come before each image, both (n,)."""
    grouped = np.argsort(patient, kind="stable")
    start = (np.cumsum(images) - images)[patient[grouped]]
    through = np.concatenate([[0], np.cumsum(positive[grouped])])
    tp, place = np.empty_like(positive), np.empty_like(positive)
    tp[grouped] = through[:-1] - through[start]
    place[grouped] = np.arange(len(positive)) - start
    return tp, place - tp


def _share(rate: str, totals: tuple[IntArray, ...], moments: Moments) -> Share:
    """A rate's totals and sums of products."""
    of_x, of_n = RATES[rate]

    def total(signs: Signs) -> IntArray:
        return np.asarray(sum(sign * count for sign, count in zip(signs, totals, strict=True) if sign), dtype=np.int64)

    products = (_product(left, right, moments) for left, right in ((of_x, of_x), (of_x, of_n), (of_n, of_n)))
    return total(of_x), total(of_n), *products  # type: ignore[return-value]


def _correlation(totals: tuple[IntArray, ...], moments: Moments) -> FloatArray:
    """Of sensitivity and specificity, as many as there are rows."""
    (of_x, of_n), (of_y, of_m) = RATES["sensitivity"], RATES["specificity"]
    both = tuple(_product(a, b, moments) for a in (of_x, of_n) for b in (of_y, of_m))
    found = correlation(_share("sensitivity", totals, moments), _share("specificity", totals, moments), both)  # type: ignore[arg-type]
    return found + np.zeros(len(totals[0]))


def _product(left: Signs, right: Signs, moments: Moments) -> IntArray:
    terms = (a * b * moments[min(i, j), max(i, j)] for i, a in enumerate(left) for j, b in enumerate(right) if a and b)
    return np.asarray(sum(terms), dtype=np.int64)
