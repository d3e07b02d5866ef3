"""The dossier in a real browser, opened from a disk without a network: it drags, prints, and notices a change."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from core.dossier.writing import write_dossier
from core.explain.pictures import Pictures
from core.runs.locked_points import Signature, lock_point
from core.runs.store import read_run
from tests.e2e.axe import broken

# What stands under the slider at each of its places.
_TEXTS = """async (slider, places) => {
    const texts = []
    for (const place of places) {
        slider.value = place
        slider.dispatchEvent(new Event("input"))
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
        texts.push(slider.getRootNode().querySelector(".promise").textContent)
    }
    return texts
}"""
SLIDER = "#control input[type=range]"


@pytest.fixture(scope="module")
def file(tmp_path_factory, write_run) -> Path:
    folder = tmp_path_factory.mktemp("dossier")
    run = read_run(write_run(folder, "signed", image_prefix="<b>"))
    lock_point(run, 0.25, Signature(name="ward <b>", rule="r", who="w", why="y", floors={"sensitivity": "0.9"}))
    write_dossier(run, folder / "run.html")
    return folder / "run.html"


@pytest.fixture
def opened(chromium, request):
    """Open a file as it lies on the disk; nothing else may be asked for and nothing may go wrong."""
    problems: list[str] = []

    def open_file(file: Path, *, width: int = 1280):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="light", offline=True)
        request.addfinalizer(context.close)
        page = context.new_page()
        own = (file.as_uri(), "data:")
        page.on("request", lambda asked: None if asked.url.startswith(own) else problems.append(asked.url))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(file.as_uri())
        page.locator(SLIDER).wait_for()
        return page

    yield open_file
    assert problems == []


@pytest.fixture(scope="module")
def pictured(tmp_path_factory, write_run_with_images) -> Path:
    folder = tmp_path_factory.mktemp("pictured")
    run = read_run(write_run_with_images(folder, "pictured"))
    lock_point(run, 9.0, Signature(name="too high", rule="r", who="w", why="y", floors={"specificity": "0.9"}))
    write_dossier(run, folder / "run.html", pictures=Pictures(run))
    return folder / "run.html"


def test_pictures_of_its_worst_errors_are_seen_and_a_changed_one_is_noticed(opened, pictured, tmp_path):
    page = opened(pictured)
    assert page.locator("#unchanged").inner_text().startswith("Unchanged since it was written")
    images = page.locator(".failures img")
    assert images.count() == 4, "all with pneumonia are missed"
    page.wait_for_function("() => [...document.querySelectorAll('.failures img')].every(e => e.naturalWidth === 192)")
    text = pictured.read_text(encoding="utf-8")
    start = text.index("data-part='pictures'>") + 200
    (tmp_path / "changed.html").write_text(
        text[:start] + ("A" if text[start] != "A" else "B") + text[start + 1 :], encoding="utf-8"
    )
    assert "the data “pictures” were changed" in opened(tmp_path / "changed.html").locator("#unchanged").inner_text()


def test_no_rule_of_accessibility_is_broken(opened, pictured, axe):
    page = opened(pictured)
    for width, scheme in product((1280, 390), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert broken(page, axe) == [], (width, scheme)


def told(page) -> dict[str, str]:
    return {
        tile.locator(".small").first.inner_text(): tile.locator("b").inner_text()
        for tile in page.locator("#control .tile").all()
    }


def test_unchanged_and_at_the_locked_threshold(opened, file):
    page = opened(file)
    assert page.locator("#unchanged").inner_text().startswith("Unchanged since it was written")
    assert "logit 0.2500" in page.locator("#control .explorer").inner_text()
    assert page.locator("h1").inner_text() == "Dossier of signed"


@pytest.mark.parametrize(
    ("find", "put", "said"),
    [
        ('"test_tp":[', '"test_tp":[9', "the data “positions” were changed"),
        ("locked the threshold", "lucked the threshold", "the section “decision” was changed"),
        ('\\"who\\":\\"w\\"', '\\"who\\":\\"v\\"', "line 1 of the log does not fit its chain"),
    ],
)
def test_one_changed_byte_is_noticed(opened, file, tmp_path, find, put, said):
    text = file.read_text(encoding="utf-8")
    assert find in text
    (tmp_path / "changed.html").write_text(text.replace(find, put, 1), encoding="utf-8")
    page = opened(tmp_path / "changed.html")
    assert said in page.locator("#unchanged").inner_text()


def test_the_slider_and_the_chart_move_every_figure(opened, file):
    page = opened(file)
    before = told(page)
    page.locator(SLIDER).focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    after = told(page)
    assert float(after["Sensitivity"]) < float(before["Sensitivity"])
    assert float(after["Specificity"]) > float(before["Specificity"])
    handle = page.locator("[data-threshold-layer=roc] .handle")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 20, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert told(page) != after
    assert "#threshold=" in page.url


def test_the_same_figures_as_the_dashboard(opened, visit, runs, tmp_path):
    """At the same places of the slider; the dashboard shows test, as the dossier does."""
    write_dossier(read_run(runs / "crossing"), tmp_path / "run.html")
    here, there = opened(tmp_path / "run.html"), visit("/operating_point?run=crossing&split=validation")
    there.locator("input[type=range]").first.wait_for()
    positions = int(here.locator(SLIDER).get_attribute("max"))
    places = sorted(set(np.linspace(0, positions, 200).round().astype(int).tolist()))
    assert len(places) > 150
    ours, theirs = (
        page.locator(slider).first.evaluate(_TEXTS, places)
        for page, slider in ((here, SLIDER), (there, "input[aria-label=Threshold]"))
    )
    assert ours == theirs
    assert len(set(ours)) > 100 and all("Test delivers" in text for text in ours)


def test_a_phone_scrolls_in_one_direction_only(opened, file):
    page = opened(file, width=390)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, scheme


def test_it_prints_with_its_live_charts_in_a_row_and_no_figure_cut(opened, file):
    page = opened(file, width=688)
    page.emulate_media(media="print")
    tops = page.locator(".charts:not([hidden]) figure").evaluate_all("all => all.map(e => e.offsetTop)")
    assert len(tops) == 3 and len(set(tops)) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    cut = page.locator("#control .tile .small, #control .tile b").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.parentElement.clientWidth).map(e => e.textContent)"
    )
    assert cut == []
    assert len(page.pdf(format="A4")) > 20_000
