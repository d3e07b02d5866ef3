from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import astuple

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.metrics import brier_score_loss, log_loss

from core.evaluation.calibration.change import DEBIASED, MEASURES, calibration_changes
from core.evaluation.calibration.probability import calibration_errors, fit_temperature, probability
from core.evaluation.calibration.recalibration import calibration_intercept, calibration_line
from core.evaluation.calibration.reliability import equal_mass_bin, expected_calibration_error
from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]
T = 1.7


def plain_error(y_true: np.ndarray, p: np.ndarray, bins: np.ndarray) -> float:
    return sum(abs((p - y_true)[bins == b].sum()) for b in set(bins.tolist())) / len(p)


def plainly(y_true: np.ndarray, logit: np.ndarray, mass_bins: np.ndarray) -> list[float]:
    """Every measure by other means, of any images; ``mass_bins`` are those of the whole split."""
    p = probability(logit)
    return [
        log_loss(y_true, p),
        brier_score_loss(y_true, p),
        expected_calibration_error(y_true, p),
        plain_error(y_true, p, mass_bins),
        calibration_intercept(y_true, logit),
        calibration_line(y_true, logit)[1],
    ]


def resampled(split: Predictions, n_resamples: int) -> tuple[np.ndarray, np.ndarray]:
    """Measures before and after, (r, measures) each, of whole fits to the images of drawn patients."""
    rng = np.random.default_rng(0)
    rows_of = [np.flatnonzero(split.patient_index == number) for number in range(split.n_patients)]
    versions = [(logit, equal_mass_bin(probability(logit))) for logit in (split.logit, split.logit / T)]
    found: list[list[list[float]]] = [[], []]
    for drawn in rng.integers(split.n_patients, size=(n_resamples, split.n_patients)):
        rows = np.concatenate([rows_of[number] for number in drawn])
        for version, (logit, bins) in zip(found, versions, strict=True):
            version.append(plainly(split.y_true[rows], logit[rows], bins[rows]))
    return np.array(found[0]), np.array(found[1])


@pytest.fixture(scope="module")
def whole(clustered: Predictions) -> tuple[np.ndarray, np.ndarray]:
    return resampled(clustered, 400)


@pytest.mark.long
def test_limits_are_near_those_of_a_bootstrap_over_patients(
    clustered: Predictions, whole: tuple[np.ndarray, np.ndarray]
) -> None:
    """Widths; for calibration errors, whose resamples are biased and whose bins are held fixed, more loosely."""
    changes = calibration_changes(clustered, temperature=T)
    before, after = whole
    for column, name in enumerate(MEASURES):
        found = changes[name]
        for estimate, expected in ((found.before, before), (found.after, after), (found.change, after - before)):
            low, high = np.quantile(expected[:, column], [0.025, 0.975])
            near = 0.35 if name in {"ece", "adaptive_ece"} else 0.12
            assert estimate.high - estimate.low == pytest.approx(high - low, rel=near), name


@pytest.mark.parametrize("measure", ["intercept", "slope"])
def test_limits_of_the_line_are_those_of_statsmodels(clustered: Predictions, measure: str) -> None:
    offset = clustered.logit if measure == "intercept" else None
    design = np.ones(clustered.n) if measure == "intercept" else sm.add_constant(clustered.logit)
    model = sm.GLM(clustered.y_true, design, family=sm.families.Binomial(), offset=offset)
    robust = model.fit(cov_type="cluster", cov_kwds={"groups": clustered.patient_index}).conf_int()[-1]
    ours = calibration_changes(clustered, temperature=T)[measure].before
    # Leaving patients out allows for their leverage, which the sandwich does not: a little wider.
    assert (ours.low, ours.high) == pytest.approx(robust, abs=0.02 * (robust[1] - robust[0]))
    assert ours.high - ours.low > robust[1] - robust[0]


def test_values_are_those_of_the_plain_functions(single: Predictions) -> None:
    changes = calibration_changes(single, temperature=T)
    for when, logit in (("before", single.logit), ("after", single.logit / T)):
        expected = plainly(single.y_true, logit, equal_mass_bin(probability(logit)))
        place = ("before", "after").index(when)
        values = [own.plain[place] if own.plain else getattr(own, when) for own in changes.values()]
        assert [found.value for found in values] == pytest.approx(expected, abs=1e-9)
        for name in DEBIASED:
            assert getattr(changes[name], when).value < changes[name].plain[place].value


def test_errors_are_those_of_the_run_folder(clustered: Predictions) -> None:
    changes = calibration_changes(clustered, temperature=T)
    for when, temperature in (("before", 1.0), ("after", T)):
        errors = calibration_errors(clustered, temperature=temperature)
        for name, own in (("nll", "nll"), ("brier", "brier"), ("ece_debiased", "ece")):
            ours, theirs = getattr(changes[own], when), getattr(errors, name)
            assert astuple(ours)[:3] == pytest.approx(astuple(theirs)[:3], abs=1e-12)


def test_a_change_is_paired(single: Predictions) -> None:
    """Of the same patients: much narrower than before and after, taken apart, would allow."""
    change = calibration_changes(single, temperature=1.05)["nll"]
    apart = math.hypot(change.before.high - change.before.low, change.after.high - change.after.low)
    assert change.change.value == pytest.approx(change.after.value - change.before.value)
    assert change.change.high - change.change.low < 0.2 * apart


def test_temperature_heals_what_it_was_fitted_on(single: Predictions) -> None:
    temperature = fit_temperature(single).temperature.value
    changes = calibration_changes(single, temperature=temperature)
    assert changes["nll"].change.value < 0
    assert changes["slope"].after.value == pytest.approx(1, abs=0.1)


def test_doubling_every_image_changes_nothing(
    clustered: Predictions, doubled: Callable[[Predictions], Predictions]
) -> None:
    once, twice = (calibration_changes(split, temperature=T) for split in (clustered, doubled(clustered)))
    for name in MEASURES:
        for when in ("before", "after", "change"):
            a, b = astuple(getattr(once[name], when)), astuple(getattr(twice[name], when))
            assert a[:3] == pytest.approx(b[:3], abs=1e-6), name


def test_without_a_temperature_only_before_is_known(single: Predictions) -> None:
    changes = calibration_changes(single, temperature=None)
    for name in MEASURES:
        assert math.isfinite(changes[name].before.low)
        assert math.isnan(changes[name].after.value)
        assert "no temperature" in changes[name].change.reason


@pytest.mark.parametrize(
    ("y_true", "logit", "undefined"),
    [
        ([], [], dict.fromkeys(MEASURES, "no images")),
        ([1, 1, 1], [0.0, 1.0, 2.0], {"intercept": "one class", "slope": "one class"}),
        ([0, 0, 1, 1], [-2.0, -1.0, 1.0, 2.0], {"slope": "perfectly"}),
        ([0, 1, 0, 1], [1.0] * 4, {"slope": "every score is the same"}),
    ],
)
def test_what_cannot_be_known_says_why(
    make: Make, y_true: list[int], logit: list[float], undefined: dict[str, str]
) -> None:
    changes = calibration_changes(make(y_true, logit), temperature=T)
    for name in MEASURES:
        for estimate in (changes[name].before, changes[name].after, changes[name].change):
            assert math.isnan(estimate.value) == (name in undefined), name
            assert undefined.get(name, "") in estimate.reason


@pytest.mark.parametrize("sign", [1, -1])
def test_slope_is_unbounded_where_one_patient_is_all_that_overlaps(make: Make, sign: int) -> None:
    y_true = np.repeat([0, 1], 20)
    logit = np.linspace(-3, 3, 40)
    logit[19], logit[20] = 0.5, 0.0
    slope = calibration_changes(make(y_true, sign * logit), temperature=T)["slope"]
    bounded, unbounded = ("low", "high") if sign > 0 else ("high", "low")
    assert math.isfinite(getattr(slope.before, bounded))
    assert math.isnan(getattr(slope.before, unbounded))
    assert "perfectly" in slope.before.reason
    assert math.isnan(getattr(slope.change, unbounded))
    logit[10] = 0.7  # a second patient out of order: leaving out one is not enough
    both = calibration_changes(make(y_true, sign * logit), temperature=T)["slope"].before
    assert math.isfinite(both.low) and math.isfinite(both.high)


def test_extreme_logits(make: Make) -> None:
    rng = np.random.default_rng(5)
    y_true = (rng.random(300) < 0.5).astype(int)
    split = make(y_true, np.where(rng.random(300) < 0.9, 1, -1) * (2 * y_true - 1) * rng.choice([1.0, 1e4], 300))
    for change in calibration_changes(split, temperature=T).values():
        assert math.isfinite(change.before.value)
        assert math.isfinite(change.after.value)
