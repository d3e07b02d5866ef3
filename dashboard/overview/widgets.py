"""What was promised, what test delivers, and how it differs from validation: the headline and the table."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from core.evaluation.comparing.promise import Verdict
from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.html_table import Row, new, table
from dashboard.overview.tables import Promise, widest_difference
from dashboard.widgets import callout, differs_mark, gap, number, verdict_mark

_SHORT = ("Validation", "Test", "Gap")
"""The groups of the table on a phone, before the name of a rate."""


def headline(promises: Sequence[Promise], few: str = "") -> None:
    """What test says of every promise, and whether it differs from validation, in words, before any table.

    Where none is clear, ``few`` says in words which set has too few patients to tell. Silent where nothing is compared.
    """
    judged = [(rate, own) for promise in promises for rate, own in promise.judgements.items()]
    if judged:
        said = " ".join(
            f"{theme.RATES[rate]} at least {theme.rate(own.floor)}: {verdict_mark(own)}." for rate, own in judged
        )
        broken = any(own.verdict is Verdict.BROKEN for _, own in judged)
        st.html(
            f"<div class='tw-callout{' tw-warn' if broken else ''}'><strong>What was promised.</strong> {said}</div>"
        )
    widest = widest_difference(promises)
    if widest is not None:
        warn = " tw-warn" if widest[2].value < 0 else ""
        st.html(f"<div class='tw-callout{warn}'>{_widest(*widest)}</div>")
    elif not any(promise.differences for promise in promises):
        return
    elif few:
        callout("Too few patients to tell whether test differs from validation:", f"{few}.")
    else:
        callout(
            "There is no clear difference between validation and test at these thresholds.",
            "Each gap can still be as large as its interval in the table says.",
        )


def promise_table(promises: Sequence[Promise], rates: Sequence[str], *, caption: str) -> None:
    """One row a rule: each rate on validation and on test, and the gap between them."""
    groups, n = ("Validation", "Test", "Gap: test − validation"), len(rates)
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
    own = promise.differences[rate]
    strong = (
        f"{theme.RATES[rate]}: validation {theme.rate(own.validation.value)}, test {theme.rate(own.delivered.value)}."
    )
    which = "The largest loss" if difference.value < 0 else "No rate is clearly lost; the largest gain"
    value, interval = theme.difference(difference)
    rest = (
        f"{which} stands under the rule “{theme.RULES.get(promise.name, promise.name)}”: corrected for the choice, "
        f"test differs from validation by {value} ({interval})."
    )
    return f"<strong>{html.escape(strong)}</strong> {differs_mark(difference)} {html.escape(rest)}"


def _row(promise: Promise, rates: Sequence[str]) -> Row:
    rule = html.escape(theme.RULES.get(promise.name, promise.name))
    if promise.threshold is None:
        reason = html.escape(promise.reason or "cannot be reached on validation")
        return rule, [f"{theme.EM_DASH} {reason}"]
    called = f"probability ≥ {theme.probability(promise.probability)}"
    verdicts = "".join(f" {verdict_mark(own)}" for rate, own in promise.judgements.items() if rate in rates)
    head = (
        f"{rule}<span class='tw-small' title='on the logit: {theme.logit(promise.threshold)}'>{html.escape(called)}"
        f"</span>{verdicts}"
    )
    figures = [
        number(promise.estimate(split, rate), fraction=promise.fraction(split, rate))
        for split in ("validation", "test")
        for rate in rates
    ]
    differs = {rate: own.differs for rate, own in promise.differences.items()}
    return head, [*figures, *(gap(promise.gap(rate), differs=differs.get(rate)) for rate in rates)]
