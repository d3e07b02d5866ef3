from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from dcurves import dca
from scipy.special import expit
from sklearn.metrics import confusion_matrix, f1_score

from core.evaluation.estimates.bootstrap import bootstrap_by_patient, columns_by_patient
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.utility import (
    GRID,
    called_at,
    decision_curve,
    decision_curve_at,
    net_benefit,
    net_benefit_at,
    rates_by_threshold,
)

Make = Callable[..., Predictions]
MODELS = {"calibrated": 1.7, "raw": 1.0}


def plainly(y_true: np.ndarray, p: np.ndarray, p_t: float) -> float:
    """Net benefit as the paper writes it."""
    treated = p >= p_t
    return (treated & (y_true == 1)).mean() - (treated & (y_true == 0)).mean() * p_t / (1 - p_t)


@pytest.mark.parametrize("name", ["single", "clustered"])
def test_curve_is_that_of_dcurves(name: str, request: pytest.FixtureRequest) -> None:
    split = request.getfixturevalue(name)
    table = pd.DataFrame({"y": split.y_true, **{m: expit(split.logit / t) for m, t in MODELS.items()}})
    theirs = dca(data=table, outcome="y", modelnames=list(MODELS), thresholds=GRID).set_index("model")
    ours = decision_curve(split, MODELS)
    for model in MODELS:
        mine = ours[ours["model"] == model]
        np.testing.assert_allclose(mine["net_benefit"], theirs.loc[model, "net_benefit"], atol=1e-12)
        np.testing.assert_allclose(mine["treat_all"], theirs.loc["all", "net_benefit"], atol=1e-12)
        np.testing.assert_allclose(mine["gain"], mine["net_benefit"] - mine["treat_all"], atol=1e-12)
    assert (theirs.loc["none", "net_benefit"] == 0).all()


@pytest.mark.parametrize("prevalence", [0.02, 0.4])
def test_at_another_prevalence_it_is_that_of_dcurves_too(single: Predictions, prevalence: float) -> None:
    table = pd.DataFrame({"y": single.y_true, "p": expit(single.logit / 1.7)})
    theirs = dca(data=table, outcome="y", modelnames=["p"], thresholds=GRID, prevalence=prevalence).set_index("model")
    ours = decision_curve_at(prevalence, *called_at(single, 1.7), single)
    np.testing.assert_allclose(ours["net_benefit"], theirs.loc["p", "net_benefit"], atol=1e-12)
    np.testing.assert_allclose(ours["treat_all"], theirs.loc["all", "net_benefit"], atol=1e-12)


def test_at_the_images_own_prevalence_it_is_the_curve_and_a_class_without_images_leaves_none(
    clustered: Predictions, make: Make
) -> None:
    own = decision_curve(clustered, {"p": 1.7})
    again = decision_curve_at(clustered.n_pos / clustered.n, *called_at(clustered, 1.7), clustered)
    for column in ("net_benefit", "treat_all"):
        np.testing.assert_allclose(again[column], own[column], atol=1e-12)
    ill = make([1, 1], [0.5, 2.0])
    assert decision_curve_at(0.5, *called_at(ill, 1.0), ill)["net_benefit"].isna().all()


def test_counts_are_those_of_the_sweep(clustered: Predictions) -> None:
    sweep = threshold_sweep(clustered)
    for row in decision_curve(clustered, MODELS).to_dict("records"):
        p = row["probability"]
        assert (row["tp"], row["fp"]) == sweep.counts(MODELS[row["model"]] * math.log(p / (1 - p)))[:2]


def test_an_image_at_the_threshold_itself_is_treated(make: Make) -> None:
    split = make([1, 0, 0], [math.log(0.3 / 0.7), math.log(0.3 / 0.7), -9.0])
    row = decision_curve(split, {"raw": 1.0}).set_index("probability").loc[0.3]
    assert (row["tp"], row["fp"]) == (1, 1)


@pytest.mark.parametrize("temperature", [1.0, 1.7])
def test_band_is_that_of_resampled_patients_where_they_tell(clustered: Predictions, temperature: float) -> None:
    """With ten patients in each cell. Resamples of a cell that nobody is in know of none; the band is wider there."""
    ours, positive = decision_curve(clustered, {"p": temperature}).set_index("probability"), clustered.y_true == 1
    seen = set()
    for p_t in GRID[9::10]:
        called, worth = expit(clustered.logit / temperature) >= p_t, np.where(positive, 1.0, -p_t / (1 - p_t))
        cells = [clustered.patient_index[some & of] for some in (called, ~called) for of in (positive, ~positive)]
        sums = columns_by_patient(
            clustered, [np.where(called, worth, 0), np.where(called, 0, -worth), np.ones(clustered.n)]
        )
        drawn = bootstrap_by_patient(
            lambda times, sums=sums: (times @ sums)[:, :2] / (times @ sums)[:, 2:],  # type: ignore[misc]
            n_patients=clustered.n_patients,
            n_images=clustered.n,
            n_resamples=2000,
            rng=np.random.default_rng(0),
        )
        fewest, row = min(len(set(cell.tolist())) for cell in cells), ours.loc[p_t]
        for values, low, high in (
            (drawn[:, 0], row["low"], row["high"]),
            (drawn[:, 1], row["gain_low"], row["gain_high"]),
        ):
            limits = np.quantile(values, [0.025, 0.975])
            if fewest >= 10:
                assert (low, high) == pytest.approx(tuple(limits), abs=0.1 * (high - low))
            assert low < limits[0] + 0.1 * (high - low) and high > limits[1] - 0.1 * (high - low)
        if fewest == 0:
            assert row["gain_high"] - row["gain_low"] > 1.5 * np.ptp(np.quantile(drawn[:, 1], [0.025, 0.975])) or (
                row["high"] - row["low"] > 1.5 * np.ptp(np.quantile(drawn[:, 0], [0.025, 0.975]))
            )
        seen.add(fewest >= 10)
    assert seen == {True, False}


def test_one_threshold_is_a_point_of_the_curve(clustered: Predictions) -> None:
    ours = decision_curve(clustered, MODELS).set_index(["model", "probability"])
    for model, p_t in (("calibrated", 0.3), ("raw", 0.6)):
        here = net_benefit_at(clustered, MODELS[model] * math.log(p_t / (1 - p_t)), MODELS[model])
        row = ours.loc[(model, p_t)]
        assert here.price == pytest.approx(p_t / (1 - p_t))
        for found, value, low, high in (
            (here.model, row["net_benefit"], row["low"], row["high"]),
            (here.gain, row["gain"], row["gain_low"], row["gain_high"]),
        ):
            assert (found.value, found.low, found.high) == pytest.approx((value, low, high), rel=1e-12)
        assert row["more_useful"] == here.over.more_useful
        assert here.treat_all.value == pytest.approx(row["treat_all"])


def test_doubling_every_image_changes_nothing(
    clustered: Predictions, doubled: Callable[[Predictions], Predictions]
) -> None:
    once, twice = (decision_curve(split, MODELS) for split in (clustered, doubled(clustered)))
    limits = ["low", "high", "gain_low"]
    # Patients count the same; that of n images one less are free does not.
    np.testing.assert_allclose(once[limits], twice[limits], rtol=0.01, atol=1e-4)
    a, b = (net_benefit_at(split, -0.3, 1.7).model for split in (clustered, doubled(clustered)))
    assert (a.low, a.high) == pytest.approx((b.low, b.high), rel=1e-3)


def test_where_nobody_is_treated_few_images_say_little_of_others(make: Make) -> None:
    split = make([0, 1, 0, 1], [-1.0, 0.5, -0.5, 1.0])
    last = decision_curve(split, {"raw": 1.0}).iloc[-1]
    assert last["low"] < last["net_benefit"] == 0 < last["high"]


def test_useful_are_the_probabilities_whose_own_threshold_is(clustered: Predictions) -> None:
    found = decision_curve(clustered, {"p": 1.7})["more_useful"]
    assert 0 < found.sum() < 99
    for place in (0, 9, 30, 60, 98):
        threshold = 1.7 * math.log(GRID[place] / (1 - GRID[place]))
        assert found[place] == (net_benefit_at(clustered, threshold, 1.7).over.better.low > 0)


def test_a_price_without_bound_is_not_computed(single: Predictions) -> None:
    found = net_benefit_at(single, 50.0, 1.0)
    assert math.isinf(found.price)
    assert math.isnan(found.model.value)
    assert "outweighs" in found.gain.reason


def test_without_images(make: Make) -> None:
    assert decision_curve(make([], []), MODELS).empty
    assert math.isnan(net_benefit_at(make([], []), 0.0, 1.0).model.value)
    assert np.isnan(net_benefit(0, 0, 0, np.array([0.5, 1.0]))).all()


def test_every_rate_is_scikit_learns(single: Predictions) -> None:
    table = rates_by_threshold(threshold_sweep(single), 1.7)
    assert len(table) == len(np.unique(single.logit))
    for row in table.iloc[::17].to_dict("records"):
        called = single.logit >= row["threshold"]
        tn, fp, fn, tp = confusion_matrix(single.y_true, called, labels=[0, 1]).ravel()
        assert (row["tp"], row["fp"], row["tn"], row["fn"]) == (tp, fp, tn, fn)
        assert row["f1"] == pytest.approx(f1_score(single.y_true, called))
        assert row["npv"] == pytest.approx(tn / (tn + fn) if tn + fn else math.nan, nan_ok=True)
        p_t = expit(row["threshold"] / 1.7)
        assert row["net_benefit"] == pytest.approx(plainly(single.y_true, expit(single.logit / 1.7), p_t))


def test_rates_at_the_ends_of_what_a_float_can_say(make: Make) -> None:
    table = rates_by_threshold(threshold_sweep(make([0, 1], [1e4, -1e4])), 1.0)
    assert math.isnan(table["net_benefit"].iloc[0])
    assert table["net_benefit"].iloc[1] == pytest.approx(0.5)
