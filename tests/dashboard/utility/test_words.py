import pandas as pd

from core.evaluation.estimates.intervals import Estimate
from core.evaluation.worth.better_default import OverDefaults
from core.evaluation.worth.utility import NetBenefit
from dashboard.utility import words as sentences


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high, method="by hand")


def worth(better, default="no one", lost_to=""):
    over = OverDefaults(
        everyone=estimate(0.2, 0.1, 0.3),
        no_one=estimate(0.1, 0.05, 0.15),
        better=better,
        default=default,
        lost_to=lost_to,
    )
    return NetBenefit(price=0.5, treat_all=estimate(-0.1, -0.2, 0.05), over=over)


def test_the_verdict_names_the_gain_over_the_better_default_and_its_limits():
    said = sentences.verdict(worth(estimate(0.1, 0.05, 0.16)))
    assert "a gain over both, more than chance: +100 (+50 to +160) against calling no one" in said
    assert "nets 100 (50 to 150) true positives per 1,000 children, calling everyone positive −100 (−200 to 50)" in said
    said = sentences.verdict(worth(estimate(-0.1, -0.2, -0.04), "everyone", "everyone"))
    assert "a loss against calling everyone positive, more than chance: −100 (−200 to −40) against" in said
    said = sentences.verdict(worth(estimate(0.01, -0.02, 0.04)))
    assert "no clear difference from both: +10 (−20 to +40) against" in said
    assert "more than chance" not in said


def test_the_table_has_every_gain():
    shown = sentences.worth_table({"raw": worth(estimate(0.1, 0.05, 0.16))}).to_dict("records")
    assert list(shown[0].values()) == [
        "Model, raw probability",
        "100 (50 to 150)",
        "+200 (+100 to +300)",
        "+100 (+50 to +150)",
        "+100 (+50 to +160)",
    ]
    assert list(shown[1].values()) == ["Everyone called positive", "−100 (−200 to 50)", "—", "—", "—"]


def test_the_range_of_use_counts_what_is_useful():
    probability, useful = [0.1, 0.2, 0.3, 0.4], [False, True, True, False]
    curve = pd.DataFrame({"model": "raw", "probability": probability, "more_useful": useful})
    both = pd.concat([curve, curve.assign(model="calibrated", more_useful=True)])
    said = sentences.range_of_use(both, "raw")
    assert said.startswith("At 2 of 4 threshold probabilities, between 20 % and 30 %, the raw model is more useful")
    assert sentences.range_of_use(curve.assign(more_useful=False), "raw").startswith("At none of 4 threshold")


def test_numbers_per_thousand_are_whole_unless_a_clear_gain_would_look_like_none():
    assert sentences.per_thousand(estimate(0.7171, 0.6571, 0.7771)) == "717 (657 to 777)"
    assert sentences.per_thousand(estimate(0.24, 0.173, 0.307), signed=True) == "+240 (+173 to +307)"
    assert sentences.per_thousand(estimate(0.0021, 0.0003, 0.0039), signed=True) == "+2.1 (+0.3 to +3.9)"
    assert sentences.per_thousand(Estimate.undefined("no images")) == "—"
