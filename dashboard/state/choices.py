"""What a reader asked other pages for: what must hold, by which rule, and by which column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.state.address import keep, one_of
from dashboard.state.threshold_in_use import THRESHOLDS

REQUIREMENT_SWITCH = "requirement_switch"
_REQUIRED = "required"
_RULES = "rules"
_CHOICES = "choices"
SUBGROUP_SWITCH = "subgroup_switch"
_SUBGROUP = "by"


def required() -> dict[str, str]:
    """What the reader has written of what must hold, by field; fields that were left alone are absent."""
    return dict(st.session_state.get(_REQUIRED, {}))


def require(name: str, text: str) -> None:
    """Keep what the reader wrote in this field."""
    st.session_state[_REQUIRED] = required() | {name: text}


def show_required(key: str, text: str) -> None:
    """Let the widget of this key show ``text``; before it is drawn.

    A widget that shows it already is left alone: told again, it would lose what is being typed in it.
    """
    if st.session_state.get(key) != text:
        st.session_state[key] = text


def set_rule(run_id: str, words: str) -> None:
    """Remember by which rule the threshold that this run has now was found; call it after :func:`set_threshold`."""
    found = st.session_state.get(THRESHOLDS, {}).get(run_id)
    st.session_state.setdefault(_RULES, {})[run_id] = (found, words)


def rule(run_id: str) -> str | None:
    """The rule in words by which the threshold in use was found; None once it was moved, or where none was asked."""
    found, words = st.session_state.get(_RULES, {}).get(run_id, (None, None))
    return words if found is not None and found == st.session_state.get(THRESHOLDS, {}).get(run_id) else None


def choice(key: str, first: Any) -> Any:
    """What the reader last chose in the widget of this key, on any page since; ``first`` until then."""
    return st.session_state.get(_CHOICES, {}).get(key, first)


def take_choice(key: str) -> None:
    """Keep what the widget of this key holds; its callback."""
    choose(key, st.session_state[key])


def choose(key: str, value: object) -> None:
    """Let the widget of this key hold ``value`` from now on."""
    st.session_state.setdefault(_CHOICES, {})[key] = value


def subgroup(columns: Sequence[str]) -> str:
    """Which of ``columns`` the images are told apart by: as the address says, else this session, else the first."""
    return one_of(_SUBGROUP, columns)


def show_subgroup(chosen: str) -> None:
    """Tell the images apart by this column from now on."""
    keep(_SUBGROUP, chosen)
