"""What must hold of a threshold, as the reader writes it on Find a threshold."""

from __future__ import annotations

import streamlit as st

from core.evaluation.choosing.requirement import Requirement
from core.runs.store import Run
from dashboard.state.choice import Choice

_TRIED = "floors_tried"
_LONGEST = 20
_FIELDS = (
    "rate",
    "sensitivity",
    "specificity",
    "confidence",
    "miss",
    "alarm",
    "prevalence",
    "ppv",
    "capacity",
    "probability",
)


def _written(text: str) -> str | None:
    return text if len(text) <= _LONGEST else None


REQUIRED = {"kind": Choice[str]("question", "requirement_switch")} | {
    name: Choice[str](f"need_{name}", f"require_{name}", read=_written) for name in _FIELDS
}
"""What the reader writes in each field, as it is written."""


def required() -> dict[str, str]:
    """What the reader has written of what must hold, by field; fields that were left alone are absent."""
    return {name: text for name, choice in REQUIRED.items() if (text := choice.held()) is not None}


def require(name: str, text: str) -> None:
    """Keep what the reader wrote in this field."""
    REQUIRED[name].choose(text)


def take_try(run: Run, asked: Requirement) -> tuple[Requirement, ...]:
    """Note that a threshold was found for what was ``asked`` of this run; all such of this session, each once."""
    tried = st.session_state.setdefault(_TRIED, {}).setdefault(run.key, {})
    tried[asked] = True
    return tuple(tried)
