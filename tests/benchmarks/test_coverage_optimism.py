"""A small run of the judging of validation's rates at the thresholds that it chose."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import coverage_optimism
from benchmarks.coverage_hospitals import Setting, hospitals, true_sensitivity
from core.evaluation.choosing.operating_point import choose_youden
from core.evaluation.sweep import threshold_sweep

SETTING = Setting(n_patients=100, prevalence=0.3, most_images=1)


@pytest.fixture(scope="module")
def table():
    return coverage_optimism.optimisms([SETTING], 150, n_resamples=10)


def test_what_is_too_good_is_the_plain_rate_less_the_true_one(table):
    gaps = []
    for split in hospitals(SETTING, 150):
        threshold = choose_youden(threshold_sweep(split)).threshold
        gaps.append((split.logit[split.y_true == 1] >= threshold).mean() - true_sensitivity(threshold))
    row = table.set_index(["rule", "rate"]).loc[("Youden", "sensitivity")]
    assert row["too good"] == pytest.approx(np.mean(gaps), abs=1e-12)
    assert row["left"] == pytest.approx(row["too good"] - row["found"], abs=1e-12)


def test_the_bootstrap_finds_part_of_what_is_too_good(table):
    assert len(table) == 8
    sensitivity = table[table["rate"] == "sensitivity"]
    assert (sensitivity["too good"] > 0.02).all()
    assert (sensitivity["found"] > 0.3 * sensitivity["too good"]).all()
    assert (sensitivity["left"] < 0.8 * sensitivity["too good"]).all()
    assert table[["plain", "corrected"]].min(axis=None) > 0.8


def test_settings_are_brought_together_by_size_rule_and_rate(table):
    both = pd.concat([table, table.assign(prevalence=0.5, **{"too good": 0.0, "plain": 0.5})], ignore_index=True)
    one, (row, *_) = coverage_optimism.by_rule(table).iloc[0], coverage_optimism.by_rule(both).to_dict("records")
    assert len(coverage_optimism.by_rule(both)) == 8
    assert row["too good"] == pytest.approx(one["too good"] / 2)
    assert row["±"] == pytest.approx(one["±"] / np.sqrt(2))
    assert row["plain, min"] == 50
    shares = coverage_optimism.found_of_all(table).set_index("rate")["found of all"]
    own = table[table["rate"] == "sensitivity"]
    assert shares["sensitivity"] == pytest.approx(100 * own["found"].sum() / own["too good"].sum())
    report = coverage_optimism.report_optimism(both)
    assert report.count("Youden") == 2
    assert coverage_optimism.report_optimism(both, every_cell=True).count("Youden") == 2 + 4
