"""Probabilities: what a logit is called, how true that name is, and temperature scaling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import expit

from core.evaluation.bootstrap import RESAMPLES, bootstrap_by_patient, percentile_estimate
from core.evaluation.intervals import Estimate
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.reliability import N_BINS, Labels, equal_width_bin
from core.evaluation.temperature import COLDEST, HOTTEST, inverse_temperature, resampled_inverse_temperatures

_ENDLESS = Estimate.undefined("infinite, as an image was given a probability of 0 or 1 and is of the other class")


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


def calibration_errors(
    predictions: Predictions, *, temperature: float = 1.0, n_resamples: int = RESAMPLES, seed: int = 0
) -> CalibrationErrors:
    """Errors of the probabilities ``expit(logit / temperature)``, with bootstrap intervals over patients.

    The temperature is held fixed in the resamples. Undefined where there are no images.
    """
    return errors_of_logits(predictions, predictions.logit / temperature, n_resamples=n_resamples, seed=seed)


def errors_of_logits(
    predictions: Predictions, logit: FloatArray, *, n_resamples: int = RESAMPLES, seed: int = 0
) -> CalibrationErrors:
    """Errors of the probabilities ``expit(logit)`` of recalibrated logits (n,), with bootstrap intervals over patients.

    How the logits were made is held fixed in the resamples. Undefined where there are no images; so is the log
    likelihood where a probability is 0 or 1 and the label is the other.
    """
    if not predictions.n:
        undefined = Estimate.undefined("no images")
        return CalibrationErrors(nll=undefined, ece=undefined, brier=undefined)
    images = sums_by_patient(predictions, [np.ones(predictions.n)])
    sums = sparse.hstack([images, *error_sums(predictions, logit, (equal_width_bin,))], format="csr")

    def of_resamples(times: FloatArray) -> FloatArray:
        total = times @ sums
        return np.asarray(errors_of_sums(total[:, 1:]) / total[:, :1])

    nll, brier, ece = of_resamples(np.ones((1, predictions.n_patients)))[0].tolist()
    resampled = bootstrap_by_patient(
        of_resamples,
        n_patients=predictions.n_patients,
        n_images=predictions.n,
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    )
    size = predictions.n_patients
    endless = math.isinf(negative_log_likelihood(predictions.y_true, logit))
    return CalibrationErrors(
        nll=_ENDLESS if endless else percentile_estimate(nll, resampled[:, 0], fallback_size=None),
        ece=percentile_estimate(ece, resampled[:, 2], fallback_size=size),
        brier=percentile_estimate(brier, resampled[:, 1], fallback_size=size),
    )


def error_sums(
    predictions: Predictions, logit: FloatArray, binnings: Sequence[Callable[[FloatArray], IntArray]]
) -> list[sparse.csr_array]:
    """Sums by patient of what the errors of ``expit(logit)`` are made of, side by side.

    They are log loss and squared error, (patients, 2), and for each way of putting probabilities into 15 bins
    probability minus label in each of these, (patients, 15).
    """
    p = probability(logit)
    residual = p - predictions.y_true
    loss = _log_loss(predictions.y_true, logit)
    losses = sums_by_patient(predictions, [np.where(np.isfinite(loss), loss, 0.0), np.square(residual)])
    shape = predictions.n_patients, N_BINS
    cells = [sparse.csr_array((residual, (predictions.patient_index, bins(p))), shape=shape) for bins in binnings]
    return [losses, *cells]


def errors_of_sums(total: FloatArray) -> FloatArray:
    """Log loss, squared error and each calibration error, times the number of images, (r, 2 + binnings).

    ``total`` (r, columns) is a sum over patients of :func:`error_sums`.
    """
    gaps = np.abs(total[:, 2:]).reshape(len(total), -1, N_BINS).sum(axis=2)
    return np.concatenate([total[:, :2], gaps], axis=1)


def sums_by_patient(predictions: Predictions, columns: Sequence[FloatArray]) -> sparse.csr_array:
    """Sums (patients, columns) of values that each image has, (n,) each.

    Sparse, as a patient is in few bins: products with it cost what there is, and leave the other cores to others.
    """
    index, n_patients = predictions.patient_index, predictions.n_patients
    return sparse.csr_array(
        np.stack([np.bincount(index, weights=values, minlength=n_patients) for values in columns], axis=1)
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
