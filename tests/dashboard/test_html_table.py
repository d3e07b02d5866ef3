"""The table of figures: names of columns are text, and every cell knows its column, named above it on a phone."""

import html
import re

from dashboard.html_table import cell, in_words, table

HOSTILE = "<img src=x onerror=alert(1)>'\""


def made(monkeypatch, *arguments, **named):
    pages = []
    monkeypatch.setattr("streamlit.html", pages.append)
    table(*arguments, name="table", **named)
    return pages[0]


def test_text_is_escaped(monkeypatch):
    page = made(monkeypatch, (HOSTILE, HOSTILE), [("a", [cell(HOSTILE, HOSTILE, HOSTILE)])], caption=HOSTILE)
    assert "<img" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;&#x27;&quot;") == 8


def test_a_cell_is_a_value_over_a_quiet_line():
    assert cell("0.900", "0.800 to 0.950", "Wilson") == (
        "<span class='tw-value' title='Wilson'>0.900</span><span class='tw-small tw-wrap'>0.800 to 0.950</span>"
    )


def test_every_cell_is_labelled_and_the_last_one_fills_the_row(monkeypatch):
    rows = [("first", ["1", "2", "3", "4"]), ("second", ["none"])]
    page = made(monkeypatch, ("Name", "A", "B", "C", "D"), rows, caption="", group=2)
    assert re.findall(r"<td( class='tw-new')? data-label='(.)'>(.)</td>", page) == [
        (" class='tw-new'", "A", "1"),
        ("", "B", "2"),
        (" class='tw-new'", "C", "3"),
        ("", "D", "4"),
    ]
    assert "<td class='tw-new' colspan='4'>none</td>" in page


def test_a_column_without_a_name_has_no_head_that_is_read_out(monkeypatch):
    page = made(monkeypatch, ("Name", "A", ""), [("first", ["1", "2"])], caption="")
    assert "<th scope='col' class='tw-new'>A</th><td class='tw-new'></td></tr>" in page


def test_what_is_saved_holds_every_word_of_every_cell():
    rows = [
        ("Youden<span class='tw-small'>probability ≥ 0.4</span>", [cell("0.9", "0.8 to 1.0", "a > b"), "<b></b>"]),
        (html.escape("<b>"), ["— cannot be reached"]),
    ]
    assert in_words(("Rule", "Sensitivity", "Gap"), rows).to_dict("list") == {
        "Rule": ["Youden; probability ≥ 0.4", "<b>"],
        "Sensitivity": ["0.9; 0.8 to 1.0", "— cannot be reached"],
        "Gap": ["", ""],
    }
