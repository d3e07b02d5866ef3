"""Rates under shift against the sweep, and their paired changes against brute force, McNemar's test and simulation."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.robustness import RATES, Variant, areas, paired_change, under_shifts, worst
from core.evaluation.estimates.bootstrap import bootstrap_by_patient
from core.evaluation.estimates.difference import apart
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep


def predictions_of(rng, n=200, per_patient=2, label=None):
    y_true = rng.integers(0, 2, n) if label is None else np.full(n, label)
    return Predictions(
        image_id=np.array([f"i{k}" for k in range(n)], dtype=object),
        patient_id=np.array([f"p{k // per_patient}" for k in range(n)], dtype=object),
        y_true=y_true,
        logit=rng.normal(2 * y_true - 1, 1.0),
    )


def change(before, after, patient):
    return paired_change(np.array(before, bool), np.array(after, bool), np.array(patient), reason="none")


VARIANTS = (Variant(), Variant(shift="blur", strength=1), Variant(shift="blur", strength=2))


@pytest.fixture
def stressed(rng=None):
    predictions = predictions_of(np.random.default_rng(1))
    logits = np.stack([predictions.logit, predictions.logit - 0.2, predictions.logit - 2])
    return predictions, logits


@pytest.mark.parametrize("threshold", [-0.3, 0.0, 99.0])
def test_rates_are_those_of_the_sweep(stressed, threshold):
    predictions, logits = stressed
    for found, row in zip(under_shifts(predictions, VARIANTS, logits, threshold), logits, strict=True):
        expected = rates(threshold_sweep(replace(predictions, logit=row)), threshold)
        for rate in RATES:
            assert found.rates[rate] == expected[rate]
            unshifted = rates(threshold_sweep(predictions), threshold)[rate]
            assert found.changes[rate].value == pytest.approx(expected[rate].value - unshifted.value, abs=1e-12)


def test_the_worst_is_the_largest_clear_fall(stressed):
    found = under_shifts(*((stressed[0], VARIANTS, stressed[1])), 0.0)
    assert worst(found, "sensitivity").variant == VARIANTS[2]
    assert worst(found, "specificity") is None, "lower scores raise specificity"
    assert worst(found[:1], "sensitivity") is None


def test_areas_are_scikit_learns(stressed):
    predictions, logits = stressed
    noisy = logits + np.random.default_rng(2).normal(size=logits.shape)
    for found, row in zip(areas(predictions, noisy), noisy, strict=True):
        assert found.value == pytest.approx(roc_auc_score(predictions.y_true, row))


@pytest.mark.parametrize("label", [0, 1])
def test_a_class_without_images_is_undefined(label):
    predictions = predictions_of(np.random.default_rng(0), label=label)
    found = under_shifts(predictions, VARIANTS[:1], predictions.logit[None], 0.0)[0]
    missing = "sensitivity" if label == 0 else "specificity"
    assert np.isnan(found.rates[missing].value) and np.isnan(found.changes[missing].value)
    assert "no" in found.changes[missing].reason


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5)), min_size=1, max_size=40))
@settings(deadline=None)
def test_value_bounds_and_symmetry(rows):
    before, after, patient = map(np.array, zip(*rows, strict=True))
    there, back = change(before, after, patient), change(after, before, patient)
    assert there.value == pytest.approx(after.mean() - before.mean())
    images = np.bincount(patient)
    if images.max() > 1 and len(rows) ** 2 / sum(images**2) < 3:
        assert math.isnan(there.low) and math.isnan(there.high)
        assert there.reason == "one patient or two have most of the images"
        return
    assert -1 <= there.low <= there.value <= there.high <= 1
    assert there.low < there.high
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


def test_nothing_turned_is_wilsons_bound_either_way():
    found = change([1] * 50, [1] * 50, range(50))
    assert (found.low, found.high) == pytest.approx((-0.0713, 0.0713), abs=1e-4)


@pytest.mark.parametrize(("lost", "gained"), [(3, 0), (5, 0), (8, 0), (12, 2), (12, 12), (40, 20), (9, 3), (6, 2)])
def test_apart_agrees_with_mcnemars_test(lost, gained):
    n = 300
    before, after = np.ones(n, bool), np.ones(n, bool)
    after[:lost] = False
    before[lost : lost + gained] = False
    p = mcnemar([[n - lost - gained, lost], [gained, 0]], exact=True).pvalue
    mid_p = p - (0 if lost == gained else _point(lost, gained))
    assert apart(change(before, after, range(n))) == (mid_p < 0.05)


def _point(a, b):
    from scipy.stats import binom

    return binom.pmf(min(a, b), a + b, 0.5)


def test_copies_of_every_image_within_its_patient_widen_hardly():
    rng = np.random.default_rng(3)
    patient = np.arange(120) // 2
    before, after = (rng.random(60) < 0.9)[patient], (rng.random(60) < 0.8)[patient]
    once = change(before, after, patient)
    thrice = change(np.repeat(before, 3), np.repeat(after, 3), np.repeat(patient, 3))
    assert once.value == thrice.value
    assert 1 <= (thrice.high - thrice.low) / (once.high - once.low) < 1.03


@pytest.mark.parametrize("images", [1, 3])
def test_limits_are_near_those_of_the_bootstrap(images):
    rng, patients = np.random.default_rng(5), 400
    patient = np.repeat(np.arange(patients), images)
    child = np.repeat(rng.normal(size=patients), images)
    score = child + rng.normal(size=len(patient))
    before, after = score > -2, score + rng.normal(-0.6, 0.5, len(patient)) > -2
    turned = np.bincount(patient, after.astype(float) - before)
    size = np.bincount(patient).astype(float)
    drawn = bootstrap_by_patient(
        lambda times: times @ turned / (times @ size),
        n_patients=patients,
        n_images=len(patient),
        n_resamples=4000,
        rng=rng,
    )
    found = change(before, after, patient)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.008)


@pytest.mark.parametrize(("patients", "images"), [(150, 1), (80, 3)])
def test_intervals_cover(patients, images):
    """Patients differ; the true change is known from a large sample of them."""

    def sample(rng, size):
        patient = np.repeat(np.arange(size), images)
        child = np.repeat(rng.normal(size=size), images)
        score = child + rng.normal(size=len(patient))
        return score > -1.5, score + rng.normal(-0.3, 0.7, len(patient)) > -1.5, patient

    before, after, _ = sample(np.random.default_rng(0), 400_000)
    truth, rng, covered, rounds = after.mean() - before.mean(), np.random.default_rng(1), 0, 1500
    for _ in range(rounds):
        found = change(*sample(rng, patients))
        covered += found.low <= truth <= found.high
    assert 0.93 <= covered / rounds <= 0.97


def test_the_changes_of_all_variants_hold_together(make):
    """Of 6 variants and 2 rates each interval is at 1 - 0.05 / 12, and where nothing but chance turns images none of
    them excludes 0 in 95 of 100 samples."""
    rng, variants = np.random.default_rng(12), [Variant(), *(Variant(shift="s", strength=k) for k in range(1, 7))]
    said, alone, rounds = 0, 0, 300
    for _ in range(rounds):
        y = np.repeat([1, 0], 80)
        own = rng.normal(3.0 * y - 1.5, 1.0)
        logits = own + np.vstack([rng.normal(size=(1, 160)), rng.normal(size=(6, 160))])
        found = under_shifts(make(y, own), variants, logits, 0.0)
        right = (logits >= 0) == (y == 1)
        single = [change(right[0, y == k], row[y == k], range(80)) for row in right[1:] for k in (1, 0)]
        alone += any(apart(one) for one in single)
        said += any(apart(one.changes[rate]) for one in found[1:] for rate in RATES)
    assert found[1].changes["sensitivity"].level == pytest.approx(1 - 0.05 / 12)
    assert single[0].level == 0.95
    assert said / rounds <= 0.05 < alone / rounds
