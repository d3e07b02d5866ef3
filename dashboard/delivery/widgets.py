"""Promise and delivery in HTML, escaped, and the controls of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.evaluation.delivery import Deliveries, Delivery, Support
from dashboard import state, theme
from dashboard.delivery import words as sentences
from dashboard.explorer.presets import Preset
from dashboard.html_table import Row, cell, table
from dashboard.scale import Scale
from dashboard.widgets import gap, number, plain

RULE, FLOOR = "delivery_rule", "delivery_floor"
CURRENT = Preset(name="current", label="Threshold in use", floor="", threshold=None, reason="")


def rule_controls(presets: Sequence[Preset], in_use: float) -> Preset:
    """Which rule is looked at, and the x of a floor; gives the rule that is.

    Until it is moved, it is the rule of the threshold ``in_use``, or that threshold itself where no rule puts it there.
    """
    known = {preset.name: preset for preset in (*presets, CURRENT)}
    first = next((preset.name for preset in presets if preset.threshold == in_use), CURRENT.name)
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        chosen = picked("Rule", RULE, {name: _label(preset) for name, preset in known.items()}, first=first)
        if known[chosen].floor:
            floor_input(chosen)
    return known[chosen]


def picked(label: str, key: str, names: Mapping[str, str], *, first: str | None = None) -> str:
    """A switch between ``names`` that is kept from page to page, at ``first`` or the first of them until it is moved;
    gives the one that is chosen."""
    first = first or next(iter(names))
    wanted = state.choice(key, first)
    state.show_value_in_widget(key, wanted if wanted in names else first)  # another run may not have this one
    chosen = st.segmented_control(
        label, list(names), key=key, format_func=names.__getitem__, required=True,
        on_change=state.take_choice, args=(key,),
    )  # fmt: skip
    return str(chosen)


def floor_input(rate: str) -> None:
    """The x of "``rate`` at least x", which the explorer shares."""
    state.show_value_in_widget(FLOOR, float(state.floors()[rate]))
    st.number_input(
        f"{theme.RATES[rate]} at least", 0.5, 0.999, step=0.01, format="%.3f", key=FLOOR, width=170,
        on_change=lambda: state.set_floor(rate, numeral(state.value_of_widget(FLOOR))),
    )  # fmt: skip


def numeral(value: float) -> str:
    """A floor as a decimal numeral of two decimals, three where they are needed: ``0.90``, ``0.975``."""
    text = f"{value:.3f}"
    return text[:-1] if text.endswith("0") else text


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
    return plain(preset.label) if preset.name.startswith("locked ") else f"{preset.label} {preset.floor}".strip()
