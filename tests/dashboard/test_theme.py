from datetime import datetime, timedelta, timezone

import pytest

from core.evaluation.estimates.intervals import Estimate
from dashboard import theme

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "text"), [(0.9494, "0.949"), (0.0, "0.000"), (1.0, "1.000"), (NAN, "—"), (float("inf"), "—")]
)
def test_rate(value, text):
    assert theme.rate(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0625, "0.063"), (0.0005, "0.001"), (0.9375, "0.938"), (0.4375, "0.438")]
)
def test_halves_are_rounded_up_as_in_a_browser(value, text):
    assert theme.rate(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0521, "0.0521"),
        (9.996, "10.0"),
        (12.345, "12.3"),
        (99.96, "100"),
        (999.6, "1,000"),
        (1e30, ">999,999"),
        (0.0, "0.00"),
        (0.00123, "0.00123"),
        (1e-25, "<0.0001"),
        (NAN, "—"),
        (float("inf"), "∞"),
    ],
)
def test_likelihood_ratios_have_three_significant_digits(value, text):
    assert theme.ratio(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.0123, "+0.012"), (-0.5421, "\N{MINUS SIGN}0.542"), (NAN, "—")])
def test_signed(value, text):
    assert theme.signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.37125, "0.3713"), (1e-9, "<0.0001"), (0.99999999, ">0.9999"), (0.0, "0.0000"), (1.0, "1.0000"), (NAN, "—")],
)
def test_probability_is_never_rounded_to_a_certainty(value, text):
    assert theme.probability(value) == text


def test_interval():
    assert theme.interval(Estimate(value=0.9, low=0.8, high=0.95, method="")) == "0.800 to 0.950"
    assert theme.interval(Estimate.undefined("no images")) == ""
    assert theme.interval(Estimate.without_interval(0.9, "one patient")) == "no interval"
    assert theme.limits(2.1, float("inf"), theme.ratio) == "2.10 or more"


@pytest.mark.parametrize(
    ("found", "written"),
    [
        ((0.0, -0.1, 0.1), ("+0.000", "−0.100 to +0.100")),
        ((0.02, 0.0004, 0.0396), ("+0.0200", "+0.0004 to +0.0396")),
        ((-0.00061, -0.0012, -0.00002), ("−0.00061", "−0.00120 to −0.00002")),
        ((0.0, -1e-18, 0.1), ("+0.000", "−0.000 to +0.100")),
        ((NAN, NAN, NAN), ("—", "")),
        ((-0.02, NAN, NAN), ("−0.020", "no interval")),
    ],
)
def test_a_limit_of_a_difference_looks_like_0_only_where_it_is(found, written):
    value, low, high = found
    assert theme.difference(Estimate(value=value, low=low, high=high, method="")) == written


def test_a_logit_is_shown_in_four_decimals_and_told_to_its_last_digit_with_a_true_minus():
    assert theme.logit(-1.6013342142105103) == "−1.6013"
    assert theme.logit_in_full(-1.6013342142105103) == "−1.6013342142105103"
    assert theme.logit_in_full(1e-7) == "1e−07"


def test_a_negative_ratio_has_a_true_minus():
    assert [theme.ratio(value) for value in (-12.345, -0.00001, -2e6)] == ["−12.3", ">−0.0001", "<−999,999"]


@pytest.mark.parametrize(
    ("real", "alarms", "said"),
    [
        (46, 231, "Of 10 alarms, 2 are real (46 of 231)."),
        (1, 10, "Of 10 alarms, 1 is real (1 of 10)."),
        (0, 7, "Of 10 alarms, 0 are real (0 of 7)."),
        (7, 7, "Of 10 alarms, 10 are real (7 of 7)."),
        (98, 100, "Of 100 alarms, 98 are real (98 of 100)."),
        (3, 1_000, "Of 1,000 alarms, 3 are real (3 of 1,000)."),
        (99_999, 100_000, "Of 100,000 alarms, 99,999 are real (99,999 of 100,000)."),
        (0, 0, "Nobody is called positive, so there is no alarm."),
    ],
)
def test_alarms_in_words_never_make_a_certainty_of_what_is_none(real, alarms, said):
    assert theme.alarms_in_words(real, alarms) == said


def test_a_prevalence_that_was_set_keeps_its_digits():
    assert [theme.prevalence(value) for value in (0.123456, 0.3, 0.00001)] == ["12.346 %", "30 %", "0.001 %"]


def test_two_rates_are_written_in_as_many_decimals_as_they_differ_by():
    assert theme.told_apart(0.92, 0.9) == ("0.920", "0.900")
    assert theme.told_apart(0.89996, 0.9) == ("0.89996", "0.90000")
    assert theme.told_apart(0.9, 0.9) == ("0.900", "0.900")


def test_counts():
    assert theme.count(1234567) == "1,234,567"
    assert theme.counted(1, "patient") == "1 patient"
    assert theme.counted(0, "patient") == "0 patients"


def test_times_are_utc():
    assert theme.moment("2026-03-03T01:30:00+02:00") == "2 Mar 2026, 23:30 UTC"
    assert theme.day(datetime(2026, 3, 3, 1, tzinfo=timezone(timedelta(hours=2)))) == "2 Mar 2026"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.71, "71 %"),
        (0.009, "0.9 %"),
        (0.992, "99.2 %"),
        (0.0004, "<0.1 %"),
        (0.99999, ">99.9 %"),
        (NAN, "—"),
    ],
)
def test_percent_never_rounds_to_a_certainty(value, shown):
    assert theme.percent(value) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0.8, 0.9, "80 to 90 %"),
        (0, 0.1, "0 to 10 %"),
        (0.9, 1, "90 to 100 %"),
        (0.2, 0.2333, "20 to 23 %"),
        (0.979, 0.9957, "97.9 to 99.6 %"),
        (0.99941, 0.99976, "99.94 to 99.98 %"),
        (0, 0.00004, "0 to 0.004 %"),
    ],
)
def test_percent_range_keeps_its_ends_apart(low, high, shown):
    assert theme.percent_range(low, high) == shown


def test_fixed_has_a_true_minus():
    assert (theme.fixed(-0.53214, 4), theme.fixed(2, 2), theme.fixed(NAN, 3)) == ("−0.5321", "2.00", "—")
