"""Operating point: where do I put it?"""

from dashboard import explorer, frame
from dashboard.explorer import threshold_figures

run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
explorer.control(run, charts=threshold_figures.CHARTS, counts=True)
frame.way_on(run, "gallery", "lock", "delivery")
explorer.largest_patient(run)
threshold_figures.side_by_side(run)
