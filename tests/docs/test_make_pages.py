"""The pictures of docs/pages.md: one a page, no larger than it says."""

import re

import cv2
import numpy as np
import pytest

from dashboard import theme
from docs import make_pages


def test_every_page_has_its_row_and_its_pictures():
    text = (make_pages.ROOT / "docs" / "pages.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (\w[\w ]+) \|.*\| (.+?) \|.*\| \[after\]\(pictures/pages/(\w+)\.webp\) \|$", text, re.MULTILINE
    )
    assert {title: name for title, _, name in rows if title != "page"} == {t: name for name, t in theme.PAGES.items()}
    sizes = {file.stem: file.stat().st_size for file in make_pages.SHEETS.glob("*.webp")}
    assert sizes.keys() == theme.PAGES.keys()
    assert max(sizes.values()) <= make_pages.MOST_BYTES
    kept = {file.stem for file in (make_pages.SHEETS / "before").iterdir()}
    assert set(re.findall(r"\[before\]\(pictures/pages/before/(\w+)\.webp\)", text)) == kept


def test_pictures_stand_side_by_side_at_half_size():
    found = make_pages.sheet([np.full((100, 60, 3), shade, np.uint8) for shade in (10, 250)])
    gap = make_pages.GAP
    assert found.shape == (50 + 2 * gap, 2 * (30 + 2 * gap), 3)
    assert (found[gap : gap + 50, gap : gap + 30] == 10).all()
    assert (found[gap : gap + 50, 3 * gap + 30 : 3 * gap + 60] == 250).all()
    assert (found[:gap] == 190).all()


@pytest.mark.parametrize("noise", [0, 255])
def test_a_sheet_is_as_good_as_its_size_allows(noise):
    picture = np.random.default_rng(0).integers(0, noise + 1, (300, 400, 3)).astype(np.uint8)
    data = make_pages.small(picture)
    assert len(data) <= make_pages.MOST_BYTES
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == picture.shape
