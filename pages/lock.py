"""Lock: sign for a threshold."""

import streamlit as st

from core.runs.locking import locked_points
from dashboard import cache, frame, lock_form, lock_widgets, lock_words, state, widgets

run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
log = cache.decisions(run)
if log.altered:
    head, text, loud = lock_words.check(log)
    lock_widgets.callout(head, text, loud=loud)
lock_widgets.callout(*lock_words.seen(run, log))
widgets.small(lock_words.CHOSEN)
with widgets.section("Locked thresholds"):
    lock_widgets.locked_table(locked_points(log), state.scale(run))
with widgets.section("Lock the threshold in use"):
    lock_form.threshold_in_use(run)
    if log.altered:
        widgets.notice("Nothing can be locked", "The log of this run was altered.")
    else:
        lock_form.lock_form(run, log)
    with st.expander("What pre-specified and exploratory mean"):
        st.markdown(lock_words.STAMP_RULES)
with widgets.section("The log"):
    lock_widgets.log_section(run, log)
