"""Take docs/pages.md's pictures: each page whole, on a desk, a tablet, a phone in the dark and on paper, as one sheet.

python docs/make_pages.py [--out runs] [--run demo] [--only PAGE ...]        (needs Chromium and requirements-dev.txt)

With ``--home`` of another version and ``--folder`` the pictures are that version's.
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
from tests.e2e.layout import A4, on_paper, settled

ROOT = Path(__file__).resolve().parent.parent
SHEETS = ROOT / "docs" / "pictures" / "pages"
FIRST = {"overview": ""}
"""The page that had no address of its own."""
TALLEST = 3000
"""Pixels of a page that are shown; what is further down is cut off."""
SCALE, GAP, MOST_BYTES = 0.5, 24, 100_000

Picture = npt.NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "runs", help="where runs lie")
    parser.add_argument("--run", default="demo", help="id of the run")
    parser.add_argument("--home", type=Path, default=HOME, help="entry script of the dashboard")
    parser.add_argument("--folder", type=Path, default=SHEETS, help="where the pictures go")
    parser.add_argument("--only", nargs="+", choices=theme.PAGES, default=list(theme.PAGES), help="these pages alone")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    former = {} if arguments.home == HOME else {name: old for old, name in theme.FORMER_ADDRESSES.items()} | FIRST
    with served(arguments.home, "--out", str(arguments.out.absolute())) as address, chromium() as browser:
        page = browser.new_context(color_scheme="light").new_page()
        page.set_default_timeout(180_000)
        for name in arguments.only:
            at = f"{address}/{former.get(name, name)}?run={arguments.run}"
            (arguments.folder / f"{name}.webp").write_bytes(small(sheet(seen(page, at, of_today=not former))))


def seen(page: Any, address: str, *, of_today: bool) -> list[Picture]:
    """The page on a desk, a tablet, a phone in the dark and on paper; one ``of_today`` has a layout for paper."""
    page.set_viewport_size({"width": 1366, "height": 900})
    page.goto(address)
    settled(page)
    pictures = [take(page, 1366), take(page, 800)]
    in_scheme(page, "dark")
    pictures.append(take(page, 390))
    page.set_viewport_size({"width": 1366, "height": 900})
    in_scheme(page, "light")
    if of_today:
        page.goto(f"{address}&print=1")
    pictures.append(take(on_paper(settled(page)), A4))
    page.emulate_media(media="screen")
    return pictures


def in_scheme(page: Any, scheme: str) -> None:
    """The open page in another scheme, drawn again: charts have the inks of the scheme in which they were drawn."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_timeout(1000)
    page.keyboard.press("r")
    settled(page)


def take(page: Any, width: int) -> Picture:
    """The page from its top as it is ``width`` pixels wide, (h, w, 3) with h at most :data:`TALLEST`."""
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(500)
    height = page.evaluate(
        "Math.max(...['html', '[data-testid=stMain]'].map(s => document.querySelector(s).scrollHeight))"
    )
    page.set_viewport_size({"width": width, "height": min(height, TALLEST)})
    page.wait_for_timeout(1500)  # charts are laid out anew
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture[:TALLEST].astype(np.uint8)


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
