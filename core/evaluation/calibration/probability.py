"""Probabilities: what a logit is called, how true that name is, and temperature scaling."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from core.evaluation.calibration.binned_error import binned_error
from core.evaluation.calibration.reliability import Labels
from core.evaluation.calibration.temperature import (
    COLDEST,
    HOTTEST,
    End,
    inverse_temperature,
    loss_derivatives,
    why_at_end,
)
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import LEFT_OUT as OF_FITS
from core.evaluation.estimates.linearised import MEAN as OF_MEANS
from core.evaluation.estimates.linearised import PROPORTION, left_out, linearised_mean
from core.evaluation.predictions import FloatArray, Predictions

LOSS = (0.0, math.inf)
"""What a log loss can be."""

_ENDLESS = Estimate.undefined("infinite, as an image was given a probability of 0 or 1 and is of the other class")


@dataclass(frozen=True, kw_only=True, slots=True)
class TemperatureScaling:
    """Temperature scaling (Guo et al., ICML 2017) of n images; ``nll_before`` and ``nll_after`` are means in nats.

    ``end`` says why the temperature is an end of the range searched, where it is one: it is then no minimum. The value
    is NaN where there is nothing to fit.
    """

    temperature: Estimate
    nll_before: float
    nll_after: float
    n: int
    end: End | None

    @property
    def at_bound(self) -> bool:
        """Whether the temperature is an end of the range searched."""
        return self.end is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationErrors:
    """Mean negative log likelihood in nats, expected calibration error (15 equal-width bins) and Brier score.

    ``ece`` is the plain error, without limits, and ``ece_debiased`` what is left of it without what chance adds.
    """

    nll: Estimate
    ece: Estimate
    ece_debiased: Estimate
    brier: Estimate

    @classmethod
    def undefined(cls, reason: str) -> CalibrationErrors:
        """Errors that do not exist, and why."""
        unknown = Estimate.undefined(reason)
        return cls(nll=unknown, ece=unknown, ece_debiased=unknown, brier=unknown)


def probability(logit: FloatArray | float, temperature: float = 1.0) -> FloatArray:
    """Probability of the positive class, ``expit(logit / temperature)``, in [0, 1] and of the shape of ``logit``."""
    return np.asarray(expit(np.asarray(logit, dtype=np.float64) / temperature))


def negative_log_likelihood(y_true: Labels, logit: FloatArray) -> float:
    """Mean negative log likelihood in nats of labels (n,) under logits (n,); finite for any; NaN where n is 0."""
    return float(log_losses(y_true, logit).mean()) if len(y_true) else math.nan


def calibration_errors(predictions: Predictions, *, temperature: float = 1.0) -> CalibrationErrors:
    """Errors of the probabilities ``expit(logit / temperature)``, with intervals over patients.

    The temperature is held fixed. Undefined where there are no images.
    """
    return errors_of_logits(predictions, predictions.logit / temperature)


def errors_of_logits(predictions: Predictions, logit: FloatArray) -> CalibrationErrors:
    """Errors of the probabilities ``expit(logit)`` of recalibrated logits (n,), with intervals over patients.

    How the logits were made is held fixed. Undefined where there are no images; so is the log likelihood where a
    probability is 0 or 1 and the label is the other.
    """
    if not predictions.n:
        return CalibrationErrors.undefined("no images")
    y_true, patient = predictions.y_true, predictions.patient_index
    nll, losses = _ENDLESS, log_losses(y_true, logit)
    if np.isfinite(losses).all():
        nll = linearised_mean(losses, patient, LOSS).skewed(method=OF_MEANS)
    del losses
    error = binned_error(y_true, probability(logit), patient)
    plain, debiased = error.plain, error.debiased
    del error
    return CalibrationErrors(nll=nll, ece=plain, ece_debiased=debiased, brier=brier_score(predictions, logit))


def brier_score(predictions: Predictions, logit: FloatArray) -> Estimate:
    """The mean squared error of ``expit(logit)`` (n,), with an interval over patients. Undefined without images."""
    if not predictions.n:
        return Estimate.undefined("no images")
    errors = np.square(probability(logit) - predictions.y_true)
    return linearised_mean(errors, predictions.patient_index, PROPORTION).skewed(method=OF_MEANS)


def fit_temperature(predictions: Predictions) -> TemperatureScaling:
    """The temperature in [0.01, 100] with the least negative log likelihood, with an interval over patients.

    Undefined where there are no images or every logit is 0, as every temperature then gives the same probabilities. No
    limits where it is an end of that range.
    """
    before = negative_log_likelihood(predictions.y_true, predictions.logit)
    if not np.any(predictions.logit):
        reason = "no images" if not predictions.n else "every logit is 0, so that a temperature changes nothing"
        return TemperatureScaling(
            temperature=Estimate.undefined(reason), nll_before=before, nll_after=before, n=predictions.n, end=None
        )
    margin = np.where(predictions.y_true == 1, predictions.logit, -predictions.logit)
    beta = inverse_temperature(margin)
    temperature = 1 / beta
    end = why_at_end(margin, temperature, one_class=not (predictions.n_pos and predictions.n_neg))
    return TemperatureScaling(
        temperature=_at_bound(temperature) if end else _with_limits(predictions, margin, beta),
        nll_before=before,
        nll_after=negative_log_likelihood(predictions.y_true, predictions.logit / temperature),
        n=predictions.n,
        end=end,
    )


def _with_limits(predictions: Predictions, margin: FloatArray, beta: float) -> Estimate:
    """The temperature 1 / ``beta`` with limits on the logarithm, where temperature and inverse are alike.

    A limit is the end of the range searched where leaving out one patient drives the temperature there: as no other has
    a score on the wrong side of 0, or on the right one.
    """
    pull, curvature = loss_derivatives(margin, beta)
    inverse = left_out(beta, -pull, curvature, predictions.patient_index, farthest=math.inf).on_log(method=OF_FITS)
    low, high = (min(max(1 / limit, COLDEST), HOTTEST) for limit in (inverse.high, inverse.low))
    for wrong, end in ((margin < 0, COLDEST), (margin > 0, HOTTEST)):
        patients = predictions.patient_index[wrong]
        if not len(patients) or patients.min() == patients.max():
            low, high = min(low, end), max(high, end)
    return replace(inverse, value=1 / beta, low=low, high=high)


def _at_bound(temperature: float) -> Estimate:
    return Estimate.without_interval(temperature, "this is an end of the range searched")


def log_losses(y_true: Labels, logit: FloatArray) -> FloatArray:
    """Negative log likelihood in nats of each label (n,) under its logit; infinite under a wrong infinite one."""
    return np.logaddexp(0.0, np.where(np.asarray(y_true) == 1, -logit, logit))
