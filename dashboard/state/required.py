"""What must hold of a threshold, as the reader writes it on Find a threshold."""

from __future__ import annotations

import streamlit as st

from core.evaluation.choosing.requirement import Requirement
from core.runs.store import Run

_REQUIRED = "required"
_TRIED = "floors_tried"
REQUIREMENT_SWITCH = "requirement_switch"


def required() -> dict[str, str]:
    """What the reader has written of what must hold, by field; fields that were left alone are absent."""
    return dict(st.session_state.get(_REQUIRED, {}))


def require(name: str, text: str) -> None:
    """Keep what the reader wrote in this field."""
    st.session_state[_REQUIRED] = required() | {name: text}


def take_try(run: Run, asked: Requirement) -> tuple[Requirement, ...]:
    """Note that a threshold was found for what was ``asked`` of this run; all such of this session, each once."""
    tried = st.session_state.setdefault(_TRIED, {}).setdefault(run.key, {})
    tried[asked] = True
    return tuple(tried)
