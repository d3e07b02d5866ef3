"""What a run says of its sites in numbers: each by itself, and what the next hospital may expect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.comparing.next_hospital import NextHospital, next_hospital
from core.evaluation.comparing.unlabelled import called_positive
from core.evaluation.estimates.random_effects import FEWEST_SITES
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.summary import summarise_split
from core.evaluation.sweep import threshold_sweep
from core.runs.hiding import SENTENCE
from core.runs.reading import Run

RATES = ("sensitivity", "specificity")

Points = Sequence[OperatingPoint | Unreachable]


def site_figures(run: Run, points: Points, temperature: float | None, midpoint: float = 0.0) -> dict[str, Any]:
    """The block of each site by name: as of test where a truth is known, with the share that is called positive at each
    of ``points`` where one is not."""
    return {name: _block(run.site(name), points, temperature, midpoint) for name in run.sites.whole}


def next_hospital_figures(run: Run, points: Points) -> dict[str, Any]:
    """By point and rate the mean over the sites and the limits of the next hospital's true rate.

    ``{"reason"}`` stands instead, for all or for one rate, where fewer than three sites tell.
    """
    sweeps = {name: threshold_sweep(run.predictions(name)) for name in run.sites.whole if run.predictions(name).n}
    if run.hidden:
        return {"reason": SENTENCE}
    if len(sweeps) < FEWEST_SITES:
        return {"reason": f"it takes {FEWEST_SITES} sites with a known truth, and this run has {len(sweeps)}"}
    return {
        point.name: {rate: _prediction(next_hospital(sweeps, point.threshold, rate)) for rate in RATES}
        for point in points
        if isinstance(point, OperatingPoint)
    }


def _prediction(found: NextHospital) -> dict[str, Any]:
    if found.reason:
        return {"reason": found.reason}
    return {
        "mean": found.mean.to_dict(),
        "prediction_low": found.prediction_low,
        "prediction_high": found.prediction_high,
        "cautious_low": found.cautious_low,
        "cautious_high": found.cautious_high,
        "sites": [site.name for site in found.sites],
    }


def _block(images: EvaluationSet, points: Points, temperature: float | None, midpoint: float) -> dict[str, Any]:
    labelled = (
        summarise_split(images.labelled, temperature=temperature, midpoint=midpoint, points=points)
        if images.labelled.n
        else {}
    )
    if not images.n_unlabelled:
        return labelled
    called = {
        point.name: called_positive(images.logit, images.patient_index, point.threshold).share.to_dict()
        for point in points
        if isinstance(point, OperatingPoint)
    }
    if labelled:
        return {**labelled, "n_unlabelled": images.n_unlabelled, "called_positive": called}
    return {"n": images.n, "n_patients": images.n_patients, "called_positive": called}
