"""Find a threshold in a real browser: asked in a sentence, found, used, and kept in the address."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from core.evaluation.choosing.guarantee import choose_guaranteed
from core.evaluation.choosing.search import choose_with_both_floors
from core.evaluation.sweep import threshold_sweep
from core.runs.store import read_run
from dashboard import theme
from tests.e2e.layout import contrasts, in_both_schemes


def opened(page):
    expect(page.locator(".st-key-search .main-svg").first).to_be_visible()
    return page


def in_address(page):
    return parse_qs(urlsplit(page.url).query)["threshold"][0]


def test_found_used_and_in_the_address(visit, runs):
    page = opened(visit("/find_threshold?run=many"))
    floor = page.get_by_role("textbox", name="Floor", exact=True)
    floor.fill("85 %")
    floor.press("Enter")
    validation = read_run(runs / "many").predictions("validation")
    found = choose_guaranteed(validation, threshold_sweep(validation), {"sensitivity": "0.85"})
    expect(page.get_by_text(f"logit {theme.logit(found.point.threshold)}", exact=True)).to_be_visible()
    page.get_by_role("button", name="Use this threshold").click()
    expect(page.get_by_role("button", name="In use")).to_be_disabled()
    page.wait_for_url(lambda address: repr(found.point.threshold) in address)
    assert in_address(page) == repr(found.point.threshold)
    page.get_by_role("link", name="Operating point").click()
    expect(page.locator("td[data-cell=tp]")).to_have_text(f"{found.point.tp:,}")
    assert in_address(page) == repr(found.point.threshold)


@pytest.mark.long
def test_by_keyboard_both_floors(visit, runs):
    page = opened(visit("/find_threshold?run=many"))
    page.get_by_role("radio", name="Both floors").focus()
    page.keyboard.press("Space")
    page.get_by_role("combobox", name="Confidence").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name="as observed").click()
    for name, floor in (("sensitivity", "0.8"), ("specificity", "0.8")):
        box = page.get_by_role("textbox", name=f"Floor of {name}")
        box.fill(floor)
        box.press("Enter")
    sweep = threshold_sweep(read_run(runs / "many").predictions("validation"))
    found = choose_with_both_floors(sweep, {"sensitivity": "0.8", "specificity": "0.8"})
    expect(page.get_by_text(f"logit {theme.logit(found.threshold)}", exact=True)).to_be_visible()


@pytest.mark.long
def test_what_cannot_be_read_is_said(visit):
    page = opened(visit("/find_threshold?run=fitted"))
    floor = page.get_by_role("textbox", name="Floor", exact=True)
    floor.fill("much")
    floor.press("Enter")
    expect(page.get_by_text("here it is “much”")).to_be_visible()
    expect(page.get_by_text("The answer")).not_to_be_visible()


@pytest.mark.long
def test_phone_is_legible(visit):
    page = opened(visit("/find_threshold?run=fitted", width=390, scheme="dark"))
    for scheme in in_both_schemes(page):
        ratios = contrasts(page, [".tw-small", ".tw-callout", ".xtick text", ".xtitle", ".legendtext"])
        assert min(ratios.values()) >= 4.5, (scheme, ratios)


def test_an_answer_that_arrives_does_not_disturb_what_is_being_typed(visit):
    page = opened(visit("/find_threshold?run=fitted"))
    page.get_by_role("radio", name="Cost").click(force=True)
    miss, alarm = (page.get_by_role("textbox", name=f"Cost of a {name}") for name in ("miss", "false alarm"))
    expect(page.get_by_text("a miss costing 10 and a false alarm 1")).to_be_visible()
    miss.fill("20")
    miss.press("Enter")
    alarm.focus()
    alarm.press("End")
    alarm.press_sequentially("23")
    expect(page.get_by_text("a miss costing 20 and a false alarm 1")).to_be_visible()
    expect(alarm).to_have_value("123")
