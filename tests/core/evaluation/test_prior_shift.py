"""The inferred prevalence against expectation maximisation written out, and whole fits of resamples."""

import math

import numpy as np
import pytest
from scipy.special import expit

from core.evaluation.bootstrap import bootstrap_by_patient
from core.evaluation.one_step import chebyshev_root
from core.evaluation.prior_shift import (
    _inferred,
    inferred_prevalence,
    log_likelihood_ratio,
    most_likely_prevalence,
)


def saerens(p, prior, steps=20_000):
    """The iteration of the paper: posteriors by the new prior over the old, then their mean."""
    q = prior
    for _ in range(steps):
        up, down = q / prior * p, (1 - q) / (1 - prior) * (1 - p)
        q = float((up / (up + down)).mean())
    return q


@pytest.fixture
def pair(make):
    """Calibrated by construction: scores are the log odds at a prevalence of 0.3; test has 0.6 of the same scores."""
    rng = np.random.default_rng(3)

    def draw(n, prevalence):
        y = (rng.random(n) < prevalence).astype(int)
        return make(y, 2 * rng.normal(2 * y, 1.0) - 2 + math.log(0.3 / 0.7), np.arange(n) // 2)

    return draw(1200, 0.3), draw(700, 0.6)


def test_value_is_where_expectation_maximisation_ends(pair):
    validation, test = pair
    found = inferred_prevalence(validation, test, 1.0)
    prior = validation.n_pos / validation.n
    ratio = log_likelihood_ratio(validation, test.logit, 1.0)
    p = expit(ratio + math.log(prior / (1 - prior)))
    assert found.test.value == pytest.approx(saerens(p, prior), abs=1e-9)


def test_only_prevalence_changed_and_the_true_share_is_inferred(pair):
    found = inferred_prevalence(*pair, 1.0)
    assert found.test.low < 0.6 < found.test.high
    assert found.difference.low < 0 < found.difference.high


def test_scores_that_moved_are_not_explained(pair, make):
    validation, test = pair
    moved = make(test.y_true, np.where(test.y_true == 0, test.logit + 2, test.logit))
    found = inferred_prevalence(validation, moved, 1.0)
    assert found.difference.low > 0.05


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_validation_itself_gives_its_own_share(single, temperature):
    found = inferred_prevalence(single, single, temperature)
    assert found.test.value == pytest.approx(single.n_pos / single.n, abs=1e-9)
    assert found.difference.value == pytest.approx(0, abs=1e-9)


def test_one_step_stands_for_whole_fits(pair):
    validation, test = pair
    ratio = log_likelihood_ratio(validation, test.logit, 1.0)
    stepped, true = _inferred(test, ratio, 200, 0)

    def whole(times):
        weight = times[:, test.patient_index].astype(int)
        return np.array([most_likely_prevalence(np.repeat(ratio, row)) for row in weight])

    fitted = bootstrap_by_patient(
        whole, n_patients=test.n_patients, n_images=test.n, n_resamples=200, rng=np.random.default_rng(0)
    )
    assert np.abs(stepped[1:] - fitted).max() < 0.002
    assert np.quantile(stepped[1:], [0.025, 0.975]) == pytest.approx(np.quantile(fitted, [0.025, 0.975]), abs=0.001)
    assert true[0] == test.n_pos / test.n


def test_ends_of_the_range(make, single):
    low = inferred_prevalence(single, make([0, 1, 0], [-50.0, -60.0, -70.0]), 1.0).test
    assert low.value == 0
    assert low.high > 0  # never a certainty from three images
    high = inferred_prevalence(single, make([1, 1], [900.0, 5000.0]), 1.0).test
    assert high.value == 1
    assert high.low < 1


def test_what_is_missing_has_a_reason(make, single):
    one_class = make([1, 1], [0.0, 1.0])
    assert "validation lacks a class" in inferred_prevalence(one_class, single, 1.0).test.method
    assert "no images" in inferred_prevalence(single, make([], []), 1.0).difference.method


def test_chebyshevs_step_is_of_third_order():
    def total(x):
        return np.array([[math.exp(x) - 2, math.exp(x), math.exp(x)]])

    root = math.log(2)
    errors = [abs(chebyshev_root(root + step, total(root + step))[0] - root) for step in (0.1, 0.05)]
    assert errors[0] / errors[1] == pytest.approx(8, rel=0.15)
    assert math.isnan(chebyshev_root(0.0, np.zeros((1, 3)))[0])
