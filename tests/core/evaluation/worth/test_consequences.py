"""Share called positive, cost and net benefit: by hand, by dcurves, and their limits by simulation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from dcurves import dca
from scipy.special import expit, logit

from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.consequences import expected_cost, expected_net_benefit, share_called_positive

Make = Callable[..., Predictions]
SENS = Estimate(value=0.9, low=0.8, high=0.95, method="by hand")
SPEC = Estimate(value=0.7, low=0.6, high=0.75, method="by hand")


def test_of_a_thousand_children_by_hand() -> None:
    """50 are ill: 5 missed, 45 found; of 950 well 285 are falsely alarmed."""
    assert share_called_positive(SENS, SPEC, prevalence=0.05, correlation=0.0).value == pytest.approx((45 + 285) / 1000)
    assert expected_cost(SENS, SPEC, prevalence=0.05, miss=20, alarm=3, correlation=0.0).value == pytest.approx(
        (5 * 20 + 285 * 3) / 1000
    )
    assert expected_cost(SENS, SPEC, prevalence=0.05, miss=3, alarm=20, correlation=0.0).value == pytest.approx(
        (5 * 3 + 285 * 20) / 1000
    )
    # At a threshold probability of 0.2 a false alarm costs a quarter of a true positive.
    assert expected_net_benefit(SENS, SPEC, prevalence=0.05, probability=0.2, correlation=0.0).value == pytest.approx(
        (45 - 285 / 4) / 1000
    )


def test_limits_by_hand() -> None:
    """MOVER: what sensitivity and specificity add in each direction, squared and added."""
    share = share_called_positive(SENS, SPEC, prevalence=0.4, correlation=0.0)
    assert share.low == pytest.approx(share.value - math.hypot(0.4 * 0.1, 0.6 * 0.05))
    assert share.high == pytest.approx(share.value + math.hypot(0.4 * 0.05, 0.6 * 0.1))
    cost = expected_cost(SENS, SPEC, prevalence=0.4, miss=5, alarm=2, correlation=0.0)
    assert cost.low == pytest.approx(cost.value - math.hypot(2 * 0.05, 1.2 * 0.05))
    assert cost.high == pytest.approx(cost.value + math.hypot(2 * 0.1, 1.2 * 0.1))
    benefit = expected_net_benefit(SENS, SPEC, prevalence=0.4, probability=0.25, correlation=0.0)
    assert benefit.low == pytest.approx(benefit.value - math.hypot(0.4 * 0.1, 0.2 * 0.1))
    assert benefit.high == pytest.approx(benefit.value + math.hypot(0.4 * 0.05, 0.2 * 0.05))


@pytest.mark.parametrize("probability", [0.1, 0.35, 0.6])
@pytest.mark.parametrize("prevalence", [None, 0.05])
def test_net_benefit_is_that_of_dcurves(single: Predictions, probability: float, prevalence: float | None) -> None:
    table = pd.DataFrame({"y": single.y_true, "p": expit(single.logit)})
    theirs = dca(data=table, outcome="y", modelnames=["p"], thresholds=[probability], prevalence=prevalence)
    found = rates(threshold_sweep(single), float(logit(probability)))
    ours = expected_net_benefit(
        found["sensitivity"],
        found["specificity"],
        prevalence=prevalence or single.n_pos / single.n,
        probability=probability,
        correlation=0.0,
    )
    assert ours.value == pytest.approx(theirs.set_index("model").loc["p", "net_benefit"])


def test_share_at_the_splits_own_prevalence_is_of_its_images(single: Predictions) -> None:
    sweep = threshold_sweep(single)
    found = rates(sweep, 0.3)
    flagged = share_called_positive(
        found["sensitivity"], found["specificity"], prevalence=single.n_pos / single.n, correlation=0.0
    )
    assert flagged.value == pytest.approx((single.logit >= 0.3).mean())


def test_net_benefit_is_a_cost_with_its_ends_turned() -> None:
    benefit = expected_net_benefit(SENS, SPEC, prevalence=0.1, probability=0.2, correlation=0.0)
    alike = expected_cost(SENS, SPEC, prevalence=0.1, miss=0.8, alarm=0.2, correlation=0.0)
    assert benefit.value == pytest.approx(0.1 - alike.value / 0.8)
    assert (benefit.low, benefit.high) == pytest.approx((0.1 - alike.high / 0.8, 0.1 - alike.low / 0.8))


def test_limits_bracket_a_simulation(single: Predictions) -> None:
    found = rates(threshold_sweep(single), 0.3)
    sens, spec = found["sensitivity"], found["specificity"]
    cost = expected_cost(sens, spec, prevalence=0.1, miss=20, alarm=1, correlation=0.0)
    rng = np.random.default_rng(0)
    drawn_sens = rng.binomial(single.n_pos, sens.value, 100_000) / single.n_pos
    drawn_spec = rng.binomial(single.n_neg, spec.value, 100_000) / single.n_neg
    low, high = np.quantile(0.1 * (1 - drawn_sens) * 20 + 0.9 * (1 - drawn_spec), [0.025, 0.975])
    assert (cost.low, cost.high) == pytest.approx((low, high), abs=0.03)


def test_one_class_has_no_consequences(make: Make) -> None:
    found = rates(threshold_sweep(make([1, 1], [0, 1])), 0.5)
    both = found["sensitivity"], found["specificity"]
    for undefined in (
        share_called_positive(*both, prevalence=0.5, correlation=0.0),
        expected_cost(*both, prevalence=0.5, miss=1, alarm=1, correlation=0.0),
        expected_net_benefit(*both, prevalence=0.5, probability=0.5, correlation=0.0),
    ):
        assert undefined.reason == "one class has no images"
