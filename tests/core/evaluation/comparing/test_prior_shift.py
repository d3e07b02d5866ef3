"""The inferred prevalence against expectation maximisation written out, and whole fits of resamples."""

import math

import numpy as np
import pytest
from scipy.special import expit

from core.evaluation.calibration.recalibration import calibration_intercept
from core.evaluation.comparing.prior_shift import (
    _inferred,
    _resampled_offsets,
    inferred_prevalence,
    log_likelihood_ratio,
    most_likely_prevalence,
)
from core.evaluation.estimates.bootstrap import bootstrap_by_patient


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
    """Both splits drawn anew: shift, prior and prevalence fitted whole in each resample."""
    validation, test = pair
    ratio = log_likelihood_ratio(validation, test.logit, 1.0)
    moved = _resampled_offsets(validation, 1.0, 200, 1)
    stepped, true = _inferred(test.patient_index, test.y_true == 1, ratio, moved, 200, 0)

    def offset(times):
        rows = np.repeat(np.arange(validation.n), times[validation.patient_index].astype(int))
        y, logit = validation.y_true[rows], validation.logit[rows]
        return calibration_intercept(y, logit) - math.log(y.mean() / (1 - y.mean()))

    full = offset(np.ones(validation.n_patients))
    whole = np.array([offset(times) - full for times in draws(validation, 1)])
    assert np.abs(moved - whole).max() < 0.01
    fitted = np.array(
        [
            most_likely_prevalence(np.repeat(ratio + more, times[test.patient_index].astype(int)))
            for times, more in zip(draws(test, 0), whole, strict=True)
        ]
    )
    assert np.abs(stepped[1:] - fitted).max() < 0.004
    assert np.quantile(stepped[1:], [0.025, 0.975]) == pytest.approx(np.quantile(fitted, [0.025, 0.975]), abs=0.002)
    assert true[0] == test.n_pos / test.n


def test_interval_is_of_every_resample(pair):
    validation, test = pair
    ratio, moved = log_likelihood_ratio(validation, test.logit, 1.0), _resampled_offsets(validation, 1.0, 20, 1)
    inferred, true = (values[1:] for values in _inferred(test.patient_index, test.y_true == 1, ratio, moved, 20, 0))
    found = inferred_prevalence(validation, test, 1.0, n_resamples=20)
    for estimate, resampled in ((found.test, inferred), (found.difference, inferred - true)):
        assert len(resampled) == 20
        assert (estimate.low, estimate.high) == pytest.approx(np.quantile(resampled, [0.025, 0.975]), abs=1e-12)


def draws(split, seed):
    """The resamples that ``bootstrap_by_patient`` makes: how often each patient is drawn, (200, patients)."""
    return bootstrap_by_patient(
        lambda times: times,
        n_patients=split.n_patients,
        n_images=split.n,
        n_resamples=200,
        rng=np.random.default_rng(seed),
    )


def test_interval_holds_the_truth_where_only_prevalence_changed(make):
    """In about 95 % of hospitals; with validation's calibration held fixed it was 84 %."""

    def draw(rng, prevalence):
        y = (rng.random(300) < prevalence).astype(int)
        return make(y, 4 * y - 2 + rng.normal(0, 1.4, 300), np.arange(300))

    held = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        found = inferred_prevalence(draw(rng, 0.4), draw(rng, 0.2), 0.5, n_resamples=200).difference
        held += found.low <= 0 <= found.high
    assert 0.89 <= held / 150 <= 0.99


def test_ends_of_the_range(make, single):
    low = inferred_prevalence(single, make([0, 1, 0], [-50.0, -60.0, -70.0]), 1.0).test
    assert low.value == 0
    assert low.high > 0  # never a certainty from three images
    high = inferred_prevalence(single, make([1, 1], [900.0, 5000.0]), 1.0).test
    assert high.value == 1
    assert high.low < 1


def test_what_is_missing_has_a_reason(make, single):
    one_class = make([1, 1], [0.0, 1.0])
    assert "validation lacks a class" in inferred_prevalence(one_class, single, 1.0).test.reason
    assert "no images" in inferred_prevalence(single, make([], []), 1.0).difference.reason
