"""Operating point: where do I put it?"""

from dashboard import explorer, frame
from dashboard.explorer import threshold_figures

run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
explorer.control(run, charts=threshold_figures.CHARTS)
explorer.largest_patient(run)
threshold_figures.side_by_side(run)
explorer.outcome(run)
frame.link("gallery", "Look at these images")
