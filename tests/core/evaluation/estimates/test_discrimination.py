from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t
from sklearn.metrics import average_precision_score, roc_auc_score

from core.evaluation.estimates.discrimination import area_alone, auprc, auroc
from core.evaluation.estimates.intervals import wilson
from core.evaluation.predictions import Predictions
from tests.core.evaluation.estimates.by_hand import patients_that_count

Make = Callable[..., Predictions]


def kernel(split: Predictions) -> np.ndarray:
    """Of every positive and every negative: 1 in order, 1/2 tied, 0 out of order."""
    pos, neg = split.logit[split.y_true == 1], split.logit[split.y_true == 0]
    return (pos[:, None] > neg) + 0.5 * (pos[:, None] == neg)


def brute_force_delong(split: Predictions) -> tuple[float, float, float]:
    """Area, standard error and quantile of DeLong, DeLong and Clarke-Pearson 1988, from the whole kernel."""
    psi = kernel(split)
    variance = psi.mean(axis=1).var(ddof=1) / psi.shape[0] + psi.mean(axis=0).var(ddof=1) / psi.shape[1]
    return psi.mean(), math.sqrt(variance), norm.ppf(0.975)


def brute_force_obuchowski(split: Predictions) -> tuple[float, float, float]:
    """The same of Obuchowski 1997, equations 3 to 6, patient by patient, with the corrections for few and unequal
    patients: each class's own term by its G and at least that of single images, the common term at least 0."""
    psi = kernel(split)
    area = psi.mean()
    own, freedom, sums = [], [], []
    for label, axis in ((1, 1), (0, 0)):
        placement, patient = psi.mean(axis=axis), split.patient_index[split.y_true == label]
        n = len(patient)
        images = [sum(patient == number) for number in range(split.n_patients)]
        g = n**2 / sum(m**2 for m in images)
        sums.append([sum(placement[patient == number]) - m * area for number, m in enumerate(images)])
        of_images = placement.var(ddof=1) / n if n > 1 else 0.0
        own.append(max(sum(a * a for a in sums[-1]) / n**2 / (1 - 1 / g), of_images))
        freedom.append(g - 1)
    i = split.n_patients
    common = sum(a * b for a, b in zip(*sums, strict=True)) * i / (i - 1) / psi.size
    error = math.sqrt(sum(own) + max(2 * common, 0.0))
    satterthwaite = sum(own) ** 2 / sum(part**2 / df for part, df in zip(own, freedom, strict=True))
    return area, error, t.ppf(0.975, satterthwaite)


def logit_of(p: float) -> float:
    return math.log(p / (1 - p))


def check(split: Predictions, area: float, error: float, quantile: float) -> None:
    ours = auroc(split)
    half = quantile * error / (area * (1 - area))  # the delta method for log(area / (1 - area))
    low, high = (1 / (1 + math.exp(-min(logit_of(area) + end, 700))) for end in (-half, half))
    assert ours.value == pytest.approx(area, abs=1e-12)
    assert ours.value == pytest.approx(roc_auc_score(split.y_true, split.logit), abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-12)


def test_auroc_of_one_image_a_patient_is_delong(single: Predictions) -> None:
    check(single, *brute_force_delong(single))
    assert auroc(single).method == "DeLong, limits on the logit"


def test_auroc_of_several_images_a_patient_is_obuchowski(clustered: Predictions, dominated: Predictions) -> None:
    for split in (clustered, dominated):
        check(split, *brute_force_obuchowski(split))
    assert 1.1 < brute_force_obuchowski(dominated)[2] / norm.ppf(0.975) < 2


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
    if any(few(split, label) for label in (0, 1)):
        for figure in (ours, auprc(split)):
            assert math.isnan(figure.low) and math.isnan(figure.high)
            assert figure.reason == "one patient or two have most of the images of a class"
        return
    assert 0 <= ours.low <= ours.value <= ours.high <= 1
    assert ours.low < ours.high
    if ours.method.startswith("DeLong"):
        check(split, *(brute_force_delong if split.n == split.n_patients else brute_force_obuchowski)(split))


def few(split: Predictions, label: int) -> bool:
    images = np.bincount(split.patient_index[split.y_true == label])
    return bool(images.max() > 1 and patients_that_count(images.tolist()) < 3)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=2, max_size=30))
def test_the_area_alone_is_that_of_the_estimate_to_the_last_bit(make: Make, drawn: list[tuple[int, int]]) -> None:
    y_true, logit = map(np.array, zip(*drawn, strict=True))
    if 0 < y_true.sum() < len(y_true):
        alone = area_alone(y_true == 1, logit.astype(float))
        assert alone == auroc(make(y_true, logit)).value == pytest.approx(roc_auc_score(y_true, logit), abs=1e-12)


def test_auroc_agrees_with_a_bootstrap_over_patients(clustered: Predictions) -> None:
    """The standard error against 500 resamples of patients, whose noise is some 3 %."""
    rng = np.random.default_rng(4)
    areas = []
    for _ in range(500):
        weight = np.bincount(rng.integers(600, size=600), minlength=600)[clustered.patient_index]
        areas.append(roc_auc_score(clustered.y_true, clustered.logit, sample_weight=weight))
    ours = auroc(clustered)
    assert (ours.high - ours.low) / (2 * norm.ppf(0.975)) == pytest.approx(np.std(areas), rel=0.08)
    _, as_if_alone, _ = brute_force_delong(clustered)
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
    ours = auroc(make([1, 0, 0], [0.5, 1.0, 0.0]))
    assert (ours.value, ours.low, ours.high) == (0.5, *wilson(0.5, 1))
    ours = auroc(make([1, 0, 0, 0], [0.5, 1.0, 0.0, 0.1], [0, 1, 2, 2]))  # of the others G is 9 / 5
    assert ours.value == pytest.approx(2 / 3) and math.isnan(ours.low)


def test_a_perfect_order_is_bounded_by_the_patients_that_count(make: Make) -> None:
    """Nine positives of seven patients, G = 81 / (9 + 6); more patients are negative."""
    patient = [0, 0, 0, *range(1, 7), *range(10, 30)]
    split = make([1] * 9 + [0] * 20, np.arange(29.0)[::-1], patient)
    for figure in (auroc(split), auprc(split)):
        assert (figure.value, figure.low, figure.high) == (1.0, *wilson(1.0, 5))


@pytest.mark.parametrize("n", [3, 5, 11])
def test_what_both_classes_share_takes_nothing_from_the_variance(make: Make, n: int) -> None:
    """Each patient has a positive and three negatives of one score, so that every resample has an area of 1/2, and the
    terms would cancel."""
    score = np.tile(np.arange(n), 4)
    split = make([1] * n + [0] * 3 * n, score.astype(float), score)
    assert auroc(split).value == 0.5
    check(split, *brute_force_obuchowski(split))


@pytest.mark.long
def test_auroc_of_a_million_images_equals_scikit_learn(make: Make) -> None:
    rng = np.random.default_rng(6)
    n = 1_000_000
    y_true = (rng.random(n) < 0.3).astype(int)
    split = make(y_true, np.round(rng.normal(size=n) + y_true, 4), rng.integers(n // 3, size=n))
    begun = time.process_time()
    ours = auroc(split)
    assert time.process_time() - begun < 5  # about 0.3 s on one core
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
    g = clustered.n**2 / sum(np.bincount(patient) ** 2)
    error = math.sqrt((added / step) @ (added / step) / (1 - 1 / g))
    half = t.ppf(0.975, g - 1) * error / (value * (1 - value))
    ours = auprc(clustered)
    assert (logit_of(ours.low), logit_of(ours.high)) == pytest.approx(
        (logit_of(value) - half, logit_of(value) + half), abs=1e-3 * half
    )
    assert ours.method == "linearised, patients as clusters, limits on the logit"


def test_auprc_agrees_with_a_bootstrap_over_patients(clustered: Predictions) -> None:
    rng, drawn = np.random.default_rng(0), []
    for row in rng.integers(600, size=(250, 600)):
        weight = np.bincount(row, minlength=600)[clustered.patient_index]
        drawn.append(average_precision_score(clustered.y_true, clustered.logit, sample_weight=weight))
    ours, (low, high) = auprc(clustered), np.quantile(drawn, [0.025, 0.975])
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=0.15 * (high - low))


def test_auprc_of_perfect_order_is_bounded_by_patients(make: Make) -> None:
    ours = auprc(make([1, 1, 0, 0, 0], [5.0, 4.0, 3.0, 2.0, 1.0]))
    assert (ours.value, ours.low, ours.high) == (1.0, *wilson(1.0, 2))
    assert "Wilson bound for 2 patients" in ours.method
