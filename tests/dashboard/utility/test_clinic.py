"""Worth in the clinic in words: what is clear, what is not, and against which default."""

import math

import pytest

from core.evaluation.estimates.intervals import Estimate
from core.evaluation.worth.in_clinic import InClinic
from dashboard.utility import clinic


def found(low, high, treat_all=-0.1):
    gain = Estimate(value=0.02, low=low, high=high, method="")
    return InClinic(prevalence=0.05, probability=0.1, price=1 / 9, model=gain, treat_all=treat_all, gain=gain)


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        ((0.01, 0.03), "a gain over calling no one positive, more than chance: +20 (+10 to +30)."),
        ((-0.01, 0.03), "no clear difference from calling no one positive"),
        ((math.nan, math.nan), "Whether it differs from calling no one positive cannot be told"),
    ],
)
def test_verdict_is_by_the_interval(limits, verdict):
    assert verdict in clinic.verdict(found(*limits))
    assert "calling everyone positive" in clinic.verdict(found(*limits, treat_all=0.01))


def test_price_is_the_clinics():
    assert clinic.price(found(0, 1), "with pneumonia").startswith(
        "At your clinic's 5 % this threshold is a probability of 0.1000. A threshold here says that finding one child "
        "with pneumonia is worth 9 false alarms."
    )


def test_what_is_undefined_says_why():
    unknown = Estimate.undefined("one class has no images")
    nothing = InClinic(prevalence=0.05, probability=0.1, price=1 / 9, model=unknown, treat_all=0.0, gain=unknown)
    assert clinic.verdict(nothing) == "One class has no images."
    assert clinic.worth_table([nothing]).iloc[0]["Over the default that nets more"] == "—"
