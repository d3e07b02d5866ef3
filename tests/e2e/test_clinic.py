"""Your clinic in a real browser: Python's figures at many positions, a thousand children, the prevalence by hand."""

import math
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy.special import expit, logit

from core.evaluation.choosing.operating_point import predictive_values_at, rates
from core.evaluation.estimates.intervals import z_value
from core.evaluation.estimates.predictive_values import predictive_values
from core.evaluation.estimates.prevalence import prevalence as prevalence_of
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.outlook import outlook
from core.runs.store import read_run
from core.telling.joining import joined
from dashboard import theme
from tests.e2e.layout import contrasts, in_both_schemes, said_at, sideways, still

SLIDER = "input[aria-label=Threshold]"
PREVALENCE = "input[type=range][aria-label^=Prevalence]"
FIELD = "input[type=number][aria-label^=Prevalence]"
COUNTS = {"found": 0, "missed": 1, "alarmed": 2, "cleared": 3}


_NUMBERS = """() => {
    const root = [...document.querySelectorAll("*")].map(e => e.shadowRoot).find(r => r?.querySelector(".legend"))
    const all = selector => [...root.querySelectorAll(selector)]
    return {
        tiles: all(".tile").map(t => [...t.children].slice(1, 3).map(e => e.textContent)),
        counts: all(".legend li b").map(e => Number(e.textContent.replace(",", ""))),
        lead: all(".lead")[0].textContent,
        callout: all(".promise")[0].textContent.replaceAll("\u00a0", " "),
    }
}"""


def opened(page):
    page.locator(".legend li").first.wait_for()
    expect(page.locator(".legend li[data-outcome=found] b")).not_to_be_empty()
    return still(page)


def put(page, index, slider=SLIDER):
    page.locator(slider).evaluate(
        "async (slider, at) => { slider.value = at; slider.dispatchEvent(new Event('input'));"
        " await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))) }",
        index,
    )


def numbers(page):
    return page.evaluate(f"({_NUMBERS})()")


def drawn(page):
    """How many shapes of each kind stand on the canvas, told apart by their pixels."""
    return page.evaluate(
        """() => {
            const root = [...document.querySelectorAll("*")].map(e => e.shadowRoot)
                .find(r => r?.querySelector(".icons"))
            const canvas = root.querySelector(".icons canvas"), size = canvas.width / 40
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
            const found = {}
            for (let i = 0; i < 1000; i++) {
                let [weight, red] = [0, 0]
                for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) {
                    const at = 4 * ((Math.floor(i / 40) * size + y) * canvas.width + (i % 40) * size + x)
                    weight += pixels[at + 3]
                    red += pixels[at + 3] && pixels[at] > 128
                }
                const kind = `${red ? "red" : "blue"} ${Math.round(weight / 255 / size / size * 100)}`
                found[kind] = (found[kind] ?? 0) + 1
            }
            return found
        }"""
    )


def address(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def as_written(estimate, write=theme.rate):
    limits = "" if math.isnan(estimate.value) else theme.limits(estimate.low, estimate.high, write)
    return [write(estimate.value), limits]


@pytest.mark.parametrize("split", [pytest.param("validation", marks=pytest.mark.long), "test"])
def test_figures_and_children_are_pythons_at_many_positions(visit, runs, split):
    run = read_run(runs / "fitted")
    page = opened(visit(f"/clinic?run=fitted&split={split}&prevalence=0.037"))
    sweep = threshold_sweep(run.predictions(split))
    offered = sorted({*sweep.threshold.tolist(), *(point["threshold"] for point in run.operating_points)})
    places = np.random.default_rng(0).integers(0, len(offered), 60).tolist()
    for index, found in zip(places, said_at(page.locator(SLIDER), places, _NUMBERS), strict=True):
        here = rates(sweep, offered[index])
        both = here["sensitivity"].value, here["specificity"].value
        ppv, npv = predictive_values_at(sweep, offered[index], 0.037)
        assert found["tiles"] == [
            as_written(ppv),
            as_written(npv),
            as_written(here["lr_positive"], theme.ratio),
            as_written(here["lr_negative"], theme.ratio),
        ]
        expected = outlook(*both, 0.037)
        assert found["counts"] == [expected.found, expected.missed, expected.alarmed, expected.cleared]
        assert sum(found["counts"]) == 1000
        assert sum(found["counts"][:2]) == 37


@pytest.mark.long
def test_as_many_shapes_as_children(visit):
    page = opened(visit("/clinic?run=fitted&split=test&prevalence=0.3"))
    for index in (10, 60, 100, 61):
        put(page, index)
        counts, shapes = numbers(page)["counts"], drawn(page)
        assert sum(shapes.values()) == 1000
        assert sorted(shapes.values()) == sorted(number for number in counts if number)
        assert sum(number for kind, number in shapes.items() if kind.startswith("red")) == sum(counts[:2])
        assert len(set(shapes)) == sum(number > 0 for number in counts), "each outcome has a shape of its own"


def test_formulas_in_the_browser_are_those_of_python(chromium):
    page = chromium.new_page()
    page.add_script_tag(content=joined(Path(__file__).with_name("formulas.js")))
    rng = np.random.default_rng(6)
    cases = [[0, 1, 30.0, 40.0, 0.1, 0.0], [1, 0, 30.0, 40.0, 0.1, 0.0], [1, 1, 30.0, 40.0, 0.5, 0.0]]
    cases.append([0.5, 0.5, 8.0, 9.0, 0.0005, 0.0])
    for _ in range(800):
        n1, n0 = rng.integers(1, rng.choice([4, 60, 3000]), 2).tolist()
        rate = (int(rng.integers(0, n1 + 1)) / n1, int(rng.integers(0, n0 + 1)) / n0)
        cases.append(
            [
                *rate,
                *(rng.random(2) * 900 + 0.5).tolist(),
                float(rng.uniform(0.0002, 0.9998)),
                float(rng.uniform(-1, 1)),
            ]
        )
    found = page.evaluate(
        """([cases, z]) => cases.map(([a, b, sensitivity, specificity, p, correlation]) => [
            predictiveValues(a, b, { sensitivity, specificity, correlation }, p, z).map(({ value, low, high }) =>
                [value, low, high].map(x => Number.isNaN(x) ? null : x)),
            Object.values(outlook(a, b, p)),
        ])""",
        [cases, z_value()],
    )
    page.close()
    for case, (written, children) in zip(cases, found, strict=True):
        for estimate, (value, low, high) in zip(predictive_values(*case), written, strict=True):
            if math.isnan(estimate.value):
                assert value is None
            else:
                assert (value, low, high) == pytest.approx((estimate.value, estimate.low, estimate.high), rel=1e-9)
        expected = outlook(case[0], case[1], case[4])
        assert children == [expected.found, expected.missed, expected.alarmed, expected.cleared], case


def test_prevalence_moves_live_and_is_kept(visit):
    page = opened(visit("/clinic?run=fitted&split=test"))
    assert "prevalence" not in address(page)
    before = numbers(page)
    assert "agrees" in before["callout"]
    put(page, 21, PREVALENCE)
    during = numbers(page)
    assert sum(during["counts"][:2]) == 21
    assert during["tiles"][0] != before["tiles"][0]
    assert during["tiles"][2:] == before["tiles"][2:]
    assert "not like these images" in during["callout"] and "spectrum" in during["callout"]
    assert "prevalence" not in address(page)
    page.locator(PREVALENCE).dispatch_event("pointerup")
    page.wait_for_function("() => location.search.includes('prevalence=0.021')")
    page.wait_for_timeout(500)
    assert numbers(page) == during
    page.get_by_test_id("stSidebar").get_by_role("link", name="Overview").click()
    page.wait_for_url(lambda url: "clinic" not in url)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Your clinic").click()
    page.wait_for_url("**/clinic*")
    opened(page)
    assert address(page)["prevalence"] == "0.021"
    assert numbers(page) == during
    page.get_by_role("button", name="As in these images").click()
    page.wait_for_function("() => !location.search.includes('prevalence')")
    assert numbers(page) == before


def test_prevalence_by_field_and_keys(visit):
    page = opened(visit("/clinic?run=fitted&prevalence=0.25"))
    expect(page.locator(FIELD)).to_have_value("25")
    page.locator(FIELD).fill("0.05")
    page.locator(FIELD).press("Enter")
    page.wait_for_function("() => location.search.includes('prevalence=0.0005')")
    page.locator(FIELD).fill("250")
    page.locator(FIELD).press("Enter")
    page.wait_for_timeout(400)
    assert address(page)["prevalence"] == "0.0005"
    page.locator(PREVALENCE).focus()
    page.locator(PREVALENCE).press("ArrowRight")
    page.wait_for_function("() => location.search.includes('prevalence=0.002')")


@pytest.mark.long
def test_field_and_sentences_write_a_prevalence_alike(visit):
    page = opened(visit("/clinic?run=fitted&split=test"))
    own = f"{page.locator(FIELD).input_value()} %"
    expect(page.get_by_role("button", name="As in these images")).to_contain_text(own)
    assert f"The prevalence of your clinic, {own}," in numbers(page)["callout"]
    page.locator(FIELD).fill("12.345")
    page.locator(FIELD).press("Enter")
    page.wait_for_function("() => location.search.includes('prevalence=0.12345')")
    expect(page.locator(FIELD)).to_have_value("12.345")
    assert "in your clinic 12.345 %, which is" in numbers(page)["callout"]


@pytest.mark.long
def test_slider_and_presets_work_without_charts(visit):
    page = opened(visit("/clinic?run=fitted"))
    before = numbers(page)["counts"]
    page.locator(SLIDER).focus()
    for _ in range(8):
        page.locator(SLIDER).press("ArrowRight")
    page.wait_for_timeout(700)
    assert numbers(page)["counts"] != before
    page.locator("[data-preset=youden]").click()
    expect(page.locator("[data-preset=youden]")).to_have_attribute("aria-pressed", "true")
    assert numbers(page)["counts"] == before
    assert page.locator(".tile:visible").count() == 6, "two rates of the threshold, four figures of the clinic"


@pytest.mark.long
def test_phone_contrast_and_text_alternative(visit):
    page = opened(visit("/clinic?run=fitted&prevalence=0.03", width=390, height=844, scheme="dark"))
    assert sideways(page) == [0, 0]
    expect(page.get_by_role("img", name="Icon array. Of 1,000 children, 30 come")).to_be_attached()
    assert page.locator(".icons canvas").bounding_box()["width"] >= 300
    for _ in in_both_schemes(page):
        ratios = contrasts(page, [".lead", ".legend span", ".legend b", ".promise", ".percent", ".tile .small"])
        assert min(ratios.values()) >= 4.5, ratios


@pytest.mark.long
def test_the_icons_go_with_a_window_that_becomes_narrower(visit):
    page = opened(visit("/clinic?run=fitted", width=1366))
    page.set_viewport_size({"width": 800, "height": 900})
    page.wait_for_function("() => innerWidth === 800")
    page.wait_for_timeout(500)
    assert sideways(page) == [0, 0]


def test_a_range_shows_both_ends_and_stands_in_the_address(visit, runs):
    page = opened(visit("/clinic?run=fitted&split=test&prevalence=0.05"))
    below = page.get_by_text("At 12 %: Of 1,000")
    expect(below).to_have_count(0)
    page.get_by_label("Up to a prevalence in percent").fill("12")
    page.get_by_label("Up to a prevalence in percent").press("Enter")
    page.wait_for_function("() => location.search.includes('prevalence_up_to=0.12')")
    expect(below).to_be_visible()
    run = read_run(runs / "fitted")
    sweep, threshold = threshold_sweep(run.predictions("test")), float(address(page)["threshold"])
    here = rates(sweep, threshold)
    both = here["sensitivity"].value, here["specificity"].value
    for end, where in ((0.05, "in your clinic"), (0.12, "at the upper end")):
        values = predictive_values_at(sweep, threshold, end)
        for name, value in zip(("PPV", "NPV"), values, strict=True):
            tile = page.locator(".tile", has_text=f"{name} {where}")
            expect(tile).to_contain_text(theme.rate(value.value))
            expect(tile).to_contain_text(theme.interval(value))
    expected = outlook(*both, 0.12)
    expect(below).to_contain_text(f"{expected.found} ")
    share = prevalence_of(run.predictions("validation")).value
    temperature = run.calibration["temperature"]["value"]
    ends = [expit(threshold / temperature + logit(end) - logit(share)) for end in (0.05, 0.12)]
    words = f"{theme.probability(ends[0])} to {theme.probability(ends[1])} at your clinic's 5 % to 12 %"
    expect(page.locator("p.clinic")).to_contain_text(f"The same threshold is {words}")
    expect(page.get_by_test_id("stSidebar").get_by_text(words)).to_be_visible()
    page.get_by_label("Up to a prevalence in percent").fill("")
    page.get_by_label("Up to a prevalence in percent").press("Enter")
    page.wait_for_function("() => !location.search.includes('prevalence_up_to')")
    expect(below).to_have_count(0)
