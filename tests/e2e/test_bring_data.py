"""Bring data in a real browser: a hospital's export becomes a run in at most five clicks."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.runs.store import read_run
from tests import browser
from tests.core.runs.files_to_bring import TABLE, csv_of
from tests.e2e.layout import sideways

HOSPITAL = Path(__file__).parents[3] / "shared" / "data" / "predictions" / "hospital-export.csv"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder in which there is no run, and that is not there itself."""
    return tmp_path_factory.mktemp("brought") / "runs"


@pytest.fixture(scope="module")
def server(chromium, runs, server_logs):
    with browser.served(browser.HOME, "--out", str(runs), logs=server_logs) as address:
        yield address


def test_a_refused_file_leaves_nothing(visit, runs, tmp_path):
    assert not runs.exists(), "no test before this one brings data"
    page = visit()
    page.get_by_test_id("stMain").get_by_role("link", name="Bring data").click()
    bad = csv_of(TABLE.assign(probability=["n/a", *TABLE["probability"][1:]]))
    (tmp_path / "bad.csv").write_bytes(bad)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(tmp_path / "bad.csv")
    page.get_by_text("only the areas under the curves").click()
    expect(page.get_by_text("row 2: column probability: 'n/a' is not a number")).to_be_visible()
    assert page.get_by_role("button", name="Import", exact=True).count() == 0
    assert not runs.exists()


def test_a_hospitals_export_is_a_run_after_five_clicks(visit, runs):
    if not HOSPITAL.exists():
        pytest.skip("hospital-export.csv is not here")
    page, clicks = visit(), []

    def click(place):
        clicks.append(str(place))
        place.click()

    click(page.get_by_test_id("stMain").get_by_role("link", name="Bring data"))
    with page.expect_file_chooser() as chooser:
        click(page.get_by_test_id("stFileUploaderDropzone").first.locator("button"))
    chooser.value.set_files(HOSPITAL)
    click(page.get_by_text("Pneumonie", exact=True))
    click(page.get_by_text("half of the patients for validation"))
    click(page.get_by_role("button", name="Import", exact=True))
    expect(page.get_by_role("heading", name="Overview hospital-export")).to_be_visible()
    assert len(clicks) <= 5
    run = read_run(runs / "hospital-export")
    assert sum(images.n for images in run.evaluation_sets.values()) == 523
    assert sum(images.n_pos for images in run.evaluation_sets.values()) == 388
    assert run.manifest["data"]["mapping"]["seed"] == 0


@pytest.mark.long
def test_phone_scrolls_in_one_direction_only(visit, tmp_path):
    page = visit("/bring_data", width=390)
    (tmp_path / "mine.csv").write_bytes(csv_of())
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(tmp_path / "mine.csv")
    page.get_by_text("only the areas under the curves").click()
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_visible()
    assert sideways(page) == [0, 0]
