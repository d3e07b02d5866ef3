"""Two thresholds: rule out, refer, rule in."""

from dashboard import frame, state, theme, two_thresholds, widgets
from dashboard.controls import switch
from dashboard.explorer import threshold_figures


def population_switch() -> None:
    """Whose prevalence NPV, PPV and the referred share are for."""
    known = state.prevalence()
    names = {"images": "These images", "clinic": "Your clinic" + (f", {theme.prevalence(known)}" if known else "")}
    if switch("NPV, PPV and the referred share for", state.POPULATION, names) == "clinic" and known is None:
        widgets.small("No prevalence is set yet, so these are of the images: set it on the page Your clinic.")


run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run)
population_switch()
two_thresholds.pair(run, chart=threshold_figures.CHARTS["scores"])
threshold_figures.scores_alone(run, two_thresholds.in_pictures(run))
two_thresholds.fates(run)
widgets.small(two_thresholds.CHOSEN_AND_REPORTED)
widgets.small(two_thresholds.HOW_INTERVALS)
