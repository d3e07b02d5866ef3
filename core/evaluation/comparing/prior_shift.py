"""The prevalence that scores alone suggest, as if nothing but prevalence had changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit

from core.evaluation.calibration.at_prevalence import log_odds
from core.evaluation.calibration.recalibration import calibration_intercept
from core.evaluation.estimates.bootstrap import (
    RESAMPLES,
    bootstrap_by_patient,
    columns_by_patient,
    columns_of,
    percentile_estimate,
)
from core.evaluation.estimates.clusters import few_clusters
from core.evaluation.estimates.intervals import FEW_CLUSTERS, Estimate
from core.evaluation.estimates.one_step import chebyshev_root
from core.evaluation.predictions import FloatArray, IntArray, Predictions

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
    of positives, which is the prior: on validation itself exactly that share is then inferred. Both splits are drawn
    anew in each resample, so that the shift and the prior vary as they would; the temperature is held fixed. Undefined
    unless validation has both classes and test has images; without limits where one patient or two have most of either.
    """
    ill = test.y_true == 1
    return _inferred_of(validation, test.logit, test.patient_index, ill, temperature, n_resamples, seed)


def inferred_without_labels(
    validation: Predictions,
    logit: FloatArray,
    patient: IntArray,
    temperature: float,
    *,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """The prevalence that :func:`inferred_prevalence` has for a set of which only the scores are known.

    ``logit`` (n,) and ``patient`` (n,), which numbers the patients from 0, are the set's.
    """
    unknown = np.zeros(len(logit), dtype=bool)
    return _inferred_of(validation, logit, patient, unknown, temperature, n_resamples, seed).test


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
    shift = calibration_intercept(validation.y_true, validation.logit / temperature)
    ratio = logit / temperature + shift - log_odds(validation.n_pos / validation.n)
    return np.asarray(np.clip(ratio, -_LARGEST_LOG_RATIO, _LARGEST_LOG_RATIO))


def _inferred_of(
    validation: Predictions,
    logit: FloatArray,
    patient: IntArray,
    ill: npt.NDArray[np.bool_],
    temperature: float,
    n_resamples: int,
    seed: int,
) -> InferredPrevalence:
    if not (validation.n_pos and validation.n_neg) or not len(logit):
        return not_inferred("validation lacks a class" if len(logit) else "there are no images")
    ratio = log_likelihood_ratio(validation, logit, temperature)
    moved = _resampled_offsets(validation, temperature, n_resamples, seed + 1)
    inferred, true = _inferred(patient, ill, ratio, moved, n_resamples, seed)
    difference = inferred - true
    if any(few_clusters(np.bincount(of)) for of in (validation.patient_index, patient)):
        return InferredPrevalence(
            test=Estimate.without_interval(float(inferred[0]), FEW_CLUSTERS),
            difference=Estimate.without_interval(float(difference[0]), FEW_CLUSTERS),
        )
    return InferredPrevalence(
        test=percentile_estimate(float(inferred[0]), inferred[1:], fallback_size=int(patient.max()) + 1),
        difference=percentile_estimate(float(difference[0]), difference[1:], fallback_size=None),
    )


def _resampled_offsets(validation: Predictions, temperature: float, n_resamples: int, seed: int) -> FloatArray:
    """By how much the shift less the log odds of the prior differs in resamples of validation, (r,).

    NaN in a resample of one class.
    """
    logit = validation.logit / temperature
    shift = calibration_intercept(validation.y_true, logit)
    p = expit(logit + shift)
    spread = p * (1 - p)
    y = validation.y_true.astype(np.float64)
    sums = columns_by_patient(validation, [y, 1 - y, y - p, -spread, spread * (2 * p - 1)])

    def of_resamples(times: FloatArray) -> FloatArray:
        total = times @ sums
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = np.log(total[:, 0] / total[:, 1])
        return np.where(np.isfinite(odds), chebyshev_root(shift, total[:, 2:]) - odds, np.nan)

    drawn = bootstrap_by_patient(
        of_resamples,
        n_patients=validation.n_patients,
        n_images=validation.n,
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    )
    return np.asarray(drawn - (shift - np.log(validation.n_pos / validation.n_neg)))


def _inferred(
    patient: IntArray, ill: npt.NDArray[np.bool_], ratio: FloatArray, moved: FloatArray, n_resamples: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """The inferred prevalence and the share that is ``ill`` of all images, then of each resample, (1 + r,) each.

    ``moved`` is added to ``ratio`` in each resample, by the second order of its effect on the slope.
    """
    q = most_likely_prevalence(ratio)
    scale = np.exp(ratio)
    odds = scale / (1 - q + q * scale)
    pull, turn = _pull(ratio, q), odds / (1 - q + q * scale)
    bent = turn * (1 - 2 * q * odds)
    columns = [np.ones(len(ratio)), ill.astype(np.float64), pull, turn, bent / 2, -np.square(pull)]
    sums = columns_of(patient, [*columns, -2 * pull * turn, 2 * pull**3])
    total = bootstrap_by_patient(
        lambda times: np.asarray(times @ sums),
        n_patients=sums.shape[0],
        n_images=len(ratio),
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    )
    # Above 100,000 images a split has fewer resamples.
    total, moved = (drawn[: min(len(total), len(moved))] for drawn in (total, moved))
    images, positive, value, first, second, slope, turned, bend = total.T
    there = np.stack([value + moved * (first + moved * second), slope + moved * turned, bend], axis=1)
    inferred = np.clip(chebyshev_root(q, there), 0.0, 1.0)
    return np.append(q, inferred), np.append(ill.mean(), positive / images)


def _pull(log_ratio: FloatArray, q: float) -> FloatArray:
    """What each image adds to the slope of the log likelihood at prevalence ``q``, (n,)."""
    ratio = np.exp(log_ratio)
    return np.asarray((ratio - 1) / (1 - q + q * ratio))
