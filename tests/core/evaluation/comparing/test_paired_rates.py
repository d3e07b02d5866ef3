"""Paired differences of rates against statsmodels, loops over patients and resampled patients."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2
from statsmodels.stats.contingency_tables import mcnemar

from core.evaluation.comparing.paired_rates import (
    Worth,
    difference_of_predictive_values,
    difference_of_shares,
    difference_of_worth,
    discordant,
)
from core.evaluation.estimates.intervals import FEW_CLUSTERS

AT = Worth(prevalence=0.2, alarms_a_miss=4.0)


def decisions(split, seed=8):
    rng = np.random.default_rng(seed)
    return split.logit >= 0.2, 0.7 * split.logit + 0.8 * rng.normal(size=split.n) >= 0.1


def test_one_image_a_patient_is_mcnemar(single):
    a, b = decisions(single)
    right = [own == (single.y_true == 1) for own in (a, b)]
    table = [
        [np.sum(right[0] & right[1]), np.sum(right[0] & ~right[1])],
        [np.sum(~right[0] & right[1]), np.sum(~right[0] & ~right[1])],
    ]
    found = discordant(single, a, b)
    assert found.p == pytest.approx(mcnemar(table, exact=False, correction=False).pvalue, rel=1e-9)
    assert (found.only_a, found.only_b) == (table[0][1], table[1][0])
    assert found.patients == found.only_a + found.only_b


def test_clusters_are_durkalskis(clustered):
    a, b = decisions(clustered)
    right = [own == (clustered.y_true == 1) for own in (a, b)]
    shares = []
    for patient in range(clustered.n_patients):
        rows = clustered.patient_index == patient
        one, other = np.sum(right[0] & ~right[1] & rows), np.sum(right[1] & ~right[0] & rows)
        shares.append((one - other) / rows.sum())
    statistic = sum(shares) ** 2 / sum(share**2 for share in shares)
    assert discordant(clustered, a, b).p == pytest.approx(chi2.sf(statistic, 1), rel=1e-9)


def test_no_test_where_nobody_differs(single):
    a, _ = decisions(single)
    found = discordant(single, a, a)
    assert (found.only_a, found.only_b, found.patients) == (0, 0, 0)
    assert math.isnan(found.p)


def figures(y, a, b):
    """The differences of sensitivity, specificity, PPV, NPV and net benefit by counting."""
    out = []
    for own in (a, b):
        tp, fp, fn, tn = np.sum(own & y), np.sum(own & ~y), np.sum(~own & y), np.sum(~own & ~y)
        sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
        worth = AT.prevalence * sensitivity - (1 - AT.prevalence) * (1 - specificity) / 4
        out.append([sensitivity, specificity, tp / (tp + fp), tn / (tn + fn), worth])
    return np.subtract(*out)


def ours(split, a, b):
    return [
        *(difference_of_shares(split, a, b, label) for label in (1, 0)),
        *(difference_of_predictive_values(split, a, b, label) for label in (1, 0)),
        difference_of_worth(split, a, b, AT),
    ]


@pytest.mark.parametrize("name", ["single", "clustered"])
def test_values_are_counts_and_widths_those_of_resampled_patients(request, name):
    split = request.getfixturevalue(name)
    (a, b), y, rng = decisions(split), split.y_true == 1, np.random.default_rng(0)
    found = ours(split, a, b)
    assert [one.value for one in found] == pytest.approx(figures(y, a, b))
    rows_of = [np.flatnonzero(split.patient_index == i) for i in range(split.n_patients)]
    drawn = []
    for _ in range(500):
        rows = np.concatenate([rows_of[i] for i in rng.integers(split.n_patients, size=split.n_patients)])
        drawn.append(figures(y[rows], a[rows], b[rows]))
    for one, error in zip(found, np.std(drawn, axis=0), strict=True):
        assert (one.high - one.low) / 2 / 1.96 == pytest.approx(error, rel=0.15)


@pytest.mark.parametrize("name", ["single", "clustered", "dominated"])
def test_swapping_flips_every_sign(request, name):
    split = request.getfixturevalue(name)
    a, b = decisions(split)
    for one, back in zip(ours(split, a, b), ours(split, b, a), strict=True):
        assert (back.value, back.low, back.high) == (-one.value, -one.high, -one.low)


def test_predictive_values_are_the_sum_that_their_limits_come_from(single):
    """Two decisions with the same two false alarms: what was not seen to differ is not known to be the same."""
    order = np.argsort(-single.logit)
    negative = [row for row in order if not single.y_true[row]][:2]
    positive = [row for row in order if single.y_true[row]]
    a, b = np.zeros(single.n, dtype=bool), np.zeros(single.n, dtype=bool)
    a[negative + positive[:90]] = b[negative + positive[:100]] = True
    found = difference_of_predictive_values(single, a, b, 1)
    assert found.value == pytest.approx(90 / 92 - 100 / 102)
    assert found.high - found.low > 0.02


@pytest.mark.parametrize("few", ["of what is called", "of a class"])
@pytest.mark.parametrize("label", [1, 0])
def test_predictive_values_have_no_limits_below_a_kish_number_of_3(make, few, label):
    """One patient has 8 of the 9 images that are called so, or 8 of the 9 of the class."""
    patient = np.append(np.arange(40), np.full(8, 40))
    most, half, first = patient == 40, np.arange(48) % 2 == 0, patient == 0
    called, right = (most, half) if few == "of what is called" else (half, most)
    called, right = called | first, right | first
    split = make(np.where(right, label, 1 - label), np.zeros(48), patient)
    a, b = (own == (label == 1) for own in (called, called ^ (patient == 1)))
    found = difference_of_predictive_values(split, a, b, label)
    assert not math.isnan(found.value)
    assert (math.isnan(found.low), math.isnan(found.high), found.reason) == (True, True, FEW_CLUSTERS)


def test_undefined_without_calls_and_without_limits_of_one_class(single, make):
    a, _ = decisions(single)
    nothing = np.zeros(single.n, dtype=bool)
    found = difference_of_predictive_values(single, a, nothing, 1)
    assert math.isnan(found.value)
    assert found.reason == "one of the two calls no image positive"
    one = make([1, 1, 1], [0.0, 1.0, 2.0])
    found = difference_of_predictive_values(one, np.array([True, True, False]), np.array([True, False, False]), 1)
    assert (found.value, found.reason) == (0.0, "one class has no images")
    assert math.isnan(difference_of_shares(one, one.logit > 0, one.logit > 1, 0).value)
