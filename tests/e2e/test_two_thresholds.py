"""Two thresholds in a real browser: Python's figures, drag and keys, handles that never cross, and links."""

import re
from itertools import product
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from core.evaluation.choosing.operating_point import choose_with_floor
from core.evaluation.choosing.triage import choose_with_predictive_floor, first_thresholds, triage
from core.evaluation.estimates.intervals import newcombe_difference
from core.evaluation.sweep import threshold_sweep
from core.runs.store import read_run
from dashboard import theme
from tests.e2e import test_operating_point as operating_point
from tests.e2e.layout import contrasts, in_both_schemes, saved, settled, sideways, still

HANDLES = ("lower", "upper")
FIGURES = ("npv", "ppv", "referred", "missed", "alarmed")


_NUMBERS = """() => {
    const roots = [...document.querySelectorAll("*")].map(e => e.shadowRoot).filter(r => r?.querySelector(".explorer"))
    const all = selector => roots.flatMap(r => [...r.querySelectorAll(selector)])
    const number = text => Number(text.replaceAll(",", ""))
    return {
        called: all("output").map(e => e.textContent),
        tiles: all(".tile").map(t => [...t.children].slice(1, 3).map(e => e.textContent)),
        cells: Object.fromEntries(all("td[data-cell]").map(c => [c.dataset.cell, number(c.textContent)])),
        promises: all("tr[data-promise]").map(r => [...r.querySelectorAll("td")].map(c => c.innerText.trim())),
        sentences: all(".sentences p").map(p => p.textContent),
    }
}"""


def slider(name):
    return f"input[data-handle={name}]"


def opened(page):
    for name in HANDLES:
        page.locator(f"[data-threshold-layer=scores_{name}] .handle").wait_for(state="attached")
    expect(page.locator("td[data-cell='all 3']")).not_to_be_empty()
    return still(page)


def numbers(page):
    return page.evaluate(f"({_NUMBERS})()")


def numbers_at(page, pairs):
    """What the page says at each pair of positions, to which the sliders are moved as a drag does."""
    return page.locator(slider("lower")).evaluate(
        f"""async (lower, pairs) => {{
            const upper = lower.getRootNode().querySelector("input[data-handle=upper]"), found = []
            for (const [low, high] of pairs) {{
                for (const [slider, at] of [[lower, 0], [upper, high], [lower, low]]) {{
                    slider.value = at
                    slider.dispatchEvent(new Event("input"))
                }}
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
                found.push(({_NUMBERS})())
            }}
            return found
        }}""",
        pairs,
    )


def put(page, name, index):
    page.locator(slider(name)).evaluate(
        "async (slider, at) => { slider.value = at; slider.dispatchEvent(new Event('input'));"
        " await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))) }",
        index,
    )


def in_address(page):
    query = parse_qs(urlsplit(page.url).query)
    return [float(query[name][0]) for name in ("rule_out", "rule_in")]


def as_written(estimate):
    return [theme.rate(estimate.value), theme.interval(estimate)]


def expected_cells(found):
    columns = {"ill": found.ill, "well": found.well, "all": tuple(map(sum, zip(found.ill, found.well, strict=True)))}
    cells = {f"{name} {place}": value for name, values in columns.items() for place, value in enumerate(values)}
    return cells | {f"{name} 3": sum(values) for name, values in columns.items()}


def offered_of(run, split):
    """The positions of a run that nobody has moved: its scores, and what validation chose."""
    sweep = threshold_sweep(run.predictions("validation"))
    chosen = [choose_with_predictive_floor(sweep, rate, "0.95").threshold for rate in ("npv", "ppv")]
    return sorted({*run.predictions(split).logit.tolist(), *first_thresholds(sweep), *chosen})


@pytest.mark.parametrize(
    ("run_id", "split", "prevalence"),
    [
        ("dominated", "validation", None),
        ("dominated", "validation", 0.04),
        *(
            pytest.param(*case, marks=pytest.mark.long)
            for case in [
                ("crossing", "test", None),  # one image a patient
                ("crossing", "validation", 0.04),
                *product(["fitted"], ["validation", "test"], [None, 0.04]),
                *product(["dominated"], ["test"], [None, 0.04]),
            ]
        ),
    ],
)
def test_figures_are_pythons_at_many_pairs(visit, runs, split, prevalence, run_id):
    run = read_run(runs / run_id)
    one_image_a_patient = run.predictions(split).n_patients == run.predictions(split).n
    assert one_image_a_patient == (run_id == "crossing")
    clinic = "" if prevalence is None else f"&population=clinic&prevalence={prevalence}"
    page = opened(visit(f"/two_thresholds?run={run_id}&split={split}{clinic}"))
    sweeps = {name: threshold_sweep(run.predictions(name)) for name in ("validation", "test")}
    offered = offered_of(run, split)
    assert int(page.locator(slider("lower")).get_attribute("max")) == len(offered) - 1
    pairs = np.sort(np.random.default_rng(1).integers(0, len(offered), (25, 2))).tolist()
    for pair, found in zip(pairs, numbers_at(page, pairs), strict=True):
        lower, upper = (offered[index] for index in pair)
        here = {name: triage(run.predictions(name), sweeps[name], lower, upper, prevalence) for name in sweeps}
        assert found["cells"] == expected_cells(here[split])
        assert found["tiles"] == [as_written(getattr(here[split], name)) for name in FIGURES]
        for name, cells in zip(FIGURES[:3], found["promises"], strict=True):
            promised, delivered = (getattr(here[split], name) for split in ("validation", "test"))
            gap = newcombe_difference(delivered, promised)
            for cell, estimate in zip(cells, (promised, delivered), strict=False):
                assert cell.split("\n") == [part for part in as_written(estimate) if part]
            assert cells[2].startswith("\n".join(theme.difference(gap)).rstrip())
        assert f"{here[split].ill[0]:,} {'is' if here[split].ill[0] == 1 else 'are'} ruled out" in found["sentences"][0]


@pytest.mark.parametrize("position", [20, pytest.param(100, marks=pytest.mark.long)])
def test_equal_handles_are_the_operating_point(visit, runs, position):
    threshold = offered_of(read_run(runs / "fitted"), "test")[position]
    pair = numbers(opened(visit(f"/two_thresholds?run=fitted&split=test&rule_out={threshold!r}&rule_in={threshold!r}")))
    single = operating_point.opened(visit(f"/operating_point?run=fitted&split=test&threshold={threshold!r}"))
    cells, tiles, whole = pair["cells"], pair["tiles"], operating_point.numbers(single)
    counts = {name: int(text.replace(",", "")) for name, text in whole["cells"].items()}
    assert (cells["ill 2"], cells["well 2"]) == (counts["tp"], counts["fp"])
    assert (cells["ill 0"], cells["well 0"]) == (counts["fn"], counts["tn"])
    assert cells["all 1"] == 0
    assert tiles[0] == whole["tiles"]["NPV"]
    assert tiles[1] == whole["tiles"]["Precision (PPV)"]
    assert tiles[2] == ["0.000", "0.000 to 0.000"]


@pytest.mark.parametrize("name", ["upper", pytest.param("lower", marks=pytest.mark.long)])
def test_drag_on_the_scores_is_live_and_asks_once(visit, sent, runs, name):
    ascending = offered_of(read_run(runs / "fitted"), "validation")
    start = [ascending[40], ascending[80]]
    address = f"/two_thresholds?run=fitted&rule_out={start[0]!r}&rule_in={start[1]!r}"
    page = opened(visit(address))
    before = numbers(page)
    handle = page.locator(f"[data-threshold-layer=scores_{name}] .handle")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    sent.clear()
    page.mouse.move(x + (-60 if name == "lower" else 60), y, steps=10)
    page.wait_for_timeout(400)
    during = numbers(page)
    assert during["cells"]["all 1"] > before["cells"]["all 1"]
    assert in_address(page) == start and operating_point.reruns(sent) == []
    address = page.url
    page.mouse.up()
    page.wait_for_function("before => location.href !== before", arg=address)
    still(page)
    assert len(operating_point.reruns(sent)) == 1
    assert numbers(page) == during
    place = HANDLES.index(name)
    assert in_address(page)[place] in set(read_run(runs / "fitted").predictions("validation").logit.tolist())
    assert in_address(page)[1 - place] == start[1 - place]


def test_handles_cannot_cross(visit, runs):
    page = opened(visit("/two_thresholds?run=fitted"))
    last = int(page.locator(slider("lower")).get_attribute("max"))
    put(page, "lower", 40)
    put(page, "upper", 70)
    for name, index, expected in (("lower", last, 70), ("upper", 0, 70), ("lower", 30, 30), ("upper", 5, 30)):
        put(page, name, index)
        assert int(page.locator(slider(name)).input_value()) == expected
    assert numbers(page)["cells"]["all 1"] == 0
    for name, direction in (("lower", -60), ("upper", 60)):  # on each other, either can still be taken away
        box = page.locator(f"[data-threshold-layer=scores_{name}] .handle").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + direction, y, steps=5)
        page.mouse.up()
        still(page)
    lower, upper = (int(page.locator(slider(name)).input_value()) for name in HANDLES)
    assert lower < 30 < upper


@pytest.mark.long
def test_keys_step_from_score_to_score(visit, runs):
    ascending = offered_of(read_run(runs / "fitted"), "validation")
    at = {"lower": 40, "upper": 80}
    page = opened(visit(f"/two_thresholds?run=fitted&rule_out={ascending[40]!r}&rule_in={ascending[80]!r}"))
    steps = (("lower", "ArrowLeft", -1), ("upper", "ArrowRight", 1), ("lower", "PageDown", -6), ("upper", "ArrowUp", 1))
    for on, (name, key, step) in product(("slider", "line"), steps):
        place = page.locator(slider(name) if on == "slider" else f"[data-threshold-layer=scores_{name}] .handle")
        index, before = int(page.locator(slider(name)).input_value()), ascending[at[name]]
        place.focus()
        place.press(key)
        expect(page.locator(slider(name))).to_have_value(str(index + step))
        assert re.match(
            r"ruled out below \S+, NPV \S+; ruled in from \S+, PPV \S+; referred \S+",
            place.get_attribute("aria-valuetext"),
        )
        page.wait_for_function("start => !location.search.includes(start)", arg=repr(before))
        at[name] += step
        assert in_address(page) == [ascending[at[each]] for each in HANDLES], (on, name, key)
        still(page)


@pytest.mark.long
def test_link_restores_both_exactly_whatever_their_order(visit, runs):
    test = read_run(runs / "fitted").predictions("test")
    page = opened(visit("/two_thresholds?run=fitted&split=test&rule_out=1.2500000000000002&rule_in=-0.1"))
    cells = numbers(page)["cells"]
    assert cells["all 0"] == int((test.logit < -0.1).sum())
    assert cells["all 2"] == int((test.logit >= 1.2500000000000002).sum())
    page.reload()
    opened(page)
    assert numbers(page)["cells"] == cells
    page.get_by_test_id("stSidebar").get_by_role("link", name="Overview").click()
    page.wait_for_url(lambda url: "two_thresholds" not in url)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Two thresholds").click()
    page.wait_for_url("**/two_thresholds*")
    opened(page)
    assert numbers(page)["cells"] == cells


@pytest.mark.long
def test_presets_on_validation(visit, runs):
    validation = read_run(runs / "fitted").predictions("validation")
    page = opened(visit("/two_thresholds?run=fitted&split=test&rule_out=0&rule_in=0"))
    expect(page.get_by_text("Set while looking at test: exploratory")).to_be_visible()
    address = ("rule_out", "rule_in")
    for name, place in (("npv", 0), ("ppv", 1)):
        field = page.locator(f"input[data-floor={name}]")
        field.fill("1")
        field.press("Enter")
        button = page.locator(f"[data-preset={name}]")
        expect(button).to_have_attribute("aria-label", f"{name.upper()} at least 1")
        expect(button).to_have_attribute("aria-pressed", "true")
        page.wait_for_function("name => new URLSearchParams(location.search).get(name) !== '0.0'", arg=address[place])
        threshold = in_address(page)[place]
        called = validation.logit < threshold if name == "npv" else validation.logit >= threshold
        assert called.any() and (validation.y_true[called] == place).all()
    expect(page.get_by_text("Set while looking at test: exploratory")).to_be_hidden()
    lower, upper = in_address(page)
    assert lower <= upper


@pytest.mark.parametrize("run", [pytest.param("many", marks=pytest.mark.long), "crossing"])
def test_the_rules_that_a_run_opens_with_are_marked_though_they_cross(visit, runs, run):
    sweep = threshold_sweep(read_run(runs / run).predictions("validation"))
    sensitive, specific = (choose_with_floor(sweep, rate, "0.95").threshold for rate in ("sensitivity", "specificity"))
    assert (sensitive > specific) == (run == "crossing")
    page = opened(visit(f"/two_thresholds?run={run}"))
    rules = [page.locator(f"[data-preset={name}]") for name in ("sensitivity", "specificity")]
    for button in rules:
        expect(button).to_have_attribute("aria-pressed", "true")
    put(page, "lower", 3)
    page.locator(slider("lower")).press("ArrowUp")
    expect(rules[0]).to_have_attribute("aria-pressed", "false")


def test_the_saved_picture_holds_both_lines_and_their_words_lie_in_the_chart_wherever_they_stand(visit, tmp_path):
    page = opened(visit("/two_thresholds?run=fitted", width=1366))
    drawn = saved(page, "scores", "SVG", tmp_path).read_text()
    assert drawn.count('r="7"') == 2
    assert "← ruled out" in drawn and "ruled in →" in drawn
    last = int(page.locator(slider("lower")).get_attribute("max"))
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 900})
        area = settled(page).locator(".st-key-scores .nsewdrag").bounding_box()
        for lower, upper in ((0, last), (last // 3, last // 2)):
            put(page, "lower", 0)
            put(page, "upper", upper)
            put(page, "lower", lower)
            for name in HANDLES:
                word = page.locator(f"[data-threshold-layer=scores_{name}] .word").bounding_box()
                inside = area["x"] <= word["x"] and word["x"] + word["width"] <= area["x"] + area["width"]
                assert inside, (width, name, lower)


@pytest.mark.long
def test_phone_and_contrast(visit):
    page = opened(visit("/two_thresholds?run=fitted&split=test", width=390, height=844, scheme="dark"))
    selectors = [
        ".promises th",
        ".promises b",
        ".promises .small",
        ".two-by-two th",
        "td.right",
        "td.wrong",
        ".presets button",
        ".tile .small",
        ".sentences p",
    ]
    for _ in in_both_schemes(page):
        assert sideways(page) == [0, 0]
        ratios = contrasts(page, selectors)
        assert min(ratios.values()) >= 4.5, ratios
