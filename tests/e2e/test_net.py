"""The net under the tests in the browser: what a page says calmly to its reader, a test hears from the server's log."""

import re

import pytest
from playwright.sync_api import expect

from tests import browser

SCRIPT = """
import sys
sys.path.insert(0, {root!r})
import streamlit as st
from core.errors import DataError
from dashboard import widgets

with widgets.calm():
    st.text("well")
with widgets.calm():
    if "refuse" in st.query_params:
        raise DataError("refused")
    if "crash" in st.query_params:
        raise RuntimeError("crash")
if "uncaught" in st.query_params:
    raise RuntimeError("uncaught")
st.text("the end")
"""


@pytest.fixture(scope="module")
def server(chromium, server_logs, tmp_path_factory):
    script = tmp_path_factory.mktemp("script") / "page.py"
    script.write_text(SCRIPT.format(root=str(browser.HOME.parents[1])))
    options = ["--browser.gatherUsageStats=false"]  # the project's own configuration stands beside its own script
    with browser.served(script, options=options, logs=server_logs) as address:
        yield address


@pytest.mark.parametrize(
    ("asked", "seen", "logged"),
    [
        ("refuse", "This cannot be shown", r"a part of the page cannot be shown: DataError\('refused'\)"),
        ("crash", "Something went wrong here", "a part of the page failed"),
    ],
)
def test_a_part_that_fails_is_in_the_log_of_its_test_alone(visit, net, parts_may_fail, asked, seen, logged):
    assert net.failures() == [], "what other tests did is not this one's"
    expect(visit(f"/?{asked}=1", fresh=True).get_by_text(seen)).to_be_visible()
    (line,) = parts_may_fail()
    assert re.search(logged, line)
    assert net.failures(parts_may_fail=True) == []


def test_a_page_without_fault_leaves_the_log_empty(visit, net):
    expect(visit(fresh=True).get_by_text("the end")).to_be_visible()
    assert net.failures() == []


def test_an_error_of_javascript_is_noticed(visit):
    page = visit(fresh=True)
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('in the browser') })")
    assert visit.problems == ["in the browser"]
    visit.problems.clear()


def test_what_no_part_catches_is_never_allowed(visit, net):
    expect(visit("/?uncaught=1", fresh=True).get_by_text("RuntimeError: uncaught")).to_be_visible()
    (line,) = net.failures(parts_may_fail=True)
    assert "Uncaught app execution" in line
    net.from_now_on()
