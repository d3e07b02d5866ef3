"""The threshold in use, by which rule it was found, and what the live control was told of it."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import streamlit as st

from core.evaluation.choosing.operating_point import FLOORS
from core.runs.store import Run
from dashboard.state import address

THRESHOLDS = "thresholds"
_ADDRESS = "threshold"
_TOLD = "told"
_FLOORS = "floors"
_RULES = "rules"
EXPLORER = "explorer"


def threshold(run: Run) -> float:
    """The threshold of this run, a logit: as the address says, else this session, else Youden's, else 0.

    It is never rounded and never moved to a score; :func:`threshold_problem` tells of an address that names none.
    """
    own = st.session_state.setdefault(THRESHOLDS, {})
    asked = address.finite(address.asked(_ADDRESS))
    value = own.get(run.key, first_threshold(run)) if asked is None else asked
    own[run.key] = value
    if threshold_problem() is None:
        address.show(_ADDRESS, repr(value))
    return float(value)


def threshold_problem() -> str | None:
    """The address's words for a threshold where they are no finite number, else None."""
    asked = address.asked(_ADDRESS)
    return asked if asked is not None and address.finite(asked) is None else None


def first_threshold(run: Run) -> float:
    """What a run opens with: Youden's threshold, chosen on validation; 0 where it has none."""
    youden = next((point["threshold"] for point in run.operating_points or () if point["name"] == "youden"), None)
    return 0.0 if youden is None else float(youden)


def set_threshold(run: Run, value: float, *, rule: str = "") -> None:
    """Use ``value``, a finite logit, for this run from now on; ``rule`` says in words by which rule it was found."""
    st.session_state.setdefault(THRESHOLDS, {})[run.key] = float(value)
    address.put(_ADDRESS, repr(float(value)))
    if rule:
        st.session_state.setdefault(_RULES, {})[run.key] = (float(value), rule)


def rule(run: Run) -> str | None:
    """The rule in words by which the threshold in use was found; None once it was moved, or where none was asked."""
    found, words = st.session_state.get(_RULES, {}).get(run.key, (None, None))
    return words if found is not None and found == st.session_state.get(THRESHOLDS, {}).get(run.key) else None


def told(run: Run, seen: Hashable) -> tuple[float, int]:
    """The threshold that Python last told the explorer, and the number of that message; see :func:`told_to`."""
    value, sequence = told_to(EXPLORER, threshold(run), seen)
    return float(value), sequence


def told_to(component: str, value: Any, seen: Hashable) -> tuple[Any, int]:
    """What Python last told the component of this key, and the number of that message.

    It stays as it is while the reader moves the value there, so that a release sends nothing back. It is renewed where
    the component cannot know ``value``: drawn anew, showing something else (``seen``), or after a link or a preset.
    """
    all_told = st.session_state.setdefault(_TOLD, {})
    last = all_told.get(component)
    if last is None or component not in st.session_state or (last["seen"], last["known"]) != (seen, value):
        sequence = 1 if last is None else last["sequence"] + 1
        last = all_told[component] = {"value": value, "known": value, "seen": seen, "sequence": sequence}
    return last["value"], last["sequence"]


def told_by(component: str, value: Any) -> None:
    """The component itself has this value; it need not be told."""
    st.session_state[_TOLD][component]["known"] = value


def take_threshold(run: Run) -> None:
    """Use the threshold that was released in the explorer; its callback."""
    released = st.session_state[EXPLORER]["threshold"]
    if isinstance(released, int | float) and math.isfinite(released):
        set_threshold(run, float(released))
        told_by(EXPLORER, float(released))


def floors() -> dict[str, str]:
    """The x of "specificity at least x" and of "sensitivity at least x", as decimal numerals."""
    own: dict[str, str] = st.session_state.get(_FLOORS, {})
    return dict(FLOORS) | own


def take_floor() -> str:
    """Keep the x that was changed in the explorer and give the rate it belongs to; its callback."""
    changed = st.session_state[EXPLORER]["floor"]
    name, floor = str(changed["name"]), str(changed["floor"])
    if name in floors() and 0 < float(floor) <= 1:
        st.session_state[_FLOORS] = floors() | {name: floor}
    return name


def set_floor(rate: str, floor: str) -> None:
    """Let "``rate`` at least x" have this x from now on, a decimal numeral above 0 and at most 1."""
    st.session_state[_FLOORS] = floors() | {rate: floor}
