"""A figure in HTML: its value, its interval, and what is said of it."""

from __future__ import annotations

import html
import math

from core.evaluation.comparing.promise import Judgement, Verdict
from core.evaluation.estimates.intervals import Estimate
from dashboard import glossary, theme


def number(found: Estimate | None, *, fraction: tuple[int, int] | None = None) -> str:
    """HTML of a figure: its value, the interval, a thin bar from 0 to 1, and the counts it comes from.

    Undefined is an em dash with the reason on hover.
    """
    if found is None or not math.isfinite(found.value):
        reason = "not known in this run" if found is None else found.reason
        return f"<span class='tw-value' title='{html.escape(reason)}'>{theme.EM_DASH}</span>"
    method = html.escape(theme.how(found))
    counts = ""
    if fraction is not None:
        counts = f"<span class='tw-small'>{theme.count(fraction[0])} of {theme.count(fraction[1])}</span>"
    return (
        f"<span class='tw-value'>{theme.rate(found.value)}</span>"
        f"<span class='tw-small' title='{method}'>{theme.interval(found)}</span>{_bar(found)}{counts}"
    )


def logit(threshold: float, unit: str = "logit") -> str:
    """HTML of a threshold on the logit in four decimals, all of it on hover with what a logit is."""
    title = f"{theme.logit_in_full(threshold)}; {glossary.meaning('free score' if unit == 'score' else unit)}"
    return f"<span class='tw-small' title='{html.escape(title)}'>{unit} {theme.logit(threshold)}</span>"


def gap(difference: Estimate | None, *, differs: bool | None = None, otherwise: str = theme.ALIKE) -> str:
    """HTML of how a rate differs: the difference, its interval, and whether it ``differs``, ``otherwise`` what is said
    instead. Nothing is said where that was not asked (None) or cannot be known. Only a loss is loud."""
    if difference is None or not math.isfinite(difference.value):
        return number(difference)
    value, interval = theme.difference(difference)
    mark = ""
    if differs is not None and math.isfinite(difference.low):
        mark = differs_mark(difference) if differs else f"<span class='tw-small'>{otherwise}</span>"
    return (
        f"<span class='tw-value'>{value}</span>"
        f"<span class='tw-small' title='{html.escape(theme.how(difference))}'>{interval}</span>{mark}"
    )


def differs_mark(difference: Estimate) -> str:
    """HTML of the mark of a difference that chance does not explain: a loss in amber, a gain without colour."""
    return (
        f"<span class='tw-mark'>▲ {theme.DIFFERS}</span>"
        if difference.value > 0
        else f"<span class='tw-mark tw-loud'>▼ {theme.DIFFERS}</span>"
    )


def verdict_mark(judgement: Judgement) -> str:
    """HTML of what a set says of a promise: only a broken one is loud."""
    loud = " tw-loud" if judgement.verdict is Verdict.BROKEN else ""
    title = html.escape(judgement.reason or theme.how(judgement.limits))
    return f"<span class='tw-mark{loud}' title='{title}'>{theme.VERDICTS[judgement.verdict]}</span>"


def _bar(found: Estimate) -> str:
    value, low, high = found.value, found.low, found.high
    interval = ""
    if math.isfinite(low) and math.isfinite(high):
        interval = f"<i style='left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%'></i>"
    tick = f"<b style='left:calc({value:.4f} * (100% - 3px))'></b>"
    return f"<span class='tw-bar' aria-hidden='true'>{interval}{tick}</span>"
