"""What the pages of the clinic and of two thresholds need of a run: prevalences, presets and the order of images."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.evaluation.choosing import triage
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, choose_with_floor
from core.evaluation.estimates import clusters
from core.evaluation.estimates.discrimination import images_by_class
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.prevalence import prevalence as prevalence_of
from core.runs.store import Run
from dashboard.gateway.evaluation import sweep
from dashboard.gateway.runs import per_run


@per_run
def prevalence(run: Run, split: str) -> Estimate:
    """:func:`core.evaluation.estimates.prevalence.prevalence` of a split."""
    return prevalence_of(run.predictions(split))


@per_run
def validation_share(run: Run) -> float | None:
    """The share of ill of validation, to which calibrated probabilities belong; None unless it has both classes."""
    share = prevalence_of(run.predictions("validation")).value
    return share if 0 < share < 1 else None


@per_run
def first_thresholds(run: Run) -> tuple[float, float] | None:
    """:func:`core.evaluation.choosing.triage.first_thresholds` of validation."""
    return triage.first_thresholds(sweep(run, "validation"))


@per_run
def triage_points(run: Run, npv: str, ppv: str) -> dict[str, OperatingPoint | Unreachable]:
    """The presets of both handles on validation, by rate; ``npv`` and ``ppv`` are the floors of those."""
    validation = sweep(run, "validation")
    return {
        "sensitivity": choose_with_floor(validation, "sensitivity", triage.SENSITIVITY_KEPT),
        "npv": triage.choose_with_predictive_floor(validation, "npv", npv),
        "specificity": choose_with_floor(validation, "specificity", triage.SPECIFICITY_KEPT),
        "ppv": triage.choose_with_predictive_floor(validation, "ppv", ppv),
    }


@per_run
def worth_of_many(run: Run, split: str) -> dict[str, float]:
    """:func:`core.evaluation.estimates.clusters.worth_of_many` of all images of a split, and of each class."""
    ill, well = images_by_class(run.predictions(split))
    parts = {"all": ill + well, "ill": ill, "well": well}
    return {name: clusters.worth_of_many(images) for name, images in parts.items()}


@per_run
def images_in_order(run: Run, split: str) -> pd.DataFrame | None:
    """Images from the highest score down, (n,) uint32 in one column: twice the patient's number, plus the label.

    None where every image is the only one of its patient: then counts alone tell all.
    """
    split_of = run.predictions(split)
    if split_of.n_patients == split_of.n:
        return None
    order = np.argsort(-split_of.logit, kind="stable")
    return pd.DataFrame({"image": (2 * split_of.patient_index + split_of.y_true)[order].astype(np.uint32)})
