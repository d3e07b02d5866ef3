"""Promise and delivery in HTML, escaped, and the controls of its page."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

import streamlit as st

from core.evaluation.comparing.delivery import Deliveries, Delivery, Support
from core.evaluation.comparing.difference_from_validation import Difference
from dashboard import state, theme
from dashboard.controls import choose, floor_input, switch
from dashboard.delivery import words as sentences
from dashboard.html_table import Row, cell, table
from dashboard.presets import Preset
from dashboard.scale import Scale
from dashboard.widgets import gap, number, plain, verdict_mark

CURRENT = Preset(kind="current", name="current", label="Threshold in use", floor="", threshold=None, reason="")
MARGINS = ("0", "0.01", "0.02", "0.05", "0.10")


def rule_controls(presets: Sequence[Preset], in_use: float) -> Preset:
    """Which rule is looked at, and the x of a floor; gives the rule that is.

    Until it is moved, it is the rule of the threshold ``in_use``, or that threshold itself where no rule puts it there.
    """
    known = {preset.name: preset for preset in (*presets, CURRENT)}
    first = next((preset.name for preset in presets if preset.threshold == in_use), CURRENT.name)
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


def promise_table(found: Deliveries, scale: Scale, *, caption: str) -> None:
    """One row a promised rate: its floor, what test delivers, the verdict, the support and the move it would take."""
    columns = ("Rate", "Promised", "Test delivered", "Verdict", "Bootstrap support", "It would have taken")
    table(columns, [_promised(rate, own, found, scale) for rate, own in found.rates.items()], caption=caption)


def difference_table(found: Mapping[str, Difference], *, caption: str) -> None:
    """One row a rate: validation as it is and without the optimism of the choice, test, and the gap to both."""
    columns = (
        "Rate", "Validation", "Validation, corrected for the choice", "Test", "Gap, plain", "Gap, corrected",
    )  # fmt: skip
    rows = [
        (
            theme.RATES[rate],
            [number(own.validation), number(own.corrected), number(own.delivered), gap(own.gap),
             gap(own.corrected_gap, differs=own.differs)],
        )
        for rate, own in found.items()
    ]  # fmt: skip
    table(columns, rows, caption=caption)


def _promised(rate: str, own: Delivery, found: Deliveries, scale: Scale) -> Row:
    held, limits = own.judgement, own.judgement.limits
    margin = f"broken below {theme.rate(held.floor - held.margin)}" if held.margin else ""
    decides = f"{theme.interval(limits)}, exact" if math.isfinite(limits.low) else held.reason
    return theme.RATES[rate], [
        cell(f"≥ {theme.rate(held.floor)}", margin), number(own.delivered), f"{verdict_mark(held)}{_small(decides)}",
        _support(own.support), cell(*sentences.needed(own.needed, found.threshold, scale)),
    ]  # fmt: skip


def _small(text: str) -> str:
    return f"<span class='tw-small tw-wrap'>{html.escape(text)}</span>"


def _support(support: Support) -> str:
    if not support.drawn:
        return cell(theme.EM_DASH, "the rate does not exist")
    counts = f"{theme.count(support.kept)} of {theme.count(support.drawn)} resamples"
    return cell(theme.percent(support.share), counts)


def _label(preset: Preset) -> str:
    """What a preset is called in a switch, which renders markdown: people named the locked ones."""
    return plain(preset.label) if preset.kind == "locked" else f"{preset.label} {preset.floor}".strip()
