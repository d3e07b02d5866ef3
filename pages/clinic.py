"""Your clinic: what does it mean for a thousand children?"""

from dashboard import clinic, explorer, frame, widgets

run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
explorer.control(run, charts={}, figures=("sensitivity", "specificity"))
with widgets.section("What it means in your clinic"):
    clinic.clinic(run)
    widgets.small(clinic.CHOSEN_AND_REPORTED)
    widgets.small(clinic.HOW_INTERVALS)
