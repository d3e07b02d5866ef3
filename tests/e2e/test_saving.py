"""What is saved stands by itself: what it shows of which run, in light, with lines as thick as on the screen."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pandas as pd
import pytest

from dashboard import theme
from tests.e2e.layout import saved, settled
from tests.e2e.test_every_page import words_of


@pytest.mark.long
def test_lines_of_a_png_are_as_thick_as_on_the_screen(visit, tmp_path):
    """The ink of the curve that is seen, 2.4 pixels wide, three times as sharp."""
    page = settled(visit("/operating_point?run=fitted&split=test&threshold=0", width=1366))
    picture = cv2.imread(str(saved(page, "roc", "PNG", tmp_path)))
    box = page.locator(".st-key-roc .nsewdrag").first
    x, y, width, height = (float(box.get_attribute(side) or 0) for side in ("x", "y", "width", "height"))
    column = picture[round(3 * (10 + y)) : round(3 * (10 + y + height)), round(3 * (10 + x + 0.9 * width))]
    dark = (column.max(axis=1) < 70).astype(int)
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], dark, [0]])))).tolist()[::2]
    assert max(runs) >= 6, runs


@pytest.mark.long
def test_a_picture_of_a_dark_page_is_light_unless_it_is_asked_for_dark(visit, tmp_path):
    page = settled(visit("/operating_point?run=fitted", scheme="dark", width=1366))
    corners = []
    for _ in range(2):
        corners.append(cv2.imread(str(saved(page, "roc", "PNG", tmp_path)))[0, 0].tolist())
        page.locator(".st-key-roc_downloads").get_by_label("dark, as on screen").check()
    assert corners == [[255, 255, 255], [26, 23, 20]]
    page.locator(".st-key-roc_downloads").get_by_label("dark, as on screen").uncheck()
    drawn = ET.parse(saved(page, "roc", "SVG", tmp_path)).getroot()
    text = ET.tostring(drawn, encoding="unicode")
    assert "rgb(232, 234, 237)" not in text
    assert "rgb(79, 90, 101)" in text, "the quiet ink #9aa5b0 as dark as it was light, bluish as before"


@pytest.mark.long
def test_the_icon_array_is_saved_with_as_many_shapes_as_children(visit, tmp_path):
    page = settled(visit("/clinic?run=fitted&prevalence=0.1&threshold=0", width=1366))
    file = saved(page, "icon-array", "SVG", tmp_path)
    counts = pd.read_csv(saved(page, "icon-array", "CSV", tmp_path)).set_index("outcome")["children"]
    assert counts.sum() == 1000 and counts["found"] + counts["missed"] == 100
    shapes = [node for node in ET.parse(file).getroot().iter() if node.get("transform", "").startswith("translate")]
    assert len(shapes) == 1000 + 4
    assert "100 come with pneumonia" in words_of(file)


def test_tables_that_follow_the_threshold_are_saved_as_they_stand(visit, tmp_path):
    page = settled(visit("/operating_point?run=fitted&split=test&threshold=1.5", width=1366))
    table = pd.read_csv(saved(page, "counts", "CSV", tmp_path)).set_index(["truth", "called"])["images"]
    shown = {name: int(page.locator(f"[data-cell={name}]").inner_text()) for name in ("tp", "fn", "fp", "tn")}
    signs = {
        "tp": ("positive", "positive"),
        "fn": ("positive", "negative"),
        "fp": ("negative", "positive"),
        "tn": ("negative", "negative"),
    }
    assert {name: table[cell] for name, cell in signs.items()} == shown


@pytest.mark.long
def test_what_two_thresholds_promise_and_a_site_delivers_is_saved_under_its_name(visit, tmp_path):
    page = settled(visit("/two_thresholds?run=sited&split=north", width=1366))
    table = pd.read_csv(saved(page, "promises", "CSV", tmp_path)).set_index(["set", "figure"])
    for name, column in (("validation", 0), ("north", 1)):
        cells = page.locator(f".promises td:nth-of-type({column + 1})").all()[-3:]
        for (_, row), cell in zip(table.loc[name].iterrows(), cells, strict=True):
            shown = [theme.rate(row["value"]), f"{theme.rate(row['low'])} to {theme.rate(row['high'])}"]
            assert cell.inner_text().split("\n") == shown
