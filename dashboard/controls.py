"""Controls that more than one page has, and the one way in which a widget shows what the state holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from dashboard import state, theme
from dashboard.state import Choice

FLOOR = "delivery_floor"

_FIRST: dict[Callable[..., Any], str] = {
    st.segmented_control: "default",
    st.multiselect: "default",
    st.selectbox: "index",
    st.radio: "index",
}
"""What a widget calls the value that it shows first, where that is not ``value``."""

R = TypeVar("R")
T = TypeVar("T")


def bound(
    widget: Callable[..., R],
    label: str,
    *arguments: Any,
    key: str,
    value: object,
    keep: Callable[[Any], object],
    **look: Any,
) -> R:
    """Draw ``widget`` (any of Streamlit's) showing ``value``; what the reader makes of it goes to ``keep``, before the
    page runs again.

    It shows it from the start as well: what the session holds is told to the browser once, and is lost where the page
    runs again before that was drawn. A browser that still has a widget which this run took away may report it as it
    was: that is no change, and nothing is kept.
    """
    said = value

    def changed() -> None:
        nonlocal said
        if (now := state.of_widget(key)) != said:
            said = now
            keep(now)

    state.show_in_widget(key, value)
    by_place = _FIRST.get(widget) == "index" and value is not None
    first = {_FIRST.get(widget, "value"): list(arguments[0]).index(value) if by_place else value}
    return widget(label, *arguments, key=key, on_change=changed, **first, **look)


def choose(
    widget: Callable[..., Any],
    label: str,
    choice: Choice[T],
    names: Mapping[T, str],
    *,
    first: T | None = None,
    **look: Any,
) -> T:
    """Let the reader choose among ``names`` by a switch or a select box; gives the one that is chosen."""
    known = list(names)
    shown = choice.among(known, first)
    bound(
        widget, label, known, key=choice.widget, value=shown, keep=choice.choose, format_func=names.__getitem__, **look
    )
    return shown


def switch(label: str, choice: Choice[T], names: Mapping[T, str], *, first: T | None = None, **look: Any) -> T:
    """:func:`choose` by buttons in a row, one of which is always pressed."""
    return choose(st.segmented_control, label, choice, names, first=first, required=True, **look)


def floor_input(rate: str) -> None:
    """The x of "``rate`` at least x", which the explorer shares."""
    bound(
        st.number_input,
        f"{theme.RATES[rate]} at least",
        0.5,
        0.999,
        step=0.01,
        format="%.3f",
        width=170,
        key=FLOOR,
        value=float(state.floors()[rate]),
        keep=lambda value: state.set_floor(rate, numeral(value)),
    )


def numeral(value: float) -> str:
    """A floor as a decimal numeral of two decimals, three where they are needed: ``0.90``, ``0.975``."""
    text = f"{value:.3f}"
    return text[:-1] if text.endswith("0") else text
