"""Take docs/pages.md's pictures: each page whole, on a desk, a tablet, a phone in the dark and on paper, as one sheet.

python docs/make_pages.py [--out runs] [--run demo] [--only PAGE ...]        (needs Chromium and requirements-dev.txt)
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from dashboard import theme
from tests.browser import HOME, chromium, served
from tests.e2e.layout import on_paper, settled

ROOT = Path(__file__).resolve().parent.parent
SHEETS = ROOT / "docs" / "pictures" / "pages"
FORMS = ((1366, "light"), (800, "light"), (390, "dark"), (1366, "paper"))
"""Width of the window in pixels, and how it is seen; side by side in this order."""
TALLEST = 3000
"""Pixels of a page that are shown; what is further down is cut off."""
SCALE, GAP, MOST_BYTES = 0.5, 24, 100_000

Picture = npt.NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "runs", help="where runs lie")
    parser.add_argument("--run", default="demo", help="id of the run")
    parser.add_argument("--only", nargs="+", choices=theme.PAGES, default=list(theme.PAGES), help="these pages alone")
    arguments = parser.parse_args()
    SHEETS.mkdir(parents=True, exist_ok=True)
    with served(HOME, "--out", str(arguments.out.absolute())) as address, chromium() as browser:
        contexts = [context(browser, *form) for form in FORMS]
        for name in arguments.only:
            at = f"{address}/{name}?run={arguments.run}"
            pictures = [take(one, at, seen) for one, (_, seen) in zip(contexts, FORMS, strict=True)]
            (SHEETS / f"{name}.webp").write_bytes(small(sheet(pictures)))


def context(browser: Any, width: int, seen: str) -> Any:
    """A window of its own, kept open: what it has loaded once it does not load again."""
    scheme = "dark" if seen == "dark" else "light"
    return browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)


def take(context: Any, address: str, seen: str) -> Picture:
    """The page at ``address`` from its top, (h, w, 3) with h at most :data:`TALLEST`."""
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(address + ("&print=1" if seen == "paper" else ""))
    settled(page)
    if seen == "paper":
        on_paper(page)
    height = page.evaluate(
        "Math.max(...['html', '[data-testid=stMain]'].map(s => document.querySelector(s).scrollHeight))"
    )
    page.set_viewport_size({"width": page.viewport_size["width"], "height": min(height, TALLEST)})
    page.wait_for_timeout(1500)  # charts are laid out anew
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    page.close()
    return picture[:TALLEST]


def sheet(pictures: list[Picture]) -> Picture:
    """The ``pictures`` side by side on grey, each at :data:`SCALE`."""
    shrunk = [cv2.resize(one, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA) for one in pictures]
    tallest = max(len(one) for one in shrunk)
    return np.hstack(
        [
            cv2.copyMakeBorder(one, GAP, GAP + tallest - len(one), GAP, GAP, cv2.BORDER_CONSTANT, value=(190, 190, 190))
            for one in shrunk
        ]
    )


def small(picture: Picture) -> bytes:
    """``picture`` as WebP, as good as :data:`MOST_BYTES` allow."""
    for quality in range(80, 0, -5):
        data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
        if len(data) <= MOST_BYTES:
            break
    return data


if __name__ == "__main__":
    main()
