"""The stress test as a table and in words, of figures made by hand."""

import math

import pytest

from core.evaluation.comparing.robustness import UnderShift, Variant
from core.evaluation.estimates.intervals import Estimate
from core.model.augment import Augmentation
from core.stress_test import VARIANTS
from dashboard.charts.stress_test import rate_figure
from dashboard.stress_test import tables, words


def estimate(value, margin=0.02):
    return Estimate(value=value, low=value - margin, high=value + margin, method="by hand")


def made(changes):
    """Figures in which sensitivity changes by ``changes[shift, strength]`` and specificity does not."""
    found = []
    for variant in VARIANTS:
        change = changes.get((variant.shift, variant.strength), 0.0)
        rates = {"sensitivity": estimate(0.9 + change), "specificity": estimate(0.8)}
        found.append(
            UnderShift(
                variant=variant, rates=rates, changes={"sensitivity": estimate(change), "specificity": estimate(0.0)}
            )
        )
    areas = tuple(estimate(0.95) for _ in found)
    return tables.Figures(found=tuple(found), areas=areas, table=tables.shift_table(found, areas))


def test_the_worst_shift_stands_first_and_every_variant_once():
    figures = made({("blur", 3): -0.5, ("jpeg", 2): -0.2, ("noise", 1): 0.09})
    table = figures.table
    assert list(table["title"][:5]) == ["Unshifted", "Blur", "Blur", "Blur", "JPEG compression"]
    assert len(table) == len(VARIANTS) and list(table["strength"][1:4]) == [1, 2, 3]
    assert table["sensitivity_apart"].sum() == 3 and table["specificity_apart"].sum() == 0
    assert figures.axis == pytest.approx((0.35 - 0.01, 1.01))


def test_the_headline_names_the_worst_case_and_its_ranking():
    figures = made({("blur", 3): -0.5, ("jpeg", 2): -0.2})
    head, text, loud = words.headline(figures.found, figures.areas, tables.titles())
    assert head == "Worst: strong blur: sensitivity falls from 0.900 to 0.400 (0.380 to 0.420)."
    assert "AUROC is 0.950 (0.930 to 0.970) there" in text and "No shift lowers specificity clearly." in text
    assert loud
    calm = made({})
    head, text, loud = words.headline(calm.found, calm.areas, tables.titles())
    assert head == "Nothing here breaks the threshold."
    assert not loud and "can still hide" in text


def test_shifts_are_called_as_in_a_sentence():
    assert words.called(made({}).found[VARIANTS.index(Variant(shift="jpeg", strength=1))], tables.titles()) == (
        "mild JPEG compression"
    )


@pytest.mark.parametrize("dark", [False, True])
def test_the_figure_draws_every_variant_and_diamonds_for_those_apart(dark):
    figures = made({("blur", 3): -0.5, ("jpeg", 2): -0.2})
    drawn = rate_figure(figures.table, "sensitivity", axis=figures.axis, dark=dark)
    by_name = {trace.name: trace for trace in drawn.data}
    assert sorted(by_name["apart, worse"].x) == pytest.approx([0.4, 0.7])
    assert by_name["apart, worse"].marker.symbol == "diamond"
    assert sum(len(trace.x) for trace in drawn.data) == len(VARIANTS) - 1
    assert list(drawn.layout.yaxis.ticktext[:2]) == ["Blur", "JPEG compression"]
    assert "Apart from it: Blur, strong, 0.400 (0.380 to 0.420); JPEG" in words.alternative(
        figures.table, "sensitivity"
    )


def test_what_the_fit_was_taught_is_what_the_augmentation_does():
    taught, augmentation = tables.TAUGHT, Augmentation()
    assert set(taught) == set(tables.titles()) - {"jpeg", "marker"}
    assert f"{augmentation.brightness:.0%}".replace("%", " %") in taught["brighter"]
    assert f"{math.exp(augmentation.contrast):.2f}" in taught["harder"]
    assert f"{math.exp(-augmentation.contrast):.2f}" in taught["softer"]
    assert f"{math.exp(augmentation.gamma):.2f}" in taught["gamma_up"]
    assert f"{math.exp(-augmentation.gamma):.2f}" in taught["gamma_down"]
    assert f"{augmentation.noise:.0%}".replace("%", " %") in taught["noise"]
    assert f"{augmentation.rotation:g}°" in taught["rotation"]
    assert f"{math.exp(1.5 * augmentation.zoom):.2f}" in taught["closer"]
    assert f"{math.exp(-1.5 * augmentation.zoom):.2f}" in taught["wider"]
    assert f"{augmentation.shift:.0%}".replace("%", " %") in taught["cropped"]
