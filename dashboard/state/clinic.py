"""Your clinic and two thresholds: the share of ill children in the clinic, and the pair."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.state import address
from dashboard.state.choice import Choice, floor, numeral, share
from dashboard.state.threshold_in_use import told_by

CLINIC = "clinic"
TWO_THRESHOLDS = "two_thresholds"
PREVALENCE = Choice[float]("prevalence", read=share, write=numeral)
PREVALENCE_UP_TO = Choice[float]("prevalence_up_to", read=share, write=numeral)
PAIR = tuple(Choice[float](name, read=address.finite, write=numeral, of_run=True) for name in ("rule_out", "rule_in"))
PREDICTIVE_FLOOR = {rate: Choice[str](f"{rate}_at_least", read=floor) for rate in ("npv", "ppv")}
_FIRST_FLOOR = "0.95"


def prevalence() -> float | None:
    """The clinic's prevalence, strictly between 0 and 1, as the address says; None until it is said.

    It belongs to the clinic, not to a run.
    """
    return PREVALENCE.held()


def prevalences() -> tuple[float, ...]:
    """Both ends of the range that the clinic's prevalence lies in, or the one prevalence; empty until it is said.

    A second end in the address that is not above the first is taken out of it.
    """
    low, high = prevalence(), PREVALENCE_UP_TO.held()
    if high is not None and (low is None or high <= low):
        address.refuse(PREVALENCE_UP_TO.name)
        high = None
    return () if low is None else (low,) if high is None else (low, high)


def set_prevalence(value: float | None) -> None:
    """Speak of a clinic with this prevalence from now on; None: of one like the images that are seen."""
    PREVALENCE.choose(value)


def set_prevalence_up_to(value: float | None) -> None:
    """Speak of clinics from :func:`prevalence` up to this one from now on; None: of one prevalence alone."""
    PREVALENCE_UP_TO.choose(value)


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


def two_thresholds(first: tuple[float, float]) -> tuple[float, float]:
    """The pair of the run that is seen, logits in order: as the address says, else ``first``. Never rounded."""
    lower, upper = sorted(float(choice.value(start)) for choice, start in zip(PAIR, first, strict=True))
    return lower, upper


def set_two_thresholds(lower: float, upper: float) -> None:
    """Rule out below ``lower`` and rule in from ``upper`` on, finite logits in order, for this run from now on."""
    for choice, value in zip(PAIR, (lower, upper), strict=True):
        choice.choose(float(value))


def take_two_thresholds() -> None:
    """Use the pair that was released; the callback of its component."""
    released = st.session_state[TWO_THRESHOLDS]["pair"]
    if isinstance(released, list | tuple) and len(released) == 2 and all(math.isfinite(value) for value in released):
        lower, upper = sorted(map(float, released))
        set_two_thresholds(lower, upper)
        told_by(TWO_THRESHOLDS, (lower, upper))


def predictive_floors() -> dict[str, str]:
    """The x of "NPV at least x" and of "PPV at least x", as decimal numerals of at most nine decimals."""
    return {rate: choice.value(_FIRST_FLOOR) for rate, choice in PREDICTIVE_FLOOR.items()}


def take_predictive_floor() -> str:
    """Keep the x that was changed beside the pair and give the rate it belongs to; its callback."""
    changed = st.session_state[TWO_THRESHOLDS]["floor"]
    name, asked = str(changed["name"]), floor(str(changed["floor"]))
    if name in PREDICTIVE_FLOOR and asked is not None:
        PREDICTIVE_FLOOR[name].choose(asked)
    return name
