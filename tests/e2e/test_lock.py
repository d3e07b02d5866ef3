"""A hidden test from the first look to the second lock, in a real browser: no figure of test before the reveal."""

import re

import pytest
from playwright.sync_api import expect

from core.config import TrainConfig
from core.runs.decisions import read_decisions
from core.runs.locked_points import locked_points
from core.runs.store import read_run
from dashboard import theme
from tests.e2e.layout import address_of, led_to, settled, sideways

HIDING = TrainConfig(data="radiographs", image_size=96, epochs=8, weights="none", hide_test=True)
DELIVERED = re.compile(r"Test delivers|delivered on test|test differs|AUROC on test", re.IGNORECASE)
EVERY_TEXT = """() => {
    const texts = []
    const visit = root => {
        texts.push(root instanceof ShadowRoot ? root.textContent : document.body.innerText)
        for (const each of root.querySelectorAll("*")) {
            if (each.shadowRoot) visit(each.shadowRoot)
            texts.push(each.getAttribute("aria-label") || "", each.getAttribute("title") || "")
        }
    }
    visit(document)
    return texts.join("\\n")
}"""


@pytest.fixture
def blind(runs, write_run):
    """A run of its own, as the first lock cannot be taken back; test drifts, so that its figures are no other's."""
    number = len(list(runs.glob("blind-*")))
    return write_run(runs, f"blind-{number}", config=HIDING, seed=11)


def figures_of_test(run):
    """Intervals and counts that only test has, as pages write them."""

    def intervals(block):
        if not isinstance(block, dict):
            return set()
        if {"low", "high"} <= set(block):
            known = block["low"] is not None and block["high"] is not None
            return {f"{theme.rate(block['low'])} to {theme.rate(block['high'])}"} if known else set()
        return set().union(*map(intervals, block.values()))

    return intervals(run.metrics["test"]) - intervals(run.metrics["validation"]) - intervals(run.calibration)


def text_of(page):
    return settled(page).evaluate(EVERY_TEXT)


def fill(page, name):
    page.locator("input[aria-label=Name][value='']").wait_for()
    expect(page.get_by_label("Name", exact=True)).to_have_count(1)  # the form before has gone
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Who locks it").fill("A. Reader")
    page.get_by_label("Why", exact=True).fill("ward 3")


def test_hidden_locked_revealed_and_the_second_lock_exploratory(visit, blind):
    run = read_run(blind)
    only_test = figures_of_test(run)
    assert len(only_test) > 8
    page = visit(f"/?run={blind.name}")
    for name in [name for name in theme.PAGES if name not in theme.WITHOUT_RUN]:
        led_to(page, f"{address_of(name)}?run={blind.name}&split=test")
        text = text_of(page)
        assert "hidden until a threshold is locked" in text, name
        assert not DELIVERED.search(text), name
        assert not [figure for figure in only_test if figure in text], name

    led_to(page, f"/lock?run={blind.name}")
    fill(page, "Triage")
    page.get_by_role("button", name="Lock it and reveal test").click()
    page.get_by_text("Test figures were revealed on").wait_for()
    fill(page, "Afterthought")
    page.get_by_role("button", name="Lock it", exact=True).click()
    page.get_by_text("Afterthought", exact=True).wait_for()
    first, second = locked_points(read_decisions(blind))
    assert (first.stamp, second.stamp) == ("pre-specified", "exploratory")

    led_to(page, f"/?run={blind.name}")
    page.get_by_label("AUROC on test", exact=False).first.wait_for(state="attached")
    text = text_of(page)
    assert len([figure for figure in only_test if figure in text]) > 2

    led_to(page, f"/operating_point?run={blind.name}")
    page.get_by_role("button", name="Specificity at least 0.90").click()
    page.get_by_role("button", name="Locked: Triage").click()
    page.wait_for_url(lambda address: f"threshold={first.threshold!r}" in address)
    expect(page.get_by_role("button", name="Locked: Triage")).to_have_attribute("aria-pressed", "true")


def test_receipt_and_log_are_saved_as_they_are(visit, blind):
    page = visit(f"/lock?run={blind.name}")
    fill(page, "Triage")
    page.get_by_role("button", name="Lock it and reveal test").click()
    page.get_by_text("Test figures were revealed on").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the log").click()
    content = (blind / "decisions.jsonl").read_bytes()
    assert saved.value.path().read_bytes() == content
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the receipt").click()
    newest = read_decisions(blind).newest.hash
    assert newest in saved.value.path().read_text()
    page.get_by_label("Is a hash that somebody kept still in the log?").fill(newest)
    page.keyboard.press("Enter")
    page.get_by_text("This hash is in the log at line 2").wait_for()


@pytest.mark.long
def test_nothing_is_wider_than_a_phone(visit, blind):
    page = visit(f"/lock?run={blind.name}", width=390)
    text_of(page)
    assert sideways(page) == [0, 0]
