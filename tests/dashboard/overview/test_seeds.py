"""What the Overview says of runs that differ in their seed alone."""

import numpy as np
import pandas as pd
import pytest

from core.runs.seed_spread import SeedSpread
from dashboard.charts.seeds import seeds_figure
from dashboard.overview import seeds

FIGURES = {
    ("auroc", "", "validation"): [0.93, 0.97],
    ("auroc", "", "test"): [0.91, 0.95],
    ("threshold", "youden", ""): [-0.5, 0.25],
    ("sensitivity", "sensitivity_0.95", "test"): [0.96, np.nan],
    ("sensitivity", "youden", "test"): [0.8, 0.9],
    ("specificity", "youden", "test"): [0.7, 0.6],
}


@pytest.fixture
def spread():
    index = pd.MultiIndex.from_tuples(list(FIGURES), names=["figure", "rule", "set"])
    runs = ("a-seed0", "a-seed1")
    return SeedSpread(runs=runs, values=pd.DataFrame(list(FIGURES.values()), index=index, columns=list(runs)))


def test_the_answer_stands_in_one_sentence_of_the_set_that_reports(spread):
    assert seeds.in_words(spread) == (
        "Over 2 fits AUROC on test is 0.910 to 0.950. At each fit's own threshold by Youden's J, sensitivity is 0.800 "
        "to 0.900 and specificity is 0.600 to 0.700."
    )


def test_without_the_first_rule_only_auroc_is_told(spread):
    alone = SeedSpread(runs=spread.runs, values=spread.values.drop("youden", level="rule"))
    assert seeds.in_words(alone) == "Over 2 fits AUROC on test is 0.910 to 0.950."


def test_a_rule_that_is_called_after_a_rate_does_not_stand_beside_another_rate_as_if_it_were_one(spread):
    names = seeds.summary(spread)["Figure"].tolist()
    assert names == [
        "AUROC, validation",
        "AUROC, test",
        "Youden's J: threshold (logit)",
        "Sensitivity at least 0.95: sensitivity, test",
        "Youden's J: sensitivity, test",
        "Youden's J: specificity, test",
    ]


def test_the_axis_says_where_it_begins_on_a_line_of_its_own(spread):
    share = spread.values.drop("threshold", level="figure")
    figure = seeds_figure(share, [str(place) for place in share.index], "a-seed0", dark=False)
    assert figure.layout.xaxis.title.text == "value of the figure<br>axis from 0.55"
