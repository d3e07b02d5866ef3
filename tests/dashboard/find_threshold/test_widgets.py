"""What stands beneath an answer: at which prevalence, and whose figures."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.evaluation.choosing.operating_point import OperatingPoint
from core.evaluation.choosing.optimism import optimism
from core.evaluation.choosing.requirement import Requirement
from core.runs.importer import import_predictions
from core.telling.scale import Scale
from dashboard import gateway, theme
from dashboard.find_threshold import widgets

POINT = OperatingPoint(name="", rule="", threshold=0.0, tp=0, fp=0, tn=0, fn=0)
COST = Requirement(kind="cost", miss="7", alarm="2")


@pytest.fixture
def run(tmp_path):
    """At 0 validation has 20 of 25 ill found and 60 of 75 well cleared, test 45 of 50 and 14 of 35."""
    counts = {"validation": (20, 5, 15, 60), "test": (45, 5, 21, 14)}
    parts = []
    for split, (tp, fn, fp, tn) in counts.items():
        y, called = np.repeat([1, 1, 0, 0], (tp, fn, fp, tn)), np.repeat([1, -1, 1, -1], (tp, fn, fp, tn))
        parts.append(pd.DataFrame({"y_true": y, "logit": called * np.linspace(0.5, 2, len(y)), "split": split}))
    table = pd.concat(parts, ignore_index=True)
    table.assign(image_id=[f"i{row}" for row in range(len(table))]).to_csv(tmp_path / "p.csv", index=False)
    return gateway.run(import_predictions(tmp_path / "p.csv", name="run", out=tmp_path))


def tiles_of(pages: list[str]) -> dict[str, str]:
    """The value under each name."""
    found = re.findall(r"tw-label'>([^<]*)</span><span class='tw-value'>([^<]*)<", "".join(pages))
    assert found
    return dict(found)


@pytest.mark.parametrize(
    ("split", "ill", "ppv", "npv", "sens", "spec"),
    [("validation", 25, 20 / 35, 60 / 65, 0.8, 0.8), ("test", 59, 45 / 66, 14 / 19, 0.9, 0.4)],
)
def test_without_a_prevalence_it_is_that_of_the_images_shown(run, written, split, ill, ppv, npv, sens, spec):
    """25 of 100 on validation, 50 of 85 on test; not the share of the well."""
    widgets.tiles(run, split, POINT, COST)
    assert tiles_of(written) == {
        "Sensitivity": theme.rate(sens),
        "Specificity": theme.rate(spec),
        f"PPV ({ill} % ill, as here)": theme.rate(ppv),
        f"NPV ({ill} % ill, as here)": theme.rate(npv),
    }


@pytest.mark.parametrize(("split", "sens", "spec"), [("validation", 0.8, 0.8), ("test", 0.9, 0.4)])
def test_a_prevalence_that_was_said_holds_for_both_splits(run, written, split, sens, spec):
    widgets.tiles(run, split, POINT, Requirement(kind="cost", miss="7", alarm="2", prevalence="0.05"))
    ppv = 0.05 * sens / (0.05 * sens + 0.95 * (1 - spec))
    npv = 0.95 * spec / (0.95 * spec + 0.05 * (1 - sens))
    found = tiles_of(written)
    assert found["PPV (5 % ill, as stated)"] == theme.rate(ppv)
    assert found["NPV (5 % ill, as stated)"] == theme.rate(npv)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"kind": "cost", "miss": "7", "alarm": "2"}, ("Expected cost", 0.25 * 0.2 * 7 + 0.75 * 0.2 * 2, "25 %")),
        ({"kind": "cost", "miss": "2", "alarm": "7"}, ("Expected cost", 0.25 * 0.2 * 2 + 0.75 * 0.2 * 7, "25 %")),
        (
            {"kind": "cost", "miss": "7", "alarm": "2", "prevalence": "0.05"},
            ("Expected cost", 0.05 * 0.2 * 7 + 0.95 * 0.2 * 2, "5 %"),
        ),
        ({"kind": "net_benefit", "probability": "0.2"}, ("Net benefit", 0.25 * 0.8 - 0.75 * 0.2 / 4, "25 %")),
        ({"kind": "capacity", "capacity": "0.5"}, ("Called positive", 0.25 * 0.8 + 0.75 * 0.2, "25 %")),
    ],
)
def test_what_is_weighed_is_weighed_at_validations_prevalence(run, written, monkeypatch, asked, line):
    monkeypatch.setattr(widgets.state, "scale", lambda run: Scale(name="raw", temperature=1.0))
    requirement = Requirement(**asked)
    answer = gateway.threshold_answer(run, requirement)
    answer = type(answer)(found=POINT, floors=(), uncertainty=None)
    widgets.evidence(run, requirement, answer)
    name, value, prevalence = line
    (said,) = [page for page in written if page.startswith("<p class='tw-sentence'>")]
    assert said.startswith(f"<p class='tw-sentence'>{name} {theme.fixed(value, 4)} (")
    assert f"at a prevalence of {prevalence}" in said


@pytest.mark.parametrize(("prevalence", "limit"), [("", 0.25 * 7), ("0.05", 0.05 * 7)])
def test_the_picture_weighs_at_the_same_prevalence(run, monkeypatch, prevalence, limit):
    drawn = []
    monkeypatch.setattr(widgets.state, "scale", lambda run: Scale(name="raw", temperature=1.0))
    monkeypatch.setattr(widgets.state, "dark", lambda: False)
    monkeypatch.setattr(widgets, "search_figure", lambda lines, names, limits, **named: drawn.append((limits, named)))
    monkeypatch.setattr(widgets.widgets, "figure", lambda *given, **named: drawn.append(named["table"]))
    requirement = Requirement(kind="cost", miss="7", alarm="2", prevalence=prevalence)
    widgets.picture(run, requirement, gateway.threshold_answer(run, requirement))
    (limits, named), table = drawn
    assert limits == {"cost of calling nothing positive": pytest.approx(limit)}
    p = float(prevalence or 0.25)
    assert named["title"] == f"Expected cost at a prevalence of {theme.prevalence(p)}"
    everybody = table.iloc[-1]["cost"]
    assert everybody == pytest.approx((1 - p) * 2), "the lowest score alarms all the well"


def test_test_delivers_its_own_figures_and_the_gap_is_corrected_for_the_choice(run, written):
    widgets.delivered(run, "test", COST, POINT)
    assert tiles_of(written)["Specificity"] == theme.rate(14 / 35)
    found = gateway.requirement_differences(run, "test", COST, POINT.threshold)
    assert found["sensitivity"].gap.value == pytest.approx(0.1)
    assert found["specificity"].gap.value == pytest.approx(14 / 35 - 60 / 75)
    expected = optimism(run.predictions("validation"), (COST.choose,))[0]
    assert [own.optimism for own in found.values()] == pytest.approx(list(expected))
    for (rate, own), said in zip(found.items(), written[-2:], strict=True):
        assert own.corrected_gap.value == pytest.approx(own.gap.value + own.optimism)
        value, interval = theme.difference(own.corrected_gap)
        assert f"{theme.RATES[rate]}, test − validation, corrected for the choice: {value} ({interval})" in said
        assert (theme.DIFFERS if own.differs else theme.ALIKE) in said


def test_a_guarantee_is_not_corrected_for_its_choice(run):
    sure = replace(COST, confidence="0.95")
    found = gateway.requirement_differences(run, "test", sure, POINT.threshold)
    assert [own.optimism for own in found.values()] == [0, 0]
