"""Sets without labels: counts by hand, the paper's iteration, and simulated sets that keep what was expected."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.comparing.prior_shift import inferred_prevalence
from core.evaluation.comparing.unlabelled import (
    ASSUMED,
    NOT_EXPLAINED,
    called_positive,
    expected_calls,
    prevalence_of_scores,
)
from core.evaluation.sweep import threshold_sweep

LOGIT = np.array([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0, -0.5, 0.2])


def labelled(make, right=(90, 80), n=(100, 100)):
    """A set whose sensitivity and specificity at 0 are ``right`` of ``n``."""
    (tp, tn), (ill, well) = right, n
    score = np.r_[np.where(np.arange(ill) < tp, 1.0, -1.0), np.where(np.arange(well) < tn, -1.0, 1.0)]
    return make(np.r_[np.ones(ill, dtype=int), np.zeros(well, dtype=int)], score)


def test_share_is_wilsons_of_the_images_at_or_above():
    found = called_positive(LOGIT, np.arange(8), 0.2)
    assert (found.images, found.patients, found.called, found.size) == (8, 8, 4, 8)
    low, high = proportion_confint(4, 8, method="wilson")
    assert (found.share.value, found.share.low, found.share.high) == pytest.approx((0.5, low, high), abs=1e-12)


def test_images_of_one_patient_are_one():
    """Each of 40 patients with three images alike: the interval is nearly that of 40."""
    score = np.repeat(np.where(np.arange(40) < 12, 1.0, -1.0), 3)
    found = called_positive(score, np.repeat(np.arange(40), 3), 0.0)
    assert (found.images, found.patients, found.called) == (120, 40, 36)
    low, high = proportion_confint(12, 40, method="wilson")
    assert (found.share.low, found.share.high) == pytest.approx((low, high), abs=0.01)


def test_per_day_is_of_calendar_days_with_a_known_date():
    dates = np.array(["2024-03-01"] * 3 + ["2024-03-04"] * 3 + ["NaT"] * 2, dtype="datetime64[D]")
    found = called_positive(LOGIT, np.arange(8), 0.2, dates)
    assert (found.days, found.undated) == (4, 2)
    low, high = proportion_confint(3, 6, method="wilson")
    assert (found.per_day.value, found.per_day.low, found.per_day.high) == pytest.approx(
        (3 / 4, low * 6 / 4, high * 6 / 4), abs=1e-12
    )
    minutes = dates[:6].astype("datetime64[m]") + np.timedelta64(90, "m")
    assert called_positive(LOGIT[:6], np.arange(6), 0.2, minutes).days == 4


def test_what_is_missing_has_a_reason():
    assert called_positive(LOGIT, np.arange(8), 0.0).per_day.reason == "no image has a date"
    empty = called_positive(np.zeros(0), np.zeros(0, dtype=np.int64), 0.0, np.zeros(0, dtype="datetime64[D]"))
    assert (empty.share.reason, empty.per_day.reason, empty.images) == ("no images", "no image has a date", 0)
    one_patient = called_positive(LOGIT, np.zeros(8, dtype=np.int64), 0.0)
    assert one_patient.share.reason == "one patient or two have most of the images"
    assert one_patient.size == 0


def test_expected_share_by_hand(make):
    """0.1 · 0.9 + 0.9 · 0.2 = 0.27, by square-and-add of both rates' own limits."""
    found = expected_calls(threshold_sweep(labelled(make)), 0.0, 0.1, size=400)
    assert found.share.value == pytest.approx(0.27)
    (sens_low, sens_high), (spec_low, spec_high) = (proportion_confint(x, 100, method="wilson") for x in (90, 80))
    low = 0.27 - math.hypot(0.1 * (0.9 - sens_low), 0.9 * (spec_high - 0.8))
    high = 0.27 + math.hypot(0.1 * (sens_high - 0.9), 0.9 * (0.8 - spec_low))
    assert (found.share.low, found.share.high) == pytest.approx((low, high), abs=1e-12)
    fewest, most = binom.ppf([0.025, 0.975], 400, 0.27) / 400
    assert found.in_set.value == found.share.value
    assert found.in_set.low == pytest.approx(0.27 - math.hypot(0.27 - low, 0.27 - fewest), abs=1e-12)
    assert found.in_set.high == pytest.approx(0.27 + math.hypot(high - 0.27, most - 0.27), abs=1e-12)
    assert not found.differs(0.27) and found.differs(0.01) and found.differs(0.6)


def test_expectations_that_do_not_exist(make):
    one_class = threshold_sweep(make([1, 1, 1], [0.0, 1.0, 2.0]))
    found = expected_calls(one_class, 0.5, 0.2, size=50)
    assert found.in_set.reason == found.share.reason == "one class has no images"
    assert not found.differs(0.9)
    no_size = expected_calls(threshold_sweep(labelled(make)), 0.0, 0.2, size=0)
    assert math.isnan(no_size.in_set.low) and no_size.in_set.value == pytest.approx(0.34)
    with pytest.raises(ValueError, match="between 0 and 1"):
        expected_calls(one_class, 0.0, 1.2, size=10)


cells = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(cells, cells, st.floats(0, 1), st.integers(1, 3000))
def test_limits_of_a_set_hold_those_of_the_share_and_narrow_with_size(make, positive, negative, prevalence, size):
    (tp, fn), (tn, fp) = positive, negative
    sweep = threshold_sweep(labelled(make, (tp, tn), (tp + fn + 1, tn + fp + 1)))
    found = expected_calls(sweep, 0.0, prevalence, size=size)
    assert 0 <= found.in_set.low <= found.share.low + 1e-12
    assert found.share.high - 1e-12 <= found.in_set.high <= 1
    # Binomial quantiles move in steps of one image.
    larger = expected_calls(sweep, 0.0, prevalence, size=4 * size).in_set
    assert larger.high - larger.low <= found.in_set.high - found.in_set.low + 2 / size


@pytest.mark.parametrize(
    ("labels", "size", "rates", "prevalence"),
    [((60, 60), 300, (0.9, 0.85), 0.2), ((200, 200), 100, (0.95, 0.97), 0.05), ((400, 400), 2000, (0.9, 0.9), 0.3)],
)
def test_a_set_keeps_what_was_expected_in_95_percent(make, labels, size, rates, prevalence):
    """600 labelled sets, each with a new set; three standard errors of 95 % are 2.7 percentage points. Without the
    uncertainty of both rates, the limits of the counts alone hold far fewer."""
    rng, kept, alone = np.random.default_rng(size), 0, 0
    share = prevalence * rates[0] + (1 - prevalence) * (1 - rates[1])
    for _ in range(600):
        tp, tn = rng.binomial(labels, rates).tolist()
        sweep = threshold_sweep(labelled(make, (tp, tn), labels))
        found = expected_calls(sweep, 0.0, prevalence, size=size)
        called = int(rng.binomial(size, share))
        kept += not found.differs(called / size)
        fewest, most = binom.ppf([0.025, 0.975], size, found.share.value)
        alone += fewest <= called <= most
    assert 0.923 <= kept / 600 <= 0.995
    assert alone < kept
    assert binomtest(alone, 600, 0.95, alternative="less").pvalue < 0.05 or size < 200


@pytest.fixture
def pair(make):
    """Scores that are the log odds at a prevalence of 0.3, and a set with 0.6 of the same scores."""
    rng = np.random.default_rng(3)

    def draw(n, prevalence):
        y = (rng.random(n) < prevalence).astype(int)
        return make(y, 2 * rng.normal(2 * y, 1.0) - 2 + math.log(0.3 / 0.7), np.arange(n) // 2)

    return draw(1200, 0.3), draw(700, 0.6)


def inferred(validation, logit, patient):
    return prevalence_of_scores(
        validation, threshold_sweep(validation), logit, patient, temperature=1.0, threshold=0.0, n_resamples=200
    )


def test_inferred_prevalence_needs_no_labels(pair):
    validation, test = pair
    found = inferred(validation, test.logit, test.patient_index)
    assert found.prevalence == inferred_prevalence(validation, test, 1.0, n_resamples=200).test
    assert found.prevalence.low < 0.6 < found.prevalence.high
    assert (found.explained, found.warning) == (True, ASSUMED)


def test_scores_that_moved_are_not_explained_by_a_prevalence(pair):
    """Scores drawn to both ends: as many are called positive as no mixture of validation's classes would."""
    validation, test = pair
    middle = np.where(np.abs(test.logit) < 2, 0.1, test.logit)
    found = inferred(validation, middle, test.patient_index)
    assert not found.explained
    assert found.warning == f"{ASSUMED}; {NOT_EXPLAINED}"


def test_nothing_is_inferred_from_no_images_or_one_class(pair, make):
    validation, test = pair
    assert inferred(validation, np.zeros(0), np.zeros(0, dtype=np.int64)).warning == "there are no images"
    one_class = make([1, 1], [0.0, 1.0])
    found = inferred(one_class, test.logit, test.patient_index)
    assert math.isnan(found.prevalence.value)
    assert found.warning == "validation lacks a class"
