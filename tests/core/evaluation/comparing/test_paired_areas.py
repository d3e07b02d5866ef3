"""Paired differences of areas against DeLong's published covariance, pROC, scikit-learn and resampled patients."""

from __future__ import annotations

import math
import subprocess
from dataclasses import replace
from shutil import which

import numpy as np
import pytest
from scipy.stats import norm, t
from sklearn.metrics import average_precision_score, roc_auc_score

from core.evaluation.comparing.paired_areas import (
    SAME_ORDER,
    area_p_value,
    difference_of_areas,
    difference_of_precisions,
)


def another(split, seed=5):
    """A second model of the same images, with ties of its own."""
    rng = np.random.default_rng(seed)
    return replace(split, logit=np.round(0.7 * split.logit + 0.9 * rng.normal(size=split.n), 1))


def delong(y_true, one, other):
    """Difference and variance by DeLong, DeLong and Clarke-Pearson (1988): placements of every pair of images."""
    placed = []
    for scores in (one, other):
        pos, neg = scores[y_true == 1], scores[y_true == 0]
        wins = (pos[:, None] > neg) + 0.5 * (pos[:, None] == neg)
        placed.append((wins.mean(axis=1), wins.mean(axis=0)))
    of_pos, of_neg = (np.cov(placed[0][side], placed[1][side]) for side in (0, 1))
    covariance = of_pos / (y_true == 1).sum() + of_neg / (y_true == 0).sum()
    contrast = np.array([1, -1])
    return placed[0][0].mean() - placed[1][0].mean(), float(contrast @ covariance @ contrast)


def test_one_image_a_patient_is_delong(single):
    other = another(single)
    found, p = difference_of_areas(single, other)
    value, variance = delong(single.y_true, single.logit, other.logit)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert (found.low, found.high) == pytest.approx(norm.interval(0.95, value, math.sqrt(variance)), abs=1e-12)
    assert p == pytest.approx(2 * norm.sf(abs(value) / math.sqrt(variance)), rel=1e-9)
    assert found.method == "paired DeLong"


@pytest.mark.skipif(which("Rscript") is None, reason="R is not installed")
def test_one_image_a_patient_is_proc(single, tmp_path):
    other = another(single)
    rows = np.column_stack([single.y_true, single.logit, other.logit])
    np.savetxt(tmp_path / "rows.csv", rows, delimiter=",", fmt="%.17g")
    script = (
        f'if (!requireNamespace("pROC", quietly=TRUE)) quit(status=9); d <- read.csv("{tmp_path}/rows.csv", header=F);'
        'of <- function(x) pROC::roc(d$V1, x, direction="<", quiet=TRUE);'
        'r <- pROC::roc.test(of(d$V2), of(d$V3), method="delong", paired=TRUE);'
        'cat(sprintf("%.12g %.12g %.12g", r$p.value, r$conf.int[1], r$conf.int[2]))'
    )
    done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, timeout=120)
    if done.returncode == 9:
        pytest.skip("pROC is not installed")
    found, p = difference_of_areas(single, other)
    assert (p, found.low, found.high) == pytest.approx([float(x) for x in done.stdout.split()], rel=1e-8)


def test_clusters_are_obuchowski_corrected_for_few_patients(clustered):
    other, m = another(clustered), clustered.n_patients
    found, p = difference_of_areas(clustered, other)
    positive = clustered.y_true == 1
    pos, neg = np.flatnonzero(positive), np.flatnonzero(~positive)
    wins = [
        (own.logit[pos][:, None] > own.logit[neg]) + 0.5 * (own.logit[pos][:, None] == own.logit[neg])
        for own in (clustered, other)
    ]
    gap = wins[0] - wins[1]
    value = gap.mean()
    added, own, g = [], [], []
    for rows, placed in ((pos, gap.mean(axis=1)), (neg, gap.mean(axis=0))):
        of_patient = np.zeros(m)
        for row, place in zip(rows, placed, strict=True):
            of_patient[clustered.patient_index[row]] += (place - value) / len(rows)
        images = np.bincount(clustered.patient_index[rows])
        g.append(images.sum() ** 2 / (images**2).sum())
        added.append(of_patient)
        own.append(max((of_patient**2).sum() * g[-1] / (g[-1] - 1), placed.var(ddof=1) / len(rows)))
    variance = sum(own) + max(2 * m / (m - 1) * float(added[0] @ added[1]), 0)
    freedom = sum(own) ** 2 / sum(part**2 / (count - 1) for part, count in zip(own, g, strict=True))
    half = t.ppf(0.975, freedom) * math.sqrt(variance)
    assert (found.value, found.low, found.high) == pytest.approx((value, value - half, value + half), abs=1e-12)
    assert p == pytest.approx(2 * t.sf(abs(value) / math.sqrt(variance), freedom), rel=1e-9)


@pytest.mark.parametrize("name", [pytest.param("single", marks=pytest.mark.long), "clustered"])
def test_standard_errors_are_those_of_resampled_patients(request, name):
    """The half widths by 1.96, against 400 resamples of whole patients judged by scikit-learn."""
    split = request.getfixturevalue(name)
    other, rng = another(split), np.random.default_rng(0)
    rows_of = [np.flatnonzero(split.patient_index == i) for i in range(split.n_patients)]
    drawn = []
    for _ in range(400):
        rows = np.concatenate([rows_of[i] for i in rng.integers(split.n_patients, size=split.n_patients)])
        y = split.y_true[rows]
        drawn.append(
            [
                measure(y, split.logit[rows]) - measure(y, other.logit[rows])
                for measure in (roc_auc_score, average_precision_score)
            ]
        )
    errors = np.std(drawn, axis=0)
    for found, error in zip(
        (difference_of_areas(split, other)[0], difference_of_precisions(split, other)), errors, strict=True
    ):
        assert (found.high - found.low) / 2 / 1.96 == pytest.approx(error, rel=0.12)


def test_average_precision_is_scikit_learns(clustered):
    other = another(clustered)
    values = [average_precision_score(own.y_true, own.logit) for own in (clustered, other)]
    assert difference_of_precisions(clustered, other).value == pytest.approx(values[0] - values[1], abs=1e-12)


@pytest.mark.parametrize("name", ["single", "clustered", "dominated"])
def test_swapping_flips_every_sign(request, name):
    split = request.getfixturevalue(name)
    other = another(split)
    for measure in (lambda a, b: difference_of_areas(a, b)[0], difference_of_precisions):
        one, back = measure(split, other), measure(other, split)
        assert (back.value, back.low, back.high) == (-one.value, -one.high, -one.low)
    assert difference_of_areas(split, other)[1] == difference_of_areas(other, split)[1]


def test_the_same_order_is_no_difference_without_an_interval(single):
    stretched = replace(single, logit=3 * single.logit + 1)
    for found in (difference_of_areas(single, stretched)[0], difference_of_precisions(single, stretched)):
        assert (found.value, found.reason) == (0.0, SAME_ORDER)
        assert math.isnan(found.low)
    assert math.isnan(difference_of_areas(single, stretched)[1])


def test_two_perfect_orders_may_still_differ(make):
    """Wilson's bound of 0 of the 8 patients of the smaller class either way: z^2 / (8 + z^2)."""
    y = np.array([0] * 12 + [1] * 8)
    one, other = make(y, np.arange(20.0)), make(y, np.r_[np.arange(12.0)[::-1], np.arange(12.0, 20.0)])
    bound = norm.ppf(0.975) ** 2 / (8 + norm.ppf(0.975) ** 2)
    for found in (difference_of_areas(one, other)[0], difference_of_precisions(one, other)):
        assert (found.value, found.low, found.high) == pytest.approx((0, -bound, bound))


def test_one_class_and_few_patients(make, dominated):
    one = make([1, 1, 1], [0.0, 1.0, 2.0])
    assert math.isnan(difference_of_areas(one, one)[0].value)
    assert math.isnan(difference_of_precisions(one, one).value)
    few = make([1, 1, 0, 0] * 2, [0.0, 1.0, 2.0, 0.5, 3.0, 1.5, 2.5, 4.0], [0] * 4 + [1] * 4)
    found, p = difference_of_areas(few, another(few))
    assert math.isnan(found.low)
    assert "of a class" in found.reason
    assert math.isnan(p)


def test_independent_sets_are_tested_by_both_variances(single):
    other = another(single)
    value, variance = 0.0, 0.0
    for sign, own in ((1, single), (-1, other)):
        pos, neg = own.logit[own.y_true == 1], own.logit[own.y_true == 0]
        wins = (pos[:, None] > neg) + 0.5 * (pos[:, None] == neg)
        value += sign * wins.mean()
        variance += wins.mean(axis=1).var(ddof=1) / len(pos) + wins.mean(axis=0).var(ddof=1) / len(neg)
    assert area_p_value([single, other]) == pytest.approx(2 * norm.sf(abs(value) / math.sqrt(variance)))
