"""The live threshold in a real browser on the real server: exact, instant, by pointer and by keyboard."""

import math
import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect
from sklearn.metrics import confusion_matrix
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.both_classes import weighted_sum
from core.evaluation.estimates.intervals import (
    f1_from_overlap,
    likelihood_ratios,
    newcombe_difference,
    wilson_estimate,
    z_value,
)
from core.evaluation.sweep import threshold_sweep
from core.runs.store import read_run
from core.telling.joining import joined
from dashboard import theme
from tests.e2e.layout import contrasts, in_both_schemes, said_at, saved, sideways, still

TILES = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "precision": "Precision (PPV)",
    "npv": "NPV",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "f1": "F1",
    "lr_positive": "LR+",
    "lr_negative": "LR−",
}
HANDLES = ("roc", "precision_recall", "scores")
SLIDER = "input[type=range]"
LONG = pytest.mark.long


_NUMBERS = """() => {
    const roots = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated], *")]
        .map(e => e.shadowRoot).filter(r => r?.querySelector(".explorer"))
    const all = selector => roots.flatMap(r => [...r.querySelectorAll(selector)])
    return {
        called: all(".called")[0].textContent,
        tiles: Object.fromEntries(all(".tile").map(t => [...t.children].slice(0, 3).map(e => e.textContent))
            .map(([name, value, limits]) => [name, [value, limits]])),
        cells: Object.fromEntries(all("td[data-cell]").map(c => [c.dataset.cell, c.textContent])),
        promise: all(".promise p").map(p => p.textContent),
        sentences: all(".sentences p").map(p => p.textContent),
    }
}"""


def opened(page):
    """Wait until all three markers lie on their charts."""
    for kind in HANDLES:
        page.locator(f"[data-threshold-layer={kind}] .handle").wait_for(state="attached")
    expect(page.locator("td[data-cell=tp]")).not_to_be_empty()
    return still(page)


def in_address(page, name="threshold"):
    return parse_qs(urlsplit(page.url).query)[name][0]


def numbers(page):
    """What the page says: the name of the threshold, tiles, table and promise lines."""
    return page.evaluate(f"({_NUMBERS})()")


def reruns(sent):
    """The runs of the whole page that the browser asked for, of what it ``sent``."""
    asked = [BackMsg.FromString(message) for message in sent if isinstance(message, bytes)]
    return [one for one in asked if one.WhichOneof("type") == "rerun_script" and not one.rerun_script.fragment_id]


def as_written(estimate, ratio=False):
    write = theme.ratio if ratio else theme.rate
    known = not math.isnan(estimate.value)
    return [write(estimate.value), theme.limits(estimate.low, estimate.high, write) if known else ""]


def expected_tiles(estimates):
    return {name: as_written(estimates[rate], rate.startswith("lr")) for rate, name in TILES.items()}


@pytest.mark.parametrize(
    ("run_id", "split", "other"),
    [
        ("dominated", "test", "validation"),
        pytest.param("fitted", "validation", "test", marks=pytest.mark.long),
        pytest.param("dominated", "validation", "test", marks=pytest.mark.long),
        pytest.param("fitted", "test", "validation", marks=pytest.mark.long),
    ],
)
def test_numbers_at_every_hundredth_position_are_pythons_and_scikit_learns(visit, runs, run_id, split, other):
    run = read_run(runs / run_id)
    page = opened(visit(f"/operating_point?run={run_id}&split={split}"))
    seen = run.predictions(split)
    sweeps = {name: threshold_sweep(run.predictions(name)) for name in (split, other)}
    rng = np.random.default_rng(0)
    offered = sorted({*seen.logit, *(point["threshold"] for point in run.operating_points)})
    places = rng.integers(0, len(offered), 100).tolist()
    for index, found in zip(places, said_at(page.locator(SLIDER), places, _NUMBERS), strict=True):
        threshold = offered[index]
        tn, fp, fn, tp = confusion_matrix(seen.y_true, seen.logit >= threshold).ravel().tolist()
        cells = {
            "tp": tp,
            "fp": fp,
            "fn": fn,
            "tn": tn,
            "positives": tp + fn,
            "negatives": fp + tn,
            "called_positive": tp + fp,
            "called_negative": tn + fn,
            "images": seen.n,
        }
        assert found["cells"] == {name: theme.count(value) for name, value in cells.items()}
        here, there = rates(sweeps[split], threshold), rates(sweeps[other], threshold)
        assert found["tiles"] == expected_tiles(here)
        shown, delivered = (here, there) if split == "validation" else (there, here)
        for name, line in zip(("sensitivity", "specificity"), found["promise"], strict=True):
            gap = newcombe_difference(delivered[name], shown[name])
            for part in (
                f"Validation shows {name} {' ('.join(as_written(shown[name]))})",
                f"delivers {' ('.join(as_written(delivered[name]))})",
                "Gap {} ({})".format(*theme.difference(gap)),
            ):
                assert part in line
        assert f"{theme.count(tp)} {'is' if tp == 1 else 'are'} found" in found["sentences"][0]
        assert found["sentences"][2] == theme.alarms_in_words(tp, tp + fp)


@pytest.mark.long
def test_where_one_patient_has_most_images_no_interval_is_shown_and_hovering_says_why(visit, runs):
    page = opened(visit("/operating_point?run=dominated"))
    reason = "no interval, as one patient or two have most of the images"
    expect(page.locator(".tile").first).to_have_attribute("title", reason)
    assert {limits for _, limits in numbers(page)["tiles"].values()} == {"no interval"}
    line = page.locator(".promise p").first
    expect(line).to_have_attribute("title", reason)
    assert re.search(r"\(no interval\)\. Test delivers .* Gap \S+ \(no interval\)$", line.inner_text().strip())
    shares = [
        theme.percent(np.bincount(split.patient_index).max() / split.n)
        for split in map(read_run(runs / "dominated").predictions, ("validation", "test"))
    ]
    expect(page.get_by_text("intervals are wider for it, or absent")).to_have_text(
        f"One patient has {shares[0]} of the images of validation and one {shares[1]} of the images of test: "
        "intervals are wider for it, or absent."
    )
    clinic = visit("/clinic?run=dominated&prevalence=0.1")
    expect(clinic.locator(".tile", has_text="PPV in your clinic")).to_contain_text("no interval")
    expect(clinic.locator(".tile:visible", has_text="LR+")).to_contain_text("no interval")


def test_formulas_in_the_browser_are_those_of_python(chromium):
    """Random 2x2 tables with random effective sizes, the empty and the perfect ones among them."""
    page = chromium.new_page()
    page.add_script_tag(content=joined(Path(__file__).with_name("formulas.js")))
    rng = np.random.default_rng(5)
    tables = [[0, 0, 0, 0], [0, 0, 5, 0], [7, 0, 0, 0], [1, 0, 15, 0], [1, 15, 1, 15], [999, 1, 1_000_000, 3]]
    tables += [[int(n) for n in rng.integers(0, rng.choice([2, 20, 3000]), 4)] for _ in range(600)]
    names = ("sensitivity", "specificity", "precision", "npv", "accuracy", "f1")
    drawn = np.where(rng.random((len(tables), 6)) < 0.1, 0, rng.random((len(tables), 6)) * 900 + 0.5)  # 0: no interval
    together = np.where(rng.random(len(tables)) < 0.3, 0, rng.uniform(-1, 1, len(tables)))
    sizes = [
        dict(zip(names, row, strict=True)) | {"correlation": r}
        for row, r in zip(drawn.tolist(), together.tolist(), strict=True)
    ]
    found = page.evaluate(
        """([tables, sizes, z]) => tables.map(([tp, fp, tn, fn], i) => {
            const all = Object.entries(rates({ tp, fp, tn, fn }, sizes[i], z))
            return Object.fromEntries(all.map(([name, e]) => name.startsWith("lr")
                ? [name, [ratio(e.value), ratioInterval(e), e.reason?.replace("no interval, as ", "") ?? ""]]
                : [name, [rate(e.value), interval(e)]]))
        })""",
        [tables, sizes, z_value()],
    )
    for (tp, fp, tn, fn), size, written in zip(tables, sizes, found, strict=True):

        def of(rate, x, n, size=size):
            return wilson_estimate(x / n if n else math.nan, size[rate], reason="")

        sensitivity, specificity = of("sensitivity", tp, tp + fn), of("specificity", tn, tn + fp)
        positive, negative = likelihood_ratios(
            sensitivity.value,
            specificity.value,
            size["sensitivity"],
            size["specificity"],
            correlation=size["correlation"],
        )
        estimates = {
            "sensitivity": sensitivity,
            "specificity": specificity,
            "precision": of("precision", tp, tp + fp),
            "npv": of("npv", tn, tn + fn),
            "accuracy": of("accuracy", tp + tn, tp + fp + tn + fn),
            "balanced_accuracy": weighted_sum(
                sensitivity, 0.5, specificity, 0.5, correlation=size["correlation"], within=(0.0, 1.0)
            ),
            "f1": f1_from_overlap(of("f1", tp, tp + fp + fn)),
            "lr_positive": positive,
            "lr_negative": negative,
        }
        assert written == {
            name: [*as_written(e, ratio=True), e.reason] if name.startswith("lr") else as_written(e)
            for name, e in estimates.items()
        }, (tp, fp, tn, fn)
    assert {"∞", theme.EM_DASH, "0.00"} <= {each["lr_positive"][0] for each in found}
    page.close()


@pytest.mark.long
def test_where_no_negative_image_is_called_positive_the_ratio_is_infinite_and_says_so(visit, runs):
    """At the highest score that is a positive image's: no 1.04 beside a specificity of 1.000."""
    test = read_run(runs / "fitted").predictions("test")
    highest = max(test.logit[test.y_true == 0])
    threshold = float(min(test.logit[(test.y_true == 1) & (test.logit > highest)]))
    page = opened(visit(f"/operating_point?run=fitted&split=test&threshold={threshold!r}"))
    tiles = numbers(page)["tiles"]
    assert (tiles["Specificity"][0], tiles["LR+"][0]) == ("1.000", "∞")
    assert re.fullmatch(r"\d+\.\d+ or more", tiles["LR+"][1])
    reason = "infinite, as no negative image is called positive"
    expect(page.locator(".tile", has_text="LR+")).to_have_attribute("title", reason)


@pytest.mark.parametrize(
    "kind", ["roc", *(pytest.param(one, marks=LONG) for one in ("slider", "precision_recall", "scores"))]
)
def test_drag_moves_everything_and_asks_the_server_once_on_release(visit, sent, runs, kind):
    page = opened(visit("/operating_point?run=fitted"))
    logits = {repr(logit) for logit in read_run(runs / "fitted").predictions("validation").logit.tolist()}
    before, start = numbers(page), in_address(page)
    handle = page.locator(SLIDER if kind == "slider" else f"[data-threshold-layer={kind}] .handle")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if kind == "slider":
        share = handle.evaluate("s => s.value / s.max")
        x = box["x"] + 8 + (box["width"] - 16) * share
    if kind == "scores":
        y = box["y"] + 30
    page.mouse.move(x, y)
    page.mouse.down()
    sent.clear()
    direction = {"roc": (70, -5), "precision_recall": (-60, -2), "scores": (40, 0), "slider": (150, 0)}[kind]
    page.mouse.move(x + direction[0], y + direction[1], steps=12)
    page.wait_for_timeout(600)
    during = numbers(page)
    assert during["called"] != before["called"]
    assert during["tiles"] != before["tiles"]
    assert in_address(page) == start
    assert reruns(sent) == []
    page.mouse.up()
    page.wait_for_function("before => !location.search.includes(before)", arg=start)
    still(page)
    assert len(reruns(sent)) == 1
    assert in_address(page) in logits, "a real score, to the last bit"
    assert numbers(page) == during


def test_keys_step_from_score_to_score(visit, runs):
    run = read_run(runs / "fitted")
    ascending = sorted({*run.predictions("validation").logit.tolist(), *(p["threshold"] for p in run.operating_points)})
    at = 50
    page = opened(visit(f"/operating_point?run=fitted&threshold={ascending[at]!r}"))
    for kind, key, step in (
        ("roc", "ArrowRight", -1),
        ("roc", "ArrowDown", 1),
        ("precision_recall", "ArrowUp", 1),
        ("scores", "ArrowRight", 1),
        ("scores", "PageDown", -6),
        ("slider", "ArrowLeft", -1),
        ("slider", "PageUp", 6),
    ):
        handle = page.locator(SLIDER if kind == "slider" else f"[data-threshold-layer={kind}] .handle")
        handle.focus()
        handle.press(key)
        words = handle.get_attribute("aria-valuetext")
        page.wait_for_function("start => !location.search.includes(start)", arg=repr(ascending[at]))
        at += step
        assert float(in_address(page)) == ascending[at], (kind, key)
        assert re.fullmatch(r"calibrated probability \S+, sensitivity \d\.\d{3}, specificity \d\.\d{3}", words)
        assert int(handle.get_attribute("aria-valuenow") or handle.input_value()) == at
        expect(page.get_by_role("status").filter(has_text="sensitivity")).to_have_text(words)
        still(page)


@pytest.mark.long
def test_keyboard_alone_reaches_every_control(visit):
    page = opened(visit("/operating_point?run=fitted"))
    page.locator(SLIDER).focus()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => { let e = document.activeElement;"
                " while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
                " return e?.getAttribute('aria-label') ?? e?.textContent ?? '' }"
            )
        )
    for name in (
        "Youden's J",
        "Specificity at least 0.90",
        "Best F1",
        "Threshold: operating point on the ROC curve",
        "Threshold: line on the distribution of scores",
    ):
        assert name in reached, reached


@pytest.mark.parametrize(
    "asked", [pytest.param(x, marks=LONG) for x in ("-2.2250738585072014e-308", "0.30000000000000004", "99.5", "-99.5")]
)
def test_link_restores_any_threshold_exactly(visit, runs, asked):
    page = opened(visit(f"/operating_point?run=fitted&threshold={asked}&split=test&scale=raw"))
    test = read_run(runs / "fitted").predictions("test")
    cells = numbers(page)["cells"]
    assert int(cells["tp"]) == int(((test.logit >= float(asked)) & (test.y_true == 1)).sum())
    assert float(in_address(page)) == float(asked)
    page.reload()
    opened(page)
    assert numbers(page)["cells"] == cells
    for name in ("Overview", "Operating point"):
        page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()
        page.wait_for_url(lambda url, name=name: ("operating_point" in url) == (name == "Operating point"))
    opened(page)
    assert numbers(page)["cells"] == cells
    assert float(in_address(page)) == float(asked)


@pytest.mark.long
def test_threshold_survives_a_change_of_split_and_scale(visit, runs):
    score = sorted(read_run(runs / "fitted").predictions("validation").logit.tolist())[40]
    page = opened(visit(f"/operating_point?run=fitted&threshold={score!r}"))
    calibrated, before = numbers(page)["called"], numbers(page)
    page.get_by_role("radio", name="Raw").click()
    expect(page.locator(".called")).not_to_have_text(calibrated)
    raw = numbers(page)
    assert raw["called"] == theme.probability(1 / (1 + math.exp(-score)))
    assert {k: v for k, v in raw.items() if k != "called"} == {k: v for k, v in before.items() if k != "called"}
    page.get_by_role("radio", name="Test").click()
    expect(page.get_by_text("Test: 160 images")).to_be_visible()
    opened(page)
    test = read_run(runs / "fitted").predictions("test")
    assert int(numbers(page)["cells"]["tp"]) == int(((test.logit >= score) & (test.y_true == 1)).sum())
    assert float(in_address(page)) == score


def test_presets_are_chosen_on_validation_also_while_test_is_seen(visit, runs):
    run = read_run(runs / "fitted")
    page = opened(visit("/operating_point?run=fitted&split=test&threshold=5"))
    expect(page.get_by_text("Set while looking at test: exploratory")).to_be_visible()
    for name, point in zip(("youden", "specificity", "sensitivity", "best_f1"), run.operating_points, strict=True):
        button = page.locator(f"[data-preset={name}]")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        page.wait_for_function(
            "t => new URLSearchParams(location.search).get('threshold') === t", arg=repr(point["threshold"])
        )
    expect(page.get_by_text("Set while looking at test: exploratory")).to_be_hidden()


@pytest.mark.long
def test_x_of_a_preset_is_adjustable(visit, runs):
    validation = read_run(runs / "fitted").predictions("validation")
    page = opened(visit("/operating_point?run=fitted"))
    field = page.get_by_role("spinbutton", name="Specificity at least")
    field.fill("0.5")
    field.press("Enter")
    expect(page.locator("[data-preset=specificity]")).to_have_attribute("aria-label", "Specificity at least 0.5")
    expect(page.locator("[data-preset=specificity]")).to_have_attribute("aria-pressed", "true")
    negatives = validation.logit[validation.y_true == 0]
    threshold = float(in_address(page))
    assert (negatives < threshold).mean() >= 0.5
    field.fill("7")
    field.press("Enter")
    expect(field).to_have_value("0.5")


def test_two_sessions_have_their_own_thresholds(visit):
    first, second = (opened(visit("/operating_point?run=fitted", fresh=fresh)) for fresh in (False, True))
    start = in_address(first)
    first.locator(SLIDER).focus()
    first.locator(SLIDER).press("Home")
    first.wait_for_function("start => !location.search.includes(start)", arg=start)
    second.locator(SLIDER).press("ArrowRight")
    second.wait_for_function("start => !location.search.includes(start)", arg=start)
    assert in_address(first) != in_address(second)
    first.get_by_role("radio", name="Raw").click()
    expect(first.get_by_role("radio", name="Raw")).to_be_checked()
    still(first)
    assert numbers(first)["cells"]["called_negative"] == "0"


@pytest.mark.long
def test_many_scores_are_thinned_and_counted_exactly(visit, runs):
    validation = read_run(runs / "many").predictions("validation")
    page = opened(visit("/operating_point?run=many&threshold=0.123456789"))
    expect(page.get_by_text(re.compile(r"^4,0\d\d of 24,000 distinct scores are positions"))).to_be_visible()
    assert numbers(page)["cells"]["called_positive"] == theme.count((validation.logit >= 0.123456789).sum())
    handle = page.locator("[data-threshold-layer=scores] .handle")
    handle.focus()
    handle.press("ArrowRight")
    page.wait_for_function("() => !location.search.includes('0.123456789')")
    threshold = float(in_address(page))
    assert threshold in set(validation.logit.tolist())
    assert numbers(page)["cells"]["called_positive"] == theme.count((validation.logit >= threshold).sum())


@pytest.mark.long
def test_a_run_deleted_while_it_is_shown_is_said_calmly(visit, runs):
    page = opened(visit("/operating_point?run=doomed"))
    shutil.rmtree(runs / "doomed")
    page.locator(SLIDER).focus()
    page.locator(SLIDER).press("ArrowRight")
    expect(page.get_by_text("There is no run of this name here")).to_be_visible()
    page.get_by_role("button", name="Open the newest whole run").click()
    opened(page)


def test_the_marker_is_saved_goes_with_a_zoom_and_without_charts_slider_and_tiles_go_on(visit, tmp_path):
    page = opened(visit("/operating_point?run=fitted"))
    assert 'r="8"' in saved(page, "roc", "SVG", tmp_path).read_text(), "the saved picture holds the threshold"
    handle = page.locator("[data-threshold-layer=roc] .handle")
    before = handle.bounding_box()
    page.locator(".st-key-roc .js-plotly-plot").hover()
    page.locator(".st-key-roc [data-title='Zoom out']").click()
    still(page)
    assert handle.bounding_box() != before, "a zoom moves the marker with the curve"
    called = numbers(page)["called"]
    page.evaluate("document.querySelectorAll('.js-plotly-plot').forEach(plot => plot.parentElement.replaceChildren())")
    page.locator(SLIDER).focus()
    page.locator(SLIDER).press("ArrowRight")
    expect(page.locator(".called")).not_to_have_text(called)
    assert numbers(page)["called"] != called


@pytest.mark.long
def test_phone_and_contrast(visit):
    page = opened(visit("/operating_point?run=fitted", width=390, height=844, scheme="dark"))
    order = {kind: page.locator(f".st-key-{kind}").bounding_box()["y"] for kind in HANDLES}
    assert order["roc"] < order["scores"] < order["precision_recall"]
    assert page.locator(".tile:visible").count() == 4
    page.get_by_role("button", name="More figures").click()
    assert page.locator(".tile:visible").count() == 9
    selectors = [".quiet", ".tile .small", ".promise p", ".two-by-two th", "td.right", "td.wrong", ".presets button"]
    for _ in in_both_schemes(page):
        assert sideways(page) == [0, 0]
        ratios = contrasts(page, selectors)
        assert min(ratios.values()) >= 4.5, ratios
