"""The stress test as a table and in words, of figures made by hand."""

import math
import re

import pytest

from core.evaluation.comparing.robustness import RATES, UnderShift, Variant
from core.evaluation.estimates.difference import apart
from core.evaluation.estimates.intervals import Estimate
from core.model.augment import Augmentation
from core.stress_test import VARIANTS
from dashboard.charts.stress_test import rate_figure
from dashboard.html_number import gap, number
from dashboard.stress_test import tables, words
from dashboard.stress_test.widgets import variants_table


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
    assert table["sensitivity_differs"].sum() == 3 and table["specificity_differs"].sum() == 0
    assert figures.axis == pytest.approx((0.35 - 0.01, 1.01))


def uneven():
    """Figures in which no two ends of any interval are equally far from their value, nor the same for two variants."""

    def own(place, value):
        return Estimate(value=value, low=value - 0.011 - place / 1000, high=value + 0.003 + place / 2000, method="m")

    found = [
        UnderShift(
            variant=variant,
            rates={"sensitivity": own(i, 0.9 - i / 100), "specificity": own(i, 0.8 - i / 200)},
            changes={"sensitivity": own(i, -i / 100), "specificity": own(i, -i / 200)},
        )
        for i, variant in enumerate(VARIANTS)
    ]
    areas = tuple(own(i, 0.95 - i / 300) for i in range(len(found)))
    return tables.Figures(found=tuple(found), areas=areas, table=tables.shift_table(found, areas))


def test_the_table_keeps_both_ends_of_every_figure():
    figures = uneven()
    rows = figures.table.set_index(["shift", "strength"])
    for one, area in zip(figures.found, figures.areas, strict=True):
        row = rows.loc[one.variant.shift, one.variant.strength]
        named = {"auroc": area, **one.rates} | {f"{rate}_change": change for rate, change in one.changes.items()}
        for name, own in named.items():
            found = (row[name], row[f"{name}_low"], row[f"{name}_high"])
            assert found == (own.value, own.low, own.high), (one.variant, name)
    assert figures.axis[0] < min(own.low for one in figures.found for own in one.rates.values())


def test_every_variant_is_written_with_both_ends_of_every_figure(written):
    figures = uneven()
    variants_table(figures, caption="")
    by_variant = {
        (one.variant.shift, one.variant.strength): (one, area)
        for one, area in zip(figures.found, figures.areas, strict=True)
    }
    _, *rows = re.findall(r"<tr>(.*?)</tr>", written[0])
    for shown, row in zip(figures.table.to_dict("records"), rows, strict=True):
        one, area = by_variant[shown["shift"], shown["strength"]]
        cells = []
        for rate in RATES:
            change = gap(one.changes[rate], differs=apart(one.changes[rate])) if shown["strength"] else ""
            cells += [number(one.rates[rate]), change]
        assert row.startswith(f"<th scope='row'>{shown['title']}")
        assert re.findall(r"<td[^>]*>(.*?)</td>", row) == [*cells, number(area)]


def test_the_headline_names_the_worst_case_and_its_ranking():
    figures = made({("blur", 3): -0.5, ("jpeg", 2): -0.2})
    head, text, loud = words.headline(figures.found, figures.areas, tables.titles())
    assert head == "Worst: strong blur: sensitivity falls from 0.900 to 0.400, a change of −0.500 (−0.520 to −0.480)."
    assert "AUROC is 0.950 (0.930 to 0.970) there" in text and "No shift lowers specificity, more than chance." in text
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
    assert sorted(by_name["differs, more than chance: a loss"].x) == pytest.approx([0.4, 0.7])
    assert by_name["differs, more than chance: a loss"].marker.symbol == "diamond"
    assert sum(len(trace.x) for trace in drawn.data) == len(VARIANTS) - 1
    assert list(drawn.layout.yaxis.ticktext[:2]) == ["Blur", "JPEG compression"]
    assert "Differs, more than chance: Blur, strong, 0.400 (0.380 to 0.420); JPEG" in words.alternative(
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
