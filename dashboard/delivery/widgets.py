"""Promise and delivery in HTML, escaped, and the controls of its page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.evaluation.comparing.delivery import Deliveries, Delivery, Support
from dashboard import state, theme
from dashboard.controls import floor_input, switch
from dashboard.delivery import words as sentences
from dashboard.html_table import Row, cell, table
from dashboard.presets import Preset
from dashboard.scale import Scale
from dashboard.widgets import gap, number, plain

CURRENT = Preset(kind="current", name="current", label="Threshold in use", floor="", threshold=None, reason="")


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


def delivery_table(found: Deliveries, scale: Scale, *, caption: str) -> None:
    """One row a rate: what was to be kept, promised, delivered, the gap, the support and the move it would take."""
    columns = (
        "Rate", "To be kept", "Validation promised", "Test delivered", "Gap: test − validation", "Bootstrap support",
        "It would have taken",
    )  # fmt: skip
    table(columns, [_row(rate, own, found, scale) for rate, own in found.rates.items()], caption=caption)


def _row(rate: str, own: Delivery, found: Deliveries, scale: Scale) -> Row:
    promise = sentences.level_source(is_floor=own.is_floor)
    return theme.RATES[rate], [
        cell(f"≥ {theme.rate(own.level)}", promise), number(own.promised), number(own.delivered), gap(own.gap),
        _support(own.support), cell(*sentences.needed(own.needed, found.threshold, scale)),
    ]  # fmt: skip


def _support(support: Support) -> str:
    if not support.drawn:
        return cell(theme.EM_DASH, "the rate does not exist")
    counts = f"{theme.count(support.kept)} of {theme.count(support.drawn)} resamples"
    return cell(theme.percent(support.share), counts)


def _label(preset: Preset) -> str:
    """What a preset is called in a switch, which renders markdown: people named the locked ones."""
    return plain(preset.label) if preset.kind == "locked" else f"{preset.label} {preset.floor}".strip()
