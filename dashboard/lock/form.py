"""The form that locks the threshold in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.errors import RunFolderError, UnconfirmedError
from core.evaluation.choosing.operating_point import rates
from core.evaluation.choosing.search import FLOORED
from core.runs.decision_log import DecisionLog
from core.runs.locked_points import EXPLORATORY, LONGEST, STAMPS, LockedPoint, Signature
from core.runs.store import Run
from core.telling.presets import presets
from dashboard import called, drawn, gateway, state, theme, widgets, words
from dashboard.controls import numeral
from dashboard.lock import words as sentences
from dashboard.lock.widgets import to_delivery

_JUST_LOCKED = state.Note[tuple[str, int] | None]("just_locked")
_UNCONFIRMED = state.Note[tuple[str, str] | None]("unconfirmed_lock")
"""The run, and what is to be said of the lock that this reader made last and the disk did not confirm."""
_LABELS = {"name": "Name", "who": "Who locks it", "rule": "Rule", "why": "Why"}
_ASK = {
    "rule": "How another person would find this threshold on validation",
    "why": "Why this threshold, for whom, and what a miss and a false alarm would cost",
}


def threshold_in_use(run: Run) -> None:
    """What would be locked: the threshold, and what it gives on the splits that can be seen."""
    threshold = state.threshold(run)
    drawn.text(f"Threshold {called.threshold(run, threshold)}, {state.scale(run).unit} {theme.logit(threshold)}.")
    if there := called.in_clinic(run, threshold):
        drawn.text(f"The same threshold: {there}.")
    widgets.tiles(
        [
            (f"{theme.RATES[rate]}, {split}", rates(gateway.sweep(run, split), threshold)[rate])
            for split in state.compared(run)
            for rate in ("sensitivity", "specificity")
        ]
    )


def lock_form(run: Run, log: DecisionLog) -> None:
    """Name, rule, who and why of a lock, its stamp, and what locking does; then the button."""
    # Another threshold has another rule, and what was locked is not locked again: the fields begin anew.
    key = f"{words.run_name(run)} {state.threshold(run)!r} {len(log.events)}"
    with st.form(f"lock {key}", enter_to_submit=False):
        name_place, who_place = st.columns(2, gap="medium")
        with name_place:
            name = st.text_input(
                _LABELS["name"], key=f"lock_name {key}", max_chars=LONGEST["name"], placeholder="Triage, ward 3"
            )
        with who_place:
            who = st.text_input(_LABELS["who"], state.reviewer(), key=f"lock_who {key}", max_chars=LONGEST["who"])
        rule = st.text_area(
            _LABELS["rule"],
            rule_of(run),
            key=f"lock_rule {key}",
            max_chars=LONGEST["rule"],
            height=80,
            placeholder=_ASK["rule"],
        )
        why = st.text_area(
            _LABELS["why"], key=f"lock_why {key}", max_chars=LONGEST["why"], height=80, placeholder=_ASK["why"]
        )
        promised = _promised(key)
        stamp = st.radio("Stamp", STAMPS, key=f"lock_stamp {key}", horizontal=True) if run.hidden else EXPLORATORY
        widgets.small(sentences.effect(run))
        label = "Lock it and reveal test" if run.hidden else "Lock it"
        if st.form_submit_button(label, type="primary", key=f"lock_button {key}"):
            texts = {"name": name, "rule": rule, "who": who, "why": why}
            _lock(run, texts, promised, exploratory=stamp == EXPLORATORY)


def _promised(key: str) -> dict[str, str]:
    """The floors that the lock promises, by rate; each may be left empty."""
    floors = {}
    for column, rate in zip(st.columns(len(FLOORED), gap="medium"), FLOORED, strict=True):
        with column:
            value = st.number_input(
                f"Promises {rate} of at least",
                0.5,
                0.999,
                None,
                step=0.01,
                format="%.3f",
                placeholder="nothing",
                key=f"lock_{rate} {key}",
            )
        if value is not None:
            floors[rate] = numeral(value)
    return floors


def just_locked(run: Run, points: Sequence[LockedPoint]) -> None:
    """What this reader locked last in this run, and the way on; the table of locks may be out of sight above."""
    match _UNCONFIRMED.value(None):
        case (run.run_id, said):
            widgets.callout(sentences.UNCONFIRMED, f"{said}.", alert=True)
    point = next((point for point in points if (run.run_id, point.sequence) == _JUST_LOCKED.value(None)), None)
    if point is not None:
        widgets.callout(*sentences.locked(point, test="test" in state.splits(run)))
        to_delivery(run, [point])


def rule_of(run: Run) -> str:
    """The rule by which the threshold in use was found, or that of the first preset or lock with it; empty without."""
    threshold, offered = state.threshold(run), presets(gateway.sweep(run, "validation"), state.floors())
    saved = [str(point["rule"]) for point in run.operating_points or () if point["threshold"] == threshold]
    asked = [f"{preset.label} {preset.floor}".strip() for preset in offered if preset.threshold == threshold]
    locked = [point.rule for point in reversed(gateway.locked_points(run)) if point.threshold == threshold]
    return state.rule(run) or next(iter(saved + asked + locked), "")


def _lock(run: Run, texts: dict[str, Any], floors: dict[str, str], *, exploratory: bool) -> None:
    empty = [_LABELS[field] for field in _LABELS if not texts[field].strip()]
    if empty:
        widgets.callout("Not locked.", sentences.missing(empty), alert=True)
        return
    try:
        signature = Signature(**texts, floors=floors, chosen_on=called.chosen_on(run, state.threshold(run)))
        point = gateway.lock(run, state.threshold(run), signature, exploratory=exploratory)
    except UnconfirmedError as error:
        _UNCONFIRMED.keep((run.run_id, str(error)))
        st.rerun()  # it stands, and may have revealed test
    except RunFolderError as error:
        widgets.callout("Not locked.", f"{error}.", alert=True)
        return
    _UNCONFIRMED.keep(None)
    state.set_reviewer(texts["who"].strip())
    _JUST_LOCKED.keep((run.run_id, point.sequence))
    st.rerun()
