"""The truth that intervals are judged by, against one huge hospital, and a small run of the judging."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks import coverage_hospitals, coverage_intervals, coverage_paired
from benchmarks.coverage_truth import AUROC, Population
from core.evaluation.calibration.change import ERRORS, calibration_changes
from core.evaluation.calibration.probability import fit_temperature
from core.evaluation.choosing.operating_point import OperatingPoint, choose_operating_points, rates
from core.evaluation.sweep import threshold_sweep

PREVALENCE = 0.3


@pytest.fixture(scope="module")
def huge():
    return coverage_hospitals.hospital(np.random.default_rng(1), 200_000, PREVALENCE, 1)


def test_rates_areas_and_thresholds(huge):
    truth, sweep = Population(PREVALENCE), threshold_sweep(huge)
    for rate, estimate in rates(sweep, 0.5).items():
        assert truth.rates(0.5)[rate] == pytest.approx(estimate.value, rel=0.03), rate
    assert roc_auc_score(huge.y_true, huge.logit) == pytest.approx(AUROC, abs=0.001)
    assert average_precision_score(huge.y_true, huge.logit) == pytest.approx(truth.average_precision, abs=0.002)
    for point in choose_operating_points(sweep):
        assert isinstance(point, OperatingPoint)
        assert point.threshold == pytest.approx(truth.chosen(point.name), abs=0.15), point.name


def test_calibration(huge):
    truth = Population(PREVALENCE)
    found = calibration_changes(huge, temperature=0.5)
    for measure, change in found.items():
        tolerance = 0.002 if measure in ERRORS else 0.06
        assert truth.calibration(1.0)[measure] == pytest.approx(change.before.value, abs=tolerance), measure
        assert truth.calibration(0.5)[measure] == pytest.approx(change.after.value, abs=tolerance), measure
    assert fit_temperature(huge).temperature.value == pytest.approx(truth.temperature, abs=0.01)


@pytest.fixture(scope="module")
def table():
    setting = coverage_hospitals.Setting(n_patients=400, prevalence=0.5, most_images=3)
    return coverage_intervals.coverage_of_intervals([setting], 60, n_resamples=100)


@pytest.mark.long
def test_intervals_cover_about_as_often_as_they_say(table):
    judged = table[table["met"] & ~table["chosen"]]
    assert len(judged) > 20
    assert judged["coverage"].mean() == pytest.approx(0.95, abs=0.03)
    assert (judged["coverage"] > 0.8).all()
    of_perfect = table[(table["kind"] == "ece") & (table["where"] == "of true probabilities")]
    assert (of_perfect["coverage"] > 0.93).all()  # an error of 0 is an end, which only one-sided limits reach
    assert not of_perfect["met"].any()


def test_paired_intervals_cover_about_as_often_as_they_say():
    """A short form of ``coverage.py --only paired``; the truth of both models is that of one huge hospital."""
    setting = coverage_hospitals.Setting(n_patients=400, prevalence=0.5, most_images=3)
    table = coverage_intervals.coverage_of_pairs([setting], 30)
    assert len(table) == 23
    judged = table[table["met"]]
    assert judged["coverage"].mean() == pytest.approx(0.95, abs=0.04)
    assert (judged["coverage"] > 0.75).all()


def test_true_differences_are_those_of_one_huge_hospital():
    rng = np.random.default_rng(2)
    y = (rng.random(400_000) < PREVALENCE).astype(int)
    side = 2 * y - 1
    seen = []
    for distance in (coverage_hospitals.DISTANCE, coverage_paired.WEAKER):
        score = side * distance + rng.normal(size=len(y))
        called = score >= 0.5
        seen.append(
            {
                "auroc": roc_auc_score(y, score),
                "auprc": average_precision_score(y, score),
                "sensitivity": called[y == 1].mean(),
                "specificity": (~called[y == 0]).mean(),
                "precision": y[called].mean(),
                "npv": 1 - y[~called].mean(),
                "brier": np.square(expit(score / coverage_paired.TEMPERATURE) - y).mean(),
            }
        )
    truth = coverage_paired.true_differences(0.5, PREVALENCE)
    for name, value in seen[0].items():
        assert truth[name] == pytest.approx(value - seen[1][name], abs=0.004), name


def test_report_names_what_leaves_the_range():
    row = {"where": "", "chosen": False, "met": True, "patients": 60, "prevalence": 0.3, "images": "1", "defined": 400}
    rows = [row | {"kind": kind, "coverage": share, "±": 0.02} for kind, share in (("good", 0.92), ("bad", 0.9))]
    table = pd.DataFrame([*rows, row | {"kind": "elsewhere", "met": False, "coverage": 0.5, "±": 0.02}])
    assert coverage_intervals.beyond(table)["kind"].tolist() == ["bad"]
    by_kind = coverage_intervals.by_kind(table)
    assert by_kind.loc["elsewhere", "elsewhere"] == 0.5
    assert math.isnan(by_kind.loc["good", "elsewhere"])
    assert "beyond Monte Carlo error: 1 of 2" in coverage_intervals.report(table)
