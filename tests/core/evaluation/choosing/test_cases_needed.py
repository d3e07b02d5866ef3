"""How many cases: closed forms against scipy, order statistics against the fixed sequence, draws against hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from core.evaluation.choosing.cases_needed import (
    allowed_misses,
    certainty_table,
    guaranteed_threshold,
    repeated_draws,
    sample_sizes,
    spread,
)
from core.evaluation.choosing.guarantee import Guarantee, choose_guaranteed
from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.sweep import threshold_sweep
from tests.core.evaluation.conftest import _make


def bound(hits, cases):
    return binomtest(hits, cases, alternative="greater").proportion_ci(0.95, "exact").low


@pytest.mark.parametrize("floor", ["0.80", "0.95"])
def test_allowed_misses_are_the_most_whose_bound_passes(floor):
    cases = np.array([5, 13, 14, 40, 59, 93, 200])
    for n, misses in zip(cases.tolist(), allowed_misses(cases, floor).tolist(), strict=True):
        if misses >= 0:
            assert bound(n - misses, n) >= float(floor)
        if misses < n - 1:
            assert bound(n - misses - 1, n) < float(floor)


images = st.lists(st.tuples(st.integers(0, 1), st.integers(-5, 5), st.integers(0, 20)), min_size=1, max_size=60)


@given(images, st.sampled_from(["sensitivity", "specificity"]), st.sampled_from(["0.50", "0.70", "0.90"]))
def test_order_statistics_give_the_threshold_of_the_fixed_sequence(drawn, rate, floor):
    y, logit, patient = (np.array(column) for column in zip(*drawn, strict=True))
    split = _make(y, logit.astype(float), patient)
    alone = np.zeros(split.n, dtype=bool)
    alone[one_image_a_patient(split)] = True
    found = guaranteed_threshold(split.y_true, split.logit, alone, floor=(rate, floor))
    expected = choose_guaranteed(split, threshold_sweep(split), {rate: floor})
    assert found == expected.point.threshold if isinstance(expected, Guarantee) else math.isnan(found)


def test_guarantee_fails_in_at_most_one_of_twenty_sites():
    """1,000 sites; the true sensitivity at the threshold found is known from the normal distribution."""
    from scipy.stats import norm

    rng, broken, found = np.random.default_rng(8), 0, 0
    y = np.repeat([0, 1], [40, 70])
    for _ in range(1000):
        logit = rng.normal(1.5 * y)
        threshold = guaranteed_threshold(y, logit, np.ones(110, dtype=bool), floor=("sensitivity", "0.90"))
        found += not math.isnan(threshold)
        broken += norm.sf(threshold, 1.5) < 0.9
    assert found == 1000
    assert broken <= 50 + 3 * math.sqrt(1000 * 0.05 * 0.95)


def test_draws_are_evaluated_on_the_patients_that_were_not_drawn(clustered):
    drawn = repeated_draws(clustered, 0.2, floor=("sensitivity", "0.80"), sizes=(100, 300), draws=5, seed=3)
    assert drawn.groupby("patients").size().to_dict() == {100: 5, 300: 5}
    rng = np.random.default_rng(3)
    for row in drawn.itertuples():
        chosen = rng.choice(clustered.n_patients, row.patients, replace=False, shuffle=False)
        mine = np.isin(clustered.patient_index, chosen)
        rest = _make(clustered.y_true[~mine], clustered.logit[~mine], clustered.patient_index[~mine])
        sweep = threshold_sweep(rest)
        for prefix, threshold in (("", row.threshold), ("unadapted_", 0.2)):
            expected = rates(sweep, threshold)
            for rate in ("sensitivity", "specificity"):
                assert getattr(row, prefix + rate) == pytest.approx(expected[rate].value)
    assert sample_sizes(clustered)[-1] <= 400


def test_spread_is_of_the_samples_that_gave_a_threshold(single):
    drawn = repeated_draws(single, 0.0, floor=("sensitivity", "0.90"), sizes=(10, 200), draws=30)
    table = spread(drawn, "sensitivity").set_index("patients")
    assert table.loc[10, "draws"] == 0
    assert math.isnan(table.loc[10, "middle"])
    own = drawn[drawn["patients"] == 200]["sensitivity"].dropna()
    assert table.loc[200, "draws"] == len(own) > 0
    assert table.loc[200, "low"] == pytest.approx(own.quantile(0.05))
    assert table.loc[200, "low"] <= table.loc[200, "middle"] <= table.loc[200, "high"]


def test_more_cases_are_more_certain():
    table = certainty_table(0.4, 0.9, 0.8, ("sensitivity", "0.95"))
    assert (table["positives"] + table["negatives"] == table["patients"]).all()
    assert (np.diff(table["sensitivity_width"]) < 0).all()
    assert (np.diff(table["best_floor"]) > 0).all()
    row = table[table["patients"] == 200].iloc[0]
    ends = binomtest(72, 80).proportion_ci(0.95, "wilson")
    assert row["sensitivity_width"] == pytest.approx(ends.high - ends.low)
    assert row["best_floor"] == pytest.approx(bound(80, 80))
    assert row["misses"] == 0
    assert table.iloc[0]["misses"] == -1
    assert row["power"] == pytest.approx(0.9**80)
    assert table.iloc[0]["power"] == 0


def test_without_a_class_no_floor_of_it():
    table = certainty_table(0.0, math.nan, 0.8, ("sensitivity", "0.95"))
    assert table["best_floor"].isna().all()
    assert table["sensitivity_width"].isna().all()
    assert table["power"].isna().all()
    assert (table["misses"] == -1).all()


@pytest.mark.parametrize("rate", ["sensitivity", "specificity"])
def test_patients_of_one_class_alone_guarantee_nothing(rate):
    own = np.full(100, rate == "sensitivity", dtype=np.int8)
    found = guaranteed_threshold(own, np.linspace(-1, 1, 100), np.ones(100, dtype=bool), floor=(rate, "0.5"))
    assert math.isnan(found)
