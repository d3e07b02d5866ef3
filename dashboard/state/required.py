"""What must hold of a threshold, as the reader writes it on Find a threshold."""

from __future__ import annotations

import streamlit as st

_REQUIRED = "required"
REQUIREMENT_SWITCH = "requirement_switch"


def required() -> dict[str, str]:
    """What the reader has written of what must hold, by field; fields that were left alone are absent."""
    return dict(st.session_state.get(_REQUIRED, {}))


def require(name: str, text: str) -> None:
    """Keep what the reader wrote in this field."""
    st.session_state[_REQUIRED] = required() | {name: text}
