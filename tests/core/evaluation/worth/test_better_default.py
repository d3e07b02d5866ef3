"""The gain over both defaults: limits by statsmodels and by hand, and how often its claims are wrong."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.estimates.bootstrap import bootstrap_by_patient, columns_by_patient
from core.evaluation.predictions import Predictions
from core.evaluation.worth.better_default import EVERYONE, NO_ONE, over_defaults

Make = Callable[..., Predictions]
PRICE = 0.4


def by_hand(right: int, worth: float, wrong: int, cost: float, n: int, alpha: float) -> tuple[float, float, float]:
    """MOVER of two shares of one multinomial sample, whose covariance is -p q / n."""
    (p, q), value = (right / n, wrong / n), (worth * right - cost * wrong) / n
    (p_low, p_high), (q_low, q_high) = (proportion_confint(x, n, alpha, "wilson") for x in (right, wrong))
    spread = p * (1 - p) * q * (1 - q)
    r = -p * q / math.sqrt(spread) if spread else 0.0

    def distance(a: float, b: float) -> float:
        return math.sqrt(a * a + b * b - 2 * r * a * b)

    down = distance(worth * (p - p_low), cost * (q_high - q))
    return value, value - down, value + distance(worth * (p_high - p), cost * (q - q_low))


def called_of(make: Make, tp: int, fp: int, tn: int, fn: int) -> tuple[Predictions, np.ndarray]:
    y_true = np.repeat([1, 0, 0, 1], [tp, fp, tn, fn])
    called = np.repeat([True, True, False, False], [tp, fp, tn, fn])
    return make(y_true, called * 2.0 - 1), called


@pytest.mark.parametrize("cells", [(40, 30, 120, 10), (40, 30, 130, 0), (0, 0, 150, 50), (50, 150, 0, 0)])
def test_single_images_have_the_limits_of_two_shares(make: Make, cells: tuple[int, int, int, int]) -> None:
    tp, fp, tn, fn = cells
    found = over_defaults(*called_of(make, *cells), PRICE)
    expected = {
        NO_ONE: [by_hand(tp, 1.0, fp, PRICE, 200, alpha) for alpha in (0.05, 0.025)],
        EVERYONE: [by_hand(tn, PRICE, fn, 1.0, 200, alpha) for alpha in (0.05, 0.025)],
    }
    for name, own in ((NO_ONE, found.no_one), (EVERYONE, found.everyone)):
        assert (own.value, own.low, own.high) == pytest.approx(expected[name][0])
    assert found.better.value == pytest.approx(min(own[0][0] for own in expected.values()))
    assert found.better.low == pytest.approx(min(own[0][1] for own in expected.values()))
    assert found.better.high == pytest.approx(min(own[1][2] for own in expected.values()))
    assert found.default == min(expected, key=lambda name: expected[name][0][0])


def test_the_gain_over_no_one_less_that_over_everyone_is_what_treating_everyone_is_worth(
    clustered: Predictions,
) -> None:
    found = over_defaults(clustered, clustered.logit >= 0.2, PRICE)
    everyone = np.where(clustered.y_true == 1, 1.0, -PRICE).mean()
    assert found.no_one.value - found.everyone.value == pytest.approx(everyone)


def test_patients_with_several_images_vary_as_their_resamples(clustered: Predictions) -> None:
    called, positive = clustered.logit >= 0.2, clustered.y_true == 1
    found = over_defaults(clustered, called, PRICE)
    worth = np.where(positive, 1.0, -PRICE)
    sums = columns_by_patient(
        clustered, [np.where(called, worth, 0), np.where(called, 0, -worth), np.ones(clustered.n)]
    )
    drawn = bootstrap_by_patient(
        lambda times: (times @ sums)[:, :2] / (times @ sums)[:, 2:],
        n_patients=clustered.n_patients,
        n_images=clustered.n,
        n_resamples=2000,
        rng=np.random.default_rng(0),
    )
    for own, values in zip((found.no_one, found.everyone), drawn.T, strict=True):
        assert (own.low, own.high) == pytest.approx(
            np.quantile(values, [0.025, 0.975]), abs=0.15 * (own.high - own.low)
        )


def test_claims_follow_the_limits(make: Make) -> None:
    useful = over_defaults(*called_of(make, 90, 10, 90, 10), 1.0)
    assert useful.more_useful and not useful.lost_to
    few = over_defaults(*called_of(make, 20, 60, 20, 0), 1.0)
    assert (few.more_useful, few.lost_to, few.default) == (False, NO_ONE, NO_ONE)
    many = over_defaults(*called_of(make, 40, 0, 0, 60), 0.1)
    assert (many.more_useful, many.lost_to, many.default) == (False, EVERYONE, EVERYONE)
    neither = over_defaults(*called_of(make, 12, 10, 10, 9), 1.0)
    assert not neither.more_useful and not neither.lost_to
    assert neither.better.low < neither.better.value < neither.better.high


def test_without_images_and_of_few_patients_it_says_why(make: Make) -> None:
    nothing = over_defaults(make([], []), np.zeros(0, bool), PRICE)
    assert math.isnan(nothing.better.value) and nothing.better.reason == "no images"
    assert not nothing.more_useful and not nothing.lost_to
    two = over_defaults(make([0, 1, 0, 1], [0.0, 1.0, 0.0, 1.0], [0, 0, 1, 1]), np.array([False, True] * 2), PRICE)
    assert math.isfinite(two.better.value)
    assert math.isnan(two.better.low) and math.isnan(two.better.high) and two.better.reason
    assert not two.more_useful and not two.lost_to


# Prevalence, price, sensitivity and false positive rate at which the gain over the better default is 0.
NOTHING_GAINED = {
    "over both": (0.3, 0.3 / 0.7, 0.5, 0.5),
    "over no one": (0.3, 1.0, 0.7, 0.3),
    "over everyone, twelve misses": (0.3, 1 / 9, 0.9, 1 - 0.03 / (0.7 / 9)),
    "over everyone, one miss": (0.1, 1 / 19, 0.975, 1 - 0.0025 / (0.9 / 19)),
}


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.long if "misses" in case else ()) for case in NOTHING_GAINED]
)
def test_what_gains_nothing_is_rarely_called_more_or_less_useful(make: Make, case: str) -> None:
    """1,500 samples of 400 images each: 2.5 % at most, by the 0.999 quantile of its own error."""
    prevalence, price, sensitivity, alarms = NOTHING_GAINED[case]
    share = [prevalence * sensitivity, (1 - prevalence) * alarms, (1 - prevalence) * (1 - alarms)]
    samples = np.random.default_rng(0).multinomial(400, [*share, 1 - sum(share)], size=1500)
    more, less, held = 0, 0, 0
    for cells in samples.tolist():
        found = over_defaults(*called_of(make, *cells), price)
        more, less = more + found.more_useful, less + bool(found.lost_to)
        held += found.better.low <= 1e-12 and found.better.high >= -1e-12
    assert more <= 57 and less <= 57
    assert held >= 0.95 * 1500 - 26
