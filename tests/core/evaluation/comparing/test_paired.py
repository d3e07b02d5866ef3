"""Two models side by side: every figure, the swap, a model and itself, other images, and Holm over pairs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from statsmodels.stats.multitest import multipletests

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.paired import ALARMS_A_MISS, RATES, SAME, Model, Worth, compare, every_pair
from core.evaluation.comparing.set_figures import set_figures
from core.evaluation.estimates.intervals import newcombe_difference
from core.evaluation.sweep import threshold_sweep

FIGURES = {"auroc", "auprc", "brier", "slope", "net_benefit", *RATES}


def model(split, seed=None, threshold=0.3, temperature=0.8):
    if seed is not None:
        rng = np.random.default_rng(seed)
        split = replace(split, logit=0.8 * split.logit + 0.7 * rng.normal(size=split.n))
    return Model(predictions=split, threshold=threshold, temperature=temperature)


def limits(difference):
    return difference.value, difference.low, difference.high


@pytest.mark.parametrize("name", ["single", "clustered"])
def test_both_figures_are_those_of_each_alone_and_the_difference_lies_between_its_limits(request, name):
    a, b = model(request.getfixturevalue(name)), model(request.getfixturevalue(name), seed=4, threshold=0.1)
    found = compare(a, b)
    assert set(found.figures) == FIGURES
    for side, own in (("a", a), ("b", b)):
        alone = set_figures(own.predictions, own.temperature) | rates(threshold_sweep(own.predictions), own.threshold)
        for figure in FIGURES - {"net_benefit"}:
            assert getattr(found.figures[figure], side).value == pytest.approx(alone[figure].value, abs=1e-12), figure
    for figure, one in found.figures.items():
        assert one.difference.value == pytest.approx(one.a.value - one.b.value, abs=1e-12), figure
        assert one.difference.low < one.difference.value < one.difference.high, figure
    assert found.worth == Worth(a.predictions.n_pos / a.predictions.n, ALARMS_A_MISS)
    assert found.figures["net_benefit"].a.value == pytest.approx(
        (
            np.sum(a.predictions.y_true * (a.predictions.logit >= 0.3))
            - np.sum((1 - a.predictions.y_true) * (a.predictions.logit >= 0.3)) / 10
        )
        / a.predictions.n
    )


def test_brier_and_slope_are_linearised_by_patient(clustered):
    """The difference of two means is the mean of the differences: a t interval of patients of equal size by scipy."""
    a, b = model(clustered), model(clustered, seed=4, temperature=1.1)
    y = clustered.y_true
    losses = [np.square(expit(own.predictions.logit / own.temperature) - y) for own in (a, b)]
    found = compare(a, b).figures["brier"].difference
    assert found.value == pytest.approx(np.mean(losses[0] - losses[1]))
    sums = np.bincount(clustered.patient_index, weights=losses[0] - losses[1] - found.value)
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(math.sqrt(float(sums @ sums)) / clustered.n, rel=0.05)


@pytest.mark.parametrize("name", ["single", "clustered", "dominated"])
def test_swapping_flips_every_sign_exactly(request, name):
    split = request.getfixturevalue(name)
    a, b = model(split), model(split, seed=4, threshold=0.1, temperature=1.3)
    order = np.random.default_rng(0).permutation(split.n)
    shuffled = replace(
        b.predictions,
        image_id=split.image_id[order],
        patient_id=split.patient_id[order],
        y_true=split.y_true[order],
        logit=b.predictions.logit[order],
        subgroups={},
    )
    b = replace(b, predictions=shuffled)
    there, back = compare(a, b), compare(b, a)
    for figure in FIGURES:
        one, other = there.figures[figure], back.figures[figure]
        value, low, high = limits(one.difference)
        assert limits(other.difference) == (-value, -high, -low), figure
        assert (limits(one.a), limits(one.b)) == (limits(other.b), limits(other.a))
        assert one.p == other.p or math.isnan(one.p)
    assert (there.mcnemar.only_a, there.mcnemar.p) == (back.mcnemar.only_b, back.mcnemar.p)


def test_a_model_and_itself_are_0_and_not_defined(clustered):
    found = compare(model(clustered), model(clustered))
    for figure, one in found.figures.items():
        assert (one.difference.value, one.difference.reason) == (0.0, SAME), figure
        assert math.isnan(one.difference.low)
        assert math.isnan(one.p)
    assert (found.mcnemar.only_a, found.mcnemar.only_b) == (0, 0)
    assert math.isnan(found.mcnemar.p)


def test_only_common_images_are_compared(single):
    half = np.arange(single.n) < single.n // 2
    part = replace(
        single,
        image_id=single.image_id[half],
        patient_id=single.patient_id[half],
        y_true=single.y_true[half],
        logit=single.logit[half],
    )
    found = compare(model(single), model(part, seed=4))
    assert found.n == (half.sum(), half.sum())
    assert found.pairs.only_a == single.n - half.sum()
    assert found.figures["auroc"].a.value == compare(model(part), model(part)).figures["auroc"].a.value


def test_other_images_are_compared_as_independent_sets(single, clustered):
    other = replace(clustered, image_id=np.array([f"other {i}" for i in clustered.image_id], dtype=object))
    found = compare(model(single), model(other))
    assert (found.pairs, found.mcnemar) == (None, None)
    assert found.n == (single.n, other.n)
    for figure, one in found.figures.items():
        assert limits(one.difference) == limits(newcombe_difference(one.a, one.b)), figure
    assert 0 <= found.figures["auroc"].p <= 1


def test_what_is_not_known_says_why(single):
    without = Model(predictions=single, threshold=None, no_threshold="nothing is locked")
    found = compare(model(single), without)
    assert found.mcnemar is None
    for name in (*RATES, "net_benefit"):
        assert found.figures[name].difference.reason == "nothing is locked"
    for name in ("brier", "slope"):
        assert "temperature" in found.figures[name].difference.reason
    assert not math.isnan(found.figures["auroc"].difference.value)


def test_holm_over_all_pairs_is_statsmodels(clustered):
    models = {"one": model(clustered), "two": model(clustered, seed=4), "three": model(clustered, seed=5)}
    found = every_pair(models)
    assert list(found) == [("one", "two"), ("one", "three"), ("two", "three")]
    p = [comparison.figures["auroc"].p for comparison, _ in found.values()]
    assert [adjusted for _, adjusted in found.values()] == pytest.approx(multipletests(p, method="holm")[1])


def test_images_of_another_truth_in_each_are_never_compared_as_if_they_were_others(single):
    """All of them, and all but one of each class: what is left is compared paired, or nothing is."""
    turned = replace(single, y_true=1 - single.y_true)
    found = compare(model(single), model(turned, seed=4))
    assert (found.n, len(found.pairs.differing)) == ((0, 0), single.n)
    assert all(math.isnan(one.difference.value) and one.difference.reason for one in found.figures.values())
    assert (found.mcnemar.only_a, found.mcnemar.only_b) == (0, 0)
    kept = [int(np.flatnonzero(single.y_true == label)[0]) for label in (0, 1)]
    y_true = 1 - single.y_true
    y_true[kept] = single.y_true[kept]
    found = compare(model(single), model(replace(single, y_true=y_true), seed=4))
    assert (found.n, sorted(found.pairs.a.image_id)) == ((2, 2), sorted(single.image_id[kept]))
