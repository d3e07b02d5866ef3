"""The table of figures: names of columns are text, and every cell knows its column, named above it on a phone."""

import re

from dashboard.html_table import cell, table

HOSTILE = "<img src=x onerror=alert(1)>'\""


def made(monkeypatch, *arguments, **named):
    pages = []
    monkeypatch.setattr("streamlit.html", pages.append)
    table(*arguments, **named)
    return pages[0]


def test_text_is_escaped(monkeypatch):
    html = made(monkeypatch, (HOSTILE, HOSTILE), [("a", [cell(HOSTILE, HOSTILE, HOSTILE)])], caption=HOSTILE)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;&#x27;&quot;") == 8


def test_a_cell_is_a_value_over_a_quiet_line():
    assert cell("0.900", "0.800 to 0.950", "Wilson") == (
        "<span class='tw-value' title='Wilson'>0.900</span><span class='tw-small tw-wrap'>0.800 to 0.950</span>"
    )


def test_every_cell_is_labelled_and_the_last_one_fills_the_row(monkeypatch):
    rows = [("first", ["1", "2", "3", "4"]), ("second", ["none"])]
    html = made(monkeypatch, ("Name", "A", "B", "C", "D"), rows, caption="", group=2)
    assert re.findall(r"<td( class='tw-new')? data-label='(.)'>(.)</td>", html) == [
        (" class='tw-new'", "A", "1"), ("", "B", "2"), (" class='tw-new'", "C", "3"), ("", "D", "4"),
    ]  # fmt: skip
    assert "<td class='tw-new' colspan='4'>none</td>" in html
