import math

import pytest

from core.evaluation.comparing.adaptation import Adapted
from core.evaluation.comparing.conformal import ClassConditional
from core.evaluation.comparing.local_cases import draw_patients, without
from core.evaluation.estimates.intervals import Estimate
from dashboard.adaptation import words as sentences

WORDS = ("without pneumonia", "with pneumonia")
FLOOR = ("sensitivity", "0.95")
NONE_GIVEN = {0: dict.fromkeys(sentences.SETS, 0), 1: dict.fromkeys(sentences.SETS, 0)}


def way(name, *, reason="", parameter=None):
    return Adapted(name=name, threshold=0.0, reason=reason, parameter=parameter, temperature=1.0, intercept=0.0)


def rates(sensitivity, specificity):
    return {
        name: Estimate(value=value, low=value - 0.05, high=value + 0.05, method="")
        for name, value in (("sensitivity", sensitivity), ("specificity", specificity))
    }


def test_headline_says_what_the_guarantee_costs():
    rest = {"unadapted": rates(0.9, 0.8), "guarantee": rates(0.94, 0.5)}
    text = sentences.headline({"guarantee": way("guarantee")}, rest, FLOOR, named="test")
    assert text == (
        "For patients like the local ones, with 95 % confidence sensitivity is at least 0.95 at the guaranteed "
        "threshold. The rest of test has "
        "sensitivity 0.940 (0.890 to 0.990) and specificity 0.500 (0.450 to 0.550) there; as it is, "
        "sensitivity 0.900 (0.850 to 0.950) and specificity 0.800 (0.750 to 0.850)."
    )
    refused = {"guarantee": way("guarantee", reason="not possible with 10 positive patients")}
    text = sentences.headline(refused, rest, FLOOR, named="test")
    assert text.startswith("Sensitivity of at least 0.95 cannot be guaranteed with these cases: not possible with 10")
    nothing = dict.fromkeys(rest, rates(math.nan, math.nan))
    for ways in ({"guarantee": way("guarantee")}, refused):
        assert sentences.headline(ways, nothing, FLOOR, named="test").endswith(
            "No image of the set is left to see what it delivers."
        )


def test_sample_counts_who_adapts_and_who_evaluates(run):
    test = run.predictions("test")
    local = draw_patients(test, 30)
    rest = without(test, local)
    text = sentences.sample(local, rest, test, WORDS, named="test")
    assert text.startswith(f"30 patients with {local.n} images adapt: {local.n_pos} with pneumonia, {local.n_neg}")
    assert f"The other {rest.n_patients} patients of test ({rest.n} images) evaluate." in text
    assert "All 80 patients of test" in sentences.sample(local, test, test, WORDS, named="test")
    assert sentences.left_out(test, test, named="test") == ""
    assert sentences.left_out(rest, test, named="test").startswith(
        "30 patients of test have an id or image of the file"
    )


def test_fitted_values_have_intervals_or_reasons():
    found = Estimate(value=-0.95, low=-1.58, high=-0.32, method="")
    assert sentences.fitted(way("intercept", parameter=found), FLOOR) == ("−0.95 logits", "−1.58 to −0.32")
    assert sentences.fitted(way("temperature", parameter=found), FLOOR)[0] == "T = −0.95"
    assert sentences.fitted(way("unadapted"), FLOOR) == ("nothing", "chosen on validation")
    missing = way("intercept", parameter=Estimate.undefined("one class"), reason="one class")
    assert sentences.fitted(missing, FLOOR) == ("—", "one class")
    bound = Estimate(value=0.97, low=0.951, high=1.0, method="")
    assert sentences.fitted(way("guarantee", parameter=bound), FLOOR) == (
        "≥ 0.95",
        "0.970 on one image of each local patient; for this threshold alone, "
        "the lower bound at 95\N{NO-BREAK SPACE}% would be 0.951",
    )
    assert sentences.fitted(way("guarantee", reason="too few"), FLOOR) == ("—", "too few")


@pytest.mark.parametrize(("level", "needed"), [("0.80", 4), ("0.90", 9), ("0.95", 19)])
def test_sets_of_too_few_say_how_many_it_takes(level, needed):
    found = ClassConditional(level=float(level), low=-math.inf, high=1.0, n_pos=needed - 1, n_neg=50)
    assert f"fewer than {needed} stands in every set" in sentences.sets(found, NONE_GIVEN, level)
    enough = ClassConditional(level=float(level), low=0.0, high=1.0, n_pos=needed, n_neg=50)
    assert "stands in every set" not in sentences.sets(enough, NONE_GIVEN, level)
    neither = {**NONE_GIVEN, 1: {**NONE_GIVEN[1], "none": 3}}
    assert "given neither" in sentences.sets(enough, neither, level)
