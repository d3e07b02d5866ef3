"""What was promised, what test delivers, and how it differs from validation: the headline and the table."""

from __future__ import annotations

import html
from collections.abc import Sequence

from core.evaluation.comparing.promise import Verdict
from core.evaluation.estimates.intervals import Estimate
from dashboard import drawn, glossary, theme
from dashboard.html_number import differs_mark, gap, number, verdict_mark
from dashboard.html_table import Row, new, table
from dashboard.overview.tables import Promise, widest_difference

_SETS = ("validation", "test")


def headline(promises: Sequence[Promise], few: str = "") -> None:
    """What test says of every promise, and whether it differs from validation, in words, before any table.

    Where none is clear, ``few`` says in words which set has too few patients to tell. Silent where nothing is compared.
    """
    judged = [(rate, own) for promise in promises for rate, own in promise.judgements.items()]
    widest = widest_difference(promises)
    lines = []
    if judged:
        said = " ".join(
            f"{theme.RATES[rate]} at least {theme.rate(own.floor)}: {verdict_mark(own)}." for rate, own in judged
        )
        lines.append(f"<strong>What was promised.</strong> {said}")
    if widest is not None:
        lines.append(_widest(*widest))
    elif any(promise.differences for promise in promises):
        lines.append(_nothing_clear(few))
    if lines:
        broken = any(own.verdict is Verdict.BROKEN for _, own in judged)
        warn = " tw-warn" if broken or (widest is not None and widest[2].value < 0) else ""
        drawn.html(f"<div class='tw-callout{warn}'>{'<br>'.join(lines)}</div>")


def promise_table(promises: Sequence[Promise], rates: Sequence[str], *, caption: str) -> None:
    """One row a rule: each rate on validation and on test, and the gap between them; of sets that are seen alone."""
    shown = [split for split in _SETS if any(split in promise.estimates for promise in promises)] or list(_SETS[:1])
    short, groups = [theme.SPLITS[split] for split in shown], [theme.SPLITS[split] for split in shown]
    if len(shown) == len(_SETS):
        short, groups = [*short, "Gap"], [*groups, "Gap: test − validation"]
    n = len(rates)
    top = "".join(f"<th class='tw-new' scope='colgroup' colspan='{n}'>{group}</th>" for group in groups)
    names = [theme.RATES[rate] for _ in groups for rate in rates]
    below = "".join(
        f"<th scope='col'{new(place, n)}>{glossary.explained(name)}</th>" for place, name in enumerate(names)
    )
    table(
        ["Rule", *(f"{group}: {theme.RATES[rate]}" for group in short for rate in rates)],
        [_row(promise, rates, shown) for promise in promises],
        name="-".join(rates),
        caption=caption,
        group=n,
        side_by_side=n,
        head=f"<tr><td></td>{top}</tr><tr><th scope='col'>Rule</th>{below}</tr>",
    )


def _nothing_clear(few: str) -> str:
    if few:
        head, text = "Too few patients to tell whether test differs from validation:", f"{few}."
    else:
        head = f"There is {theme.ALIKE} between validation and test at these thresholds."
        text = "Each gap can still be as large as its interval in the table says."
    return f"<strong>{head}</strong> {html.escape(text)}"


def _widest(promise: Promise, rate: str, difference: Estimate) -> str:
    own = promise.differences[rate]
    strong = (
        f"{theme.RATES[rate]}: validation {theme.rate(own.validation.value)}, test {theme.rate(own.delivered.value)}."
    )
    which = "The largest loss" if difference.value < 0 else "No rate is lost by more than chance; the largest gain"
    value, interval = theme.difference(difference)
    rest = (
        f"{which} stands under the rule “{theme.RULES.get(promise.name, promise.name)}”: corrected for the choice, "
        f"test differs from validation by {value} ({interval})."
    )
    return f"<strong>{html.escape(strong)}</strong> {differs_mark(difference)} {html.escape(rest)}"


def _row(promise: Promise, rates: Sequence[str], shown: Sequence[str]) -> Row:
    rule = glossary.explained(theme.RULES.get(promise.name, promise.name))
    if promise.threshold is None:
        reason = html.escape(promise.reason or "cannot be reached on validation")
        return rule, [f"{theme.EM_DASH} {reason}"]
    called = f"{promise.called} ≥ {theme.probability(promise.probability)}"
    verdicts = "".join(f" {verdict_mark(own)}" for rate, own in promise.judgements.items() if rate in rates)
    head = (
        f"{rule}<span class='tw-small' title='on the logit: {theme.logit_in_full(promise.threshold)}'>"
        f"{html.escape(called)}</span>{verdicts}"
    )
    figures = [
        number(promise.estimate(split, rate), fraction=promise.fraction(split, rate))
        for split in shown
        for rate in rates
    ]
    if len(shown) < len(_SETS):
        return head, figures
    differs = {rate: own.differs for rate, own in promise.differences.items()}
    return head, [*figures, *(gap(promise.gap(rate), differs=differs.get(rate)) for rate in rates)]
