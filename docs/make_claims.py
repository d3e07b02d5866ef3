"""Take docs/claims.md's pictures: the very figure or sentence of each claim, from the product as it is or as it was.

python docs/make_claims.py [--out runs] [--home dashboard/Home.py] [--folder FOLDER] [--runs demo ...]

With ``--home`` of another version and ``--folder`` the pictures are that version's (Chromium, requirements-dev.txt).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.runs.store import Run, find_run, read_run
from docs.make_pages import FIRST
from tests.browser import HOME, chromium, served
from tests.e2e.layout import settled

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures" / "claims"
QUALITY = 60
WAIT = 60_000


def none_called_falsely(run: Run) -> str:
    """A link to the least threshold from which no image of validation is a false positive."""
    validation = run.predictions("validation")
    well = float(validation.logit[validation.y_true == 0].max())
    above = validation.logit[validation.logit > well]
    return f"&threshold={float(above.min())!r}&split=validation"


def nothing(page: Any) -> None:
    """The page as it opens."""


def floor(page: Any) -> None:
    """Ask for a floor that few patients cannot guarantee."""
    field = page.get_by_test_id("stTextInput").locator("input").first
    field.fill("0.99")
    field.press("Enter")
    page.wait_for_timeout(5000)  # until the answer to the floor before has begun to go
    settled(page)


def more(page: Any) -> None:
    """All figures of the threshold, where some stand behind a button."""
    button = page.get_by_role("button", name="More figures")
    if button.count():
        button.click()


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Where a claim is read: ``now`` and ``before`` are selectors of what is cropped, the first that is there."""

    page: str
    now: str
    before: str
    few: bool = False
    link: Callable[[Run], str] | None = None
    do: Callable[[Any], None] = nothing


CALLOUT = ".tw-callout"
BOUND = ":text('confidence, sensitivity is at least')"
TILE = ".tile:has-text('{}')"
CLAIMS: Mapping[str, Claim] = {
    "1-clusters": Claim(page="overview", now='tr:has-text("Youden\'s J")', before='tr:has-text("Youden\'s J")'),
    "2-promise": Claim(page="overview", now=f"{CALLOUT}:has-text('promised')", before=CALLOUT),
    "9-missing": Claim(page="overview", now="p:has-text('AUROC is')", before=".tw-tiles:has-text('AUROC')"),
    "10-one": Claim(
        page="overview",
        now="[data-testid=stSidebar] :text('validation AUROC')",
        before="[data-testid=stSidebar] :text('validation AUROC')",
    ),
    "4-guarantee": Claim(page="find_threshold", now=BOUND, before=BOUND),
    "3-needed": Claim(page="find_threshold", now=CALLOUT, before=CALLOUT, do=floor),
    "5-probability": Claim(page="operating_point", now=".head:has(output)", before=".head:has(output)"),
    "8-both": Claim(
        page="operating_point", now=TILE.format("Balanced accuracy"), before=TILE.format("Balanced"), do=more
    ),
    "6-ece": Claim(page="calibration", now="tr:has-text('ECE')", before="tr:has-text('ECE')"),
    "7-ratio": Claim(page="clinic", now=TILE.format("LR+"), before=TILE.format("LR+"), link=none_called_falsely),
    "11-few": Claim(page="overview", now=f"{CALLOUT}:has-text('promised')", before=CALLOUT, few=True),
}
"""By name of the picture, page after page; those of ``few`` are of the run ``RUN-six``: six patients in test."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "runs", help="where runs lie")
    parser.add_argument("--home", type=Path, default=HOME, help="entry script of the dashboard")
    parser.add_argument("--folder", type=Path, default=PICTURES / "now", help="where the pictures go")
    parser.add_argument("--runs", nargs="+", default=["demo", "second-model"], help="ids of the runs")
    parser.add_argument("--only", nargs="+", choices=CLAIMS, default=list(CLAIMS), help="these claims alone")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    first = {} if arguments.home == HOME else FIRST
    with served(arguments.home, "--out", str(arguments.out.absolute())) as address, chromium() as browser:
        context = browser.new_context(viewport={"width": 1100, "height": 900})
        page, now = context.new_page(), ""
        page.set_default_timeout(WAIT)
        for run in arguments.runs:
            for name in arguments.only:
                claim = CLAIMS[name]
                link = claim.link(read_run(find_run(run, arguments.out))) if claim.link else ""
                asked = f"{address}/{first.get(claim.page, claim.page)}?run={run}{'-six' if claim.few else ''}{link}"
                if asked != now:  # one load for all that is read on one page
                    page.goto(asked)
                    now = asked
                claim.do(settled(page))
                part = page.locator(claim.before if first else claim.now).locator("visible=true").first
                if not part.count():
                    print(f"{name}: not said of {run}")
                    continue
                (arguments.folder / f"{name}-{run}.webp").write_bytes(small(part.screenshot()))


def small(png: bytes) -> bytes:
    """A picture as WebP."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1].tobytes()


if __name__ == "__main__":
    main()
