"""Effective sizes against exact fractions, and what one image a patient leaves as it was."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, t

from core.evaluation.estimates.clusters import (
    clustered_wilson,
    effective_size,
    few_clusters,
    kish,
    largest_share,
    size_of_share,
    worth_of_many,
)
from core.evaluation.estimates.intervals import FEW_CLUSTERS, wilson
from tests.core.evaluation.estimates.by_hand import patients_that_count, size_by_hand


def sizes_of(x: list[int], n: list[int]) -> float:
    return size_of_share(np.array(x), np.array(n))


patients = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=30)


@given(patients)
def test_effective_size_equals_exact_fractions(drawn: list[tuple[int, int]]) -> None:
    x, n = [hits for hits, _ in drawn], [hits + rest for hits, rest in drawn]
    assert sizes_of(x, n) == pytest.approx(size_by_hand(x, n), rel=1e-11)


@given(patients, st.integers(1, 3000))
def test_a_patient_who_dominates(drawn: list[tuple[int, int]], many: int) -> None:
    x, n = [many // 3] + [hits for hits, _ in drawn], [many] + [hits + rest for hits, rest in drawn]
    assert sizes_of(x, n) == pytest.approx(size_by_hand(x, n), rel=1e-11)


@pytest.mark.parametrize("images", [pytest.param(4, marks=pytest.mark.long), 1000, 100_000])
def test_effective_size_of_a_million_images(images: int) -> None:
    """However a million images fall on patients, also where the sums pass what int64 holds."""
    rng = np.random.default_rng(images)
    n = np.full(1_000_000 // images, images)
    for x in (rng.binomial(n, 0.001), rng.binomial(n, 0.5), n * rng.integers(0, 2, len(n))):
        assert sizes_of(x.tolist(), n.tolist()) == pytest.approx(size_by_hand(x.tolist(), n.tolist()), rel=1e-9)


def test_effective_size_of_one_image_a_patient_is_exactly_n() -> None:
    for n in (1, 2, 3, 624, 1_000_000):
        for x in (0, 1, n // 3, n):
            assert sizes_of([1] * x + [0] * (n - x), [1] * n) == n


@given(st.integers(1, 400), st.floats(0, 1))
def test_one_image_a_patient_is_scipys_wilson(n: int, share: float) -> None:
    x = round(share * n)
    found = clustered_wilson(np.arange(n) < x, np.ones(n), reason="")
    expected = binomtest(x, n).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-13)


def test_where_a_patients_images_agree_the_size_is_below_the_number_of_patients() -> None:
    """Five patients, of whom two are right: s^2 divides by 4 rather than 5, and t has 4 degrees of freedom."""
    wider = t.ppf(0.975, 4) / t.ppf(0.975, 19)
    assert sizes_of([4, 4, 0, 0, 0], [4] * 5) == pytest.approx(20 / (4 * (19 / 20) / (4 / 5)) / wider**2)
    assert sizes_of([4] * 5, [4] * 5) == 5


def test_patients_who_agree_more_than_chance_are_worth_no_more_than_their_images() -> None:
    """Each has the same share, so that the sum of squares is 0."""
    g = 12**2 / (2**2 + 4**2 + 6**2)
    assert sizes_of([1, 2, 3], [2, 4, 6]) == 0 and g < 3
    n = np.array([2, 4, 6] * 2)
    assert size_of_share(n // 2, n) == pytest.approx(24 * (t.ppf(0.975, 23) / t.ppf(0.975, 2 * g - 1)) ** 2)
    images = np.random.default_rng(0).integers(1, 50, 100_000)  # in floats the sum is not quite 0
    assert size_of_share(3 * images, 7 * images) == pytest.approx(7 * images.sum(), rel=1e-4)


def test_rows_of_a_sweep_are_what_they_are_alone() -> None:
    """Rows of one image a patient, of several, of a dominating one and of none, side by side."""
    x, n = [[1, 0, 1], [3, 0, 1], [40, 1, 0], [2, 2, 2]], [[1, 1, 1], [4, 1, 2], [90, 1, 1], [3, 3, 3]]
    hits, images = np.array(x), np.array(n)
    sums = (values.sum(axis=1) for values in (hits, images, hits**2, hits * images, images**2))
    by_hand = [size_by_hand(*pair) for pair in zip(x, n, strict=True)]
    assert effective_size(*sums) == pytest.approx(by_hand, rel=1e-12)


def test_kish() -> None:
    for images in ([1, 1, 1], [4, 4, 4, 0], [90, 1, 1], [1]):
        assert kish(np.array(images)) == pytest.approx(float(patients_that_count(images)), rel=1e-15)
    assert kish(np.array([], dtype=np.int64)) == 0
    assert [few_clusters(np.array(images)) for images in ([1], [1, 1], [2, 2], [2, 2, 2], [9, 1, 1, 1])] == [
        False,
        False,
        True,
        False,
        True,
    ]


def test_largest_share() -> None:
    assert [largest_share(np.array(images, dtype=np.int64)) for images in ([3, 9, 0], [1] * 4, [0], [])] == [
        0.75,
        0,
        0,
        0,
    ]


@pytest.mark.parametrize("images", [[3, 9, 1, 1, 2, 2], [2, 2, 2], [1] * 7, [90, 1, 1]])
def test_worth_of_many_is_what_the_floor_leaves_of_the_images(images: list[int]) -> None:
    """Where every patient has nearly the same share, the variance is that of single images."""
    g, n = float(patients_that_count(images)), sum(images)
    expected = (t.ppf(0.975, n - 1) / t.ppf(0.975, g - 1)) ** 2 if g >= 3 else 0
    assert worth_of_many(np.array(images)) == pytest.approx(expected, rel=1e-12)
    if max(images) > 1:
        assert size_of_share(np.array(images), 2 * np.array(images)) == pytest.approx(
            2 * n * worth_of_many(2 * np.array(images))
        )


def test_clustered_wilson() -> None:
    assert clustered_wilson(np.array([1, 0, 1]), np.array([1, 1, 1]), reason="").high == wilson(2 / 3, 3)[1]
    x, n = np.array([1, 0, 2, 2, 0]), np.array([2, 1, 2, 3, 1])
    found = clustered_wilson(x, n, reason="")
    assert (found.low, found.high) == pytest.approx(wilson(5 / 9, size_by_hand(x.tolist(), n.tolist())), abs=1e-12)
    assert clustered_wilson(np.array([]), np.array([]), reason="nobody").reason == "nobody"


@pytest.mark.parametrize("x", [0, 30, 90])
def test_a_patient_with_nearly_all_images_leaves_the_value_alone(x: int) -> None:
    found = clustered_wilson(np.array([x, 0, 0]), np.array([90, 1, 1]), reason="")
    assert found.value == x / 92
    assert math.isnan(found.low) and math.isnan(found.high)
    assert found.reason == FEW_CLUSTERS == "one patient or two have most of the images"


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=30))
def test_copies_of_every_image_never_narrow_where_a_patients_images_agree(drawn: list[tuple[bool, int]]) -> None:
    """They tell nothing new; the little that they widen is what Student's t of so many images is narrower."""
    n = np.array([images for _, images in drawn])
    x = n * np.array([hit for hit, _ in drawn])
    once, twice = size_of_share(x, n), size_of_share(2 * x, 2 * n)
    assert twice <= once * (1 + 1e-12)
    if len(n) >= 30 and kish(n) >= 20:
        assert twice >= 0.85 * once
