"""Subgroups: for whom does it fail?"""

from dashboard import frame, widgets, words

run = frame.opened_run()
widgets.heading(run.run_id, synthetic=run.synthetic, facts=words.facts(run))
frame.reading_bar(run)
