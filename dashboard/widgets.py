"""What pages show that Streamlit has no call for. The only place with HTML: every text in it is escaped here."""

from __future__ import annotations

import html
import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import WorkbenchError
from core.evaluation.intervals import Estimate
from core.evaluation.summary import apart
from dashboard import theme
from dashboard.downloads import figure_downloads
from dashboard.tables import Outcome, Promise, widest_gap

_STYLE = Path(__file__).with_name("widgets.css")
_UNDEFINED = "undefined: "

logger = logging.getLogger(__name__)


def style() -> None:
    """The style sheet of these widgets; once a page."""
    st.html(_STYLE)


def disclaimer() -> None:
    """The strip that stands on every page."""
    st.html(f"<div class='tw-strip' role='note'>{theme.DISCLAIMER}</div>")


def heading(name: str, *, synthetic: bool, facts: str) -> None:
    """The run's name as the page's title, marked when its images are synthetic, and one line of facts beneath."""
    mark = " <span class='tw-mark'>synthetic</span>" if synthetic else ""
    st.html(f"<div class='tw-head'><h1>{html.escape(name)}{mark}</h1><p>{html.escape(facts)}</p></div>")


def headline(promises: Sequence[Promise]) -> None:
    """The largest gap between promise and delivery, in words, before any table."""
    widest = widest_gap(promises)
    if widest is None:
        compared = any(promise.gap("specificity") is not None for promise in promises)
        if compared:
            strong = "Test delivers what validation promised, as far as these numbers can tell."
            rest = (
                "No gap in sensitivity or specificity is apart from 0. Wide intervals can hide a gap: read them below."
            )
            st.html(f"<div class='tw-callout'><strong>{strong}</strong> {rest}</div>")
        return
    promise, rate, difference = widest
    promised, delivered = promise.estimate("validation", rate), promise.estimate("test", rate)
    assert promised is not None and delivered is not None  # a gap has two ends
    strong = f"{theme.RATES[rate]}: promised {theme.rate(promised.value)}, delivered {theme.rate(delivered.value)}."
    rest = (
        f"The widest gap is that of {theme.RULES.get(promise.name, promise.name)}: test differs from validation by "
        f"{theme.signed(difference.value)} ({theme.signed_interval(difference)})."
    )
    st.html(
        f"<div class='tw-callout tw-warn'><strong>{html.escape(strong)}</strong> {html.escape(rest)} "
        f"<span class='tw-mark tw-loud'>{'▲' if difference.value > 0 else '▼'} apart</span></div>"
    )


def figure(drawing: Any, *, key: str, alt: str, table: pd.DataFrame, file_name: str) -> None:
    """A plotly figure with its text alternative and, beneath it, what saves it as PNG, SVG and CSV (``table``)."""
    st.plotly_chart(drawing, key=key, alt=alt, config={"displayModeBar": False, "scrollZoom": False})
    figure_downloads(chart=key, file_name=file_name, table=table)


def tiles(estimates: Sequence[tuple[str, Estimate]]) -> None:
    """Figures with their intervals, side by side as far as there is room."""
    cells = "".join(
        f"<div class='tw-tile'><span class='tw-label'>{html.escape(label)}</span>{_figure(found)}</div>"
        for label, found in estimates
    )
    st.html(f"<div class='tw-tiles'>{cells}</div>")


def promise_table(promises: Sequence[Promise], rates: Sequence[str], *, caption: str) -> None:
    """One row a rule: each rate as validation promised it, as test delivered it, and the gap between them."""
    span = len(rates)
    groups = ("Validation promised", "Test delivered", "Gap, test − validation")
    top = "".join(f"<th class='tw-new' scope='colgroup' colspan='{span}'>{group}</th>" for group in groups)
    names = "".join(
        f"<th scope='col'{_new(position)}>{html.escape(theme.RATES[rate])}</th>"
        for _ in groups
        for position, rate in enumerate(rates)
    )
    rows = "".join(_promise_row(promise, rates) for promise in promises)
    st.html(
        f"<div class='tw-scroll' role='region' tabindex='0' aria-label='{html.escape(caption)}'>"
        f"<table class='tw-table'><caption>{html.escape(caption)}</caption>"
        f"<thead><tr><th scope='col'>Rule</th>{top}</tr><tr><th></th>{names}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def outcome(title: str, found: Outcome, words: tuple[str, str], noun: str) -> None:
    """What a threshold means for one split, in natural frequencies, each sentence with its bar of right and wrong."""
    without, with_finding = words
    patients = [theme.counted(n, "patient") for n in (found.patients_pos, found.patients_neg)]
    positive = (
        f"Of {theme.count(found.n_pos)} {noun} {with_finding} ({patients[0]}), {_are(found.found)} found "
        f"and {_are(found.missed)} missed."
    )
    negative = (
        f"Of {theme.count(found.n_neg)} {without} ({patients[1]}), {_are(found.cleared)} sent home "
        f"and {_are(found.alarmed)} falsely alarmed."
    )
    st.html(
        f"<div class='tw-outcome'><h4>{html.escape(title)}</h4>"
        f"<p class='tw-sentence'>{html.escape(positive)}</p>{_share(found.found, found.n_pos, theme.POSITIVE)}"
        f"<p class='tw-sentence'>{html.escape(negative)}</p>{_share(found.cleared, found.n_neg, theme.NEGATIVE)}</div>"
    )


def notice(title: str, text: str, *, detail: str = "") -> Any:
    """A designed box: what is the matter (``title``, ours), what to do, and text that may come from files.

    Gives back the box, for the one button in it.
    """
    box = st.container(border=True)
    with box:
        st.markdown(f"#### {title}")
        if text:
            st.markdown(text)
        if detail:
            st.code(detail, language=None, wrap_lines=True)
    return box


@contextmanager
def calm() -> Iterator[None]:
    """No traceback reaches the reader: our own errors say what to do, any other is logged and calmly named."""
    try:
        yield
    except WorkbenchError as error:
        notice("This cannot be shown", "", detail=str(error))
    except Exception:
        logger.exception("a page failed")
        notice(
            "Something went wrong here",
            "The run itself is not touched. Reload the page; when it happens again, pick another run. "
            "The terminal that runs the dashboard shows the details.",
        )


def _promise_row(promise: Promise, rates: Sequence[str]) -> str:
    label = html.escape(theme.RULES.get(promise.name, promise.name))
    if promise.threshold is None:
        reason = html.escape(promise.reason or "cannot be reached on validation")
        return f"<tr><th scope='row'>{label}</th><td colspan='{3 * len(rates)}' class='tw-new'>{theme.EM_DASH} {reason}</td></tr>"
    cells = "".join(
        f"<td{_new(position)}>{_figure(promise.estimate(split, rate), fraction=promise.fraction(split, rate))}</td>"
        for split in ("validation", "test")
        for position, rate in enumerate(rates)
    )
    gaps = "".join(f"<td{_new(position)}>{_gap(promise.gap(rate))}</td>" for position, rate in enumerate(rates))
    called = (
        f"<span class='tw-small' title='on the logit: {promise.threshold!r}'>"
        f"probability ≥ {theme.probability(promise.probability)}</span>"
    )
    return f"<tr><th scope='row'>{label}{called}</th>{cells}{gaps}</tr>"


def _figure(found: Estimate | None, *, fraction: tuple[int, int] | None = None) -> str:
    if found is None or not math.isfinite(found.value):
        reason = "not known in this run" if found is None else found.method.removeprefix(_UNDEFINED)
        return f"<span class='tw-value' title='{html.escape(reason)}'>{theme.EM_DASH}</span>"
    counts = (
        f"<span class='tw-small'>{theme.count(fraction[0])} of {theme.count(fraction[1])}</span>" if fraction else ""
    )
    limits = f"<span class='tw-small' title='{html.escape(found.method)}'>{theme.interval(found)}</span>"
    return f"<span class='tw-value'>{theme.rate(found.value)}</span>{limits}{_bar(found)}{counts}"


def _bar(found: Estimate) -> str:
    """The interval and the value on a thin line from 0 to 1."""
    low, high = (limit if math.isfinite(limit) else found.value for limit in (found.low, found.high))
    return (
        f"<span class='tw-bar' aria-hidden='true'><i style='left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%'></i>"
        f"<b style='left:{100 * found.value:.2f}%'></b></span>"
    )


def _gap(difference: Estimate | None) -> str:
    if difference is None or not math.isfinite(difference.value):
        return _figure(difference)
    if apart(difference):
        mark = f"<span class='tw-mark tw-loud'>{'▲' if difference.value > 0 else '▼'} apart</span>"
    else:
        mark = "<span class='tw-small'>not apart</span>"
    return (
        f"<span class='tw-value'>{theme.signed(difference.value)}</span>"
        f"<span class='tw-small' title='{html.escape(difference.method)}'>{theme.signed_interval(difference)}</span>{mark}"
    )


def _share(right: int, total: int, colour: str) -> str:
    """Right ones solid, wrong ones hatched; empty where there is nothing to share out."""
    if not total:
        return ""
    return (
        f"<div class='tw-share' aria-hidden='true' style='--tw-class:{colour}'>"
        f"<i style='width:{100 * right / total:.2f}%'></i>{'<b></b>' if right < total else ''}</div>"
    )


def _are(number: int) -> str:
    return f"{theme.count(number)} {'is' if number == 1 else 'are'}"


def _new(position: int) -> str:
    """The first column of a group has a rule on its left."""
    return " class='tw-new'" if position == 0 else ""
