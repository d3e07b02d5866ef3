"""Find a threshold: state what must hold."""

import streamlit as st

from core.evaluation.choosing.operating_point import OperatingPoint
from core.evaluation.choosing.requirement import Requirement
from core.runs import hiding
from core.runs.store import Run
from dashboard import frame, gateway, state, widgets, words
from dashboard.find_threshold import form
from dashboard.find_threshold import widgets as find_threshold_widgets
from dashboard.find_threshold import words as sentences


def asked(run: Run) -> Requirement | None:
    if not (run.predictions("validation").n_pos and run.predictions("validation").n_neg):
        widgets.notice("No threshold can be found", sentences.NO_VALIDATION)
        return None
    widgets.small(sentences.CHOSEN_ON_VALIDATION)
    return form.form()


def answered(run: Run, requirement: Requirement) -> None:
    with st.spinner("Searching, and drawing patients anew"):
        answer = gateway.threshold_answer(run, requirement)
    found = answer.found
    with widgets.section("The answer"):
        find_threshold_widgets.headline(run, requirement, answer)
        find_threshold_widgets.evidence(run, requirement, answer)
        find_threshold_widgets.picture(run, requirement, answer)
    if isinstance(found, OperatingPoint):
        with widgets.section("What test delivers there"):
            delivered(run, requirement, found)


def delivered(run: Run, requirement: Requirement, found: OperatingPoint) -> None:
    splits = state.splits(run)
    if "test" in splits:
        find_threshold_widgets.delivered(run, requirement, found)
    else:
        widgets.small(hiding.SENTENCE if run.hidden else words.only_split("validation"))
    for column, split in zip(st.columns(2, gap="medium"), splits, strict=False):
        with column:
            find_threshold_widgets.in_counts(run, split, found)


run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run, split=False)
with widgets.section("What must hold?"):
    requirement = asked(run)
if requirement is not None:
    answered(run, requirement)
with st.expander("In exact terms"):
    st.markdown(sentences.EXACT_TERMS)
