"""Worth in a clinic: in whole children by hand, and against net benefit of a population thinned to its prevalence."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit, logit

from core.evaluation.choosing.operating_point import rates
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.in_clinic import worth_in_clinic
from core.evaluation.worth.utility import net_benefit_at

Make = Callable[..., Predictions]


def test_of_a_thousand_children_by_hand(make: Make) -> None:
    """Sensitivity 8 of 10, specificity 15 of 20. A threshold of 0.6 among 60 % ill is the even one, so at 10 % it is
    0.1, and a false alarm costs a ninth of a found child: 80 found, 225 false alarms, 55 net; everyone: 0 net."""
    y_true = np.repeat([1, 0], [10, 20])
    scores = np.repeat([1.0, -1.0, 1.0, -1.0], [8, 2, 5, 15])
    found = worth_in_clinic(
        threshold_sweep(make(y_true, scores)), float(logit(0.6)) / 2, 0.5, share=0.6, prevalence=0.1
    )
    assert found.probability == pytest.approx(0.1)
    assert found.price == pytest.approx(1 / 9)
    assert 1000 * found.model.value == pytest.approx(80 - 225 / 9)
    assert found.treat_all == pytest.approx(0, abs=1e-12)
    assert found.gain.value == pytest.approx(found.model.value)
    assert found.model.low < found.model.value < found.model.high


def test_gain_is_over_the_better_default_which_is_known_exactly(single: Predictions) -> None:
    sweep = threshold_sweep(single)
    common, rare = (worth_in_clinic(sweep, -1.0, 1.0, share=0.4, prevalence=p) for p in (0.9, 0.05))
    for found in (common, rare):
        assert found.treat_all == pytest.approx(found.prevalence - (1 - found.prevalence) * found.price)
        better = max(found.treat_all, 0)
        assert better > 0
        assert found.gain.value == pytest.approx(found.model.value - better)
        assert found.gain.high - found.gain.low == pytest.approx(found.model.high - found.model.low)
    strict = worth_in_clinic(sweep, 1.0, 1.0, share=0.4, prevalence=0.05)
    assert strict.treat_all < 0
    assert strict.gain == strict.model, "calling no one positive is the better default"
    # Probability and price move together: worth is so much an ill child, whatever the prevalence.
    assert rare.model.value / 0.05 == pytest.approx(common.model.value / 0.9)


@pytest.mark.parametrize("kept", [1, 3, 8])
def test_is_net_benefit_of_the_same_children_with_fewer_ill(make: Make, kept: int) -> None:
    """Every ill child counted once, every well one ``kept`` times: scores within each class stay as they are."""
    rng = np.random.default_rng(1)
    y_true = (rng.random(500) < 0.6).astype(int)
    scores = rng.normal(2.0 * y_true - 1)
    share, copies = y_true.mean(), np.where(y_true == 1, 1, kept)
    thinned = make(np.repeat(y_true, copies), np.repeat(scores, copies))
    prevalence = thinned.n_pos / thinned.n
    found = worth_in_clinic(threshold_sweep(make(y_true, scores)), 0.3, 1.5, share=share, prevalence=prevalence)
    there = expit(0.3 / 1.5 - math.log(kept))
    assert found.probability == pytest.approx(there)
    # The same images are treated, at the price of that probability.
    expected = net_benefit_at(
        make(thinned.y_true, (thinned.logit - 0.3) + float(logit(there))), float(logit(there)), 1.0
    )
    assert found.model.value == pytest.approx(expected.model.value)
    assert found.treat_all == pytest.approx(expected.treat_all.value)


def test_limits_are_those_of_both_rates(single: Predictions) -> None:
    sweep = threshold_sweep(single)
    found, both = worth_in_clinic(sweep, 0.2, 1.0, share=0.5, prevalence=0.2), rates(sweep, 0.2)
    ill, well = 0.2, 0.8 * found.price
    down = math.hypot(
        ill * (both["sensitivity"].value - both["sensitivity"].low),
        well * (both["specificity"].value - both["specificity"].low),
    )
    assert found.model.value - found.model.low == pytest.approx(down)


def test_what_cannot_be_weighed_says_why(make: Make) -> None:
    sweep = threshold_sweep(make([0, 1], [0.0, 1.0]))
    certain = worth_in_clinic(sweep, 800.0, 1.0, share=0.5, prevalence=0.2)
    assert (certain.probability, certain.price) == (1.0, math.inf)
    assert "outweighs" in certain.model.reason and "outweighs" in certain.gain.reason
    one = worth_in_clinic(threshold_sweep(make([0, 0], [0.0, 1.0])), 0.5, 1.0, share=0.5, prevalence=0.2)
    assert one.model.reason == one.gain.reason == "one class has no images"
    for prevalence in (0.0, 1.0):
        with pytest.raises(ValueError, match="strictly between"):
            worth_in_clinic(sweep, 0.0, 1.0, share=0.5, prevalence=prevalence)
