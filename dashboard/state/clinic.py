"""Your clinic and two thresholds: the share of ill children in the clinic, and the pair."""

from __future__ import annotations

import math

import streamlit as st

from core.runs.store import Run
from dashboard.state import address
from dashboard.state.threshold_in_use import told_by

CLINIC = "clinic"
TWO_THRESHOLDS = "two_thresholds"
_PREVALENCE = "prevalence"
_UP_TO = "prevalence_up_to"
_PREDICTIVE_FLOORS = "predictive_floors"
_PAIRS = "pairs"
_PAIR = ("rule_out", "rule_in")
_LONGEST_FLOOR = 11


def prevalence() -> float | None:
    """The clinic's prevalence, strictly between 0 and 1: as the address says, else this session; None until it is said.

    It belongs to the clinic, not to a run. Words in the address that are no such number are taken out of it.
    """
    asked = address.finite(address.asked(_PREVALENCE))
    known = asked if asked is not None and 0 < asked < 1 else st.session_state.get(_PREVALENCE)
    st.session_state[_PREVALENCE] = known
    address.show(_PREVALENCE, _numeral(known))
    return None if known is None else float(known)


def prevalences() -> tuple[float, ...]:
    """Both ends of the range that the clinic's prevalence lies in, or the one prevalence; empty until it is said.

    A second end in the address that is no number above the first and below 1 is taken out of it.
    """
    low = prevalence()
    asked = address.finite(address.asked(_UP_TO))
    high = asked if asked is not None else st.session_state.get(_UP_TO)
    known = high if low is not None and high is not None and low < high < 1 else None
    st.session_state[_UP_TO] = known
    address.show(_UP_TO, _numeral(known))
    return () if low is None else (low,) if known is None else (low, float(known))


def set_prevalence(value: float | None) -> None:
    """Speak of a clinic with this prevalence from now on; None: of one like the images that are seen."""
    st.session_state[_PREVALENCE] = value
    address.put(_PREVALENCE, _numeral(value))


def set_prevalence_up_to(value: float | None) -> None:
    """Speak of clinics from :func:`prevalence` up to this one from now on; None: of one prevalence alone."""
    st.session_state[_UP_TO] = value
    address.put(_UP_TO, _numeral(value))


def take_prevalence() -> None:
    """Use the prevalence that was released on the page of the clinic; its callback. Anything else takes it back."""
    released = st.session_state[CLINIC]["prevalence"]
    known = float(released) if isinstance(released, int | float) and 0 < released < 1 else None
    set_prevalence(known)
    told_by(CLINIC, known)


def take_prevalence_up_to() -> None:
    """Use the other end of the range that was released on the page of the clinic; its callback."""
    released = st.session_state[CLINIC]["up_to"]
    set_prevalence_up_to(float(released) if isinstance(released, int | float) and 0 < released < 1 else None)


def _numeral(value: float | None) -> str | None:
    return None if value is None else repr(float(value))


def two_thresholds(run: Run, first: tuple[float, float]) -> tuple[float, float]:
    """The pair of this run, logits in order: as the address says, else this session, else ``first``. Never rounded."""
    own = st.session_state.setdefault(_PAIRS, {})
    asked = (address.finite(address.asked(name)) for name in _PAIR)
    kept = own.get(run.key, first)
    pair = tuple(sorted(mine if value is None else value for mine, value in zip(kept, asked, strict=True)))
    own[run.key] = pair
    for name, value in zip(_PAIR, pair, strict=True):
        address.show(name, repr(float(value)))
    return float(pair[0]), float(pair[1])


def set_two_thresholds(run: Run, lower: float, upper: float) -> None:
    """Rule out below ``lower`` and rule in from ``upper`` on, finite logits in order, for this run from now on."""
    pair = (float(lower), float(upper))
    st.session_state.setdefault(_PAIRS, {})[run.key] = pair
    for name, value in zip(_PAIR, pair, strict=True):
        address.put(name, repr(value))


def take_two_thresholds(run: Run) -> None:
    """Use the pair that was released; the callback of its component."""
    released = st.session_state[TWO_THRESHOLDS]["pair"]
    if isinstance(released, list | tuple) and len(released) == 2 and all(math.isfinite(value) for value in released):
        lower, upper = sorted(map(float, released))
        set_two_thresholds(run, lower, upper)
        told_by(TWO_THRESHOLDS, (lower, upper))


def predictive_floors() -> dict[str, str]:
    """The x of "NPV at least x" and of "PPV at least x", as decimal numerals of at most nine decimals."""
    own: dict[str, str] = st.session_state.get(_PREDICTIVE_FLOORS, {})
    return {"npv": "0.95", "ppv": "0.95"} | own


def take_predictive_floor() -> str:
    """Keep the x that was changed beside the pair and give the rate it belongs to; its callback."""
    changed = st.session_state[TWO_THRESHOLDS]["floor"]
    name, floor = str(changed["name"]), str(changed["floor"])
    numeral = floor.replace(".", "", 1).isdecimal() and len(floor) <= _LONGEST_FLOOR
    if name in predictive_floors() and numeral and 0 < float(floor) <= 1:
        st.session_state[_PREDICTIVE_FLOORS] = predictive_floors() | {name: floor}
    return name
