"""The floors that are asked for, held at other hospitals as well: at each of those chosen, or at the next like them."""

from __future__ import annotations

import streamlit as st

from core.evaluation.choosing.requirement import Requirement
from core.runs.store import Run
from dashboard import at_hospitals, drawn, state, widgets
from dashboard.controls import bound


def known(run: Run, requirement: Requirement) -> bool:
    """Whether it can be asked: of floors of sensitivity or specificity, in a run with a labelled site."""
    return bool(requirement.floors) and bool(set(run.labelled_sets) - {"validation", "test"})


def show(run: Run, requirement: Requirement) -> None:
    """Which hospitals, then the threshold for each of the two questions with a button that takes it."""
    names = at_hospitals.counted_sets(run, (), test_elsewhere=at_hospitals.test_control(run))
    chosen = tuple(name for name in state.HOSPITALS.value(()) if name in names)
    bound(
        st.multiselect,
        "Hospitals",
        list(names),
        key=state.HOSPITALS.widget,
        value=list(chosen),
        keep=lambda wanted: state.HOSPITALS.choose(tuple(wanted) or None),
        placeholder="all",
    )
    at_hospitals.kept_elsewhere(run, chosen or names, requirement.floors)
    with widgets.folded("For researchers: how hospitals are taken together"):
        drawn.text(at_hospitals.HOW_EVERY)
