from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn.calibration import _TemperatureScaling

from core.evaluation.calibration.probability import fit_temperature, negative_log_likelihood
from core.evaluation.calibration.temperature import End, inverse_temperature
from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]


def direct_search(y_true: np.ndarray, logit: np.ndarray) -> float:
    """The temperature by scipy's bounded search over its logarithm."""
    found = minimize_scalar(
        lambda log_t: negative_log_likelihood(y_true, logit / math.exp(log_t)),
        bounds=(math.log(0.01), math.log(100)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return math.exp(found.x)


def noisy(make: Make, true_temperature: float, n: int, seed: int) -> Predictions:
    rng = np.random.default_rng(seed)
    logit = 3 * rng.normal(size=n)
    y_true = (rng.random(n) < 1 / (1 + np.exp(-logit / true_temperature))).astype(int)
    return make(y_true, logit)


@pytest.mark.parametrize("true_temperature", [0.2, 1.0, 3.0, 20.0])
def test_equals_scikit_learn_and_a_direct_search(make: Make, true_temperature: float) -> None:
    split = noisy(make, true_temperature, 500, seed=7)
    fitted = fit_temperature(split)
    scikit_learn = 1 / (2 * _TemperatureScaling().fit(split.logit, split.y_true).beta_)
    assert fitted.temperature.value == pytest.approx(scikit_learn, rel=1e-4)
    assert fitted.temperature.value == pytest.approx(direct_search(split.y_true, split.logit), rel=1e-4)
    assert not fitted.at_bound


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(-30, 30)), min_size=1, max_size=30))
def test_no_other_temperature_is_better(make: Make, drawn: list[tuple[int, float]]) -> None:
    split = make(*zip(*drawn, strict=True))
    fitted = fit_temperature(split)
    if not np.any(split.logit):
        assert math.isnan(fitted.temperature.value)
        return
    assert 0.01 <= fitted.temperature.value <= 100
    assert fitted.at_bound == (fitted.temperature.value in (0.01, 100.0))
    for other in (*np.geomspace(0.01, 100, 60), 0.999 * fitted.temperature.value, 1.001 * fitted.temperature.value):
        if 0.01 <= other <= 100:
            assert fitted.nll_after <= negative_log_likelihood(split.y_true, split.logit / other) + 1e-12
    assert fitted.nll_after <= fitted.nll_before + 1e-12


@pytest.mark.parametrize(
    ("y_true", "logit", "bound"),
    [
        ([1, 1, 0, 0], [2.0, 0.1, -0.1, -3.0], 0.01),
        ([1, 1, 0, 0], [1e4, 1e3, -1e4, -1e4], 0.01),
        ([0, 0, 1, 1], [2.0, 0.1, -0.1, -3.0], 100.0),
        ([1, 1], [1.0, 2.0], 0.01),
    ],
)
def test_a_hit_at_the_end_is_flagged(make: Make, y_true: list[int], logit: list[float], bound: float) -> None:
    fitted = fit_temperature(make(y_true, logit))
    assert fitted.temperature.value == bound
    assert fitted.at_bound
    assert math.isnan(fitted.temperature.low)  # every resample ends there too, which is no interval


def test_extreme_logits_of_both_signs(make: Make) -> None:
    rng = np.random.default_rng(8)
    y_true = (rng.random(200) < 0.5).astype(int)
    split = make(y_true, np.where(rng.random(200) < 0.9, 1, -1) * (2 * y_true - 1) * rng.choice([1.0, 1e4], 200))
    fitted = fit_temperature(split)
    assert fitted.temperature.value == pytest.approx(direct_search(split.y_true, split.logit), rel=1e-4)


def test_nothing_to_fit(make: Make) -> None:
    nothing, zeros = fit_temperature(make([], [])), fit_temperature(make([1, 0], [0.0, 0.0]))
    assert (nothing.n, nothing.at_bound) == (0, False)
    assert math.isnan(nothing.temperature.value)
    assert math.isnan(nothing.nll_before)
    assert zeros.nll_before == pytest.approx(math.log(2))
    assert "every logit is 0" in zeros.temperature.reason


def test_interval_is_near_that_of_a_bootstrap_over_patients(clustered: Predictions) -> None:
    margin = np.where(clustered.y_true == 1, clustered.logit, -clustered.logit)
    rows_of = [np.flatnonzero(clustered.patient_index == number) for number in range(clustered.n_patients)]
    rng = np.random.default_rng(9)
    drawn = [
        1 / inverse_temperature(margin[np.concatenate([rows_of[number] for number in numbers])])
        for numbers in rng.integers(clustered.n_patients, size=(500, clustered.n_patients))
    ]
    found = fit_temperature(clustered).temperature
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.1 * (high - low))
    assert found.low * found.high == pytest.approx(found.value**2)  # even on the logarithm


@pytest.mark.parametrize(
    ("margins", "patients", "end"),
    [
        ([1.0] * 30 + [-1.0] * 3, [*range(30), 30, 30, 30], 0.01),
        ([-1.0] * 20 + [1.0] * 21, [*range(20), *[20] * 21], 100.0),
    ],
)
def test_where_one_patient_keeps_it_from_an_end_that_end_is_a_limit(
    make: Make, margins: list[float], patients: list[int], end: float
) -> None:
    """Without that patient every score is right, or every one is wrong."""
    found = fit_temperature(make([1] * len(margins), margins, patients))
    assert not found.at_bound
    assert end in (found.temperature.low, found.temperature.high)
    assert found.temperature.low < found.temperature.value < found.temperature.high


def test_interval_covers_the_truth_and_knows_patients(
    make: Make, clustered: Predictions, doubled: Callable[[Predictions], Predictions]
) -> None:
    fitted = fit_temperature(noisy(make, 2.0, 1000, seed=10))
    assert fitted.temperature.low < 2.0 < fitted.temperature.high
    assert fitted.temperature.high - fitted.temperature.low < 1.0
    once, twice = fit_temperature(clustered).temperature, fit_temperature(doubled(clustered)).temperature
    assert (twice.value, twice.low, twice.high) == pytest.approx((once.value, once.low, once.high), rel=1e-6)
    alone = fit_temperature(make(clustered.y_true, clustered.logit)).temperature
    assert once.high - once.low > 1.1 * (alone.high - alone.low)


@pytest.mark.parametrize(
    ("y_true", "logit", "end"),
    [
        ([1, 1, 0, 0], [2.0, 0.1, -0.1, -3.0], End.PARTED),
        ([1, 1, 0, 0], [0.0, 0.1, -0.1, 0.0], End.PARTED),
        ([1, 0, 0], [1e4, -1e3, -1e4], End.PARTED),
        ([1, 1], [1.0, 2.0], End.ONE_CLASS),
        ([0, 0, 0], [-1.0, -2.0, 0.0], End.ONE_CLASS),
        ([1, 1, 1, 1, 0, 0], [1e-4, 2e-4, 3e-4, -1e-4, -2e-4, -1e-4], End.SMALL),
        ([0, 0, 1, 1], [2.0, 0.1, -0.1, -3.0], End.BACKWARDS),
        ([1, 0, 0], [50.0, 40.0, 20.0], End.BACKWARDS),
        ([1, 0], [1.0, 1.0], End.BACKWARDS),
        ([0, 0], [3.0, 4.0], End.BACKWARDS),
        ([1, 1, 1, 1, 0, 0, 0], [2e5, 3e5, 1e5, -3e5, -2e5, -1e5, 1e5], End.LARGE),
        ([1, 0, 1, 0], [2.0, 1.0, -0.5, -1.0], None),
    ],
)
def test_an_end_has_its_reason(make: Make, y_true: list[int], logit: list[float], end: End | None) -> None:
    """Each is of its own end: what is parted, of one class or too small is cold, the rest hot."""
    fitted = fit_temperature(make(y_true, logit))
    assert fitted.end is end
    cold = end in (End.PARTED, End.ONE_CLASS, End.SMALL)
    assert fitted.temperature.value == pytest.approx(0.01 if cold else 100.0) or end is None
