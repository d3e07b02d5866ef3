"""A fit under way on the page: how far it is, its curve, and the button that stops it or goes on with it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.runs.under_way import FitUnderWay
from dashboard import gateway, state, widgets
from dashboard.charts.overview import training_figure
from dashboard.fits import starting, words
from dashboard.words import training_in_words

_LOOK_EVERY = "5s"


@st.fragment(run_every=_LOOK_EVERY)
def fits_under_way(folder: str) -> None:
    """A quiet line about each fit under way in ``folder``; at a click what is known of it, and what stops it."""
    with widgets.calm():
        out = Path(folder)
        for fit in gateway.fits(out):
            widgets.small(words.in_short(fit))
            with st.popover("Look at this fit", width="stretch", key=f"fit_{fit.run_id}"):
                card(fit, out)


def card(fit: FitUnderWay, out: Path) -> None:
    """One fit of the folder ``out``, in a box of its own."""
    with widgets.notice(words.head(fit), ""):
        widgets.sentence(words.how_far(fit))
        if fit.running and fit.progress is not None:
            st.progress(fit.progress.share)
        if len(fit.history):
            drawing = training_figure(fit.history, dark=state.dark(), epochs=fit.epochs)
            st.plotly_chart(
                drawing, key=f"curve_{fit.run_id}", alt=training_in_words(fit.history), config={"displayModeBar": False}
            )
        elif fit.running:
            widgets.small("Its curve begins when the first epoch is done.")
        widgets.small(words.begun(fit))
        if fit.running:
            _stop(fit)
        elif fit.running is False:
            _go_on(fit, out)


def _stop(fit: FitUnderWay) -> None:
    if fit.asked_to_stop:
        widgets.small("It was asked to stop and does so at its next step. What is done is kept.")
    elif st.button("Stop it for now", key=f"stop_{fit.run_id}"):
        gateway.stop_fit(fit)
        st.rerun()


def _go_on(fit: FitUnderWay, out: Path) -> None:
    job = starting.started(out, fit.run_id)
    if job is not None and job.running:
        widgets.small("It is starting.")
        return
    if job is not None and job.report:
        st.code(job.report, language=None, wrap_lines=True)
    if st.button("Go on with it", key=f"go_on_{fit.run_id}", type="primary"):
        starting.resume(out, fit.run_id)
        st.rerun()
