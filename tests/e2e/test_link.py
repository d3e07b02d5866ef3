"""Addresses in a browser: one a page, one entry of the history a switch, Back and Forward, and a link that restores."""

from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard import theme
from tests import browser
from tests.e2e.layout import ran_again, settled

LINK = """() => [...document.querySelectorAll("*")].map(e => e.shadowRoot?.querySelector(".link input")).find(Boolean)
    .value"""
SHOWN = "() => document.querySelector('[data-testid=stMain]').innerText.replace(/\\s+/g, ' ')"


def entries(page):
    return page.evaluate("history.length")


def where(page):
    parts = urlsplit(page.url)
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


def go_to(page, name):
    with at_rest(page):
        page.get_by_test_id("stSidebar").get_by_role("link", name=theme.PAGES[name], exact=True).click()
        page.wait_for_url(f"**/{name}?**")


@contextmanager
def at_rest(page):
    """Until the page has run again, and what it then writes into the history is written."""
    with ran_again(page):
        yield
    page.wait_for_timeout(400)
    settled(page)


@pytest.mark.parametrize(
    "names",
    [
        ("two_thresholds", "gallery"),
        pytest.param(("delivery", "two_thresholds", "gallery", "overview"), marks=pytest.mark.long),
    ],
)
def test_a_page_switch_is_one_entry_and_back_and_forward_restore_page_and_choices(visit, names):
    page = settled(visit("/overview?run=fitted", fresh=True))
    go_to(page, "calibration")
    before = entries(page)
    with at_rest(page):
        page.get_by_role("radio", name="Equal mass").click()
        page.wait_for_url("**binning=mass**")
    assert entries(page) == before + 1
    steps = [where(page)]
    for name in names:
        before = entries(page)
        go_to(page, name)
        assert entries(page) == before + 1, name
        assert where(page)[1] == steps[0][1]
        steps.append(where(page))
    for step in reversed(steps[:-1]):
        with at_rest(page):
            page.go_back()
        assert where(page) == step
    assert page.get_by_role("radio", name="Equal mass").is_checked()
    with at_rest(page):
        page.go_back()
    assert "binning" not in where(page)[1]
    assert page.get_by_role("radio", name="Equal width").is_checked()
    for step in steps:
        with at_rest(page):
            page.go_forward()
        assert where(page) == step


@pytest.mark.parametrize(
    "bare", ["/", *(pytest.param(one, marks=pytest.mark.long) for one in ("/overview", "/gallery"))]
)
def test_a_bare_address_gets_at_most_one_further_entry_and_says_all(visit, bare):
    page = visit(bare, fresh=True)
    page.wait_for_url("**threshold=**")
    settled(page)
    assert entries(page) <= 3  # the empty tab's, its own, and one
    path, choices = where(page)
    assert path == ("/overview" if bare == "/" else bare)
    assert choices.keys() == {"run", "split", "scale", "threshold"}


@pytest.mark.long
def test_page_of_the_command_line_only_leads_to_its_address(context, runs, server_logs):
    with browser.served(browser.HOME, "--out", str(runs), "--page", "gallery", logs=server_logs) as address:
        page = context.new_page()
        page.goto(f"{address}/?run=fitted&split=test")
        page.wait_for_url("**/gallery?*")
        settled(page)
        assert where(page)[0] == "/gallery" and where(page)[1]["split"] == "test"
        for path in ("/overview", "/site"):
            page.goto(address + path)
            page.wait_for_url("**threshold=**")
            settled(page)
            assert where(page)[0] == {"/site": "/adaptation"}.get(path, path)
            assert not page.get_by_text("Page not found").count()
        page.close()


def test_a_dragged_threshold_and_a_changed_floor_come_back_by_the_copied_link(visit):
    page = settled(visit("/operating_point?run=fitted&split=test"))
    slider = page.get_by_role("slider", name="Threshold", exact=True).first
    slider.focus()
    with ran_again(page):
        page.keyboard.press("PageDown")
    dragged = where(page)[1]["threshold"]
    with ran_again(page):
        page.get_by_role("spinbutton", name="Sensitivity at least").fill("0.9")
        page.keyboard.press("Enter")
        page.wait_for_url("**sensitivity_at_least=0.9**")
    assert where(page)[1]["threshold"] != dragged  # a floor puts the threshold where it holds
    link = page.evaluate(LINK)
    again = settled(visit(link.removeprefix(visit.address), fresh=True))
    again.wait_for_function(f"words => ({SHOWN})() === words", arg=page.evaluate(SHOWN))  # charts come late
    assert again.get_by_role("slider", name="Threshold", exact=True).first.input_value() == slider.input_value()


@pytest.mark.parametrize("allowed", [True, pytest.param(False, marks=pytest.mark.long)])
def test_the_link_is_copied_or_shown_to_be_copied(visit, allowed):
    page = settled(visit("/delivery?run=fitted"))
    if allowed:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')) }")
    page.get_by_role("button", name="Copy link").click()
    shown = page.get_by_label("The link to this page")
    if allowed:
        page.get_by_text("Copied", exact=True).wait_for()
        link = page.evaluate("navigator.clipboard.readText()")
        assert not shown.is_visible()
    else:
        shown.wait_for()
        link = shown.input_value()
    asked = dict(parse_qsl(urlsplit(link).query))
    assert urlsplit(link).path == "/delivery"
    assert asked["rule"] == "specificity" and asked["threshold"] == where(page)[1]["threshold"]


def test_what_cannot_be_read_is_said_and_leaves_the_address_on_the_way_from_an_old_one(visit):
    page = visit("/site?run=fitted&split=north&threshold=high")
    page.wait_for_url("**/adaptation?**")
    settled(page)
    for text in ("the split “north”", "the threshold “high”"):
        page.get_by_text(f"The link asks for {text}").wait_for()
    path, choices = where(page)
    assert path == "/adaptation" and choices["split"] == "validation" and float(choices["threshold"])
