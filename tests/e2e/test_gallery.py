"""The gallery in a real browser."""

import shutil
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from core.evaluation.outcomes import rows_of
from core.evaluation.sweep import threshold_sweep
from core.runs.marks import read_marks
from core.runs.store import read_run
from tests.e2e.layout import contrasts, in_both_schemes, settled, sideways

HOSTILE = '![x](http://evil.example/x.png)<script>alert("1")</script>'
ADDRESS = "/gallery?run=pictured&split=test&scale=raw&threshold=-100.0"


def many(records):
    """Twenty times as many images, which share the files of the first ones."""
    copies = [records.assign(image_id=[f"{i:02d}/{name}" for name in records["image_id"]]) for i in range(20)]
    return pd.concat(copies, ignore_index=True)


def with_hostile_text(records):
    return records.assign(
        image_id=[HOSTILE + name for name in records["image_id"]],
        patient_id=[HOSTILE + name for name in records["patient_id"]],
    )


@pytest.fixture(scope="module")
def run(runs, tmp_path_factory, write_run_with_images):
    """A run whose images are there. So are those of two more, "phantoms" and "hostile-pictured"."""
    shutil.move(write_run_with_images(tmp_path_factory.mktemp("pictured"), "pictured", change=many), runs)
    folder = write_run_with_images(
        tmp_path_factory.mktemp("hostile"),
        "hostile-pictured",
        change=with_hostile_text,
        data={"class_names": [HOSTILE, HOSTILE]},
    )
    shutil.move(folder, runs)
    write_run_with_images(runs, "phantoms", phantoms=True)
    return read_run(runs / "pictured")


def ids(run, kind="tp", threshold=-100.0, order="confident"):
    split = run.predictions("test")
    return split.image_id[rows_of(split, threshold, kind, order=order)].tolist()


def opened(page):
    expect(page.locator(".heat-map svg")).to_be_visible()  # the first one imports torch
    return page


def focused(page):
    return page.evaluate(
        "() => { let e = document.activeElement; while (e?.shadowRoot) e = e.shadowRoot.activeElement;"
        " return e?.getAttribute('aria-label') ?? '' }"
    )


def test_keys_walk_the_grid_open_an_image_and_come_back_to_its_tile(visit, run):
    page = visit(ADDRESS)
    tiles = page.get_by_role("option")
    expect(tiles).to_have_count(60)
    expect(page.get_by_role("listbox", name="80 true positives")).to_be_visible()
    assert page.locator(".tile img").evaluate_all("all => all.every(e => e.src.startsWith('data:image/jpeg'))")
    tiles.first.focus()
    labels = tiles.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    tops = tiles.evaluate_all("all => all.map(e => e.offsetTop)")
    columns = tops.count(tops[0])
    for key, at in (("ArrowRight", 1), ("ArrowDown", 1 + columns), ("ArrowLeft", columns), ("End", 59), ("Home", 0)):
        page.keyboard.press(key)
        expect(tiles.nth(at)).to_have_attribute("aria-selected", "true")
        expect(tiles.nth(at)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(tiles.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    opened(page)
    expect(page.locator(".place")).to_have_text("2 of 80")
    assert quote(ids(run)[1], safe="") in page.url
    page.keyboard.press("ArrowRight")
    expect(page.locator(".place")).to_have_text("3 of 80")
    expect(page.locator(".facts")).to_contain_text(ids(run)[2])
    page.get_by_role("button", name="‹ Previous", exact=True).click()
    expect(page.locator(".facts")).to_contain_text(ids(run)[1])
    expect(page.locator(".place")).to_have_text("2 of 80")
    page.keyboard.press("Escape")
    expect(tiles).to_have_count(60)
    expect(tiles.nth(1)).to_be_focused()
    assert focused(page) == labels[1]
    assert "image=" not in page.url
    for _ in range(2):  # sooner than Streamlit takes the grid away
        page.keyboard.press("Enter")
        expect(page.locator(".place")).to_have_text("2 of 80")
        page.keyboard.press("Escape")
        expect(tiles.nth(1)).to_be_focused()


def test_stepping_over_the_end_of_a_page_comes_back_to_the_next_page(visit, run):
    page = opened(visit(f"{ADDRESS}&image={quote(ids(run)[59])}"))
    expect(page.locator(".place")).to_have_text("60 of 80")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".place")).to_have_text("61 of 80")
    page.keyboard.press("Escape")
    expect(page.get_by_text("61 to 80 of 80")).to_be_visible()
    expect(page.get_by_role("option").first).to_be_focused()


def test_keys_pressed_faster_than_the_page_answers_all_count(visit, run):
    page = opened(visit(f"{ADDRESS}&image={quote(ids(run)[0])}"))
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(120)
    expect(page.locator(".place")).to_have_text("5 of 80")
    expect(page.locator(".facts")).to_contain_text(ids(run)[4])
    expect(page.locator(".opened")).to_have_attribute("aria-busy", "false")


def test_pages_turn_by_button_and_by_key(visit, run):
    page = visit(ADDRESS)
    page.get_by_role("option").first.focus()
    page.keyboard.press("PageDown")
    expect(page.get_by_text("61 to 80 of 80")).to_be_visible()
    expect(page.get_by_role("option")).to_have_count(20)
    page.get_by_role("button", name="Previous page").click()
    expect(page.get_by_text("1 to 60 of 80")).to_be_visible()
    expect(page.get_by_role("option")).to_have_count(60)


@pytest.mark.long
def test_link_restores_image_split_kind_order_and_threshold(visit, run):
    image_id = ids(run, "tn", 100.0, "nearest")[4]
    address = "/gallery?run=pictured&split=test&threshold=100.0&show=tn&sort=nearest"
    page = opened(visit(f"{address}&image={quote(image_id)}"))
    expect(page.locator(".place")).to_have_text("5 of 80")
    expect(page.locator(".facts")).to_contain_text(image_id)
    page.reload()
    expect(opened(page).locator(".place")).to_have_text("5 of 80")


def test_window_level_and_opacity_change_the_picture_and_send_nothing(visit, run):
    page = opened(visit(f"{ADDRESS}&image={quote(ids(run)[0])}"))
    page.evaluate(LISTEN)
    before = page.locator(".radiograph svg").screenshot()
    page.locator("input[name=window]").fill("60")
    page.locator("input[name=level]").fill("90")
    slope, intercept = (
        float(page.locator(".radiograph feFuncR").get_attribute(name)) for name in ("slope", "intercept")
    )
    window = np.array([90 - 0.5 - 59 / 2, 90 - 0.5, 90 - 0.5 + 59 / 2]) / 255  # its ends and middle, as DICOM has them
    assert slope * window + intercept == pytest.approx([0, 0.5, 1])
    assert page.locator(".radiograph svg").screenshot() != before, "the filter is really applied"
    page.locator("input[name=opacity]").fill("25")
    assert page.locator("image.heat").evaluate("e => getComputedStyle(e).opacity") == "0.25"
    page.keyboard.press("ArrowRight")
    expect(page.locator("input[name=opacity]")).to_have_value("26")  # keys of a slider are its own
    expect(page.locator(".place")).to_have_text("1 of 80")
    assert page.evaluate("() => window.sent") == 0
    page.get_by_role("button", name="Next ›", exact=True).click()
    expect(page.locator(".facts")).to_contain_text(ids(run)[1])
    assert page.evaluate("() => window.sent") == 1
    assert float(page.locator(".radiograph feFuncR").get_attribute("slope")) == pytest.approx(slope), "it is kept"
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("input[name=window]")).to_have_value("256")
    reset = page.locator(".radiograph feFuncR")
    assert float(reset.get_attribute("slope")) == 1
    assert float(reset.get_attribute("intercept")) == 0


# Counts the messages in which the viewer says something.
LISTEN = """() => {
    window.sent = 0
    const send = WebSocket.prototype.send
    WebSocket.prototype.send = function (message) {
        if (new TextDecoder("latin1").decode(message).includes("gallery_viewer")) window.sent += 1
        return send.call(this, message)
    }
}"""


def test_mark_survives_a_reload_and_stands_in_the_file(visit, run):
    image_id = ids(run)[5]
    page = opened(visit(f"{ADDRESS}&image={quote(image_id)}"))
    page.get_by_text("Poor image", exact=True).click()
    page.get_by_label("Note").fill(HOSTILE)
    page.get_by_label("Reviewer").fill("Dr. O")
    page.get_by_role("button", name="Save the mark").click()
    expect(page.get_by_text("by Dr. O: poor image.")).to_be_visible()
    assert page.get_by_label("Note").input_value() == HOSTILE
    page.reload()
    said = opened(page).locator(".tw-table tbody tr")
    expect(said).to_have_count(1)
    assert [*said.locator("th").all_inner_texts(), *said.locator("td").all_inner_texts()[:-1]] == [
        "Dr. O",
        "no",
        "yes",
        "no",
        HOSTILE,
    ]
    assert page.get_by_label("Note").input_value() == "", "another session is another reviewer until it is said"
    mark = read_marks(run.folder)[(run.finding, "test", image_id, "Dr. O")]
    assert (mark.poor_image, mark.label_error, mark.note) == (True, False, HOSTILE)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("option").nth(5).locator(".mark")).to_have_text("✎ poor")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save 1 mark as CSV").click()
    table = pd.read_csv(waiting.value.path(), dtype=str, keep_default_na=False)
    assert table["image_id"].tolist() == [image_id]
    assert table["note"].tolist() == [HOSTILE]


@pytest.mark.long
def test_what_changes_is_the_difference_of_the_tables_of_the_sweep(visit, run):
    split = run.predictions("test")
    before, after = float(np.quantile(split.logit, 0.3)), float(np.quantile(split.logit, 0.6))
    page = visit(f"/gallery?run=pictured&split=test&threshold={before!r}&show=changes&to={after!r}")
    flipped = np.flatnonzero((split.logit >= before) & (split.logit < after))
    expect(page.get_by_role("option")).to_have_count(len(flipped))
    cells = page.locator(".tw-table tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.textContent))"
    )
    numbers = np.array([[int(cell.replace("−", "-")) for cell in row] for row in cells])
    sweep = threshold_sweep(split)
    expected = [sweep.counts(before), sweep.counts(after), np.subtract(sweep.counts(after), sweep.counts(before))]
    assert numbers.T.tolist() == [list(map(int, column)) for column in expected]
    assert page.locator(".change").all_inner_texts() == ["was positive, becomes negative"] * len(flipped)
    shown = [float(text) for text in page.locator(".number").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    page.get_by_role("option").first.click()
    expect(opened(page).locator(".facts")).to_contain_text("was positive, becomes negative")


@pytest.mark.long
def test_outline_of_the_true_opacity_is_laid_over_both_pictures(visit, runs, run):
    split = read_run(runs / "phantoms").predictions("test")
    sick = str(split.image_id[np.flatnonzero(split.y_true == 1)[0]])
    page = opened(visit(f"/gallery?run=phantoms&split=test&image={quote(sick)}"))
    outlines = page.locator("path.outline:not(.under)")
    expect(outlines).to_have_count(2)
    assert not outlines.first.is_visible()
    page.get_by_label("Outline of the true opacity").check()
    for number in (0, 1):
        expect(outlines.nth(number)).to_be_visible()
    expect(page.get_by_role("button", name="Play the pointing game")).to_be_visible()


def test_text_from_files_fetches_and_runs_nothing(visit, run):
    page = visit("/gallery?run=hostile-pictured&split=test&threshold=-100.0")
    expect(page.get_by_role("option").first).to_contain_text(HOSTILE)
    page.get_by_role("option").first.click()
    expect(opened(page).locator(".facts")).to_contain_text(HOSTILE)
    page.wait_for_timeout(500)  # `visit` looks at every request and dialog
    assert page.locator("img[src*=evil]").count() == 0


@pytest.mark.long
def test_phone_scrolls_in_one_direction_only(visit, run):
    for address, part in ((ADDRESS, ".tile"), (f"{ADDRESS}&image={quote(ids(run)[0])}", ".heat-map svg")):
        page = visit(address, width=390, height=844)
        expect(page.locator(part).first).to_be_visible()
        assert sideways(page) == [0, 0]
        box = page.locator(part).last.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    page.get_by_role("button", name="Zoom in").click()
    expect(page.locator(".times")).to_have_text("1.4 ×")
    assert sideways(page) == [0, 0], "the opened image, larger"


@pytest.mark.long
def test_small_text_has_contrast(visit, run):
    """WCAG AA for small text, 4.5 to 1, where the components write."""
    page = settled(visit(ADDRESS, scheme="dark"))
    expect(page.get_by_role("option").first).to_be_visible()
    for _ in in_both_schemes(page):
        ratios = contrasts(page, [".fact", ".number", ".truth span"])
        assert min(ratios.values()) >= 4.5, ratios
    page.get_by_role("option").first.click()
    opened(page)
    for _ in in_both_schemes(page):
        opened(page)
        ratios = contrasts(
            page, ["figcaption", ".meaning", ".facts dt", ".facts dd", ".close", "kbd", ".controls label"]
        )
        assert min(ratios.values()) >= 4.5, ratios


def seen_part(page, figure=".radiograph"):
    """The part of the picture that is seen: left, top, width and height as shares of the whole."""
    drawing = page.locator(f"{figure} svg")
    box = [float(x) for x in drawing.get_attribute("viewBox").split(" ")]
    whole = [float(page.locator(f"{figure} svg > image").first.get_attribute(side)) for side in ("width", "height")]
    return np.array(box) / np.array(whole * 2)


def test_a_picture_is_zoomed_moved_and_inverted_by_keys_and_buttons_and_sends_nothing(visit, run):
    page = opened(visit(f"{ADDRESS}&image={quote(ids(run)[0])}"))
    page.evaluate(LISTEN)
    assert seen_part(page) == pytest.approx([0, 0, 1, 1])
    page.locator(".viewer").focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert seen_part(page) == pytest.approx([0.25, 0.25, 0.5, 0.5])
    assert seen_part(page, ".heat-map") == pytest.approx(seen_part(page)), "both show the same part"
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert seen_part(page) == pytest.approx([0.35, 0.15, 0.5, 0.5])
    for _ in range(9):
        page.keyboard.press("Shift+ArrowRight")
    assert seen_part(page) == pytest.approx([0.5, 0.15, 0.5, 0.5]), "never beyond the border"
    page.get_by_role("button", name="Zoom out").click()
    expect(page.locator(".times")).to_have_text("1.4 ×")
    page.keyboard.press("0")
    assert seen_part(page) == pytest.approx([0, 0, 1, 1])
    box = page.locator(".radiograph svg").bounding_box()
    picture = [float(page.locator(".radiograph image").get_attribute(side)) for side in ("width", "height")]
    width, height = np.array(picture) * min(box["width"] / picture[0], box["height"] / picture[1])
    left, top = box["x"] + (box["width"] - width) / 2, box["y"] + (box["height"] - height) / 2  # in the middle
    page.mouse.dblclick(left + 0.25 * width, top + 0.75 * height)
    assert seen_part(page) == pytest.approx([0.125, 0.375, 0.5, 0.5], abs=0.01), "what is pointed at stays there"
    page.mouse.move(left + 0.5 * width, top + 0.5 * height)
    page.mouse.down()
    page.mouse.move(left + 0.7 * width, top + 0.4 * height)
    page.mouse.up()
    assert seen_part(page) == pytest.approx([0.025, 0.425, 0.5, 0.5], abs=0.01), "it follows the pointer"
    page.locator(".viewer").focus()
    page.keyboard.press("i")
    function = page.locator(".radiograph feFuncR")
    slope, intercept = (float(function.get_attribute(name)) for name in ("slope", "intercept"))
    assert (slope, intercept) == (-1, 1), "a grey level g is shown as 1 - g"
    expect(page.get_by_role("checkbox", name="Invert")).to_be_checked()
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("checkbox", name="Invert")).not_to_be_checked()
    assert seen_part(page) == pytest.approx([0, 0, 1, 1])
    assert page.evaluate("() => window.sent") == 0


def test_another_image_of_the_child_is_opened_in_its_own_set(visit, run):
    test, validation = run.predictions("test"), run.predictions("validation")
    row = int(np.flatnonzero(test.y_true == 1)[0])
    other = next(int(at) for at in np.flatnonzero(test.patient_id == test.patient_id[row]) if at != row)
    page = opened(visit(f"{ADDRESS}&image={quote(test.image_id[row])}"))
    same = (test.patient_id == test.patient_id[row]).sum() + (validation.patient_id == test.patient_id[row]).sum() - 1
    shown = page.locator(".child button")
    expect(shown).to_have_count(min(int(same), 24))
    shown.first.click()
    expect(page.locator(".facts")).to_contain_text(test.image_id[other])
    assert quote(test.image_id[other], safe="") in page.url
