from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score

from core.evaluation.estimates.discrimination import auprc, auroc
from core.evaluation.estimates.intervals import wilson
from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]


def kernel(split: Predictions) -> np.ndarray:
    """Of every positive and every negative: 1 in order, 1/2 tied, 0 out of order."""
    pos, neg = split.logit[split.y_true == 1], split.logit[split.y_true == 0]
    return (pos[:, None] > neg) + 0.5 * (pos[:, None] == neg)


def brute_force_delong(split: Predictions) -> tuple[float, float]:
    """Area and standard error of DeLong, DeLong and Clarke-Pearson 1988, from the whole kernel."""
    psi = kernel(split)
    variance = psi.mean(axis=1).var(ddof=1) / psi.shape[0] + psi.mean(axis=0).var(ddof=1) / psi.shape[1]
    return psi.mean(), math.sqrt(variance)


def brute_force_obuchowski(split: Predictions) -> tuple[float, float]:
    """Area and standard error of Obuchowski 1997, equations 3 to 6, patient by patient."""
    psi = kernel(split)
    area, (m, n) = psi.mean(), psi.shape
    of_pos, of_neg = psi.mean(axis=1), psi.mean(axis=0)
    pos_patient, neg_patient = split.patient_index[split.y_true == 1], split.patient_index[split.y_true == 0]
    s10 = s01 = s11 = 0.0
    for number in range(split.n_patients):
        a = sum(of_pos[pos_patient == number]) - (pos_patient == number).sum() * area
        b = sum(of_neg[neg_patient == number]) - (neg_patient == number).sum() * area
        s10, s01, s11 = s10 + a * a, s01 + b * b, s11 + a * b
    i10, i01, i = len(set(pos_patient)), len(set(neg_patient)), split.n_patients
    s10, s01, s11 = s10 * i10 / ((i10 - 1) * m), s01 * i01 / ((i01 - 1) * n), s11 * i / (i - 1)
    return area, math.sqrt(s10 / m + s01 / n + 2 * s11 / (m * n))


def logit_of(p: float) -> float:
    return math.log(p / (1 - p))


def check(split: Predictions, area: float, error: float) -> None:
    ours = auroc(split)
    half = norm.ppf(0.975) * error / (area * (1 - area))  # the delta method for log(area / (1 - area))
    odds = area / (1 - area)
    low, high = (odds * factor / (1 + odds * factor) for factor in (math.exp(-half), math.exp(half)))
    assert ours.value == pytest.approx(area, abs=1e-12)
    assert ours.value == pytest.approx(roc_auc_score(split.y_true, split.logit), abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-12)


def test_auroc_of_one_image_a_patient_is_delong(single: Predictions) -> None:
    check(single, *brute_force_delong(single))
    assert auroc(single).method == "DeLong, limits on the logit"


def test_auroc_of_several_images_a_patient_is_obuchowski(clustered: Predictions) -> None:
    check(clustered, *brute_force_obuchowski(clustered))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4), st.integers(0, 7)), min_size=2, max_size=30))
def test_auroc_of_anything(make: Make, drawn: list[tuple[int, int, int]]) -> None:
    split = make(*zip(*drawn, strict=True))
    ours = auroc(split)
    if not (split.n_pos and split.n_neg):
        assert math.isnan(ours.value)
        assert ours.reason == "the area needs images of both classes"
        return
    assert ours.value == pytest.approx(roc_auc_score(split.y_true, split.logit), abs=1e-12)
    assert 0 <= ours.low <= ours.value <= ours.high <= 1
    assert ours.low < ours.high
    if ours.method.startswith("DeLong"):
        check(split, *brute_force_obuchowski(split))


def test_auroc_agrees_with_a_bootstrap_over_patients(clustered: Predictions) -> None:
    """The standard error against 1,000 resamples of patients, whose noise is some 2 %."""
    rng = np.random.default_rng(4)
    areas = []
    for _ in range(1000):
        weight = np.bincount(rng.integers(600, size=600), minlength=600)[clustered.patient_index]
        areas.append(roc_auc_score(clustered.y_true, clustered.logit, sample_weight=weight))
    ours = auroc(clustered)
    assert (ours.high - ours.low) / (2 * norm.ppf(0.975)) == pytest.approx(np.std(areas), rel=0.08)
    _, as_if_alone = brute_force_delong(clustered)
    assert as_if_alone < 0.8 * np.std(areas)  # ignoring the patients would be seen


def test_doubling_every_image_changes_nothing(
    clustered: Predictions, doubled: Callable[[Predictions], Predictions]
) -> None:
    for area in (auroc, auprc):
        once, twice = area(clustered), area(doubled(clustered))
        assert (twice.value, twice.low, twice.high) == pytest.approx((once.value, once.low, once.high), abs=1e-12)


def test_auroc_does_not_change_with_temperature(single: Predictions, make: Make) -> None:
    for temperature in (0.01, 0.37, 8.0, 100.0):
        assert auroc(make(single.y_true, single.logit / temperature)) == auroc(single)


@pytest.mark.parametrize(
    ("y_true", "logit", "area"),
    [
        ([0, 0, 0, 1, 1], [1.0, 2.0, 3.0, 4.0, 5.0], 1.0),
        ([1, 1, 0, 0, 0], [1.0, 2.0, 3.0, 4.0, 5.0], 0.0),
        ([0, 0, 0, 1, 1], [7.0] * 5, 0.5),
    ],
)
def test_where_the_variance_vanishes_the_bound_is_wilsons(
    make: Make, y_true: list[int], logit: list[float], area: float
) -> None:
    ours = auroc(make(y_true, logit))
    assert ours.value == area
    assert (ours.low, ours.high) == wilson(area, 2)
    assert ours.method == "Wilson bound for the 2 patients of the smaller class, as DeLong's variance vanishes"


def test_one_patient_in_a_class_has_no_variance(make: Make) -> None:
    ours = auroc(make([1, 1, 0, 0], [2.0, 0.5, 1.0, 0.0], [0, 0, 1, 2]))
    assert (ours.value, ours.low, ours.high) == (0.75, *wilson(0.75, 1))


@pytest.mark.parametrize("n", [3, 5, 11])
def test_where_the_terms_of_the_variance_cancel_the_bound_is_wilsons(make: Make, n: int) -> None:
    """Each patient has a positive and three negatives of one score, so that every resample has an area of 1/2."""
    score = np.tile(np.arange(n), 4)
    ours = auroc(make([1] * n + [0] * 3 * n, score.astype(float), score))
    assert (ours.value, ours.low, ours.high) == (0.5, *wilson(0.5, n))


def test_auroc_of_a_million_images_equals_scikit_learn(make: Make) -> None:
    rng = np.random.default_rng(6)
    n = 1_000_000
    y_true = (rng.random(n) < 0.3).astype(int)
    split = make(y_true, np.round(rng.normal(size=n) + y_true, 4), rng.integers(n // 3, size=n))
    begun = time.perf_counter()
    ours = auroc(split)
    assert time.perf_counter() - begun < 5  # about 0.3 s on one core
    assert ours.value == pytest.approx(roc_auc_score(y_true, split.logit), abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4)), max_size=30))
def test_auprc_equals_scikit_learn(make: Make, drawn: list[tuple[int, int]]) -> None:
    y_true, logit = zip(*drawn, strict=True) if drawn else ((), ())
    ours = auprc(make(y_true, logit))
    if len(set(y_true)) < 2:
        assert math.isnan(ours.value)
    else:
        assert ours.value == pytest.approx(average_precision_score(y_true, logit), abs=1e-12)
        assert 0 <= ours.low <= ours.value <= ours.high <= 1
        assert ours.low < ours.high


def test_auprc_adds_up_what_scikit_learn_gives_heavier_patients(clustered: Predictions) -> None:
    """The variance from numerical derivatives by each patient's weight."""
    y_true, logit, patient = clustered.y_true, clustered.logit, clustered.patient_index
    value, step = average_precision_score(y_true, logit), 1e-5
    added = np.array(
        [
            average_precision_score(y_true, logit, sample_weight=1 + step * (patient == number)) - value
            for number in range(600)
        ]
    )
    error = math.sqrt((added / step) @ (added / step) * 600 / 599)
    half = norm.ppf(0.975) * error / (value * (1 - value))
    ours = auprc(clustered)
    assert (logit_of(ours.low), logit_of(ours.high)) == pytest.approx(
        (logit_of(value) - half, logit_of(value) + half), abs=1e-3 * half
    )
    assert ours.method == "linearised, patients as clusters, limits on the logit"


def test_auprc_agrees_with_a_bootstrap_over_patients(clustered: Predictions) -> None:
    rng, drawn = np.random.default_rng(0), []
    for row in rng.integers(600, size=(400, 600)):
        weight = np.bincount(row, minlength=600)[clustered.patient_index]
        drawn.append(average_precision_score(clustered.y_true, clustered.logit, sample_weight=weight))
    ours, (low, high) = auprc(clustered), np.quantile(drawn, [0.025, 0.975])
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=0.15 * (high - low))


def test_auprc_of_perfect_order_is_bounded_by_patients(make: Make) -> None:
    ours = auprc(make([1, 1, 0, 0, 0], [5.0, 4.0, 3.0, 2.0, 1.0]))
    assert (ours.value, ours.low, ours.high) == (1.0, *wilson(1.0, 2))
    assert "Wilson bound for 2 patients" in ours.method
