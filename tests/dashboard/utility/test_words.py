from core.evaluation.estimates.intervals import Estimate
from dashboard.utility import words as sentences


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high, method="by hand")


def test_numbers_per_thousand_are_whole_unless_a_clear_gain_would_look_like_none():
    assert sentences.per_thousand(estimate(0.7171, 0.6571, 0.7771)) == "717 (657 to 777)"
    assert sentences.per_thousand(estimate(0.24, 0.173, 0.307), signed=True) == "+240 (+173 to +307)"
    assert sentences.per_thousand(estimate(0.0021, 0.0003, 0.0039), signed=True) == "+2.1 (+0.3 to +3.9)"
    assert sentences.per_thousand(Estimate.undefined("no images")) == "—"
