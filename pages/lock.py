"""Lock: sign for a threshold."""

import streamlit as st

from core.runs.locked_points import locked_points
from dashboard import frame, gateway, state, widgets
from dashboard.lock import form
from dashboard.lock import widgets as lock_widgets
from dashboard.lock import words as sentences

run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
log = gateway.decisions(run)
if log.altered:
    head, text, loud = sentences.check(log)
    widgets.callout(head, text, alert=loud)
widgets.callout(*sentences.seen(run, log))
widgets.small(sentences.CHOSEN)
points = locked_points(log)
with widgets.section("Locked thresholds"):
    lock_widgets.locked_table(points, state.scale(run), run.predictions("test"))
    lock_widgets.to_delivery(run, points)
with widgets.section("Lock the threshold in use"):
    form.threshold_in_use(run)
    if log.altered:
        widgets.notice("Nothing can be locked", "The log of this run was altered.")
    else:
        form.lock_form(run, log)
        form.just_locked(run, points)
    with st.expander("What pre-specified and exploratory mean"):
        st.markdown(sentences.STAMP_RULES)
with widgets.section("The log"):
    lock_widgets.log_section(run, log)
