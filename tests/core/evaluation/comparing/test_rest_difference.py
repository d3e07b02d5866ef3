"""Intervals of differences from the rest: Newcombe's by statsmodels, Welch's by scipy, resampled patients."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import confint_proportions_2indep

from core.evaluation.comparing.rest_comparison import compare_means
from core.evaluation.comparing.rest_difference import difference_of_areas, difference_of_means, difference_of_rates
from core.evaluation.estimates.discrimination import auroc
from core.evaluation.predictions import Predictions

LEVELS = (0.9, 0.95, 0.997)


def limits(found) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def part(split: Predictions, rows: np.ndarray) -> Predictions:
    return Predictions(**{n: getattr(split, n)[rows] for n in ("image_id", "patient_id", "y_true", "logit")})


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("hits", "sizes"), [((30, 70), (50, 90)), ((50, 80), (50, 90)), ((0, 3), (12, 40))])
def test_rates_of_single_images_have_newcombes_interval(level, hits, sizes) -> None:
    hit = np.concatenate([np.arange(n) < x for x, n in zip(hits, sizes, strict=True)])
    inside = np.arange(sum(sizes)) < sizes[0]
    found = difference_of_rates(hit, inside, np.arange(sum(sizes)), level=level)
    expected = confint_proportions_2indep(
        hits[0], sizes[0], hits[1], sizes[1], method="newcomb", compare="diff", alpha=1 - level
    )
    assert limits(found) == pytest.approx((hits[0] / sizes[0] - hits[1] / sizes[1], *expected))
    assert found.level == level


@pytest.mark.parametrize("level", LEVELS)
def test_means_have_the_limits_of_their_test(clustered: Predictions, level: float) -> None:
    inside = np.random.default_rng(0).random(clustered.n) < 0.4
    for shift in (0.0, 0.2):
        values = clustered.logit + shift * inside
        found = difference_of_means(values, inside, clustered.patient_index, level=level)
        for limit in (found.low, found.high):
            at_limit = compare_means(values - limit * inside, inside, clustered.patient_index)[1]
            assert at_limit == pytest.approx(1 - level, rel=1e-6)


def test_means_of_single_images_are_welchs() -> None:
    rng = np.random.default_rng(2)
    values, inside = rng.normal(size=2000), rng.random(2000) < 0.4
    theirs = stats.ttest_ind(values[inside], values[~inside], equal_var=False).confidence_interval(0.99)
    found = difference_of_means(values, inside, np.arange(2000), level=0.99)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=2e-3)


def test_patients_on_both_sides_make_the_interval_shorter() -> None:
    """The same images: told by patient they vary together, and McNemar's standard error is that of the pairs."""
    rng = np.random.default_rng(1)
    ease = rng.normal(size=300) * 4
    hit = np.concatenate([ease + 0.7 * rng.normal(size=300) + shift > 0 for shift in (1.2, 0.6)])
    inside = np.repeat([True, False], 300)
    paired = difference_of_rates(hit, inside, np.tile(np.arange(300), 2))
    single = difference_of_rates(hit, inside, np.arange(600))
    assert paired.value == single.value
    assert paired.high - paired.low < (single.high - single.low) / 2
    change = hit[:300] * 1.0 - hit[300:]
    half = 1.96 * change.std(ddof=1) / math.sqrt(300)
    assert (paired.high - paired.low) / 2 == pytest.approx(half, rel=0.1)


@pytest.mark.parametrize("shared", [False, True], ids=["own negatives", "all negatives shared"])
def test_areas_vary_as_in_resamples_of_patients(clustered: Predictions, shared: bool) -> None:
    positive = clustered.y_true == 1
    inside = np.random.default_rng(0).random(clustered.n) < 0.4
    if shared:
        inside &= positive
    found = difference_of_areas(clustered, inside)
    rng, drawn = np.random.default_rng(4), []
    rows_of = [np.flatnonzero(clustered.patient_index == number) for number in range(clustered.n_patients)]
    of_side = [side | ~positive if shared else side for side in (inside, ~inside)]
    for _ in range(200):
        rows = np.concatenate([rows_of[k] for k in rng.integers(clustered.n_patients, size=clustered.n_patients)])
        areas = [roc_auc_score(clustered.y_true[r], clustered.logit[r]) for r in (rows[side[rows]] for side in of_side)]
        drawn.append(areas[0] - areas[1])
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.std(drawn), rel=0.15)


def test_areas_of_single_images_are_square_and_add_of_both(single: Predictions) -> None:
    inside = np.random.default_rng(3).random(single.n) < 0.5
    one, rest = auroc(part(single, inside)), auroc(part(single, ~inside))
    found = difference_of_areas(single, inside)
    assert found.value == pytest.approx(one.value - rest.value)
    assert found.low == pytest.approx(found.value - math.hypot(one.value - one.low, rest.high - rest.value))
    assert found.high == pytest.approx(found.value + math.hypot(one.high - one.value, rest.value - rest.low))


def test_a_higher_level_lies_farther_out_on_the_logit(single: Predictions) -> None:
    """Where one side is huge and the other's limits are all that counts, those are Student's at the level."""
    inside = np.arange(single.n) < 120
    widths = [difference_of_areas(single, inside, level=level) for level in LEVELS]
    assert widths[0].low > widths[1].low > widths[2].low
    assert widths[0].high < widths[1].high < widths[2].high


def test_of_a_perfect_area_the_limits_are_wilsons_at_the_level(make: Callable[..., Predictions]) -> None:
    y_true = np.tile([0, 1], 200)
    rng = np.random.default_rng(0)
    logit = np.where(np.arange(400) < 120, y_true * 10.0, rng.normal(size=400) + y_true)
    split, inside = make(y_true, logit), np.arange(400) < 120
    found = difference_of_areas(split, inside, level=0.99)
    rest = auroc(part(split, ~inside))
    farther = stats.t.ppf(0.995, 59) / stats.t.ppf(0.975, 59)
    z = 1.959963984540054 * farther
    centre, half = np.log(rest.value / (1 - rest.value)), np.log(rest.high / (1 - rest.high))
    highest = 1 / (1 + math.exp(-(centre + farther * (half - centre))))
    lowest = 1 - 60 / (60 + z * z)
    assert found.low == pytest.approx(found.value - math.hypot(lowest, highest - rest.value))


@pytest.mark.parametrize("inside", [np.zeros(40, bool), np.ones(40, bool)], ids=["none", "all"])
def test_without_a_rest_there_is_no_difference(make: Callable[..., Predictions], inside: np.ndarray) -> None:
    values = np.tile([True, False], 20)
    for found in (
        difference_of_rates(values, inside, np.arange(40)),
        difference_of_means(values * 1.0, inside, np.arange(40)),
        difference_of_areas(make(values * 1, values * 1.0), inside),
    ):
        assert math.isnan(found.value)
        assert found.reason


def test_few_patients_have_a_difference_without_an_interval(single: Predictions) -> None:
    inside = np.arange(single.n) < 29
    for found in (
        difference_of_areas(single, inside),
        difference_of_means(single.logit, inside, single.patient_index),
        difference_of_means(np.ones(single.n), np.arange(single.n) < 100, single.patient_index),
        difference_of_rates(np.ones(9, bool), np.arange(9) < 6, np.repeat([0, 1, 2, 3, 4], [5, 1, 1, 1, 1])),
    ):
        assert math.isfinite(found.value)
        assert math.isnan(found.low) and math.isnan(found.high)
        assert found.reason


def test_doubling_every_image_changes_no_mean_or_area(clustered: Predictions) -> None:
    inside = np.random.default_rng(5).random(clustered.n) < 0.4
    once = difference_of_means(clustered.logit, inside, clustered.patient_index)
    twice = difference_of_means(*(np.repeat(v, 2) for v in (clustered.logit, inside, clustered.patient_index)))
    assert limits(once) == pytest.approx(limits(twice))
