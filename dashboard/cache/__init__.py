"""Every ``st.cache_*`` wrapper. Keys are small (a folder and a fingerprint of its files); heavy values are shared.

What ``cache_resource`` returns is one object for all readers: never change it.
"""

from dashboard.cache.calibration import (
    Reliability,
    calibration_changes,
    recalibration_curves,
    recalibration_errors,
    reliability,
)
from dashboard.cache.clinic import first_thresholds, images_in_order, prevalence, triage_points
from dashboard.cache.decisions import decisions, lock, locked_points
from dashboard.cache.delivery import deliveries, distributions, shift
from dashboard.cache.evaluation import curves, drawn, patients_by_class, positions, scores, sweep
from dashboard.cache.find_threshold import Answer, fallback, search_lines, threshold_answer
from dashboard.cache.gallery import (
    Selection,
    changes,
    heat_map_colours,
    heat_map_uri,
    jpeg_uri,
    outline,
    radiograph_uri,
    row_of,
    selected,
    subgroup_levels,
)
from dashboard.cache.overlays import Overlay, make_overlays, overlays
from dashboard.cache.pictures import (
    heat_map,
    kept_pointing_game,
    mark,
    marks,
    pictures,
    pointing_game,
    radiograph,
    thumbnails,
)
from dashboard.cache.runs import run, runs
from dashboard.cache.subgroups import level_errors, subgroups
from dashboard.cache.utility import choices_cost, decision_curve, least_cost, rates_by_threshold

__all__ = [
    "Answer",
    "Overlay",
    "Reliability",
    "Selection",
    "calibration_changes",
    "changes",
    "choices_cost",
    "curves",
    "decision_curve",
    "decisions",
    "deliveries",
    "distributions",
    "drawn",
    "fallback",
    "first_thresholds",
    "heat_map",
    "heat_map_colours",
    "heat_map_uri",
    "images_in_order",
    "jpeg_uri",
    "kept_pointing_game",
    "least_cost",
    "level_errors",
    "lock",
    "locked_points",
    "make_overlays",
    "mark",
    "marks",
    "outline",
    "overlays",
    "patients_by_class",
    "pictures",
    "pointing_game",
    "positions",
    "prevalence",
    "radiograph",
    "radiograph_uri",
    "rates_by_threshold",
    "recalibration_curves",
    "recalibration_errors",
    "reliability",
    "row_of",
    "run",
    "runs",
    "scores",
    "search_lines",
    "selected",
    "shift",
    "subgroup_levels",
    "subgroups",
    "sweep",
    "threshold_answer",
    "thumbnails",
    "triage_points",
]
