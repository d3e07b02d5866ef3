"""Lock: sign for a threshold."""

from core.runs.locked_points import locked_points
from dashboard import drawn, frame, gateway, state, widgets
from dashboard.lock import dossier, form
from dashboard.lock import widgets as lock_widgets
from dashboard.lock import words as sentences

run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
log = gateway.decisions(run)
if log.altered:
    head, text, loud = sentences.check(log)
    widgets.callout(head, text, alert=loud)
points = locked_points(log, run.which)
widgets.callout(sentences.now(points, state.scale(run)), "")
widgets.callout(*sentences.seen(run, log))
with widgets.section("Locked thresholds"):
    lock_widgets.locked_table(points, state.scale(run), run.predictions("test"))
    lock_widgets.to_delivery(run, points)
    widgets.small(sentences.CHOSEN)
with widgets.section("Lock the threshold in use"):
    form.threshold_in_use(run)
    if log.altered:
        widgets.notice("Nothing can be locked", "The log of this run was altered.")
    else:
        form.lock_form(run, log)
        form.just_locked(run, points)
    with widgets.folded("What pre-specified and exploratory mean"):
        drawn.markdown(sentences.STAMP_RULES)
        if run.which:
            drawn.text(sentences.OF_SEVERAL)
with widgets.section("The dossier"):
    dossier.section(run)
with widgets.section("The log"):
    lock_widgets.log_section(run, log)
