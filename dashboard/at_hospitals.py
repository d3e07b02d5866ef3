"""The threshold at which floors hold at other hospitals: at each of several, or at the next one like them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.evaluation.choosing.for_next_hospital import ForNextHospital
from core.evaluation.choosing.operating_point import Unreachable, rates
from core.evaluation.choosing.several_sites import AtEverySite, NotAtEverySite
from core.runs.store import Run
from core.telling.scale import Scale
from core.telling.words import both_rates
from dashboard import gateway, state, theme, widgets
from dashboard.controls import switch
from dashboard.gateway.delivery import Floors
from dashboard.words import begun

_TEST_IS_OF = {"same": "validation's hospital", "another": "another hospital"}
HOW_EVERY = (
    "At every hospital: a floor holds at each with 95 % confidence where the largest of their exact p values passes "
    "(intersection-union), along one fixed sequence of thresholds. For the next hospital: the lower end of the "
    "prediction reaches the floor, which is no guarantee. Either was found while looking at these hospitals: on them "
    "it is not fresh any more, and locked it is exploratory."
)


def counted_sets(run: Run, chose: Sequence[str], *, test_elsewhere: bool) -> tuple[str, ...]:
    """The labelled sets of different hospitals, none of which ``chose`` the threshold: sites, and test where it is said
    to be of another one."""
    own = {"validation", *chose} if test_elsewhere else {"validation", "test", *chose}
    return tuple(name for name in run.labelled_sets if name not in own)


def test_control(run: Run) -> bool:
    """Whether test is of another hospital than validation, which its owner says; False for a run without test."""
    if "test" not in run.labelled_sets:
        return False
    return switch("Test is of", state.TEST_IS_OF, _TEST_IS_OF) == "another"


def kept_elsewhere(run: Run, sets: Sequence[str], floors: Floors) -> None:
    """The threshold at which all ``floors`` hold at each of ``sets``, and the one for the next hospital like them."""
    told, names = " and ".join(f"{rate} of at least {floor}" for rate, floor in floors), tuple(sets)
    at_each = gateway.at_every_site(run, names, floors)
    widgets.sentence(_every(run, at_each, told, state.scale(run)))
    _use(run, at_each, names)
    next_one = gateway.for_next_hospital(run, names, floors)
    widgets.sentence(_following(next_one, told, state.scale(run)))
    _use(run, next_one, names)


def _every(run: Run, found: AtEverySite | NotAtEverySite, floors: str, scale: Scale) -> str:
    """The threshold at which all floors hold at each hospital, or what stands in the way."""
    if isinstance(found, NotAtEverySite):
        return f"At every hospital, {floors}: no threshold. {begun(found.reason)}."
    there = "; ".join(f"{name} {both_rates(rates(gateway.sweep(run, name), found.threshold))}" for name in found.points)
    return (
        f"At every hospital, {floors}: {scale.kind} {theme.probability(scale.probability(found.threshold))} "
        f"({scale.unit} {theme.logit(found.threshold)}), with 95 % confidence. There: {there}."
    )


def _following(found: ForNextHospital | Unreachable, floors: str, scale: Scale) -> str:
    """The threshold whose prediction for the next hospital reaches the floors, or why there is none."""
    if isinstance(found, Unreachable):
        return f"For the next hospital, {floors}: no threshold. {begun(found.reason)}."
    limits = " and ".join(f"{rate} {theme.rate(limit)}" for rate, limit in found.limits.items())
    return (
        f"For the next hospital, {floors}: {scale.kind} {theme.probability(scale.probability(found.threshold))} "
        f"({scale.unit} {theme.logit(found.threshold)}), where the lower limit of the prediction is {limits}."
    )


def _use(run: Run, found: AtEverySite | NotAtEverySite | ForNextHospital | Unreachable, sets: Sequence[str]) -> None:
    """A button that takes the threshold, and remembers on which sets it was chosen."""
    if isinstance(found, AtEverySite | ForNextHospital):
        rule = f"{found.rule} ({', '.join(sets)})"
        in_use = state.threshold(run) == found.threshold and state.rule(run) == rule
        st.button(
            "In use" if in_use else "Use this threshold",
            key=f"use {found.rule}",
            disabled=in_use,
            on_click=state.set_threshold,
            args=(run, found.threshold),
            kwargs={"rule": rule, "chosen_on": tuple(sets)},
        )
