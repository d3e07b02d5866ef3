from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss

from core.evaluation.calibration.probability import (
    calibration_errors,
    errors_of_logits,
    negative_log_likelihood,
    probability,
)
from core.evaluation.calibration.reliability import expected_calibration_error
from core.evaluation.estimates.clusters import few_clusters
from core.evaluation.estimates.intervals import FEW_CLUSTERS
from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]


def test_probability() -> None:
    assert probability(0.0) == 0.5
    assert probability(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]
    assert probability(np.array([3.0]), 2.0) == pytest.approx(1 / (1 + math.exp(-1.5)))


def test_errors_equal_scikit_learn(single: Predictions) -> None:
    p = probability(single.logit)
    assert negative_log_likelihood(single.y_true, single.logit) == pytest.approx(log_loss(single.y_true, p), abs=1e-12)
    assert calibration_errors(single).brier.value == pytest.approx(brier_score_loss(single.y_true, p), abs=1e-12)


def test_log_likelihood_of_extreme_logits_is_finite() -> None:
    assert negative_log_likelihood(np.array([0, 1]), np.array([1e4, 1e4])) == 5000.0
    assert negative_log_likelihood(np.array([1]), np.array([40.0])) == pytest.approx(math.exp(-40), rel=1e-12)


def test_errors_of_nothing_are_undefined() -> None:
    nothing = np.zeros(0)
    assert math.isnan(negative_log_likelihood(nothing.astype(int), nothing))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(-50, 50), st.integers(0, 6)), min_size=1, max_size=30))
def test_calibration_errors_equal_the_plain_functions(make: Make, drawn: list[tuple[int, float, int]]) -> None:
    split = make(*zip(*drawn, strict=True))
    errors = calibration_errors(split, temperature=1.7)
    p = probability(split.logit, 1.7)
    assert errors.brier.value == pytest.approx(np.square(p - split.y_true).mean(), abs=1e-12)
    assert errors.ece.value == pytest.approx(expected_calibration_error(split.y_true, p), abs=1e-12)
    assert errors.nll.value == pytest.approx(negative_log_likelihood(split.y_true, split.logit / 1.7), rel=1e-12)
    assert math.isnan(errors.ece.low) and math.isnan(errors.ece.high)
    for estimate in (errors.brier, errors.ece_debiased):
        if few_clusters(np.bincount(split.patient_index)):
            assert math.isnan(estimate.low) and estimate.reason == FEW_CLUSTERS
            continue
        assert estimate.low <= estimate.value <= estimate.high
        assert estimate.low < estimate.high


def test_standard_errors_are_those_of_a_bootstrap_over_patients(clustered: Predictions) -> None:
    """Limits against the images of drawn patients, one resample at a time; the mean losses are nearly normal here."""
    rng = np.random.default_rng(0)
    p, drawn = probability(clustered.logit), []
    rows_of = [np.flatnonzero(clustered.patient_index == number) for number in range(600)]
    for numbers in rng.integers(600, size=(400, 600)):
        rows = np.concatenate([rows_of[number] for number in numbers])
        y_true, chosen = clustered.y_true[rows], p[rows]
        drawn.append([brier_score_loss(y_true, chosen), log_loss(y_true, chosen)])
    errors = calibration_errors(clustered)
    for column, estimate in enumerate((errors.brier, errors.nll)):
        low, high = np.quantile(np.array(drawn)[:, column], [0.025, 0.975])
        assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=0.1 * (high - low))
        assert "Hall" in estimate.method
    assert "debiased" in errors.ece_debiased.method


def test_doubling_every_image_changes_nothing(
    clustered: Predictions, doubled: Callable[[Predictions], Predictions]
) -> None:
    once, twice = calibration_errors(clustered), calibration_errors(doubled(clustered))
    for name in ("nll", "ece_debiased", "brier"):
        a, b = getattr(once, name), getattr(twice, name)
        assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), abs=1e-12)


def test_certain_probabilities_have_an_endless_loss_only_when_wrong(make: Make) -> None:
    split = make([0, 1, 0, 1], [0.0] * 4)
    right = errors_of_logits(split, np.array([-math.inf, math.inf, 0.0, 0.0]))
    assert right.nll.value == pytest.approx(math.log(2) / 2)
    assert right.brier.value == pytest.approx(0.125)
    wrong = errors_of_logits(split, np.array([math.inf, math.inf, 0.0, 0.0]))
    assert math.isnan(wrong.nll.value)
    assert "infinite" in wrong.nll.reason
    assert wrong.brier.value == pytest.approx(0.375)


def test_log_loss_has_no_limit_below_0(make: Make) -> None:
    """One image that is surely wrong among hundreds that are surely right."""
    rng = np.random.default_rng(0)
    y_true = np.repeat([0, 1], 312)
    logit = rng.normal(16.0 * y_true - 8)
    logit[0] = 12.0
    found = calibration_errors(make(y_true, logit)).nll
    assert found.low == 0 < found.value < found.high


def test_no_images(make: Make) -> None:
    assert calibration_errors(make([], [])).brier.reason == "no images"
