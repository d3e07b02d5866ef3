"""What a split answers to a requirement and what the search saw, by plain counts, dcurves' formula and scipy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.choosing.answer import answer, passing_stretches, search_lines
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep

Make = Callable[..., Predictions]


def asked_of(split: Predictions, requirement: Requirement, rows: np.ndarray | None = None):
    rows = np.arange(split.n) if rows is None else rows
    given = requirement, split, threshold_sweep(split)
    return answer(*given, one_image=rows), search_lines(*given, one_image=rows)


def shares(split: Predictions, thresholds) -> tuple[np.ndarray, np.ndarray]:
    """The ill found and the well alarmed at each threshold, as shares."""
    called = split.logit >= np.asarray(thresholds)[:, None]
    return called[:, split.y_true == 1].mean(axis=1), called[:, split.y_true == 0].mean(axis=1)


@pytest.mark.parametrize(("prevalence", "p"), [("", None), ("0.05", 0.05), ("0.9", 0.9)])
def test_lines_of_cost_share_and_net_benefit(single: Predictions, prevalence: str, p: float | None) -> None:
    p = single.y_true.mean() if p is None else p
    found, alarmed = shares(single, np.unique(single.logit)[::-1])
    expected = {
        "cost": (
            Requirement(kind="cost", miss="7", alarm="2", prevalence=prevalence),
            7 * p * (1 - found) + 2 * (1 - p) * alarmed,
        ),
        "share": (Requirement(kind="capacity", capacity="0.3", prevalence=prevalence), p * found + (1 - p) * alarmed),
        "net_benefit": (
            Requirement(kind="net_benefit", probability="0.2", prevalence=prevalence),
            p * found - (1 - p) * alarmed / 4,
        ),
    }
    for name, (requirement, line) in expected.items():
        answered, lines = asked_of(single, requirement)
        assert lines["threshold"].tolist() == np.unique(single.logit)[::-1].tolist()
        np.testing.assert_allclose(lines[name], line, atol=1e-12)
        assert lines["passes"].tolist() == (line <= 0.3 if name == "share" else np.zeros(len(line), bool)).tolist()
        if name == "share":
            continue
        best, nothing = (line.min(), 7 * p) if name == "cost" else (line.max(), 0.0)
        if isinstance(answered.found, OperatingPoint):
            at = lines.set_index("threshold").loc[answered.found.threshold, name]
            assert at == pytest.approx(best, abs=1e-12)
        else:
            assert best > nothing if name == "cost" else best < nothing


def test_lines_by_hand(make: Make) -> None:
    """Scores 3 (ill), 2 (well), 1 (ill), 0 (two well): a miss is 2 of 5 / 2 images, so costs 2 x 5 / 5 = 2."""
    split = make([1, 0, 1, 0, 0], [3, 2, 1, 0, 0])
    _, cost = asked_of(split, Requirement(kind="cost", miss="5", alarm="1"))
    np.testing.assert_allclose(cost["cost"], [1.0, 1.2, 0.2, 0.6])
    _, ppv = asked_of(split, Requirement(kind="ppv", ppv="0.5"))
    np.testing.assert_allclose(ppv["ppv"], [1, 1 / 2, 2 / 3, 2 / 5])
    assert ppv["passes"].tolist() == [True, True, True, False]
    assert passing_stretches(ppv) == [(1.0, 3.0)]
    assert passing_stretches(ppv.assign(passes=[True, False, True, True])) == [(3.0, 3.0), (0.0, 1.0)]
    assert passing_stretches(ppv.assign(passes=False)) == []
    _, swapped = asked_of(split, Requirement(kind="cost", miss="1", alarm="5"))
    np.testing.assert_allclose(swapped["cost"], [0.2, 1.2, 1.0, 3.0])
    _, benefit = asked_of(split, Requirement(kind="net_benefit", probability="0.75"))
    np.testing.assert_allclose(benefit["net_benefit"], [0.2, -0.4, -0.2, -1.4])
    _, share = asked_of(split, Requirement(kind="capacity", capacity="0.6"))
    np.testing.assert_allclose(share["share"], [0.2, 0.4, 0.6, 1.0])
    assert share["passes"].tolist() == [True, True, True, False]


def test_lines_of_floors_have_wilsons_limits_and_pass_at_the_floor_itself(single: Predictions, make: Make) -> None:
    floors = (("sensitivity", "0.80"), ("specificity", "0.70"))
    _, lines = asked_of(single, Requirement(kind="both", floors=floors))
    found, alarmed = shares(single, lines["threshold"])
    np.testing.assert_allclose(lines["sensitivity"], found)
    np.testing.assert_allclose(lines["specificity"], 1 - alarmed)
    for rate, n in (("sensitivity", single.n_pos), ("specificity", single.n_neg)):
        hits = (lines[rate] * n).round()
        np.testing.assert_allclose(lines[f"{rate}_low"], proportion_confint(hits, n, method="wilson")[0], atol=1e-9)
    assert lines["passes"].tolist() == ((found >= 0.8) & (1 - alarmed >= 0.7)).tolist()
    ten = make([1] * 10 + [0] * 10, [*range(10), *range(-10, 0)])
    _, at_floor = asked_of(ten, Requirement(kind="floor", floors=(("sensitivity", "0.90"),)))
    assert at_floor.set_index("threshold").loc[[2.0, 1.0], "passes"].tolist() == [False, True]


@pytest.mark.parametrize("rate", ["sensitivity", "specificity"])
def test_a_confidence_is_scipys_bound_on_the_rows_that_are_given(clustered: Predictions, rate: str) -> None:
    rows = np.flatnonzero(np.r_[True, np.diff(clustered.patient_index) != 0])
    requirement = Requirement(kind="floor", floors=((rate, "0.80"),), confidence="0.90")
    answered, lines = asked_of(clustered, requirement, rows)
    own = clustered.logit[rows][clustered.y_true[rows] == (rate == "sensitivity")]
    for line in lines.iloc[::15].to_dict("records"):
        hits = int(((own >= line["threshold"]) == (rate == "sensitivity")).sum())
        bound = binomtest(hits, len(own), alternative="greater").proportion_ci(0.90, "exact").low
        assert line[rate] == pytest.approx(hits / len(own))
        assert line[f"{rate}_low"] == pytest.approx(bound)
        assert line["passes"] == (bound >= 0.8)
    assert lines.set_index("threshold").loc[answered.found.threshold, "passes"]
    (floor,) = answered.floors
    assert (floor.patients, floor.confidence, answered.uncertainty) == (len(own), 0.9, None)
    found, alarmed = shares(clustered, lines["threshold"])
    other = (1 - alarmed if rate == "sensitivity" else found)[lines["passes"]]
    at = lines["threshold"].tolist().index(answered.found.threshold)
    assert (1 - alarmed if rate == "sensitivity" else found)[at] == other.max()


def test_what_cannot_be_met_has_no_uncertainty(make: Make) -> None:
    split = make([1, 0, 1, 0], [3, 2, 1, 0])
    both = Requirement(kind="both", floors=(("sensitivity", "1"), ("specificity", "0.9")))
    found, _ = asked_of(split, both)
    assert isinstance(found.found, Unreachable)
    assert (found.floors, found.uncertainty) == ((), None)
    sure = Requirement(kind="floor", floors=(("sensitivity", "0.9"),), confidence="0.95")
    refused, _ = asked_of(split, sure)
    assert isinstance(refused.found, Unreachable)
    assert [(floor.rate, floor.patients) for floor in refused.floors] == [("sensitivity", 2)]


def test_the_thresholds_own_uncertainty_is_the_quantiles(make: Make) -> None:
    """A floor of 0.8 under 400 ill, one image each, and no well between: the interval is that of an order statistic."""
    scores = np.arange(400.0)
    split = make([1] * 400 + [0] * 50, [*scores, *np.linspace(-9, -1, 50)])
    found, _ = asked_of(split, Requirement(kind="floor", floors=(("sensitivity", "0.80"),)))
    rng = np.random.default_rng(4)
    drawn = np.sort(rng.integers(400, size=(4000, 400)), axis=1)[:, 80]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.found.threshold == 0.0, "no well image lies above: every ill one can be found at no price"
    assert found.uncertainty.value == 0.0
    assert found.uncertainty.high == pytest.approx(high, abs=6)
    assert found.uncertainty.low <= 0.0 < low
