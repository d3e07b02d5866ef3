"""A model against a reader at the reader's own operating point: the other rate where one rate is the same.

The reader is one decision; the model's threshold is moved until its sensitivity (or specificity) is the reader's, on
the same images, and its specificity (or sensitivity) is compared there. That point is found on the images that
judge it, so that it is a description and promises nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import sparse

from core.evaluation.estimates.bootstrap import RESAMPLES, bootstrap_by_patient, columns_by_patient, percentile_estimate
from core.evaluation.estimates.clusters import few_clusters
from core.evaluation.estimates.discrimination import FEW_OF_A_CLASS, images_by_class
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import FloatArray, Predictions

MATCHED = ("sensitivity", "specificity")
"""The rate that is compared, where the other one is the reader's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AtReaders:
    """One rate where the other is the reader's: the model's ``value``, the reader's, and model less reader."""

    at: float
    model: float
    reader: float
    difference: Estimate


def matched(
    model: Predictions, reader: Predictions, threshold: float, *, n_resamples: int = RESAMPLES, seed: int = 0
) -> Mapping[str, AtReaders]:
    """Each of :data:`MATCHED` of ``model`` less that of ``reader``, row by row the same images, the reader at
    ``threshold`` (a logit) and the model where its other rate is the reader's.

    Between two points of the model's ROC curve it is interpolated, which is what a coin thrown at the tied scores would
    give; of several points with the rate the best is taken. Limits are percentiles of a bootstrap over patients in
    which reader and model are matched anew, so that the uncertainty of both rates is in them. Undefined where
    a class has no images; no limits of few patients.
    """
    if not (model.n_pos and model.n_neg):
        nothing = Estimate.undefined("one class has no images")
        return {rate: AtReaders(at=math.nan, model=math.nan, reader=math.nan, difference=nothing) for rate in MATCHED}
    cells = {rate: _cells(model, reader, threshold, rate) for rate in MATCHED}
    few = any(map(few_clusters, images_by_class(model)))
    found = {}
    for rate, own in cells.items():
        at, value, its = (float(part[0]) for part in _rates(own, np.ones((1, model.n_patients))))
        resampled = bootstrap_by_patient(
            partial(_excess, own),
            n_patients=model.n_patients,
            n_images=model.n,
            n_resamples=n_resamples,
            rng=np.random.default_rng(seed),
        )
        difference = (
            Estimate.without_interval(value - its, FEW_OF_A_CLASS)
            if few
            else percentile_estimate(value - its, resampled, fallback_size=None)
        )
        found[rate] = AtReaders(at=at, model=value, reader=its, difference=difference)
    return found


Cells = tuple[sparse.csr_array, sparse.csr_array, sparse.csr_array]


def _cells(model: Predictions, reader: Predictions, threshold: float, rate: str) -> Cells:
    """Sums by patient: of the images whose rate is held, and of those of the other class, by the model's distinct
    scores from the end at which none is called rightly; the reader's right calls and all images of both, (patients, 4).
    """
    held = model.y_true == (0 if rate == "sensitivity" else 1)
    toward = model.logit if rate == "specificity" else -model.logit
    place = len(scores := np.unique(toward)) - 1 - np.searchsorted(scores, toward)
    right = (reader.logit >= threshold) == (reader.y_true == 1)
    shape = model.n_patients, len(scores)

    def by_score(chosen: npt.NDArray[np.bool_]) -> sparse.csr_array:
        where = model.patient_index[chosen], place[chosen]
        return sparse.csr_array((np.ones(int(chosen.sum())), where), shape=shape)

    parts = [part.astype(np.float64) for part in (right & held, held, right & ~held, ~held)]
    return by_score(held), by_score(~held), columns_by_patient(model, parts)


def _excess(cells: Cells, times: FloatArray) -> FloatArray:
    """How much higher the model's other rate is than the reader's, (b,)."""
    _, model, reader = _rates(cells, times)
    return model - reader


def _rates(cells: Cells, times: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The reader's held rate, and the model's and the reader's other rate there, (b,) each, of patients drawn so many
    ``times``, (b, patients). NaN where a class was not drawn."""
    with np.errstate(invalid="ignore", divide="ignore"):
        right_held, held, right_other, other = (times @ cells[2]).T
        kept, lost = (
            np.cumsum(times @ part, axis=1) / total[:, None]
            for part, total in zip(cells[:2], (held, other), strict=True)
        )
        at = right_held / held
        # The first score at which the model keeps as much as the reader, up to rounding.
        row = (kept < at[:, None] - 1e-12).sum(axis=1).clip(max=kept.shape[1] - 1)
        draws = np.arange(len(at))
        before = np.where(row > 0, np.stack([kept[draws, row - 1], lost[draws, row - 1]]), 0.0)
        rise = kept[draws, row] - before[0]
        share = np.where(rise > 0, (at - before[0]) / np.where(rise > 0, rise, 1.0), 0.0)
        model = 1 - (before[1] + share * (lost[draws, row] - before[1]))
    return at, model, right_other / other
