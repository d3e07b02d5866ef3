from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.choosing.every_floor import confidence_of_each, next_floor
from core.evaluation.choosing.guarantee import Guarantee, NotGuaranteed, choose_guaranteed, floor_tests, lower_bound
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep

Make = Callable[..., Predictions]
images = st.lists(st.tuples(st.integers(0, 1), st.integers(-6, 6), st.integers(0, 25)), min_size=1, max_size=60)
ASKED = ({"sensitivity": "0.6"}, {"specificity": "0.7"}, {"sensitivity": "0.5", "specificity": "0.55"})


def passes(hits: int, patients: int, floor: str, confidence: float) -> bool:
    return bool(binomtest(hits, patients, float(floor), alternative="greater").pvalue <= 1 - confidence)


def brute_force(split: Predictions, floors: dict[str, str], confidence: float) -> float | None:
    """Test by test from the most lenient threshold of each floor, stopping at the first that fails."""
    chosen = one_image_a_patient(split)
    label, logit = split.y_true[chosen], split.logit[chosen]
    scores = sorted(set(split.logit))
    own = 1 - (1 - confidence) / len(floors)
    allowed = set(scores)
    for rate, floor in floors.items():
        of_class = logit[label == (rate == "sensitivity")]
        sequence, passed = (scores if rate == "sensitivity" else scores[::-1]), set()
        for score in sequence:
            hits = int(np.sum(of_class >= score) if rate == "sensitivity" else np.sum(of_class < score))
            if not passes(hits, len(of_class), floor, own):
                break
            passed.add(score)
        allowed &= passed

    def merit(score: float) -> tuple[Fraction, Fraction]:
        called = split.logit >= score
        sens = Fraction(int(np.sum(called & (split.y_true == 1))), split.n_pos)
        spec = Fraction(int(np.sum(~called & (split.y_true == 0))), split.n_neg)
        if len(floors) == 2:
            return sens + spec, sens
        return (spec, sens) if "sensitivity" in floors else (sens, spec)

    return max(allowed, key=merit) if allowed else None


@settings(deadline=None, max_examples=60)
@given(images, st.sampled_from(ASKED), st.sampled_from([0.8, 0.95]))
def test_equals_test_by_test(
    make: Make, drawn: list[tuple[int, int, int]], floors: dict[str, str], confidence: float
) -> None:
    split = make(*zip(*drawn, strict=True))
    found = choose_guaranteed(split, threshold_sweep(split), floors, confidence=confidence)
    if not (split.n_pos and split.n_neg):
        assert isinstance(found, NotGuaranteed)
        assert found.sizes == ()
        return
    expected = brute_force(split, floors, confidence)
    assert (found.point.threshold if isinstance(found, Guarantee) else None) == expected


@pytest.mark.parametrize(
    "floors", [{"sensitivity": "0.90"}, {"specificity": "0.85"}, {"sensitivity": "0.72", "specificity": "0.66"}]
)
def test_equals_test_by_test_on_a_larger_split(clustered: Predictions, floors: dict[str, str]) -> None:
    found = choose_guaranteed(clustered, threshold_sweep(clustered), floors)
    assert isinstance(found, Guarantee)
    assert found.point.threshold == brute_force(clustered, floors, 0.95)
    for evidence in found.floors:
        assert evidence.confidence == pytest.approx(1 - 0.05 / len(floors))
        assert evidence.bound >= float(evidence.floor)
        low, _ = proportion_confint(
            evidence.hits, evidence.patients, alpha=2 * (1 - evidence.confidence), method="beta"
        )
        assert evidence.bound == pytest.approx(low)


@pytest.mark.parametrize(("hits", "patients"), [(0, 5), (1, 5), (5, 5), (97, 100), (59, 59), (4700, 5000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.975])
def test_lower_bound_is_clopper_and_pearsons(hits: int, patients: int, confidence: float) -> None:
    expected = binomtest(hits, patients, alternative="greater").proportion_ci(confidence, "exact").low
    assert lower_bound(np.array([hits]), patients, confidence) == pytest.approx(expected)


def test_bound_and_test_agree_at_every_score(clustered: Predictions) -> None:
    (tests,) = floor_tests(clustered, threshold_sweep(clustered), {"sensitivity": "0.9"}, confidence=0.95)
    assert np.array_equal(tests.passes, lower_bound(tests.hits, tests.patients, tests.confidence) >= 0.9)
    assert tests.passes.any()
    assert not tests.passes.all()


def test_nothing_guarantees_certainty(single: Predictions) -> None:
    found = choose_guaranteed(single, threshold_sweep(single), {"sensitivity": "1"})
    assert isinstance(found, NotGuaranteed)
    assert found.sizes == ()
    assert "no number of such patients" in found.reason


def test_too_few_says_how_many_would_do(make: Make) -> None:
    split = make([1] * 58 + [0] * 3, [1.0] * 58 + [0.0] * 3)
    found = choose_guaranteed(split, threshold_sweep(split), {"sensitivity": "0.95"})
    assert isinstance(found, NotGuaranteed)
    assert found.reason == (
        "not possible with 58 positive patients. The fewest possible are 59, if every one is called rightly, as all "
        "are here"
    )
    one_more = make([1] * 59 + [0] * 3, [1.0] * 59 + [0.0] * 3)
    assert isinstance(choose_guaranteed(one_more, threshold_sweep(one_more), {"sensitivity": "0.95"}), Guarantee)


def test_two_floors_have_sizes_of_both_classes(make: Make) -> None:
    split = make([1] * 200 + [0] * 50, [1.0] * 200 + [0.0] * 50)
    found = choose_guaranteed(split, threshold_sweep(split), {"sensitivity": "0.95", "specificity": "0.95"})
    assert isinstance(found, NotGuaranteed)
    assert found.reason.startswith("not possible with 200 positive patients and 50 negative patients. The fewest")
    assert [(size.rate, size.fewest, size.for_power["0.90"]) for size in found.sizes] == [
        ("sensitivity", 72, 72),
        ("specificity", 72, 72),
    ]


def test_too_few_have_sizes_at_the_rate_of_the_closest_threshold(make: Make) -> None:
    """107 of 110 well lie below every ill patient's score: 0.973, which 530 patients guarantee with 80 % power."""
    split = make([1] * 20 + [0] * 110, [1.0] * 20 + [0.0] * 107 + [2.0] * 3)
    found = choose_guaranteed(split, threshold_sweep(split), {"specificity": "0.95"})
    assert isinstance(found, NotGuaranteed)
    (size,) = found.sizes
    assert (size.hits, size.patients, size.fewest, size.for_power["0.80"]) == (107, 110, 59, 530)


def test_floor_that_is_not_reached_by_the_best_is_hopeless(make: Make) -> None:
    split = make([1] * 30 + [0] * 30, [0.0] * 60)
    found = choose_guaranteed(split, threshold_sweep(split), {"specificity": "0.6"})
    assert isinstance(found, NotGuaranteed)
    assert "specificity is 0 of 30 patients (0.000)" in found.reason
    assert "has power to guarantee specificity of at least 0.6, as the observed rate does not exceed it" in found.reason


def closest_by_hand(split: Predictions, floors: dict[str, str]) -> dict[str, int]:
    """Hits where validation would have to grow least by z^2 f (1 - f) / (p - f)^2, or else falls short by least."""

    def at(score: float) -> tuple[dict[str, int], list[Fraction], list[Fraction]]:
        hits = {
            "sensitivity": int(np.sum(split.logit[split.y_true == 1] >= score)),
            "specificity": int(np.sum(split.logit[split.y_true == 0] < score)),
        }
        sizes = {"sensitivity": split.n_pos, "specificity": split.n_neg}
        above = [Fraction(hits[rate], sizes[rate]) - Fraction(floor) for rate, floor in floors.items()]
        spread = [Fraction(floor) * (1 - Fraction(floor)) / sizes[rate] for rate, floor in floors.items()]
        return {rate: hits[rate] for rate in floors}, above, spread

    rows = [at(score) for score in sorted(set(split.logit), reverse=True)]
    hopeful = [row for row in rows if min(row[1]) > 0]
    if hopeful:
        return min(hopeful, key=lambda row: max(s / a**2 for a, s in zip(row[1], row[2], strict=True)))[0]
    return max(rows, key=lambda row: min(row[1]))[0]


@pytest.mark.parametrize(
    ("floors", "hopeful"),
    [
        ({"sensitivity": "0.93"}, True),
        # Of these two another threshold has more room above both floors, but needs more patients.
        ({"sensitivity": "0.80", "specificity": "0.45"}, True),
        ({"sensitivity": "0.60", "specificity": "0.85"}, True),
        ({"sensitivity": "0.97", "specificity": "0.90"}, False),
    ],
)
def test_evidence_is_of_the_threshold_that_comes_closest(make: Make, floors: dict[str, str], hopeful: bool) -> None:
    rng = np.random.default_rng(5)
    y_true = np.repeat([1, 0], [30, 20])
    split = make(y_true, np.round(rng.normal(size=50) + 1.6 * y_true, 1))
    found = choose_guaranteed(split, threshold_sweep(split), floors)
    assert isinstance(found, NotGuaranteed)
    assert bool(found.sizes) == hopeful
    assert {one.rate: one.hits for one in found.floors} == closest_by_hand(split, floors)


def test_no_images_have_no_guarantee(make: Make) -> None:
    split = make([], [])
    found = choose_guaranteed(split, threshold_sweep(split), {"sensitivity": "0.9"})
    assert isinstance(found, NotGuaranteed)
    assert found.reason == "validation has no images"


@pytest.mark.parametrize("floor", ["0.5", "0.72", "0.857"])
def test_floors_tried_freely_are_tested_with_their_own_confidence(clustered: Predictions, floor: str) -> None:
    sweep = threshold_sweep(clustered)
    found = choose_guaranteed(clustered, sweep, {"sensitivity": floor}, every_floor=True)
    assert isinstance(found, Guarantee)
    (evidence,) = found.floors
    own = confidence_of_each(evidence.patients, 0.95)
    assert (evidence.floor, evidence.confidence) == (next_floor(floor), own)
    assert found.confidence == 0.95
    assert found.point.threshold == brute_force(clustered, {"sensitivity": next_floor(floor)}, own)
    assert found.point.rule.endswith(f"at 95 % confidence for every floor at once, sensitivity of at least {floor}")


def test_floors_tried_freely_end_below_certainty(clustered: Predictions) -> None:
    found = choose_guaranteed(clustered, threshold_sweep(clustered), {"sensitivity": "0.995"}, every_floor=True)
    assert isinstance(found, NotGuaranteed)
    assert found.reason == "floors to try freely end at 0.99"


def test_two_floors_tried_freely_share_the_error(clustered: Predictions) -> None:
    floors = {"sensitivity": "0.70", "specificity": "0.60"}
    for test in floor_tests(clustered, threshold_sweep(clustered), floors, confidence=0.95, every_floor=True):
        assert test.confidence == confidence_of_each(test.patients, 0.975)
