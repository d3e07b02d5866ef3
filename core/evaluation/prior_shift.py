"""The prevalence that scores alone suggest, as if nothing but prevalence had changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from core.evaluation.bootstrap import RESAMPLES, bootstrap_by_patient, percentile_estimate
from core.evaluation.calibration import sums_by_patient
from core.evaluation.intervals import Estimate
from core.evaluation.one_step import chebyshev_root
from core.evaluation.predictions import FloatArray, Predictions
from core.evaluation.recalibration import calibration_intercept

_LARGEST_LOG_RATIO = 200.0
"""Beyond it the share an image adds is 0 or 1 to the last bit; the cube of its exponential is still finite."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InferredPrevalence:
    """Test's prevalence inferred without its labels, and inferred minus true from the same resamples.

    The difference is about 0 where nothing but prevalence changed.
    """

    test: Estimate
    difference: Estimate


def not_inferred(reason: str = "no temperature could be fitted on validation") -> InferredPrevalence:
    """What cannot be inferred, and why."""
    undefined = Estimate.undefined(reason)
    return InferredPrevalence(test=undefined, difference=undefined)


def inferred_prevalence(
    validation: Predictions, test: Predictions, temperature: float, *, n_resamples: int = RESAMPLES, seed: int = 0
) -> InferredPrevalence:
    """Expectation maximisation of Saerens, Latinne and Decaestecker (2002), with bootstrap intervals over patients.

    Probabilities are ``expit(logit / temperature)``, shifted on the logit until their mean on validation is its share
    of positives, which is the prior: on validation itself exactly that share is then inferred. The shift is held fixed
    in the resamples. Undefined unless validation has both classes and test has images.
    """
    if not (validation.n_pos and validation.n_neg) or not test.n:
        return not_inferred("validation lacks a class" if test.n else "test has no images")
    ratio = log_likelihood_ratio(validation, test.logit, temperature)
    inferred, true = _inferred(test, ratio, n_resamples, seed)
    difference = inferred - true
    return InferredPrevalence(
        test=percentile_estimate(float(inferred[0]), inferred[1:], fallback_size=test.n_patients),
        difference=percentile_estimate(float(difference[0]), difference[1:], fallback_size=None),
    )


def most_likely_prevalence(log_ratio: FloatArray) -> float:
    """The prevalence q under which scores are most likely, where expectation maximisation ends; in [0, 1].

    ``log_ratio`` (n,) is the log of how much likelier each score is with than without the finding. The log likelihood,
    mean log(1 - q + q exp(log_ratio)), is concave in q; an end of the range where it has no maximum within.
    """

    def slope(q: float) -> float:
        return float(_pull(log_ratio, q).mean())

    if slope(0.0) <= 0:
        return 0.0
    return 1.0 if slope(1.0) >= 0 else float(brentq(slope, 0.0, 1.0, xtol=1e-14))


def log_likelihood_ratio(validation: Predictions, logit: FloatArray, temperature: float) -> FloatArray:
    """The log of how much likelier scores (n,) are with than without the finding: their calibrated logit less that of
    validation's share of positives (Bayes). Validation needs both classes."""
    prior = validation.n_pos / validation.n
    shift = calibration_intercept(validation.y_true, validation.logit / temperature)
    ratio = logit / temperature + shift - np.log(prior / (1 - prior))
    return np.asarray(np.clip(ratio, -_LARGEST_LOG_RATIO, _LARGEST_LOG_RATIO))


def _inferred(split: Predictions, ratio: FloatArray, n_resamples: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """The inferred and the true prevalence of all images, then of each resample, (1 + r,) each."""
    q = most_likely_prevalence(ratio)
    pull = _pull(ratio, q)
    columns = [np.ones(split.n), split.y_true.astype(np.float64), pull, -np.square(pull), 2 * pull**3]
    sums = sums_by_patient(split, columns)

    def of_resamples(times: FloatArray) -> FloatArray:
        total = times @ sums
        return np.stack([np.clip(chebyshev_root(q, total[:, 2:]), 0.0, 1.0), total[:, 1] / total[:, 0]], axis=1)

    drawn = bootstrap_by_patient(
        of_resamples,
        n_patients=split.n_patients,
        n_images=split.n,
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    )
    inferred, true = np.concatenate([[[q, split.n_pos / split.n]], drawn]).T
    return inferred, true


def _pull(log_ratio: FloatArray, q: float) -> FloatArray:
    """What each image adds to the slope of the log likelihood at prevalence ``q``, (n,)."""
    ratio = np.exp(log_ratio)
    return np.asarray((ratio - 1) / (1 - q + q * ratio))
