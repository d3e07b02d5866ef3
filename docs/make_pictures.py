"""Take the README's pictures: the real server on a run of the phantoms, seen by a real browser.

python docs/make_pictures.py [--out runs] [--run ID] [--only NAME ...]        (needs Chromium and requirements-dev.txt)
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from core.runs.store import list_runs
from tests.browser import HOME, chromium, served

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "runs", help="where runs lie")
    parser.add_argument("--run", help="id of the run; by default the newest one on the phantoms")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these pictures alone, by name")
    arguments = parser.parse_args()
    run = arguments.run or next((entry.run_id for entry in list_runs(arguments.out) if entry.synthetic), None)
    if run is None:
        sys.exit(f"error: no run on the phantoms in {arguments.out}; `make demo` makes one")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served(HOME, "--out", str(arguments.out.absolute())) as address, chromium() as browser:
        for name, page, where, width, height, scheme in PICTURES_OF:
            if name in (arguments.only or (name,)):
                take(browser, f"{address}/{page}?run={run}", where, PICTURES / f"{name}.png", width, height, scheme)


def take(
    browser: Browser, address: str, where: Callable[[Page], Locator], file: Path, width: int, height: int, scheme: str
) -> None:
    """Open a page, wait for what tells that it is whole, and take what is on the screen."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1.5
    )
    page = context.new_page()
    page.goto(address, timeout=180_000)
    where(page).wait_for(timeout=180_000)
    page.locator("[data-test-script-state=notRunning]").wait_for(timeout=180_000)
    page.locator("[data-testid=stSkeleton]").first.wait_for(state="detached", timeout=180_000)
    page.mouse.move(5, 5)
    page.wait_for_timeout(2500)  # fonts and the last chart
    page.screenshot(path=file)
    context.close()


def markers(page: Page) -> Locator:
    page.locator("[data-threshold-layer=scores]").wait_for(state="attached", timeout=60_000)
    return page.locator("[data-threshold-layer=roc]")


def opened_image(page: Page) -> Locator:
    """The surest false positive, large."""
    page.get_by_role("radio", name="False positives").click(timeout=60_000)
    page.get_by_role("option").first.click(timeout=60_000)
    return page.get_by_role("button", name="Next")


def heat_maps(page: Page) -> Locator:
    """The strip of the Overview, made where it was not made yet."""
    title = page.get_by_role("heading", name="Where the network looks")
    title.wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    if page.get_by_role("button", name="Make the heat maps").count():
        page.get_by_role("button", name="Make the heat maps").click()
    found = page.locator("img[alt^='Radiograph']").first
    found.wait_for(timeout=120_000)
    title.scroll_into_view_if_needed()
    page.mouse.move(800, 400)
    page.mouse.wheel(0, 10_000)
    return found


def chosen(title: str, whole: str) -> Callable[[Page], Locator]:
    """From Find a threshold, as it opens, its answer is taken into use on the page ``title``."""

    def walk(page: Page) -> Locator:
        page.get_by_role("button", name="Use this threshold").click(timeout=120_000)
        page.get_by_role("button", name="In use").wait_for(timeout=60_000)
        page.get_by_role("link", name=title, exact=True).click()
        page.get_by_role("heading", name="What must hold?").wait_for(state="detached", timeout=60_000)
        return page.locator(whole).first

    return walk


def clinic_of_a_fifth(page: Page) -> Locator:
    """A clinic where a fifth of the children have pneumonia."""
    field = chosen("Your clinic", "input[type=number][aria-label^=Prevalence]")(page)
    field.fill("20", timeout=60_000)
    field.press("Enter")
    field.blur()
    page.mouse.move(800, 400)
    page.mouse.wheel(0, 10_000)
    return page.locator(".legend li[data-outcome=found]")


def delivery(page: Page) -> Locator:
    """What became of the threshold in use, not of a rule."""
    found = chosen("Promise and delivery", ".st-key-distributions .main-svg")(page)
    page.get_by_text("Threshold in use", exact=True).click(timeout=60_000)
    page.get_by_text("promises nothing").filter(has_text="Threshold in use").wait_for(timeout=60_000)
    return found


def stressed(page: Page) -> Locator:
    """The stress test at the threshold in use, run where it was not run yet."""
    found = chosen("Stress test", "h2:has-text('Which shift breaks it?')")(page)
    found.wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    start = page.get_by_role("button", name="Start the stress test")
    if start.count():
        start.click()
    return page.locator(".st-key-stress_specificity .main-svg").first


PICTURES_OF: tuple[tuple[str, str, Callable[[Page], Locator], int, int, str], ...] = (
    ("operating-point-light", "operating_point", markers, 1280, 1210, "light"),
    ("operating-point-dark", "operating_point", markers, 1280, 1210, "dark"),
    ("operating-point-phone", "operating_point", markers, 390, 844, "light"),
    ("overview-light", "", lambda page: page.locator(".st-key-discrimination .main-svg").first, 1280, 1080, "light"),
    ("overview-heat-maps", "", heat_maps, 1280, 760, "light"),
    (
        "calibration-light",
        "calibration",
        lambda page: page.locator(".st-key-reliability_raw .main-svg").first,
        1280,
        1000,
        "light",
    ),
    ("gallery-opened-light", "gallery", opened_image, 1280, 1000, "light"),
    (
        "walkthrough-find",
        "find_threshold",
        lambda page: page.get_by_role("heading", name="What test delivers there"),
        1280,
        1000,
        "light",
    ),
    ("walkthrough-clinic", "find_threshold", clinic_of_a_fifth, 1280, 900, "light"),
    ("walkthrough-delivery", "find_threshold", delivery, 1280, 1230, "light"),
    ("walkthrough-stress", "find_threshold", stressed, 1280, 1180, "light"),
    ("walkthrough-site", "find_threshold", chosen("Adapt to a site", ".st-key-sets .main-svg"), 1280, 1000, "light"),
    ("walkthrough-lock", "find_threshold", chosen("Lock", "button:has-text('Lock it')"), 1280, 1020, "light"),
)
"""Name of the picture, page, what tells that it is whole, width, height, colour scheme."""


if __name__ == "__main__":
    main()
