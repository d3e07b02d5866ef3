"""What a widget holds in the session."""

from __future__ import annotations

from typing import Any

import streamlit as st


def show_in_widget(key: str, value: object) -> None:
    """Let the widget of this key show ``value``; before it is drawn.

    One that shows it already is left alone: told again, it would lose what is being typed in it.
    """
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def of_widget(key: str) -> Any:
    """What the widget or component of this key holds, of whatever type; for its callback."""
    return st.session_state[key]
