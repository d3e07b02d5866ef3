"""What is saved stands by itself: what it shows of which run, in light, with lines as thick as on the screen."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from dashboard import theme
from tests.e2e.layout import address_of, saved, settled

TEXT = "{http://www.w3.org/2000/svg}text"
# The words of an SVG that reach beyond it, when it is drawn as a picture of the page.
_CUT = """text => {
    const place = document.body.appendChild(document.createElement("div"))
    place.innerHTML = text
    const frame = place.querySelector("svg"), box = frame.getBoundingClientRect()
    const cut = [...frame.querySelectorAll("text")].filter(e => e.checkVisibility())
        .map(e => [e.textContent, e.getBoundingClientRect()])
        .filter(([, { left, right, top, bottom }]) =>
            left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1)
        .map(([words]) => words)
    place.remove()
    return cut
}"""


def words_of(file: Path) -> str:
    return " ".join("".join(node.itertext()) for node in ET.parse(file).getroot().iter(TEXT))


def names(page: Any, kind: str) -> list[str]:
    labels = page.locator(f".save-row button[aria-label$=' as {kind}']").evaluate_all(
        "all => all.map(e => e.ariaLabel)"
    )
    return [label.removeprefix("Save ").removesuffix(f" as {kind}") for label in labels]


@pytest.mark.parametrize("name", list(theme.PAGES))
def test_every_picture_says_what_it_shows_of_which_run_and_no_label_is_cut(visit, name, tmp_path):
    page = settled(visit(f"{address_of(name)}?run=synthetic&threshold=1.25&split=validation", width=1366))
    for chart in names(page, "SVG"):
        file = saved(page, chart, "SVG", tmp_path)
        assert file.name.startswith(f"synthetic-{theme.PAGES[name].lower().replace(' ', '-')}-")
        words = words_of(file)
        assert "synthetic, run of" in words and ", synthetic ·" in words
        assert "validation" in words or "test" in words
        assert "threshold" in words and "saved" in words and "Research use only. Not for diagnosis." in words
        text = file.read_text(encoding="utf-8")
        assert "non-scaling-stroke" not in text and "font/woff2" in text
        assert page.evaluate(_CUT, text) == []


def test_no_two_files_of_a_run_have_one_name(visit, tmp_path):
    files = []
    for name in ("overview", "operating_point", "two_thresholds", "clinic", "utility"):
        page = settled(visit(f"{address_of(name)}?run=synthetic&print=1", width=1366))  # unfolded
        files += [saved(page, one, "CSV", tmp_path).name for one in names(page, "CSV")]
    assert len(files) == len(set(files)) > 15


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


def test_what_two_thresholds_promise_and_a_site_delivers_is_saved_under_its_name(visit, tmp_path):
    page = settled(visit("/two_thresholds?run=sited&split=north", width=1366))
    table = pd.read_csv(saved(page, "promises", "CSV", tmp_path)).set_index(["set", "figure"])
    for name, column in (("validation", 0), ("north", 1)):
        cells = page.locator(f".promises td:nth-of-type({column + 1})").all()[-3:]
        for (_, row), cell in zip(table.loc[name].iterrows(), cells, strict=True):
            shown = [theme.rate(row["value"]), f"{theme.rate(row['low'])} to {theme.rate(row['high'])}"]
            assert cell.inner_text().split("\n") == shown
