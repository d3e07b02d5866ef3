"""PPV and NPV at a prevalence against the paper's formulas written out and by simulation."""

import math

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from core.evaluation.estimates.predictive_values import predictive_values


def written_out(tp, fn, fp, tn, p, adjusted):
    """Equations of Mercaldo, Lau and Zhou (2007), section 2.2, in counts; limits only."""
    z = norm.ppf(0.975)
    add = z**2 / 2 if adjusted else 0
    tp, fn, fp, tn = (cell + add for cell in (tp, fn, fp, tn))
    n1, n0 = tp + fn, fp + tn
    se, sp = tp / n1, tn / n0
    ppv = logit(p * se / (p * se + (1 - p) * (1 - sp)))
    npv = logit((1 - p) * sp / (p * (1 - se) + (1 - p) * sp))
    spread_p = np.sqrt((1 - se) / se / n1 + sp / (1 - sp) / n0)
    spread_n = np.sqrt(se / (1 - se) / n1 + (1 - sp) / sp / n0)
    return [expit(ppv + z * side * spread_p) for side in (-1, 1)], [
        expit(npv + z * side * spread_n) for side in (-1, 1)
    ]


@pytest.mark.parametrize("cells", [(240, 178, 87, 288), (1, 99, 30, 70), (58, 2, 3, 57), (9_000, 1_000, 10, 5)])
@pytest.mark.parametrize("p", [0.001, 0.03, 0.5, 0.98])
def test_limits_are_the_papers(cells, p):
    tp, fn, fp, tn = cells
    ppv, npv = predictive_values(tp / (tp + fn), tn / (tn + fp), tp + fn, fp + tn, p, correlation=0.0)
    expected = written_out(tp, fn, fp, tn, p, adjusted=False)
    assert [(e.low, e.high) for e in (ppv, npv)] == [pytest.approx(tuple(limits), rel=1e-9) for limits in expected]
    assert ppv.value == pytest.approx(p * tp / (tp + fn) / (p * tp / (tp + fn) + (1 - p) * fp / (fp + tn)))
    assert "adjusted" not in ppv.method


@pytest.mark.parametrize("cells", [(60, 0, 5, 55), (55, 5, 0, 60), (60, 0, 0, 60), (0, 60, 3, 57)])
def test_with_an_empty_cell_limits_are_the_adjusted_ones_and_hold_the_value(cells):
    tp, fn, fp, tn = cells
    found = predictive_values(tp / (tp + fn), tn / (tn + fp), tp + fn, fp + tn, 0.1, correlation=0.0)
    for estimate, (low, high) in zip(found, written_out(tp, fn, fp, tn, 0.1, adjusted=True), strict=True):
        assert estimate.low == pytest.approx(min(low, estimate.value))
        assert estimate.high == pytest.approx(max(high, estimate.value))
        assert "adjusted" in estimate.method
        assert estimate.high - estimate.low > 0.005


def test_apoe_as_published():
    """The paper's example: 240 of 418 and 288 of 375 at a prevalence of 0.03."""
    ppv, npv = predictive_values(240 / 418, 288 / 375, 418, 375, 0.03, correlation=0.0)
    assert [round(x, 3) for x in (ppv.value, ppv.low, ppv.high)] == [0.071, 0.059, 0.086]
    assert [round(x, 3) for x in (npv.value, npv.low, npv.high)] == [0.983, 0.981, 0.985]


@pytest.mark.parametrize(
    ("se", "sp", "n1", "n0", "p"),
    [(0.9, 0.8, 60, 60, 0.05), (0.95, 0.9, 390, 234, 0.3), (0.8, 0.95, 150, 250, 0.62), (0.97, 0.97, 200, 200, 0.02)],
)
def test_intervals_cover(se, sp, n1, n0, p):
    rng = np.random.default_rng(4)
    truth = p * se / (p * se + (1 - p) * (1 - sp)), (1 - p) * sp / ((1 - p) * sp + p * (1 - se))
    drawn = zip(rng.binomial(n1, se, 4000) / n1, rng.binomial(n0, sp, 4000) / n0, strict=True)
    found = [predictive_values(a, b, n1, n0, p, correlation=0.0) for a, b in drawn]
    for place in (0, 1):
        covered = np.mean([pair[place].low <= truth[place] <= pair[place].high for pair in found])
        assert 0.935 <= covered <= 0.975, covered


def test_at_the_splits_own_prevalence_values_are_the_plain_ones():
    ppv, npv = predictive_values(90 / 100, 160 / 200, 100, 200, 1 / 3, correlation=0.0)
    assert ppv.value == pytest.approx(90 / 130)
    assert npv.value == pytest.approx(160 / 170)


def test_undefined_says_why():
    for found in predictive_values(math.nan, 0.9, 0, 50, 0.1, correlation=0.0):
        assert math.isnan(found.value) and "one class" in found.reason
    ppv, npv = predictive_values(0.0, 1.0, 30, 30, 0.1, correlation=0.0)
    assert math.isnan(ppv.value) and "called positive" in ppv.reason
    assert npv.value == pytest.approx(0.9)
    assert "called negative" in predictive_values(1.0, 0.0, 30, 30, 0.1, correlation=0.0)[1].reason


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, math.nan])
def test_a_prevalence_lies_between_0_and_1(p):
    with pytest.raises(ValueError, match="strictly between"):
        predictive_values(0.9, 0.9, 50, 50, p, correlation=0.0)


def test_a_rare_disease_by_hand():
    """Of 1,000 children 50 are ill: 45 found, 190 falsely alarmed; 5 missed, 760 rightly sent home."""
    ppv, npv = predictive_values(0.9, 0.8, 60, 40, 0.05, correlation=0.0)
    assert ppv.value == pytest.approx(45 / 235)
    assert npv.value == pytest.approx(760 / 765)


def test_negative_is_positive_of_the_other_class():
    """Classes exchanged: rates, sizes and the prevalence change places, and so do PPV and NPV."""
    ppv, npv = predictive_values(0.9, 0.7, 60, 40, 0.2, correlation=0.0)
    other_ppv, other_npv = predictive_values(0.7, 0.9, 40, 60, 0.8, correlation=0.0)
    assert (ppv.value, ppv.low, ppv.high) == pytest.approx((other_npv.value, other_npv.low, other_npv.high))
    assert (npv.value, npv.low, npv.high) == pytest.approx((other_ppv.value, other_ppv.low, other_ppv.high))
