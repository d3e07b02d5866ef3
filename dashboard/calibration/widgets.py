"""Calibration in HTML, escaped: the temperature, and the tables of its measures."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping

import streamlit as st

from core.evaluation.calibration.change import Change
from core.evaluation.calibration.probability import CalibrationErrors
from core.evaluation.estimates.difference import apart
from core.evaluation.estimates.intervals import Estimate
from dashboard import glossary, state, theme
from dashboard.controls import bound, switch
from dashboard.html_table import table

_MEASURES = {
    "ece": ("ECE, debiased", "mean gap between probability and share, 15 bins of equal width, less what chance adds"),
    "adaptive_ece": ("Adaptive ECE, debiased", "the same over 15 bins of equal mass; 0 is perfect"),
    "brier": ("Brier score", "mean squared error of the probability; 0 is perfect"),
    "nll": ("NLL", "mean negative log-likelihood in nats; 0 is perfect"),
    "intercept": ("Calibration intercept", "0 is perfect; below 0 the probabilities are too high, above 0 too low"),
    "slope": ("Calibration slope", "1 is perfect; below 1 they are too extreme, above 1 too timid"),
}
_PERFECT_AT_0 = ("ece", "adaptive_ece", "brier", "nll")
_PLACES = 4
_SMALL = 0.001
"""A change of less is said to be small, however surely it is one."""


def bin_controls() -> None:
    """How the reliability diagrams are binned, and how finely."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        switch("Bins of", state.BINNING, theme.BINNINGS)
        bound(
            st.slider,
            "Number of bins",
            2,
            50,
            key=state.BINS.widget,
            value=state.BINS.value(10),
            keep=state.BINS.choose,
            width=300,
        )


def change_table(changes: Mapping[str, Change], *, caption: str) -> None:
    """One row a measure: before, after, and the change with its interval."""
    rows = []
    for measure in _MEASURES:
        own = changes[measure]
        before, after = (own.plain[place] if place < len(own.plain) else None for place in (0, 1))
        cells = [_number(own.before, before), _number(own.after, after), _change(measure, own.change)]
        rows.append((_name(measure), cells))
    columns = ("Measure", "Before scaling", "After scaling", "Change: after − before")
    table(columns, rows, name="measures", caption=caption, side_by_side=3)


def comparison_table(changes: Mapping[str, Change], others: Mapping[str, CalibrationErrors], *, caption: str) -> None:
    """Debiased ECE, Brier score and NLL of raw and temperature-scaled probabilities, and of other ways, by name."""
    measures = ("ece", "brier", "nll")
    rows = {
        "Raw": [changes[measure].before for measure in measures],
        "Temperature": [changes[measure].after for measure in measures],
        **{name: [found.ece_debiased, found.brier, found.nll] for name, found in others.items()},
    }
    cells = [(html.escape(name), [_number(estimate) for estimate in estimates]) for name, estimates in rows.items()]
    columns = ("Probabilities", *(_MEASURES[measure][0] for measure in measures))
    table(columns, cells, name="ways", caption=caption, side_by_side=3)


def _name(measure: str) -> str:
    name, meaning = _MEASURES[measure]
    return f"{glossary.explained(name)}<span class='tw-small tw-wrap'>{meaning}</span>"


def _number(found: Estimate, plain: Estimate | None = None) -> str:
    """A measure and its interval, and in smaller words the plain value that it was debiased from."""
    if math.isnan(found.value):
        return _undefined(found)
    beside = ""
    if plain is not None:
        reason = html.escape(theme.how(plain))
        beside = f"<span class='tw-small' title='{reason}'>plain {theme.fixed(plain.value, _PLACES)}</span>"
    return f"<span class='tw-value'>{theme.fixed(found.value, _PLACES)}</span>{_interval(found, signed=False)}{beside}"


def _change(measure: str, found: Estimate) -> str:
    if math.isnan(found.value):
        return _undefined(found)
    mark = ""
    if measure in _PERFECT_AT_0:
        mark = f"<span class='tw-small'>{_verdict(found)}</span>"
    places = theme.telling_places(found, _PLACES)
    return f"<span class='tw-value'>{_signed(found.value, places)}</span>{_interval(found, signed=True)}{mark}"


def _verdict(change: Estimate) -> str:
    if math.isnan(change.low) and math.isnan(change.high):
        return ""
    if not apart(change):
        return theme.ALIKE
    small = f", by less than {_SMALL}" if abs(change.value) < _SMALL else ""
    return f"{'▼' if change.value < 0 else '▲'} {theme.DIFFERS}{small}"


def _interval(found: Estimate, *, signed: bool) -> str:
    places = theme.telling_places(found, _PLACES) if signed else _PLACES
    low, high = (_signed(x, places) if signed else theme.fixed(x, places) for x in (found.low, found.high))
    if found.low == 0 and not signed:
        text = f"{high} or less"
    elif math.isfinite(found.low) and math.isfinite(found.high):
        text = f"{low} to {high}"
    elif math.isfinite(found.low):
        text = f"{low} or more"
    else:
        text = f"{high} or less" if math.isfinite(found.high) else "no interval"
    return f"<span class='tw-small' title='{html.escape(theme.how(found))}'>{text}</span>"


def _signed(value: float, places: int) -> str:
    text = theme.fixed(value, places)
    if not text.strip("0.\N{MINUS SIGN}"):
        return text.removeprefix("\N{MINUS SIGN}")
    return text if value < 0 else f"+{text}"


def _undefined(found: Estimate) -> str:
    reason = html.escape(found.reason)
    return (
        f"<span class='tw-value' title='{reason}'>{theme.EM_DASH}</span><span class='tw-small tw-wrap'>{reason}</span>"
    )
