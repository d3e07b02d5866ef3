"""The threshold in use, by which rule it was found, and what the live control was told of it."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import streamlit as st

from core.evaluation.choosing.operating_point import FLOORS
from core.runs.locked_points import CHOSEN_ON
from core.runs.store import Run
from dashboard.state import address
from dashboard.state.choice import Choice, floor, numeral

THRESHOLD = Choice[float]("threshold", read=address.finite, write=numeral, of_run=True, of_selection=True)
FLOOR = {rate: Choice[str](f"{rate}_at_least", read=floor) for rate in FLOORS}
"""The x of "at least x", of each rate."""
_TOLD = "told"
_RULES = "rules"
EXPLORER = "explorer"


def threshold(run: Run) -> float:
    """The threshold of this run, a logit: as the address says, else Youden's, else 0.

    It is never rounded and never moved to a score.
    """
    return float(THRESHOLD.value(first_threshold(run)))


def first_threshold(run: Run) -> float:
    """What a run opens with: Youden's threshold, chosen on validation; where it has none 0, or of free scores the
    median."""
    youden = next((point["threshold"] for point in run.operating_points or () if point["name"] == "youden"), None)
    if youden is None and run.free and run.labelled_sets:
        return float(np.median(run.predictions(run.labelled_sets[0]).logit))
    return 0.0 if youden is None else float(youden)


def set_threshold(run: Run, value: float, *, rule: str = "", chosen_on: tuple[str, ...] = CHOSEN_ON) -> None:
    """Use ``value``, a finite logit, for this run from now on; ``rule`` says in words by which rule it was found, on
    the sets ``chosen_on``."""
    THRESHOLD.choose(float(value))
    if rule:
        st.session_state.setdefault(_RULES, {})[run.key] = (float(value), rule, chosen_on)


def rule(run: Run) -> str | None:
    """The rule in words by which the threshold in use was found; None once it was moved, or where none was asked."""
    found, words, _ = st.session_state.get(_RULES, {}).get(run.key, (None, None, None))
    return words if found is not None and found == threshold(run) else None


def chosen_on(run: Run) -> tuple[str, ...]:
    """The sets that the threshold in use was chosen on: those of its rule, or of a lock of the same threshold."""
    found, _, sets = st.session_state.get(_RULES, {}).get(run.key, (None, None, CHOSEN_ON))
    return tuple(sets) if found is not None and found == threshold(run) else CHOSEN_ON


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
    return {rate: choice.value(FLOORS[rate]) for rate, choice in FLOOR.items()}


def take_floor() -> str:
    """Keep the x that was changed in the explorer and give the rate it belongs to; its callback."""
    changed = st.session_state[EXPLORER]["floor"]
    name, asked = str(changed["name"]), floor(str(changed["floor"]))
    if name in FLOOR and asked is not None:
        set_floor(name, asked)
    return name


def set_floor(rate: str, floor: str) -> None:
    """Let "``rate`` at least x" have this x from now on, a decimal numeral above 0 and at most 1."""
    FLOOR[rate].choose(floor)
