"""What validation promised against what test delivered: the headline and the table."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.html_table import Row, new, table
from dashboard.overview.tables import Promise, widest_gap
from dashboard.widgets import apart_mark, callout, gap, number

_SHORT = ("Promised", "Delivered", "Gap")
"""The groups of the table on a phone, before the name of a rate."""


def headline(promises: Sequence[Promise], few: str = "") -> None:
    """The largest loss between promise and delivery, or else the largest gain, in words, before any table.

    Where none is clear, ``few`` says in words which set has too few patients to tell. Silent where nothing is compared.
    """
    widest = widest_gap(promises)
    if widest is not None:
        warn = " tw-warn" if widest[2].value < 0 else ""
        st.html(f"<div class='tw-callout{warn}'>{_widest(*widest)}</div>")
    elif not any(promise.gap("specificity") is not None for promise in promises):
        return
    elif few:
        callout("Too few patients to tell what test kept of what validation promised:", f"{few}.")
    else:
        callout(
            "No clear gap between what validation promised and what test delivered.",
            "Each gap can still be as large as its interval in the table says.",
        )


def promise_table(promises: Sequence[Promise], rates: Sequence[str], *, caption: str) -> None:
    """One row a rule: each rate as validation promised it, as test delivered it, and the gap between them."""
    groups, n = ("Validation promised", "Test delivered", "Gap: test − validation"), len(rates)
    top = "".join(f"<th class='tw-new' scope='colgroup' colspan='{n}'>{group}</th>" for group in groups)
    names = [theme.RATES[rate] for _ in groups for rate in rates]
    below = "".join(f"<th scope='col'{new(place, n)}>{name}</th>" for place, name in enumerate(names))
    table(
        ["Rule", *(f"{group}: {theme.RATES[rate]}" for group in _SHORT for rate in rates)],
        [_row(promise, rates) for promise in promises],
        caption=caption, group=n, side_by_side=n,
        head=f"<tr><td></td>{top}</tr><tr><th scope='col'>Rule</th>{below}</tr>",
    )  # fmt: skip


def _widest(promise: Promise, rate: str, difference: Estimate) -> str:
    promised, delivered = promise.estimate("validation", rate), promise.estimate("test", rate)
    assert promised is not None and delivered is not None  # a gap has two ends
    strong = f"{theme.RATES[rate]}: promised {theme.rate(promised.value)}, delivered {theme.rate(delivered.value)}."
    which = "The largest loss" if difference.value < 0 else "No rate is clearly lost; the largest gain"
    value, interval = theme.difference(difference)
    rest = (
        f"{which} stands under the rule “{theme.RULES.get(promise.name, promise.name)}”: test differs from validation "
        f"by {value} ({interval})."
    )
    return f"<strong>{html.escape(strong)}</strong> {apart_mark(difference)} {html.escape(rest)}"


def _row(promise: Promise, rates: Sequence[str]) -> Row:
    rule = html.escape(theme.RULES.get(promise.name, promise.name))
    if promise.threshold is None:
        reason = html.escape(promise.reason or "cannot be reached on validation")
        return rule, [f"{theme.EM_DASH} {reason}"]
    called = f"probability ≥ {theme.probability(promise.probability)}"
    head = (
        f"{rule}<span class='tw-small' title='on the logit: {theme.logit(promise.threshold)}'>{html.escape(called)}"
        "</span>"
    )
    figures = [
        number(promise.estimate(split, rate), fraction=promise.fraction(split, rate))
        for split in ("validation", "test")
        for rate in rates
    ]
    return head, [*figures, *(gap(promise.gap(rate)) for rate in rates)]
