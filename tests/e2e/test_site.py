"""Adapt to a site in a real browser, with a file of one's own."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from core.runs.store import read_run
from tests.e2e.layout import one_below_the_other, saved, settled


def opened(page):
    expect(page.get_by_role("row", name=re.compile("^Guaranteed floor"))).to_be_visible()
    expect(page.locator(".st-key-spread .main-svg").first).to_be_visible()
    return page


@pytest.mark.long
def test_more_patients_by_keyboard(visit):
    page = opened(visit("/adaptation?run=fitted"))
    slider = page.get_by_role("slider", name="Patients")
    slider.focus()
    slider.press("Home")
    expect(page.get_by_text("10 patients with 20 images adapt")).to_be_visible()
    expect(page.get_by_text("cannot be guaranteed with these cases")).to_be_visible()


def test_a_file_of_ones_own_is_used_and_a_bad_one_refused(visit, runs, tmp_path):
    page = opened(visit("/adaptation?run=fitted"))
    page.get_by_role("radio", name="A file of yours").focus()
    page.keyboard.press("Space")
    chooser = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    validation = read_run(runs / "fitted").predictions("validation")
    table = pd.DataFrame({"image_id": validation.image_id, "y_true": validation.y_true, "logit": validation.logit})
    table.to_csv(tmp_path / "mine.csv", index=False)
    chooser.set_input_files(tmp_path / "mine.csv")
    expect(page.get_by_text(f"{validation.n} patients with {validation.n} images adapt")).to_be_visible()
    (tmp_path / "bad.csv").write_text("image_id,y_true\na,1\n")
    chooser.set_input_files(tmp_path / "bad.csv")
    expect(page.get_by_text("This file cannot be used")).to_be_visible()
    expect(page.get_by_text("bad.csv: no column can be the score of the model")).to_be_visible()


def test_nothing_lies_over_another_or_out_of_sight_and_samples_are_saved(visit, tmp_path):
    page = opened(visit("/adaptation?run=fitted"))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        for key in ("spread", "sets"):
            chart = page.locator(f".st-key-{key}")
            assert one_below_the_other(chart, (".gtitle", ".nsewdrag", ".xtitle", ".legend")), (key, width)
        if width == 1280:
            cut = """() => [...document.querySelectorAll(".tw-scroll:has(.tw-dense)")]
                .filter(held => held.scrollWidth > held.clientWidth).length"""
            assert page.get_by_role("columnheader", name=re.compile("^Power to guarantee")).count() == 1
            assert page.evaluate(cut) == 0, "a column of the sizes is out of sight on a desk"
    table = pd.read_csv(saved(page, "sites-drawn-from-test", "CSV", tmp_path))
    assert (table.groupby("patients").size() == 200).all()
