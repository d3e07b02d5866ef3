"""Class names, ids and reasons that come from files are text on every page, in HTML and in charts."""

import re

import pytest

from dashboard import theme


@pytest.mark.parametrize("page", [page for page in theme.PAGES if page not in theme.WITHOUT_RUN])
def test_names_from_files_are_text(open_dashboard, shown, runs, page):
    app = open_dashboard(runs, page, run="hostile", split="test")
    html = shown(app, "html")
    assert "<span class='tw-run'>hostile</span></h1>" in html and "<script>" not in html
    for chart in app.get("plotly_chart"):
        assert "<script>" not in chart.proto.spec


ENDLESS = "x" * 10_000
PARAMETERS = (
    "split",
    "scale",
    "finding",
    "population",
    "by",
    "show",
    "sort",
    "margin",
    "threshold",
    "to",
    "image",
    "page",
    "prevalence",
    "prevalence_up_to",
    "rule_out",
    "rule_in",
)
WHERE_LINKS_LEAD = re.compile(r"""^\s*(query_string|url): .*|^\s*json: "{\\"query\\": .*""", re.MULTILINE)
"""Lines of what is sent to the browser: a link carries the whole address, whatever somebody wrote into it."""


def test_an_endless_run_name_in_the_address_is_not_echoed_whole(open_dashboard, shown, runs):
    app = open_dashboard(runs, run=ENDLESS)
    text = WHERE_LINKS_LEAD.sub("", shown(app))
    assert "x" * 79 + "…" in text and "x" * 81 not in text
    assert "There is no run of this name here" in text


@pytest.mark.parametrize("page", theme.PAGES)
def test_nothing_endless_in_the_address_is_echoed_whole(open_dashboard, shown, runs, page):
    asked = dict.fromkeys(PARAMETERS, ENDLESS)
    app = open_dashboard(runs, page, run="imported", **asked)
    assert "x" * 81 not in WHERE_LINKS_LEAD.sub("", shown(app))
