"""Take the README's pictures: the real server on a run of the phantoms, seen by a real browser.

python docs/make_pictures.py [--out runs] [--run ID]        (needs Chromium and requirements-dev.txt)
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.runs.store import list_runs  # noqa: E402  (after the root is on the path)
from tests.browser import HOME, chromium, served  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "runs", help="where runs lie")
    parser.add_argument("--run", help="id of the run; by default the newest one on the phantoms")
    arguments = parser.parse_args()
    run = arguments.run or next((entry.run_id for entry in list_runs(arguments.out) if entry.synthetic), None)
    if run is None:
        sys.exit(f"error: no run on the phantoms in {arguments.out}; `make demo` makes one")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served(HOME, "--out", str(arguments.out.absolute())) as address, chromium() as browser:
        take_all(browser, f"{address}/?run={run}")


def take_all(browser: Browser, address: str) -> None:
    for scheme in ("light", "dark"):
        page = opened(browser, address, width=1280, height=1080, scheme=scheme)
        page.screenshot(path=PICTURES / f"overview-{scheme}.png")
        page.context.close()
    page = opened(browser, address, width=390, height=844, scheme="light")
    page.screenshot(path=PICTURES / "overview-phone.png")
    page.context.close()
    page = opened(browser, address, width=1280, height=760, scheme="light")
    if page.get_by_role("button", name="Make the heat maps").count():
        page.get_by_role("button", name="Make the heat maps").click()
    page.locator("img[alt^='Radiograph']").first.wait_for(timeout=120_000)
    page.get_by_role("heading", name="Where the network looks").scroll_into_view_if_needed()
    page.mouse.move(800, 400)
    page.mouse.wheel(0, 10_000)
    page.mouse.move(5, 5)
    page.wait_for_timeout(1500)
    page.screenshot(path=PICTURES / "overview-heat-maps.png")
    page.context.close()


def opened(browser: Browser, address: str, *, width: int, height: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1.5
    )
    page = context.new_page()
    page.goto(address)
    page.get_by_role("heading", name="Where the network looks").wait_for(timeout=60_000)
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.wait_for_timeout(2000)  # fonts and the last chart
    return page


if __name__ == "__main__":
    main()
