from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests

from core.evaluation.comparing.rest_comparison import compare_areas, compare_means, compare_rates, holm, holm_of_levels
from core.evaluation.comparing.rest_sides import for_area
from core.evaluation.predictions import Predictions


def half(split: Predictions, seed: int = 0) -> np.ndarray:
    """Images on one side, whatever their patient."""
    return np.random.default_rng(seed).random(split.n) < 0.4


def test_rates_of_single_images_are_fishers() -> None:
    rng = np.random.default_rng(0)
    for n in (12, 80, 400):
        hit, inside = rng.random(n) < 0.8, rng.random(n) < 0.3
        table = [[(hit & side).sum(), (~hit & side).sum()] for side in (inside, ~inside)]
        difference, p = compare_rates(hit, inside, np.arange(n))
        assert difference == pytest.approx(hit[inside].mean() - hit[~inside].mean())
        assert p == pytest.approx(stats.fisher_exact(table).pvalue)


def test_patients_on_both_sides_make_the_comparison_sharper() -> None:
    """The same images: told by patient they vary together, as each patient has one on each side."""
    rng = np.random.default_rng(1)
    ease = rng.normal(size=300) * 4
    hit = np.concatenate([ease + 0.7 * rng.normal(size=300) + shift > 0 for shift in (1.2, 0.6)])
    inside = np.repeat([True, False], 300)
    paired = compare_rates(hit, inside, np.tile(np.arange(300), 2))
    single = compare_rates(hit, inside, np.arange(600))
    assert paired[0] == single[0]
    assert paired[1] < single[1] / 3
    assert paired[1] == pytest.approx(stats.ttest_rel(hit[inside] * 1.0, hit[~inside] * 1.0).pvalue, rel=2)


def test_means_of_single_images_are_welchs() -> None:
    rng = np.random.default_rng(2)
    values, inside = rng.normal(size=500), rng.random(500) < 0.4
    difference, p = compare_means(values, inside, np.arange(500))
    theirs = stats.ttest_ind(values[inside], values[~inside], equal_var=False)
    assert difference == pytest.approx(values[inside].mean() - values[~inside].mean())
    assert p == pytest.approx(theirs.pvalue, rel=0.05)


def test_paired_means_are_the_paired_test() -> None:
    rng = np.random.default_rng(3)
    of_patient = rng.normal(size=200)
    values = np.concatenate([of_patient + 0.1 * rng.normal(size=200), of_patient + 0.1 * rng.normal(size=200) + 0.01])
    difference, p = compare_means(values, np.repeat([True, False], 200), np.tile(np.arange(200), 2))
    theirs = stats.ttest_rel(values[:200], values[200:])
    assert p == pytest.approx(theirs.pvalue)
    assert difference == pytest.approx((values[:200] - values[200:]).mean())


def resampled_difference(split: Predictions, inside: np.ndarray, positive: np.ndarray) -> float:
    """Standard deviation of the difference of areas over resamples of patients."""
    rng, found = np.random.default_rng(4), []
    rows_of = [np.flatnonzero(split.patient_index == number) for number in range(split.n_patients)]
    for _ in range(150):
        rows = np.concatenate([rows_of[number] for number in rng.integers(split.n_patients, size=split.n_patients)])
        sides = [rows[for_area(positive, side)[rows]] for side in (inside, ~inside)]
        areas = [roc_auc_score(split.y_true[side], split.logit[side]) for side in sides]
        found.append(areas[0] - areas[1])
    return float(np.std(found))


@pytest.mark.parametrize("shared", [False, True], ids=["own negatives", "all negatives shared"])
def test_areas_vary_as_in_resamples_of_patients(clustered: Predictions, shared: bool) -> None:
    positive = clustered.y_true == 1
    inside = half(clustered) & (positive if shared else True)
    if shared:
        assert not for_area(positive, inside)[positive & ~inside].any()
        assert for_area(positive, inside)[~positive].all()
    difference, p = compare_areas(clustered, inside)
    areas = [
        roc_auc_score(clustered.y_true[side], clustered.logit[side])
        for side in (for_area(positive, inside), for_area(positive, ~inside))
    ]
    assert difference == pytest.approx(areas[0] - areas[1])
    error = resampled_difference(clustered, inside, positive)
    fewest = min(
        len(set(clustered.patient_index[side & of].tolist()))
        for side in (for_area(positive, inside), for_area(positive, ~inside))
        for of in (positive, ~positive)
    )
    assert abs(difference) / abs(stats.t.ppf(p / 2, fewest - 1)) == pytest.approx(error, rel=0.15)


def test_doubling_every_image_hardly_changes_p_values(clustered: Predictions, make: Callable[..., Predictions]) -> None:
    inside = half(clustered)
    twice_inside, patient = np.repeat(inside, 2), np.repeat(clustered.patient_index, 2)
    double = make(np.repeat(clustered.y_true, 2), np.repeat(clustered.logit, 2), patient)
    assert compare_areas(clustered, inside) == pytest.approx(compare_areas(double, twice_inside))
    for compare in (compare_rates, compare_means):
        values = clustered.logit > 0 if compare is compare_rates else clustered.logit
        once = compare(values, inside, clustered.patient_index)
        twice = compare(np.repeat(values, 2), twice_inside, patient)
        assert once[0] == pytest.approx(twice[0])
        assert once[1] == pytest.approx(twice[1], abs=0.02)  # Fisher's test is of whole counts


def test_beside_a_patient_with_most_images_there_is_a_difference_and_no_p_value(
    make: Callable[..., Predictions],
) -> None:
    rng = np.random.default_rng(0)
    patient = np.concatenate([np.arange(80), np.full(300, 80)])
    inside = np.arange(380) >= 40
    positive, score = rng.random(380) < 0.5, rng.normal(size=380)
    for compare, values in ((compare_rates, score > 0), (compare_means, score)):
        difference, p = compare(values, inside, patient)
        assert difference == pytest.approx(values[inside].mean() - values[~inside].mean())
        assert math.isnan(p)
    difference, p = compare_areas(make(positive.astype(int), score, patient), inside)
    assert math.isfinite(difference) and math.isnan(p)


def test_degrees_of_freedom_are_of_the_patients_that_count() -> None:
    """A patient with 40 of the 119 images of one side: its G is 7.8, not 79 or 80."""
    rng = np.random.default_rng(1)
    patient = np.concatenate([np.arange(159), np.full(40, 159)])
    inside, values = np.arange(199) >= 80, rng.normal(size=160)[patient]
    difference, p = compare_means(values, inside, patient)
    g = 119**2 / (79 + 40**2)
    mean = values[inside].mean()
    added = np.append(values[80:159] - mean, 40 * (values[159] - mean)) / 119
    error = math.sqrt(added @ added / (1 - 1 / g) + values[~inside].var(ddof=1) / 80)
    assert p == pytest.approx(2 * stats.t.sf(abs(difference) / error, g - 1))


@pytest.mark.parametrize("inside", [np.zeros(40, bool), np.ones(40, bool)], ids=["none", "all"])
def test_without_a_rest_there_is_nothing_to_compare(inside: np.ndarray, make: Callable[..., Predictions]) -> None:
    values = np.tile([True, False], 20)
    for found in (
        compare_rates(values, inside, np.arange(40)),
        compare_means(values * 1.0, inside, np.arange(40)),
        compare_areas(make(values * 1, values * 1.0), inside),
    ):
        assert all(math.isnan(number) for number in found)


def test_areas_of_few_patients_are_not_tested(single: Predictions) -> None:
    inside = np.arange(single.n) < 40
    difference, p = compare_areas(single, inside)
    assert math.isfinite(difference)
    assert math.isnan(p)


def test_holm_is_statsmodels() -> None:
    rng = np.random.default_rng(5)
    for tests in (1, 2, 9, 40):
        p = np.round(rng.random(tests) ** 3, 2)  # with ties and zeros
        np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


def test_undefined_tests_are_not_of_the_family() -> None:
    np.testing.assert_allclose(holm([0.01, math.nan, 0.04]), [0.02, math.nan, 0.04])


def test_two_levels_share_their_tests() -> None:
    p = np.array([[0.01, 0.2, math.nan], [0.01, 0.2, 0.03], [math.nan, 0.5, math.nan]])
    adjusted, tests = holm_of_levels(p)
    known = [0.01, 0.2, 0.2, 0.5, 0.03]
    theirs = dict(zip(known, multipletests(known, method="holm")[1], strict=True))
    assert tests == 5
    np.testing.assert_allclose(adjusted[:2, 0], theirs[0.01])
    assert adjusted[1, 2] == pytest.approx(theirs[0.03])
    assert math.isnan(adjusted[2, 0])
