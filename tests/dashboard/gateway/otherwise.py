"""Figures by other means: scikit-learn, scipy, statsmodels and plain loops. Nothing of core computes here."""

from __future__ import annotations

import math
from hashlib import sha256

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit
from scipy.stats import foldnorm, t
from sklearn.metrics import confusion_matrix, log_loss
from statsmodels.stats.proportion import proportion_confint

Limits = tuple[float, float, float]


def limits(estimate) -> Limits:
    return estimate.value, estimate.low, estimate.high


def effective_size(hit, patient) -> float:
    """Images of a proportion's worth (Rao and Scott 1992): p (1 - p) by statsmodels' sandwich variance over patients,
    as many of them as unequal ones count for (Kish 1965), by Student's t; those many where p is 0 or 1."""
    hit, groups = np.asarray(hit, dtype=float), np.unique(patient, return_inverse=True)[1]
    n, p = len(hit), hit.mean()
    count = n**2 / (np.bincount(groups) ** 2).sum()
    if count == n:
        return n
    if count < 3:
        return 0
    if p in (0, 1):
        return count
    sandwich = {"groups": groups, "use_correction": False, "df_correction": False}
    variance = sm.OLS(hit, np.ones(n)).fit(cov_type="cluster", cov_kwds=sandwich).cov_params()[0, 0]
    least = p * (1 - p) / n
    widened = max(variance * (1 - 1 / n) / (1 - 1 / count), least)
    return p * (1 - p) / widened * (t.ppf(0.975, n - 1) / t.ppf(0.975, count - 1)) ** 2


def share(hit, patient) -> Limits:
    """A proportion with Wilson's limits at its effective size, NaN at a size of 0."""
    p, size = np.mean(hit), effective_size(hit, patient)
    if not size:
        return p, math.nan, math.nan
    low, high = proportion_confint(p * size, size, method="wilson")
    return p, max(low, 0.0), min(high, 1.0)


def sensitivity(split, threshold: float) -> Limits:
    own = split.y_true == 1
    return share(split.logit[own] >= threshold, split.patient_id[own])


def specificity(split, threshold: float) -> Limits:
    own = split.y_true == 0
    return share(split.logit[own] < threshold, split.patient_id[own])


def newcombe(a: Limits, b: Limits) -> Limits:
    """a - b, square-and-add (Newcombe 1998, method 10)."""
    return (
        a[0] - b[0],
        a[0] - b[0] - math.hypot(a[0] - a[1], b[2] - b[0]),
        a[0] - b[0] + math.hypot(a[2] - a[0], b[0] - b[1]),
    )


def points(split) -> pd.DataFrame:
    """Counts at every distinct score, from the highest down, one confusion matrix each."""
    scores = sorted(set(split.logit.tolist()), reverse=True)
    cells = [confusion_matrix(split.y_true, split.logit >= score, labels=[0, 1]).ravel().tolist() for score in scores]
    table = pd.DataFrame(cells, columns=["tn", "fp", "fn", "tp"]).assign(threshold=scores)
    return table.assign(sensitivity=table.tp / (table.tp + table.fn), specificity=table.tn / (table.tn + table.fp))


def calibration_line(split, logit) -> tuple[float, float]:
    """The intercept with slope 1 (the logit as offset), and the slope, of a logistic regression."""
    binomial = sm.families.Binomial()
    shift = sm.GLM(split.y_true, np.ones(split.n), family=binomial, offset=logit).fit().params[0]
    slope = sm.GLM(split.y_true, sm.add_constant(logit), family=binomial).fit().params[1]
    return float(shift), float(slope)


def temperature(split) -> float:
    """The temperature of least log loss."""
    found = minimize_scalar(
        lambda log_t: log_loss(split.y_true, expit(split.logit / math.exp(log_t))),
        bounds=(-4, 4),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return math.exp(found.x)


def debiased_error(own, p):
    """Twice the plain error less the mean of folded normal gaps, whose spread is that of what patients add."""
    number, clusters = np.ceil(p * 15), own.n**2 / (np.bincount(own.patient_index) ** 2).sum()
    of_patient = [own.patient_index == patient for patient in range(own.n_patients)]
    error = 0.0
    for bin_ in set(number.tolist()):
        inside = np.where(number == bin_, p - own.y_true, 0.0)
        gap = inside.mean()
        added = [(inside[mine] - gap).sum() / own.n for mine in of_patient]
        spread = np.sqrt(np.square(added).sum() * clusters / (clusters - 1))
        error += 2 * abs(gap) - foldnorm(abs(gap) / spread, scale=spread).mean()
    return max(error, 0.0)


def platt(split):
    """Platt's sigmoid with his targets, fitted by a general optimiser."""
    positives, negatives = int(split.y_true.sum()), int((split.y_true == 0).sum())
    target = np.where(split.y_true == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(line):
        scores = line[0] + line[1] * split.logit
        return (np.logaddexp(0, scores) - target * scores).mean()

    intercept, slope = minimize(loss, (0.0, 1.0), method="BFGS", options={"gtol": 1e-10}).x
    return lambda logit: intercept + slope * logit


def one_image_rows(split) -> list[int]:
    """Of each patient and class, the image whose SHA-256 of patient and image id is smallest."""
    chosen = {}
    for row in range(split.n):
        digest = sha256(f"{split.patient_id[row]}\0{split.image_id[row]}".encode()).hexdigest()
        key = (split.patient_id[row], int(split.y_true[row]))
        chosen[key] = min(chosen.get(key, (digest, row)), (digest, row))
    return sorted(row for _, row in chosen.values())
