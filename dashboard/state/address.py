"""The address, the session and widgets, underneath everything that pages remember there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

THRESHOLD, OTHER, RULE_OUT, RULE_IN, IMAGE, PAGE = OF_A_RUN = (
    "threshold",
    "to",
    "rule_out",
    "rule_in",
    "image",
    "page",
)
"""Parameters of the address that mean something to one run only."""


def show_in_widget(key: str, shown: str) -> None:
    """Let the widget of this key show ``shown``; before it is drawn."""
    st.session_state[key] = shown


def of_widget(key: str) -> str:
    """What the reader chose in the widget of this key; for its callback."""
    return str(st.session_state[key])


def finite(text: str) -> float | None:
    """The finite number that ``text`` is, else None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def one_of(name: str, known: Sequence[str]) -> str:
    """One of ``known``: the address's, else this session's, else the first; written back to the address."""
    asked = (st.query_params.get(name), st.session_state.get(name))
    chosen = next((str(value) for value in asked if value in known), known[0])
    keep(name, chosen)
    return chosen


def keep(name: str, chosen: str) -> None:
    """Remember a choice in the session and in the address."""
    st.session_state[name] = chosen
    if st.query_params.get(name) != chosen:
        st.query_params[name] = chosen


def value_of_widget(key: str) -> Any:
    """What the widget or component of this key holds, of whatever type; for its callback."""
    return st.session_state[key]


def show_value_in_widget(key: str, value: object) -> None:
    """Let the widget of this key show ``value``; before it is drawn."""
    st.session_state[key] = value


def in_address(name: str, value: str | None) -> None:
    """Set a parameter of the address, or take it away."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
