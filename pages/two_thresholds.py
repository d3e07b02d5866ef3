"""Two thresholds: rule out, refer, rule in."""

import streamlit as st

from dashboard import frame, state, theme, two_thresholds, widgets
from dashboard.explorer import threshold_figures


def population_switch() -> None:
    """Whose prevalence NPV, PPV and the referred share are for."""
    known = state.prevalence()
    key = state.POPULATION_SWITCH
    names = {"images": "These images", "clinic": "Your clinic" + (f", {theme.prevalence(known)}" if known else "")}
    state.show_in_widget(key, state.population())
    st.segmented_control(
        "NPV, PPV and the referred share for", list(names), key=key, required=True, format_func=names.__getitem__,
        on_change=lambda: state.show_population(state.of_widget(key)),
    )  # fmt: skip
    if state.population() == "clinic" and known is None:
        widgets.small("No prevalence is set yet, so these are of the images: set it on the page Your clinic.")


run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
widgets.small(two_thresholds.CHOSEN_AND_REPORTED)
population_switch()
two_thresholds.pair(run, chart=threshold_figures.CHARTS["scores"])
threshold_figures.scores_alone(run)
two_thresholds.fates(run)
widgets.small(two_thresholds.HOW_INTERVALS)
