"""How the dashboard looks and is laid out; its words and numbers are those of :mod:`core.telling`, and theme's too."""

from __future__ import annotations

import html

from core.telling.names import ALIKE as ALIKE
from core.telling.names import ALL_SITES as ALL_SITES
from core.telling.names import DIFFERS as DIFFERS
from core.telling.names import DISCLAIMER as DISCLAIMER
from core.telling.names import MEASURES as MEASURES
from core.telling.names import PRODUCT as PRODUCT
from core.telling.names import RATES as RATES
from core.telling.names import RULES as RULES
from core.telling.names import SCALES as SCALES
from core.telling.names import SPLITS as SPLITS
from core.telling.names import VERDICTS as VERDICTS
from core.telling.names import set_name as set_name
from core.telling.names import set_title as set_title
from core.telling.numbers import EM_DASH as EM_DASH
from core.telling.numbers import MINUS as MINUS
from core.telling.numbers import NO_INTERVAL as NO_INTERVAL
from core.telling.numbers import alarms_in_words as alarms_in_words
from core.telling.numbers import count as count
from core.telling.numbers import counted as counted
from core.telling.numbers import day as day
from core.telling.numbers import difference as difference
from core.telling.numbers import fixed as fixed
from core.telling.numbers import how as how
from core.telling.numbers import interval as interval
from core.telling.numbers import limits as limits
from core.telling.numbers import logit as logit
from core.telling.numbers import logit_in_full as logit_in_full
from core.telling.numbers import moment as moment
from core.telling.numbers import percent as percent
from core.telling.numbers import percent_range as percent_range
from core.telling.numbers import prevalence as prevalence
from core.telling.numbers import probability as probability
from core.telling.numbers import rate as rate
from core.telling.numbers import ratio as ratio
from core.telling.numbers import signed as signed
from core.telling.numbers import telling_places as telling_places
from core.telling.numbers import told_apart as told_apart

PAGE_GROUPS = {
    "See": {
        "overview": "Overview",
        "operating_point": "Operating point",
        "calibration": "Calibration",
        "gallery": "Gallery",
        "subgroups": "Subgroups",
    },
    "Decide": {
        "find_threshold": "Find a threshold",
        "clinic": "Your clinic",
        "two_thresholds": "Two thresholds",
        "utility": "Utility",
        "lock": "Lock",
    },
    "Hold it": {"delivery": "Promise and delivery", "stress_test": "Stress test", "adaptation": "Adapt to a site"},
    "Bring": {"bring_data": "Bring data", "compare": "Compare"},
}
"""Scripts of ``pages/`` by name, as the side bar groups them."""

FORMER_ADDRESSES = {"site": "adaptation"}
"""Addresses that links may still have, and the pages that they open."""

WITHOUT_RUN = frozenset({"bring_data"})
"""Pages that speak of no run, and are there before the first one is."""

PAGES = {name: title for group in PAGE_GROUPS.values() for name, title in group.items()}

# Okabe and Ito (2008): told apart by colour-blind readers. A word or a shape always stands beside the colour.
NEGATIVE = "#0072B2"
POSITIVE = "#D55E00"

BINNINGS = {"width": "Equal width", "mass": "Equal mass"}

STRENGTHS = ("unshifted", "mild", "moderate", "strong")
"""Strengths of a shift of acquisition, 0 to 3."""


def ink(*, dark: bool) -> str:
    """The colour of marks that belong to no class: near black on paper, near white in the dark."""
    return "#e8eaed" if dark else "#1b1f24"


def quiet_ink(*, dark: bool) -> str:
    """Ink for what steps back; at least 4.5 to 1 against either background."""
    return "#9aa5b0" if dark else "#5b6670"


def escaped(texts: tuple[str, str]) -> tuple[str, str]:
    """Texts from files for plotly, which renders some HTML."""
    first, second = map(html.escape, texts)
    return first, second
