"""The Overview in a real browser."""

import xml.etree.ElementTree as ET
from urllib.parse import parse_qs, urlsplit

import cv2
import pandas as pd
import pytest
from playwright.sync_api import expect

from core.runs.store import list_runs, read_run
from tests.e2e.layout import contrasts, in_both_schemes, settled

LAST_SECTION = "Where the network looks"


def run_of(url):
    return parse_qs(urlsplit(url).query)["run"][0]


def opened(page, run):
    expect(page.get_by_role("heading", level=1)).to_contain_text(run)
    expect(page.get_by_role("heading", name=LAST_SECTION)).to_be_visible()
    return page


def test_run_of_the_address_opens_and_survives_a_reload(visit):
    page = opened(visit("/?run=synthetic"), "synthetic")
    expect(page.get_by_role("heading", level=1).get_by_text("synthetic", exact=True).last).to_be_visible()
    page.reload()
    opened(page, "synthetic")
    assert run_of(page.url) == "synthetic"


def test_picker_changes_the_run_and_the_address(visit):
    page = opened(visit("/?run=synthetic"), "synthetic")
    page.get_by_role("combobox").click()
    page.get_by_role("option", name="fitted").click()
    opened(page, "fitted")
    page.wait_for_url(lambda url: run_of(url) == "fitted")


@pytest.mark.long
def test_steps_lead_on_and_stay_away_once_dismissed(visit):
    page = opened(visit("/?run=synthetic"), "synthetic")
    steps = page.get_by_role("region", name="First steps")
    expect(steps.get_by_role("listitem")).to_have_count(3)
    expect(steps).to_contain_text("This is the embedded example")
    steps.get_by_role("button", name="Open Find a threshold").click()
    page.wait_for_url("**/find_threshold**")
    page.go_back()
    opened(page, "synthetic")
    steps.get_by_role("button", name="Dismiss").click()
    expect(steps).to_be_hidden()
    page.reload()
    opened(page, "synthetic")
    page.wait_for_timeout(1000)
    expect(steps).to_be_hidden()


@pytest.mark.long
def test_phone_shows_the_table_without_scrolling(visit):
    page = settled(opened(visit("/?run=fitted", width=390, height=844), "fitted"))
    table = page.locator(".tw-scroll").first
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth"), "what test delivered is seen without scrolling"
    delivered = table.locator("td[data-label='Test: Specificity']").first
    assert delivered.evaluate("e => getComputedStyle(e, '::before').content") == '"Test: Specificity"'


@pytest.mark.long
def test_theme_follows_the_reader_and_text_has_contrast(visit):
    """WCAG AA for small text, 4.5 to 1, on the quietest texts and on the axes of the charts."""
    page = settled(opened(visit("/?run=fitted", scheme="dark"), "fitted"))
    for scheme in in_both_schemes(page):
        colour = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
        assert colour == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}[scheme]
        ratios = contrasts(page, [".tw-strip", ".tw-small", ".tw-head p", ".tw-loud", ".xtick text", ".xtitle"])
        assert min(ratios.values()) >= 4.5, (scheme, ratios)


@pytest.mark.long
def test_figure_has_a_name_and_is_saved_as_png_svg_and_csv(visit, runs, tmp_path):
    page = opened(visit("/?run=fitted"), "fitted")
    expect(page.locator(".st-key-discrimination .main-svg").first).to_be_visible()
    expect(page.get_by_label("Dots with 95 % intervals", exact=False).first).to_be_attached()
    files = {}
    for kind in ("PNG", "SVG", "CSV"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Save auroc-auprc as {kind}").click()
        files[kind] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(files[kind])
    picture = cv2.imread(str(files["PNG"]))
    assert picture.std() > 5, "something is drawn"
    drawn = ET.parse(files["SVG"]).getroot()
    texts = {"".join(node.itertext()) for node in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"AUROC", "AUPRC", "Validation", "Test"} <= texts
    table = pd.read_csv(files["CSV"]).set_index(["measure", "split"])
    assert table.loc[("auroc", "test"), "value"] == read_run(runs / "fitted").metrics["test"]["auroc"]["value"]


def test_text_from_files_fetches_and_runs_nothing(visit):
    page = opened(visit("/?run=hostile"), "hostile")
    page.wait_for_timeout(1000)  # what would be fetched is fetched by now; `visit` looks at every request and dialog
    assert page.locator("img[src*=evil]").count() == 0


@pytest.mark.long
def test_newer_run_is_noticed_while_an_older_one_is_open(visit, write_run, runs):
    newest = list_runs(runs)[0].run_id  # tests that ran before may have made runs of their own
    page = opened(visit(f"/?run={newest}"), newest)
    assert page.get_by_text("A newer run exists").count() == 0
    write_run(runs, "fresh")
    expect(page.get_by_text("A newer run exists")).to_be_visible()
    opened(page, newest)
    page.get_by_role("button", name="Open it").click()
    opened(page, "fresh")
    page.wait_for_url(lambda url: run_of(url) == "fresh")
