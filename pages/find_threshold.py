"""Find a threshold: state what must hold."""

import streamlit as st

from core.evaluation.choosing.operating_point import OperatingPoint
from core.evaluation.choosing.requirement import Requirement
from core.runs.store import Run
from dashboard import drawn, frame, gateway, state, theme, widgets, words
from dashboard.find_threshold import elsewhere, form
from dashboard.find_threshold import widgets as find_threshold_widgets
from dashboard.find_threshold import words as sentences


def asked(run: Run) -> Requirement | None:
    if not (run.predictions("validation").n_pos and run.predictions("validation").n_neg):
        widgets.notice("No threshold can be found", sentences.NO_VALIDATION)
        return None
    return form.form()


def answered(run: Run, requirement: Requirement) -> None:
    with st.spinner("Searching, and drawing patients anew"):
        answer = gateway.threshold_answer(run, requirement)
    found = answer.found
    with widgets.section("The answer"):
        find_threshold_widgets.headline(run, requirement, answer)
        find_threshold_widgets.picture(run, requirement, answer)
        find_threshold_widgets.evidence(run, requirement, answer)
    if isinstance(found, OperatingPoint):
        reported = state.reported(run)
        title = "What other images deliver" if reported is None else f"What {theme.set_name(reported)} delivers"
        with widgets.section(f"{title} there"):
            delivered(run, reported, requirement, found)


def delivered(run: Run, reported: str | None, requirement: Requirement, found: OperatingPoint) -> None:
    if reported is not None:
        find_threshold_widgets.delivered(run, reported, requirement, found)
    else:
        frame.to_lock(run)
        if not run.hidden:
            widgets.small(words.only_split("validation"))
    for column, split in zip(st.columns(2, gap="medium"), state.compared(run), strict=False):
        with column:
            find_threshold_widgets.in_counts(run, split, found)


run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run, against_validation=True)
with widgets.section("What must hold?"):
    requirement = asked(run)
if requirement is not None:
    answered(run, requirement)
    widgets.small(sentences.CHOSEN_ON_VALIDATION)
    if elsewhere.known(run, requirement):
        with widgets.section("Across hospitals"):
            elsewhere.show(run, requirement)
with widgets.folded("For researchers: in exact terms"):
    drawn.markdown(sentences.EXACT_TERMS)
