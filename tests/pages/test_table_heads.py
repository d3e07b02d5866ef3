"""The heads of the tables on every page begin alike: with a capital, but for the symbols p and n.

Of listings, which are drawn for paper besides, columns are called as in the file that is saved of them.
"""

import re

import pytest

from dashboard import theme
from tests.glossary import without_meanings

SYMBOLS = {"p", "n"}
EVERYTHING = {"prevalence": "0.05", "show": "changes", "to": "0.3", "and": ""}
"""What it takes for a page to show its tables."""


def heads(html):
    html = re.sub("<div class='tw-for-paper'>.*?</table>", "", html, flags=re.DOTALL)
    return [
        re.sub("<[^>]+>", "", head).strip() for head in re.findall(r"<th scope='col'[^>]*>(.*?)</th>", html, re.DOTALL)
    ]


@pytest.mark.parametrize("page", theme.PAGES)
def test_heads_begin_with_a_capital(open_dashboard, runs, page, shown):
    app = open_dashboard(runs, script=page, run="fitted", split="test", **EVERYTHING)
    found = heads(without_meanings(shown(app, "html")))
    assert [head for head in found if head[:1].islower() and head.split()[0] not in SYMBOLS] == []
