"""Promise and delivery in HTML, escaped, and the controls of its page."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

import streamlit as st

from core.evaluation.comparing.delivery import Deliveries, Delivery, Support
from core.evaluation.comparing.difference_from_validation import Difference
from core.telling.presets import Preset
from core.telling.scale import Scale
from dashboard import glossary, state, theme
from dashboard.controls import choose, floor_input, switch
from dashboard.delivery import words as sentences
from dashboard.html_number import gap, number, verdict_mark
from dashboard.html_table import Row, cell, table
from dashboard.widgets import as_typed
from dashboard.words import begun

CURRENT = Preset(kind="current", name="current", label="Threshold in use", floor="", threshold=None, reason="")
MARGINS = ("0", "0.01", "0.02", "0.05", "0.10")


def rule_controls(presets: Sequence[Preset], in_use: float, *, untouched: bool = False) -> Preset:
    """Which rule is looked at, and the x of a floor; gives the rule that is.

    Until it is moved, it is the newest lock of the threshold ``in_use``, or of any where that is still the one that the
    run opens with (``untouched``), and then, without a lock, the first rule that promises something; else the rule that
    puts it there, else that threshold itself.
    """
    known = {preset.name: preset for preset in (*presets, CURRENT)}
    there = [preset for preset in presets if preset.threshold == in_use]
    locked = [preset for preset in reversed(presets) if preset.kind == "locked" and (untouched or preset in there)]
    locked.sort(key=lambda preset: preset not in there)
    promising = [preset for preset in presets if untouched and preset.floors and preset.threshold is not None]
    first = next((preset.name for preset in (*locked, *promising, *there)), CURRENT.name)
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        chosen = switch("Rule", state.RULE, {name: _label(preset) for name, preset in known.items()}, first=first)
        if known[chosen].floor:
            floor_input(chosen)
    return known[chosen]


def margin_input() -> float:
    """The shortfall that does not matter, which the reader states before a promise is called broken."""
    names = {margin: "none" if float(margin) == 0 else margin for margin in MARGINS}
    shown = choose(st.selectbox, "A shortfall that does not matter", state.MARGIN, names, width=240)
    return float(shown)


def promise_table(found: Deliveries, scale: Scale, *, named: str, caption: str) -> None:
    """One row a promised rate: floor, what the set ``named`` delivers, verdict, support and the move it would take."""
    columns = ("Rate", "Promised", f"{begun(named)} delivered", "Verdict", "Bootstrap support", "It would have taken")
    rows = [_promised(rate, own, found, scale, named) for rate, own in found.rates.items()]
    table(columns, rows, name="promises", caption=caption)


def difference_table(found: Mapping[str, Difference], *, named: str, caption: str) -> None:
    """One row a rate: validation as it is and corrected for the choice, the set ``named``, and the gap to both."""
    columns = (
        "Rate",
        "Validation",
        "Validation, corrected for the choice",
        begun(named),
        "Gap, plain",
        "Gap, corrected",
    )
    rows = [
        (
            glossary.explained(theme.RATES[rate]),
            [
                number(own.validation),
                number(own.corrected),
                number(own.delivered),
                gap(own.gap),
                gap(own.corrected_gap, differs=own.differs),
            ],
        )
        for rate, own in found.items()
    ]
    table(columns, rows, name="differences", caption=caption)


def _promised(rate: str, own: Delivery, found: Deliveries, scale: Scale, named: str) -> Row:
    held, limits = own.judgement, own.judgement.limits
    margin = f"broken below {theme.rate(held.floor - held.margin)}" if held.margin else ""
    decides = f"{theme.interval(limits)}, exact" if math.isfinite(limits.low) else held.reason
    return glossary.explained(theme.RATES[rate]), [
        cell(f"≥ {theme.rate(held.floor)}", margin),
        number(own.delivered),
        f"{verdict_mark(held)}{_small(decides)}",
        _support(own.support),
        cell(*sentences.needed(own.needed, found.threshold, scale, named=named)),
    ]


def _small(text: str) -> str:
    return f"<span class='tw-small tw-wrap'>{html.escape(text)}</span>"


def _support(support: Support) -> str:
    if not support.drawn:
        return cell(theme.EM_DASH, "the rate does not exist")
    counts = f"{theme.count(support.kept)} of {theme.count(support.drawn)} resamples"
    return cell(theme.percent(support.share), counts)


def _label(preset: Preset) -> str:
    """What a preset is called in a switch, which renders markdown: people named the locked ones."""
    return as_typed(preset.label) if preset.kind == "locked" else f"{preset.label} {preset.floor}".strip()
