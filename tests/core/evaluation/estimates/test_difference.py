"""How far test falls from validation: Newcombe's interval by statsmodels, and when it excludes 0."""

import math

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from core.evaluation.estimates.difference import apart, gap
from core.evaluation.estimates.intervals import Estimate


def rate(hits: int, n: int) -> Estimate:
    low, high = proportion_confint(hits, n, method="wilson")
    return Estimate(value=hits / n, low=low, high=high, method="Wilson")


@pytest.mark.parametrize(
    ("validation", "test"), [((98, 100), (40, 90)), ((40, 90), (98, 100)), ((9, 10), (8, 10)), ((30, 30), (0, 25))]
)
def test_it_is_test_less_validation_with_newcombes_limits(validation, test):
    found = gap(rate(*validation), rate(*test))
    assert found.value == pytest.approx(test[0] / test[1] - validation[0] / validation[1])
    expected = confint_proportions_2indep(*test, *validation, method="newcomb", compare="diff")
    assert (found.low, found.high) == pytest.approx(expected)


def test_figures_of_the_run_folder_are_taken_too():
    promised, delivered = rate(98, 100), rate(40, 90)
    assert gap(promised.to_dict(), delivered.to_dict()) == gap(promised, delivered)
    assert gap(promised.to_dict(), delivered) == gap(promised, delivered)


def test_without_one_of_the_two_there_is_none():
    undefined = Estimate.undefined("no negative images")
    for pair in ((rate(9, 10), undefined), (undefined, rate(9, 10)), (undefined.to_dict(), rate(9, 10))):
        found = gap(*pair)
        assert math.isnan(found.value)
        assert not apart(found)


@pytest.mark.parametrize(
    ("low", "high", "excludes"),
    [
        (-0.3, -0.1, True),
        (0.1, 0.3, True),
        (-0.1, 0.2, False),
        (0.0, 0.2, False),
        (-0.2, 0.0, False),
        (-0.2, -1e-12, True),
        (1e-12, 0.2, True),
        (math.nan, math.nan, False),
    ],
)
def test_apart_is_an_interval_that_excludes_0(low, high, excludes):
    assert apart(Estimate(value=(low + high) / 2, low=low, high=high, method="")) is excludes
