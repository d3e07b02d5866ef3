from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from core.evaluation.predictions import Predictions
from core.evaluation.sweep import RATES, ThresholdSweep, threshold_sweep
from tests.core.evaluation.estimates.by_hand import size_by_hand

images = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3), st.integers(0, 5)), max_size=25)


def brute_force_size(split: Predictions, threshold: float, rate: str) -> float:
    """By its definition, in exact fractions, patient by patient."""
    called, ill = split.logit >= threshold, split.y_true == 1
    counted = {
        "sensitivity": (called, ill),
        "specificity": (~called, ~ill),
        "precision": (ill, called),
        "npv": (~ill, ~called),
        "accuracy": (called == ill, np.ones_like(ill)),
        "f1": (called & ill, called | ill),
    }
    hit, within = counted[rate]
    of_patient = [split.patient_index == number for number in range(split.n_patients)]
    x = [int((hit & within & own).sum()) for own in of_patient]
    n = [int((within & own).sum()) for own in of_patient]
    return size_by_hand(x, n)


def at_every_score(sweep: ThresholdSweep) -> dict[str, np.ndarray]:
    rows = np.arange(len(sweep.threshold))
    return {rate: sweep.effective(rate, rows) for rate in RATES}


def check(split: Predictions, sweep: ThresholdSweep, threshold: float) -> None:
    called, ill = split.logit >= threshold, split.y_true == 1
    assert sweep.counts(threshold) == (
        (called & ill).sum(),
        (called & ~ill).sum(),
        (~called & ~ill).sum(),
        (~called & ill).sum(),
    )
    for rate, size in sweep.effective_sizes(threshold).items():
        assert size == pytest.approx(brute_force_size(split, threshold, rate), rel=1e-11), rate


@settings(deadline=None)
@given(images)
def test_counts_and_effective_sizes_equal_brute_force(
    make: Callable[..., Predictions], drawn: list[tuple[int, int, int]]
) -> None:
    y_true, logit, patient = zip(*drawn, strict=True) if drawn else ((), (), ())
    split = make(y_true, logit, patient)
    sweep = threshold_sweep(split)
    assert sweep.threshold.tolist() == sorted(set(map(float, logit)), reverse=True)
    for threshold in np.arange(-4, 5, 0.5):
        check(split, sweep, threshold)


def test_counts_equal_scikit_learn_at_every_score(clustered: Predictions) -> None:
    sweep = threshold_sweep(clustered)
    for threshold in sweep.threshold[::40]:
        (tn, fp), (fn, tp) = confusion_matrix(clustered.y_true, clustered.logit >= threshold)
        assert sweep.counts(threshold) == (tp, fp, tn, fn)


def test_clustered_sizes_equal_brute_force(clustered: Predictions) -> None:
    sweep = threshold_sweep(clustered)
    for threshold in (-3.0, -0.71, 0.0, 1.5, 99.0):
        check(clustered, sweep, threshold)


def test_sizes_beside_a_patient_who_dominates_equal_brute_force(dominated: Predictions) -> None:
    sweep = threshold_sweep(dominated)
    for threshold in (-3.0, -0.71, 0.0, 1.5, 99.0):
        check(dominated, sweep, threshold)
    assert 3 < at_every_score(sweep)["specificity"].min() < 4


def test_one_image_a_patient_has_exactly_the_denominators(single: Predictions) -> None:
    sweep = threshold_sweep(single)
    called = sweep.tp + sweep.fp
    denominators = {
        "sensitivity": np.full_like(called, single.n_pos),
        "specificity": np.full_like(called, single.n_neg),
        "precision": called,
        "npv": single.n - called,
        "accuracy": np.full_like(called, single.n),
        "f1": single.n_pos + sweep.fp,
    }
    for rate, denominator in denominators.items():
        assert at_every_score(sweep)[rate].tolist() == denominator.tolist(), rate


def test_doubling_every_image_hardly_changes_effective_sizes(
    clustered: Predictions, doubled: Callable[[Predictions], Predictions]
) -> None:
    """Scores of a patient are alike: copies tell nothing, but Student's t of the images falls a little with their
    number. Where few images are counted, those of a patient may differ more than chance would have it."""
    once, twice = threshold_sweep(clustered), threshold_sweep(doubled(clustered))
    assert once.threshold.tolist() == twice.threshold.tolist()
    sizes_of_twice = at_every_score(twice)
    for rate, sizes in at_every_score(once).items():
        rows = sizes > 100
        assert rows.sum() > 300
        assert sizes_of_twice[rate][rows] == pytest.approx(sizes[rows], rel=0.03), rate


def test_products_that_32_bits_do_not_hold(make: Callable[..., Predictions]) -> None:
    """One patient's images squared are more than 2^31, beside single ones."""
    rng = np.random.default_rng(4)
    n = 70_000
    patient = np.append(np.zeros(n, dtype=int), np.arange(1, 40))
    split = make((rng.random(len(patient)) < 0.1).astype(int), rng.normal(size=len(patient)), patient)
    sweep = threshold_sweep(split)
    assert sweep.sums is not None
    assert {values.dtype.name for values in sweep.sums.products.values()} == {"int32", "int64"}
    called, ill = split.logit >= -2.0, split.y_true == 1
    both = np.bincount(split.patient_index[called & ill])
    assert sweep.sums.at(np.array([sweep.at(-2.0)])).products[0, 0] == [both @ both]
    check(split, sweep, -2.0)


def test_order_of_rows_does_not_matter(make: Callable[..., Predictions], clustered: Predictions) -> None:
    shuffled = np.random.default_rng(0).permutation(clustered.n)
    again = threshold_sweep(make(*(v[shuffled] for v in (clustered.y_true, clustered.logit, clustered.patient_index))))
    sweep = threshold_sweep(clustered)
    assert again.tp.tolist() == sweep.tp.tolist()
    rows = np.arange(-1, len(sweep.threshold))
    assert again.correlation(rows).tolist() == sweep.correlation(rows).tolist()
    for rate in RATES:
        assert again.effective(rate, rows).tolist() == sweep.effective(rate, rows).tolist(), rate


def test_at_takes_any_finite_threshold(make: Callable[..., Predictions]) -> None:
    sweep = threshold_sweep(make([1, 0, 1], [3.0, 1.0, 1.0]))
    assert [sweep.at(t) for t in (3.1, 3.0, math.nextafter(3.0, 4), 2.0, 1.0, 0.0, -1e308)] == [-1, 0, -1, 0, 1, 1, 1]
    for threshold in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="finite"):
            sweep.at(threshold)


def test_no_images(make: Callable[..., Predictions]) -> None:
    sweep = threshold_sweep(make([], []))
    assert len(sweep.threshold) == 0
    assert sweep.counts(0.0) == (0, 0, 0, 0)
    assert set(sweep.effective_sizes(0.0).values()) == {0.0}
    assert sweep.correlation_at(0.0) == 0


@pytest.mark.parametrize("name", ["single", "clustered"])
def test_arrays_are_read_only(request: pytest.FixtureRequest, name: str) -> None:
    sweep = threshold_sweep(request.getfixturevalue(name))
    assert sweep.sums is not None
    for values in (sweep.threshold, sweep.tp, sweep.fp, *sweep.sums.totals, *sweep.sums.products.values()):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0


def test_sizes_at_rows_are_those_at_their_thresholds(clustered: Predictions) -> None:
    sweep = threshold_sweep(clustered)
    rows = np.array([7, -1, 0, len(sweep.threshold) - 1, 7])
    for place, row in enumerate(rows.tolist()):
        threshold = sweep.threshold[row] if row >= 0 else sweep.threshold[0] + 1
        for rate, size in sweep.effective_sizes(threshold).items():
            assert sweep.effective(rate, rows)[place] == size, rate
        assert sweep.correlation(rows)[place] == sweep.correlation_at(threshold)


def test_a_resampled_sweep_refuses_sizes() -> None:
    sweep = ThresholdSweep(threshold=np.array([1.0]), tp=np.array([1]), fp=np.array([1]), n_pos=1, n_neg=1, sums=None)
    with pytest.raises(ValueError, match="counts alone"):
        sweep.effective_sizes(0.0)


@pytest.mark.long
def test_a_million_images(make: Callable[..., Predictions]) -> None:
    rng = np.random.default_rng(5)
    n = 1_000_000
    y_true = (rng.random(n) < 0.3).astype(int)
    split = make(y_true, rng.normal(size=n) + y_true, rng.integers(n // 3, size=n))
    begun = time.process_time()
    sweep = threshold_sweep(split)
    assert time.process_time() - begun < 10  # under half a second on one core; a quadratic way would take hours
    assert (sweep.tp[-1], sweep.fp[-1]) == (split.n_pos, split.n_neg)
    row = 300_000
    x = np.bincount(split.patient_index, weights=(split.logit >= sweep.threshold[row]) & (y_true == 1))
    p_n = np.bincount(split.patient_index, weights=y_true)
    assert sweep.effective("sensitivity", np.array([row]))[0] == pytest.approx(
        size_by_hand(x.astype(int).tolist(), p_n.astype(int).tolist()), rel=1e-10
    )
