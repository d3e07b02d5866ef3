"""The band around the ROC curve: its levels by simulation, its limits by scipy, and what it holds."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import beta, binomtest

from benchmarks.coverage_hospitals import DISTANCE, Setting, hospitals
from core.evaluation.predictions import Predictions
from core.evaluation.roc_band import _LEVELS, roc_band
from core.evaluation.sweep import threshold_sweep


def everywhere(images):
    sweep = threshold_sweep(images)
    return sweep, roc_band(sweep, np.arange(-1, len(sweep.threshold)))


@pytest.mark.parametrize("n", [1, 3, 20, 100])
def test_limits_at_the_level_of_each_hold_all_together(n):
    """The smallest p value of n sorted uniform scores falls below the level in one sample of forty."""
    samples = 20_000
    place = np.arange(1, n + 1)
    below = beta(place, n - place + 1).cdf(np.sort(np.random.default_rng(n).random((samples, n)), axis=1))
    smallest = 2 * np.minimum(below, 1 - below).min(axis=1)
    assert (smallest < _LEVELS[n]).mean() == pytest.approx(0.025, abs=2.6 * np.sqrt(0.025 * 0.975 / samples))


def test_limits_are_those_of_clopper_and_pearson():
    rng = np.random.default_rng(3)
    ids = np.array([f"i{i}" for i in range(300)], dtype=object)
    truth = np.repeat([0, 1], [200, 100])
    sweep, limits = everywhere(Predictions(image_id=ids, patient_id=ids, y_true=truth, logit=rng.normal(truth)))
    for row in (-1, 0, 60, 150, 299):
        tp, fp = (int(np.append(counts, 0)[row]) for counts in (sweep.tp, sweep.fp))
        for rate, hits, n in (("sensitivity", tp, 100), ("specificity", 200 - fp, 200)):
            exact = binomtest(hits, n).proportion_ci(1 - _LEVELS[n], "exact")
            found = limits[[f"{rate}_low", f"{rate}_high"]].iloc[row + 1]
            assert found.tolist() == pytest.approx([exact.low, exact.high], abs=1e-9)


@pytest.mark.parametrize("most_images", [pytest.param(1, marks=pytest.mark.long), 5])
def test_true_rates_of_all_thresholds_lie_in_it_at_once(most_images):
    held = []
    for images in hospitals(Setting(n_patients=300, prevalence=0.4, most_images=most_images), 200):
        sweep, limits = everywhere(images)
        threshold = np.append(np.inf, sweep.threshold)
        truth = {"sensitivity": ndtr(DISTANCE - threshold), "specificity": ndtr(DISTANCE + threshold)}
        inside = [(limits[f"{rate}_low"] <= of) & (of <= limits[f"{rate}_high"]) for rate, of in truth.items()]
        held.append(np.all(inside))
    assert 0.90 <= np.mean(held) <= 0.99


def test_unknown_where_a_class_is_missing_or_has_too_few_patients():
    ids = np.array([f"i{i}" for i in range(8)], dtype=object)
    logit = np.arange(8.0)
    one_class = Predictions(image_id=ids, patient_id=ids, y_true=np.ones(8, dtype=int), logit=logit)
    assert everywhere(one_class)[1].isna().all(axis=None)
    two = np.array(["a", "b"] * 4, dtype=object)
    few = Predictions(image_id=ids, patient_id=two, y_true=np.repeat([0, 1], 4), logit=logit)
    assert everywhere(few)[1].isna().all(axis=None)
