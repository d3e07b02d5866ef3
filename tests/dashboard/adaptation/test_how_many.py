"""How many local cases it takes, in sentences."""

import math

from scipy.stats import binom

from core.evaluation.choosing.cases_needed import repeated_draws
from dashboard import theme
from dashboard.adaptation import how_many

WORDS = ("without pneumonia", "with pneumonia")
FLOOR = ("sensitivity", "0.95")
POWER_500, POWER_1000 = (binom.sf(binom.isf(0.05, n, 0.95), n, 0.97) for n in (500, 1000))


def test_fewest_cases_are_counted_in_patients_of_the_site():
    text = how_many.cases(FLOOR, 0.5, 0.97, WORDS, named="test")
    assert text == (
        "To guarantee sensitivity of at least 0.95 with 95 % confidence takes at least 59 patients with pneumonia, "
        "every one called rightly; at the prevalence of test that is about 118 patients in all. If the true "
        "sensitivity is the 0.970 that test shows at the threshold in use, a study of 694 with 80 % power and of 900 "
        "with 90 % power would guarantee it there (patients with pneumonia, one image each)."
    )
    assert "59 patients without pneumonia" in how_many.cases(("specificity", "0.95"), 0.5, 0.9, WORDS, named="test")
    assert "prevalence" not in how_many.cases(FLOOR, 0.0, math.nan, WORDS, named="test")


def test_a_rate_that_is_not_above_the_floor_has_no_power():
    for shown in (0.95, 0.3):
        assert "no number has power to guarantee it there" in how_many.cases(FLOOR, 0.5, shown, WORDS, named="test")
    assert "more than 100,000 with 90 % power" in how_many.cases(FLOOR, 0.5, 0.9501, WORDS, named="test")
    assert how_many.cases(FLOOR, 0.5, math.nan, WORDS, named="test").endswith("118 patients in all.")


def test_draws_tell_from_where_on_there_are_guarantees(run):
    test = run.predictions("test")
    none = repeated_draws(test, 0.0, floor=("sensitivity", "0.99"), sizes=(10, 40), draws=5)
    assert "too few patients for any sample" in how_many.draws(none, ("sensitivity", "0.99"))
    some = repeated_draws(test, 0.0, floor=("sensitivity", "0.80"), sizes=(10, 40), draws=20)
    text = how_many.draws(some, ("sensitivity", "0.80"))
    assert text.startswith(
        "From 40 patients on, some samples give a guarantee (20 of 20). Of 20 samples of 40 patients"
    )
    assert how_many.draws_alt(some, ("sensitivity", "0.80")).endswith(text)


def test_table_of_cases_has_words_for_what_is_out_of_reach():
    table = how_many.cases_table(0.5, 0.95, 0.8, FLOOR)
    assert table["Wrong ones allowed at 0.95"].tolist()[:2] == ["out of reach"] * 2
    assert table["Local patients"].iloc[-1] == "2,000"
    assert table["Power to guarantee 0.95"].tolist()[0] == "0 %"
    assert how_many.cases_table(0.5, math.nan, 0.8, FLOOR)["Power to guarantee 0.95"].iloc[-1] == "—"
    sure = how_many.cases_table(0.5, 0.97, 0.8, FLOOR).set_index("Local patients")["Power to guarantee 0.95"]
    assert (sure["1,000"], sure["2,000"]) == (theme.percent(POWER_500), theme.percent(POWER_1000))
    assert (table["Positive, negative (expected)"].iloc[-1], table.columns[4]) == (
        "1,000, 1,000",
        "Highest floor of sensitivity",
    )
