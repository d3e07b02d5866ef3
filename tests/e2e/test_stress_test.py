"""The stress test in a real browser: started, stopped, gone on with, and read."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from core.runs.store import read_run
from core.stress_test import VARIANTS, kept_stress_test
from tests.e2e.layout import one_below_the_other, sideways

MINUTES = 240_000  # milliseconds: a busy machine takes its time to load torch
HOSTILE = '![x](http://evil.example/x.png)<script>alert("1")</script>'


def many(records):
    """So many images that it can be stopped in time, which share the files of the first ones; ids are hostile."""
    copies = [records] + [records.assign(image_id=f"{HOSTILE}{k}" + records["image_id"]) for k in range(4)]
    return pd.concat(copies, ignore_index=True)


@pytest.fixture
def stressed(runs, tmp_path_factory, write_run_with_images):
    folder = write_run_with_images(tmp_path_factory.mktemp("stress"), "stressed", change=many)
    return Path(shutil.move(folder, runs))


@pytest.mark.long
def test_start_stop_go_on_and_read(visit, stressed, tmp_path):
    page = visit("/stress_test?run=stressed")
    page.get_by_role("button", name="Start the stress test").click()
    expect(page.get_by_text("The stress test is running")).to_be_visible(timeout=MINUTES)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("The stress test was stopped")).to_be_visible(timeout=MINUTES)
    page.get_by_role("button", name="Go on with it").click()
    second = visit("/stress_test?run=stressed", fresh=True)
    expect(second.locator(".st-key-stress_sensitivity .main-svg").first).to_be_visible(timeout=MINUTES)
    expect(page.locator(".st-key-stress_sensitivity .main-svg").first).to_be_visible(timeout=MINUTES)
    assert kept_stress_test(read_run(stressed)) is not None
    expect(page.get_by_text(re.compile("^(Worst: |Nothing here breaks the threshold)"))).to_be_visible()
    expect(page.get_by_role("img", name="Radiograph, strong")).to_be_visible(timeout=MINUTES)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save specificity as CSV").click()
    waiting.value.save_as(tmp_path / "table.csv")
    assert len(pd.read_csv(tmp_path / "table.csv")) == len(VARIANTS)
    phone = visit("/stress_test?run=stressed", width=390, scheme="dark")
    expect(phone.locator(".st-key-stress_specificity .main-svg").first).to_be_visible(timeout=MINUTES)
    chart = phone.locator(".st-key-stress_specificity")
    assert one_below_the_other(chart, (".gtitle", ".nsewdrag", ".xtitle", ".legend"))
    assert sideways(phone) == [0, 0]
