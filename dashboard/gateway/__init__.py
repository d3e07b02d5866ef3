"""Every ``st.cache_*`` wrapper. Keys are small (a folder and a fingerprint of its files); heavy values are shared.

What ``cache_resource`` returns is one object for all readers: never change it.
"""

from dashboard.gateway.adaptation import drawn_site, repeated_sites, site_of
from dashboard.gateway.calibration import (
    Reliability,
    calibration_changes,
    recalibration_curves,
    recalibration_errors,
    reliability,
)
from dashboard.gateway.clinic import first_thresholds, images_in_order, prevalence, triage_points, worth_of_many
from dashboard.gateway.decisions import decisions, lock, locked_points
from dashboard.gateway.delivery import dataset_shift, deliveries, distributions
from dashboard.gateway.evaluation import (
    curves,
    drawn,
    few_patients,
    largest_share,
    n_patients,
    patients_by_class,
    positions,
    scores,
    sweep,
)
from dashboard.gateway.find_threshold import fallback, search_lines, threshold_answer
from dashboard.gateway.gallery import (
    Selection,
    changes,
    classes_without_level,
    heat_map_colours,
    heat_map_uri,
    jpeg_uri,
    levels_of_positives,
    outline,
    radiograph_uri,
    row_of,
    selected,
    subgroup_levels,
)
from dashboard.gateway.overlays import Overlay, make_overlays, overlays
from dashboard.gateway.pictures import (
    heat_map,
    kept_pointing_game,
    mark,
    marks,
    pictures,
    pointing_game,
    radiograph,
    thumbnails,
)
from dashboard.gateway.runs import run, runs
from dashboard.gateway.stress_test import (
    example_pictures,
    images_stressed,
    rescoring_difference,
    shifted_areas,
    shifts,
    stressed,
    under_shifts,
)
from dashboard.gateway.subgroups import level_errors, subgroups
from dashboard.gateway.utility import choices_cost, decision_curve, least_cost, rates_by_threshold

__all__ = [
    "Overlay",
    "Reliability",
    "Selection",
    "calibration_changes",
    "changes",
    "choices_cost",
    "classes_without_level",
    "curves",
    "dataset_shift",
    "decision_curve",
    "decisions",
    "deliveries",
    "distributions",
    "drawn",
    "drawn_site",
    "example_pictures",
    "fallback",
    "few_patients",
    "first_thresholds",
    "heat_map",
    "heat_map_colours",
    "heat_map_uri",
    "images_in_order",
    "images_stressed",
    "jpeg_uri",
    "kept_pointing_game",
    "largest_share",
    "least_cost",
    "level_errors",
    "levels_of_positives",
    "lock",
    "locked_points",
    "make_overlays",
    "mark",
    "marks",
    "n_patients",
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
    "repeated_sites",
    "rescoring_difference",
    "row_of",
    "run",
    "runs",
    "scores",
    "search_lines",
    "selected",
    "shifted_areas",
    "shifts",
    "site_of",
    "stressed",
    "subgroup_levels",
    "subgroups",
    "sweep",
    "threshold_answer",
    "thumbnails",
    "triage_points",
    "under_shifts",
    "worth_of_many",
]
