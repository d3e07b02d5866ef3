"""Reliability and recalibration of a run against scikit-learn, statsmodels and plain loops."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import rankdata
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss

from dashboard import gateway
from tests.dashboard.gateway import otherwise

SPLITS, TEMPERATURES = ("validation", "test"), {"raw": 1.0, "calibrated": 2.0}


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("scale", TEMPERATURES)
def test_bins_of_equal_width_are_scikit_learns(counted, split, scale):
    own, found = counted.predictions(split), gateway.reliability(counted, split, scale, "width", 5)
    p = expit(own.logit / TEMPERATURES[scale])
    observed, predicted = calibration_curve(own.y_true, p, n_bins=5)
    filled = found.bins.count > 0
    np.testing.assert_allclose(found.bins.observed[filled], observed)
    np.testing.assert_allclose(found.bins.mean_predicted[filled], predicted)
    for label in (0, 1):
        assert found.counts[label].tolist() == np.histogram(p[own.y_true == label], np.linspace(0, 1, 6))[0].tolist()


@pytest.mark.parametrize(("split", "scale"), [("validation", "raw"), ("test", "calibrated")])
def test_limits_of_a_bin_allow_for_its_patients(counted, split, scale):
    own, bins = counted.predictions(split), gateway.reliability(counted, split, scale, "width", 3).bins
    p = expit(own.logit / TEMPERATURES[scale])
    for number in range(3):
        inside = (p > number / 3) & (p <= (number + 1) / 3)
        expected = otherwise.share(own.y_true[inside], own.patient_id[inside])
        assert (bins.observed[number], bins.low[number], bins.high[number]) == pytest.approx(expected)


@pytest.mark.parametrize("split", SPLITS)
def test_bins_of_equal_mass_follow_the_ranks_over_forty_bars(counted, split):
    own, found = counted.predictions(split), gateway.reliability(counted, split, "calibrated", "mass", 4)
    p = expit(own.logit / 2)
    number = np.floor((rankdata(own.logit) - 0.5) * 4 / own.n)
    table = pd.DataFrame({"bin": number, "p": p, "y": own.y_true}).groupby("bin").agg(["mean", "size"])
    assert found.bins.count.tolist() == table["y", "size"].tolist()
    np.testing.assert_allclose(found.bins.observed, table["y", "mean"])
    np.testing.assert_allclose(found.bins.mean_predicted, table["p", "mean"])
    assert found.counts.shape == (2, 40)
    assert found.counts.sum(axis=1).tolist() == [int((own.y_true == label).sum()) for label in (0, 1)]


def test_every_part_of_a_diagrams_key_gives_another(counted, exchanged):
    """Images in bins of equal width end at the logits -1.39, -0.41, 0.41 and 1.39, in ten also at -2.20, -0.85, ..."""
    expected = {
        (counted, "validation", "raw", "width", 5): [9, 2, 1, 2, 6],
        (counted, "test", "raw", "width", 5): [6, 1, 0, 3, 20],
        (counted, "validation", "calibrated", "width", 5): [6, 5, 1, 3, 5],
        (counted, "validation", "raw", "mass", 5): [4, 5, 3, 4, 4],
        (counted, "validation", "raw", "width", 10): [6, 3, 2, 0, 1, 0, 0, 2, 1, 5],
        (exchanged, "validation", "calibrated", "width", 5): [6, 1, 0, 3, 20],
        (exchanged, "test", "calibrated", "width", 5): [11, 0, 1, 0, 8],
    }
    for _ in range(2):
        assert {key: gateway.reliability(*key).bins.count.tolist() for key in expected} == expected


def plain_error(y, p):
    """Expected calibration error over 15 bins of equal width."""
    number = np.ceil(p * 15)
    return sum(abs((p - y)[number == own].sum()) for own in set(number.tolist())) / len(p)


@pytest.mark.parametrize("split", SPLITS)
def test_changes_are_from_raw_to_calibrated(counted, split):
    own, found = counted.predictions(split), gateway.calibration_changes(counted, split)
    for when, scores in (("before", own.logit), ("after", own.logit / 2)):
        p, (intercept, slope) = expit(scores), otherwise.calibration_line(own, scores)
        expected = {
            "nll": log_loss(own.y_true, p),
            "brier": brier_score_loss(own.y_true, p),
            "ece": otherwise.debiased_error(own, p),
            "intercept": intercept,
            "slope": slope,
        }
        assert {name: getattr(found[name], when).value for name in expected} == pytest.approx(expected, abs=1e-7)
        plain = found["ece"].plain[("before", "after").index(when)]
        assert plain.value == pytest.approx(plain_error(own.y_true, p), abs=1e-7)
        assert found["ece"].before.low <= found["ece"].before.value < found["ece"].before.high
    assert found["slope"].after.value == pytest.approx(2 * found["slope"].before.value)
    assert found["nll"].change.value == pytest.approx(found["nll"].after.value - found["nll"].before.value)


def test_the_temperature_is_that_of_least_loss_on_validation(counted, exchanged):
    for run in (counted, exchanged, counted):
        found = gateway.temperature(run)
        assert found.temperature.value == pytest.approx(otherwise.temperature(run.predictions("validation")), rel=1e-6)
        assert found.temperature.low < found.temperature.value < found.temperature.high
        assert not found.at_bound


def test_changes_of_another_run_and_without_a_temperature(counted, exchanged, make_run):
    own = counted.predictions("validation")
    after = {t: log_loss(own.y_true, expit(own.logit / t)) for t in (2.0, 0.5)}
    assert gateway.calibration_changes(counted, "validation")["nll"].after.value == pytest.approx(after[2.0])
    assert gateway.calibration_changes(exchanged, "test")["nll"].after.value == pytest.approx(after[0.5])
    without = gateway.calibration_changes(make_run(temperature=None), "validation")["nll"]
    assert without.before.value == pytest.approx(log_loss(own.y_true, expit(own.logit)))
    assert math.isnan(without.after.value)


@pytest.mark.parametrize("split", SPLITS)
def test_recalibrations_are_fitted_on_validation_and_measured_on_the_split(counted, split):
    validation, own = counted.predictions("validation"), counted.predictions(split)
    found = gateway.recalibration_errors(counted, split)
    p = expit(otherwise.platt(validation)(own.logit))
    assert found["platt"].nll.value == pytest.approx(log_loss(own.y_true, p), abs=1e-6)
    assert found["platt"].brier.value == pytest.approx(brier_score_loss(own.y_true, p), abs=1e-6)
    assert found["platt"].ece_debiased.value == pytest.approx(otherwise.debiased_error(own, p), abs=1e-5)
    assert found["platt"].ece.value == pytest.approx(plain_error(own.y_true, p), abs=1e-5)
    steps = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(validation.logit, validation.y_true)
    assert found["isotonic"].brier.value == pytest.approx(brier_score_loss(own.y_true, steps.predict(own.logit)))


def test_recalibrations_of_another_run_are_its_own(counted, exchanged):
    found = [gateway.recalibration_errors(run, "test")["platt"].brier.value for run in (counted, exchanged)]
    expected = []
    for run in (counted, exchanged):
        own = run.predictions("test")
        p = expit(otherwise.platt(run.predictions("validation"))(own.logit))
        expected.append(brier_score_loss(own.y_true, p))
    assert found == pytest.approx(expected, abs=1e-6)
    assert abs(found[0] - found[1]) > 0.01


@pytest.mark.parametrize("name", ["counted", "exchanged"])
def test_curves_are_of_validation_and_of_the_runs_own_temperature(request, name):
    run = request.getfixturevalue(name)
    validation, temperature = run.predictions("validation"), {"counted": 2.0, "exchanged": 0.5}[name]
    found = gateway.recalibration_curves(run)
    scores = logit(found["raw"].to_numpy())
    np.testing.assert_allclose(found["temperature"], expit(scores / temperature))
    np.testing.assert_allclose(found["platt"], expit(otherwise.platt(validation)(scores)), atol=1e-5)
    steps = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(validation.logit, validation.y_true)
    np.testing.assert_allclose(found["isotonic"], steps.predict(scores), atol=1e-12)
