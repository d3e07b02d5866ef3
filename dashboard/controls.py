"""Controls that more than one page has."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import state, theme

RULE, FLOOR = "delivery_rule", "delivery_floor"


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
