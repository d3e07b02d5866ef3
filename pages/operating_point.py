"""Operating point: where do I put it?"""

from dashboard import explorer, frame, threshold_figures, widgets, words

run = frame.opened_run()
widgets.heading(run.run_id, synthetic=run.synthetic, facts=words.facts(run))
frame.reading_bar(run)
explorer.control(run, charts=threshold_figures.CHARTS)
threshold_figures.side_by_side(run)
explorer.outcome(run)
frame.link("gallery", "Look at these images")
