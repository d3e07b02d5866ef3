"""What a run is worth against dcurves, plain loops over costs, and scikit-learn."""

import math

import numpy as np
import pandas as pd
import pytest
from dcurves import dca
from scipy.special import expit
from sklearn.metrics import f1_score

from core.evaluation.worth.better_default import over_defaults
from dashboard import gateway
from tests.dashboard.gateway import otherwise

GRID = np.arange(1, 100) / 100
PC = np.linspace(0.005, 0.995, 100)


@pytest.mark.parametrize(("split", "scale"), [("validation", "raw"), ("test", "raw"), ("test", "calibrated")])
def test_useful_is_what_has_both_lower_limits_above_nothing(counted, exchanged, split, scale):
    for run, calibrated in ((counted, 2.0), (exchanged, 0.5)):
        own, curve = run.predictions(split), gateway.decision_curve(run, split)
        found = curve.loc[curve["model"] == scale, "more_useful"].to_numpy()
        called = expit(own.logit / (calibrated if scale == "calibrated" else 1.0))
        assert found.shape == GRID.shape
        for place in (4, 19, 49, 79, 94):
            over = over_defaults(own, called >= GRID[place], GRID[place] / (1 - GRID[place]))
            assert found[place] == (over.everyone.low > 0 and over.no_one.low > 0)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_decision_curve_is_that_of_dcurves_on_both_scales(counted, split):
    own = counted.predictions(split)
    table = pd.DataFrame({"y": own.y_true, "calibrated": expit(own.logit / 2), "raw": expit(own.logit)})
    theirs = dca(data=table, outcome="y", modelnames=["calibrated", "raw"], thresholds=GRID).set_index("model")
    ours = gateway.decision_curve(counted, split)
    assert ours["model"].unique().tolist() == ["calibrated", "raw"]
    for model in ("calibrated", "raw"):
        mine = ours[ours["model"] == model]
        np.testing.assert_allclose(mine["net_benefit"], theirs.loc[model, "net_benefit"], atol=1e-12)
        np.testing.assert_allclose(mine["treat_all"], theirs.loc["all", "net_benefit"], atol=1e-12)


def test_net_benefit_by_hand(counted, exchanged, make_run):
    """At 0.2 a false alarm costs a quarter. Calibrated that is -2.77, raw -1.39 on the logit."""

    def at_a_fifth(run, split):
        table = gateway.decision_curve(run, split)
        return table[table["probability"] == 0.2].set_index("model")["net_benefit"].to_dict()

    assert at_a_fifth(counted, "validation") == pytest.approx({"calibrated": (6 - 8 / 4) / 20, "raw": (5 - 6 / 4) / 20})
    assert at_a_fifth(counted, "test") == pytest.approx({"calibrated": (18 - 9 / 4) / 30, "raw": (17 - 7 / 4) / 30})
    assert at_a_fifth(exchanged, "test") == pytest.approx({"calibrated": (5 - 4 / 4) / 20, "raw": (5 - 6 / 4) / 20})
    assert at_a_fifth(make_run(temperature=None), "validation") == pytest.approx({"raw": (5 - 6 / 4) / 20})


def test_worth_in_a_clinic_by_hand(counted, exchanged, make_run):
    """0.2 among 30 % ill are odds of 1 to 4; among 10 % of 7 to 108, by 1 to 9 instead of 3 to 7."""
    threshold = 2 * math.log(1 / 4)
    for split, well_called in (("validation", 8 / 14), ("test", 9 / 12)):
        found = gateway.worth_in_clinic(counted, split, threshold, 0.1)
        assert found.price == pytest.approx(7 / 108)
        assert found.model.value == pytest.approx(0.1 - 0.9 * well_called * 7 / 108)
        assert found.gain.value == pytest.approx(0.9 * (1 - well_called) * 7 / 108)
        own = counted.predictions(split)
        low, high = otherwise.share((own.logit < threshold)[own.y_true == 0], own.patient_id[own.y_true == 0])[1:]
        ill = otherwise.share((own.logit >= threshold)[own.y_true == 1], own.patient_id[own.y_true == 1])
        down = math.hypot(0.1 * (1 - ill[1]), 0.9 * 7 / 108 * (1 - well_called - low))
        assert found.model.value - found.model.low == pytest.approx(down)
        assert found.model.high - found.model.value == pytest.approx(0.9 * 7 / 108 * (high - 1 + well_called))
    assert gateway.worth_in_clinic(exchanged, "test", 0.0, 0.1).price == pytest.approx(1 / 9 / (18 / 12))
    assert gateway.worth_in_clinic(make_run(temperature=None), "test", 0.0, 0.1) is None


def costs(table, pc):
    """The cost of every threshold (k + 1,) of ``otherwise.points`` at a probability-cost, calling nothing positive
    first."""
    miss, alarm = (np.append(end, 1 - table[rate]) for end, rate in ((1.0, "sensitivity"), (0.0, "specificity")))
    return miss * pc + alarm * (1 - pc)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_least_cost_is_the_least_of_all_thresholds(counted, split):
    found = gateway.least_cost(counted, split)
    table = otherwise.points(counted.predictions(split))
    expected = [costs(table, pc).min() for pc in PC]
    np.testing.assert_allclose(np.interp(PC, found["pc"], found["cost"]), expected, atol=1e-12)


def test_thresholds_that_are_cheapest_on_validation_cost_this_on_test(counted, exchanged):
    for run in (counted, exchanged):
        validation, test = run.predictions("validation"), run.predictions("test")
        found = gateway.choices_cost(run, "test")
        table = otherwise.points(validation)
        thresholds = np.append(np.inf, table["threshold"])
        for (low, threshold), (high, _) in zip(
            found[["pc", "threshold"]].to_numpy()[::2], found[["pc", "threshold"]].to_numpy()[1::2], strict=True
        ):
            if high - low > 1e-9:
                middle = (low + high) / 2
                assert threshold == thresholds[np.argmin(costs(table, middle))]
        for pc, cost, threshold in found[["pc", "cost", "threshold"]].to_numpy():
            miss = np.mean(test.logit[test.y_true == 1] < threshold)
            alarm = np.mean(test.logit[test.y_true == 0] >= threshold)
            assert cost == pytest.approx(miss * pc + alarm * (1 - pc))


def test_a_cheap_miss_calls_nothing_positive_and_a_dear_one_misses_nobody(counted):
    found = gateway.choices_cost(counted, "test")
    assert found["threshold"].iloc[0] == math.inf
    assert found.loc[found["pc"] < 1, "threshold"].iloc[-1] == -2.0
    assert found["cost"].iloc[-1] == 0  # test's lowest ill image has -1.5
    assert gateway.least_cost(counted, "test")["cost"].iloc[[0, -1]].tolist() == [0, 0]


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize(("scale", "temperature"), [("raw", 1.0), ("calibrated", 2.0)])
def test_rates_against_the_threshold(counted, split, scale, temperature):
    own, table = counted.predictions(split), otherwise.points(counted.predictions(split))
    found = gateway.rates_by_threshold(counted, split, scale)
    assert found["threshold"].tolist() == table["threshold"].tolist()
    for rate in ("sensitivity", "specificity"):
        np.testing.assert_allclose(found[rate], table[rate])
    np.testing.assert_allclose(found["f1"], [f1_score(own.y_true, own.logit >= t) for t in table["threshold"]])
    p = expit(table["threshold"] / temperature)
    np.testing.assert_allclose(found["net_benefit"], (table["tp"] - table["fp"] * p / (1 - p)) / own.n)


def test_another_run_has_another_worth(counted, exchanged):
    first, second = (gateway.rates_by_threshold(run, "validation", "calibrated") for run in (counted, exchanged))
    assert (first["threshold"].iloc[0], second["threshold"].iloc[0]) == (7.0, 9.5)
    first, second = (gateway.least_cost(run, "validation")["cost"].max() for run in (counted, exchanged))
    assert first != second
