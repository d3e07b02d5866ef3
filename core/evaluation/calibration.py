"""Probabilities: what a logit is called, how true that name is, and temperature scaling."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from core.evaluation.bootstrap import RESAMPLES, bootstrap_by_patient, percentile_estimate
from core.evaluation.intervals import Estimate, effective_size, wilson
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.temperature import COLDEST, HOTTEST, inverse_temperature, resampled_inverse_temperatures

N_BINS = 15
"""Equal-width bins of the expected calibration error in ``metrics.json``."""

Labels = npt.NDArray[np.integer]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReliabilityBins:
    """The b bins of a reliability diagram. ``edges`` (b + 1,) run from 0 to 1, ``count`` (b,) counts images.

    ``mean_predicted`` and ``observed`` (b,) are the mean probability and the share of positives, ``low`` and ``high``
    the limits of the latter; NaN where a bin is empty.
    """

    edges: FloatArray
    count: IntArray
    mean_predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, kw_only=True, slots=True)
class TemperatureScaling:
    """Temperature scaling (Guo et al., ICML 2017) of n images; ``nll_before`` and ``nll_after`` are means in nats.

    ``at_bound`` says that the temperature is an end of the range searched, as on data that a threshold parts
    perfectly: it is then no minimum. The value is NaN where there is nothing to fit.
    """

    temperature: Estimate
    nll_before: float
    nll_after: float
    n: int
    at_bound: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationErrors:
    """Mean negative log likelihood in nats, expected calibration error (15 equal-width bins) and Brier score."""

    nll: Estimate
    ece: Estimate
    brier: Estimate


def probability(logit: FloatArray | float, temperature: float = 1.0) -> FloatArray:
    """Probability of the positive class, ``expit(logit / temperature)``, in [0, 1] and of the shape of ``logit``."""
    return np.asarray(expit(np.asarray(logit, dtype=np.float64) / temperature))


def negative_log_likelihood(y_true: Labels, logit: FloatArray) -> float:
    """Mean negative log likelihood in nats of labels (n,) under logits (n,); finite for any; NaN where n is 0."""
    return float(_log_loss(y_true, logit).mean()) if len(y_true) else math.nan


def brier_score(y_true: Labels, probability: FloatArray) -> float:
    """Mean squared difference of probability and label (Brier 1950), in [0, 1]; NaN where n is 0."""
    return float(np.square(probability - y_true).mean()) if len(y_true) else math.nan


def expected_calibration_error(y_true: Labels, probability: FloatArray, n_bins: int = N_BINS) -> float:
    """Expected calibration error of the positive class over equal-width bins, in [0, 1]; NaN where n is 0.

    The mean over images of the gap between the mean probability and the share of positives of their bin.
    """
    if not len(y_true):
        return math.nan
    gaps = np.bincount(bin_index(probability, n_bins), weights=probability - y_true, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(y_true))


def bin_index(probability: FloatArray, n_bins: int) -> IntArray:
    """The equal-width bin of each probability: [0, 1/b], (1/b, 2/b], ... as in scikit-learn's ``calibration_curve``."""
    return np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], probability, side="left")


def reliability_bins(
    y_true: Labels, probability: FloatArray, n_bins: int = N_BINS, *, patient_index: IntArray | None = None
) -> ReliabilityBins:
    """Equal-width bins of a reliability diagram, with Wilson's limits for the share of positives in each.

    ``patient_index`` (n,) numbers the patients; the limits then allow for several images a patient. Without it every
    image is a patient of its own.
    """
    patient = np.arange(len(y_true)) if patient_index is None else patient_index
    bins = bin_index(probability, n_bins)
    cell, of_cell = np.unique(patient * n_bins + bins, return_inverse=True)
    x = np.bincount(of_cell, weights=y_true, minlength=len(cell)).astype(np.int64)
    n = np.bincount(of_cell, minlength=len(cell))

    def by_bin(values: IntArray) -> IntArray:
        return np.bincount(cell % n_bins, weights=values, minlength=n_bins).astype(np.int64)

    count = by_bin(n)
    sums = (by_bin(values) for values in (x, n, x * x, x * n, n * n, np.ones_like(n)))
    with np.errstate(invalid="ignore"):
        observed = by_bin(x) / count
        mean_predicted = np.bincount(bins, weights=probability, minlength=n_bins) / count
    limits = [wilson(p, size) for p, size in zip(observed.tolist(), effective_size(*sums).tolist(), strict=True)]
    low, high = np.array(limits).T
    return ReliabilityBins(
        edges=np.linspace(0, 1, n_bins + 1),
        count=count,
        mean_predicted=mean_predicted,
        observed=observed,
        low=low,
        high=high,
    )


def calibration_errors(
    predictions: Predictions, *, temperature: float = 1.0, n_resamples: int = RESAMPLES, seed: int = 0
) -> CalibrationErrors:
    """Errors of the probabilities ``expit(logit / temperature)``, with bootstrap intervals over patients.

    The temperature is held fixed in the resamples. Undefined where there are no images.
    """
    if not predictions.n:
        undefined = Estimate.undefined("no images")
        return CalibrationErrors(nll=undefined, ece=undefined, brier=undefined)
    sums = _sums_by_patient(predictions, temperature)

    def of_resamples(times: FloatArray) -> FloatArray:
        total = times @ sums
        errors = np.stack([total[:, 1], np.abs(total[:, 3:]).sum(axis=1), total[:, 2]], axis=1)
        return np.asarray(errors / total[:, :1])

    nll, ece, brier = of_resamples(np.ones((1, predictions.n_patients)))[0].tolist()
    resampled = bootstrap_by_patient(
        of_resamples,
        n_patients=predictions.n_patients,
        n_images=predictions.n,
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    )
    size = predictions.n_patients
    return CalibrationErrors(
        nll=percentile_estimate(nll, resampled[:, 0], fallback_size=None),
        ece=percentile_estimate(ece, resampled[:, 1], fallback_size=size),
        brier=percentile_estimate(brier, resampled[:, 2], fallback_size=size),
    )


def fit_temperature(predictions: Predictions, *, n_resamples: int = RESAMPLES, seed: int = 0) -> TemperatureScaling:
    """The temperature in [0.01, 100] with the least negative log likelihood, with a bootstrap interval over patients.

    Undefined where there are no images or every logit is 0, as every temperature then gives the same probabilities.
    """
    before = negative_log_likelihood(predictions.y_true, predictions.logit)
    if not np.any(predictions.logit):
        reason = "no images" if not predictions.n else "every logit is 0, so that a temperature changes nothing"
        return TemperatureScaling(
            temperature=Estimate.undefined(reason), nll_before=before, nll_after=before, n=predictions.n, at_bound=False
        )
    margin = np.where(predictions.y_true == 1, predictions.logit, -predictions.logit)
    beta = inverse_temperature(margin)
    resampled = resampled_inverse_temperatures(
        margin, predictions.patient_index, beta, n_resamples=n_resamples, rng=np.random.default_rng(seed)
    )
    temperature = 1 / beta
    return TemperatureScaling(
        temperature=percentile_estimate(temperature, 1 / resampled, fallback_size=None),
        nll_before=before,
        nll_after=negative_log_likelihood(predictions.y_true, predictions.logit / temperature),
        n=predictions.n,
        at_bound=temperature in (COLDEST, HOTTEST),
    )


def _log_loss(y_true: Labels, logit: FloatArray) -> FloatArray:
    return np.logaddexp(0.0, np.where(np.asarray(y_true) == 1, -logit, logit))


def _sums_by_patient(predictions: Predictions, temperature: float) -> FloatArray:
    """(patients, 3 + bins): images, log loss, squared error, and in each bin probability minus label."""
    index, n_patients = predictions.patient_index, predictions.n_patients
    p = probability(predictions.logit, temperature)
    residual = p - predictions.y_true
    losses = (
        np.ones_like(residual),
        _log_loss(predictions.y_true, predictions.logit / temperature),
        np.square(residual),
    )
    columns = [np.bincount(index, weights=loss, minlength=n_patients) for loss in losses]
    cells = np.bincount(index * N_BINS + bin_index(p, N_BINS), weights=residual, minlength=n_patients * N_BINS)
    return np.column_stack([*columns, cells.reshape(n_patients, N_BINS)])
