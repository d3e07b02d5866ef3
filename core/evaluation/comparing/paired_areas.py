"""How far two models' areas lie from each other on the same images, with patients as clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, stdtr
from scipy.stats import rankdata

from core.evaluation.estimates.clusters import few_clusters
from core.evaluation.estimates.discrimination import (
    FEW_OF_A_CLASS,
    area_by_image,
    area_by_patient,
    area_variance,
    average_precision,
    images_by_class,
    smaller_class_patients,
    student,
)
from core.evaluation.estimates.intervals import LEVEL, Estimate, wilson
from core.evaluation.estimates.linearised import Linearised
from core.evaluation.predictions import IntArray, Predictions

SAME_ORDER = "both put the images in the same order"
"""Why a difference of areas, which is 0, has neither interval nor p value."""

_BOTH_CLASSES = "the area needs images of both classes"


def difference_of_areas(a: Predictions, b: Predictions) -> tuple[Estimate, float]:
    """AUROC of ``a`` less that of ``b``, row by row the same images, and the two-sided p value of no difference.

    DeLong, DeLong and Clarke-Pearson (1988) where every patient has one image, with normal limits; otherwise with
    patients as clusters (Obuchowski 1997), corrected for few patients as a single area is, with Student's limits. Where
    the variance vanishes though the orders differ, as of two perfect ones, the limits are as far away as Wilson's of 0
    of the patients of the smaller class. The p value is NaN wherever it cannot be known.
    """
    if not (a.n_pos and a.n_neg):
        return Estimate.undefined(_BOTH_CLASSES), math.nan
    positive, patient = a.y_true == 1, a.patient_index
    (one, *of_one), (other, *of_other) = (area_by_patient(positive, own.logit, patient, a.n_patients) for own in (a, b))
    value, images = one - other, images_by_class(a)
    if any(map(few_clusters, images)):
        return Estimate.without_interval(value, FEW_OF_A_CLASS), math.nan
    added = [mine - its for mine, its in zip(of_one, of_other, strict=True)]
    each = [
        mine - its for mine, its in zip(area_by_image(positive, a.logit), area_by_image(positive, b.logit), strict=True)
    ]
    variance, freedom = area_variance(images, added[0], added[1], each[0], each[1])
    if not variance > 0:
        return _bounded(value, a, b), math.nan
    error = math.sqrt(variance)
    half = student(freedom) * error
    method = "paired DeLong" + ("" if a.n_patients == a.n else ", patients as clusters (Obuchowski)")
    limits = max(value - half, -1.0), min(value + half, 1.0)
    return Estimate(value=value, low=limits[0], high=limits[1], level=LEVEL, method=method), two_sided(
        value / error, freedom
    )


def difference_of_precisions(a: Predictions, b: Predictions) -> Estimate:
    """Average precision of ``a`` less that of ``b``, row by row the same images, from what each patient adds to both.

    Where no patient does, as of two perfect orders, as :func:`difference_of_areas`.
    """
    if not (a.n_pos and a.n_neg):
        return Estimate.undefined("average precision needs images of both classes")
    one, other = (_by_row(*average_precision(own), patient=a.patient_index) for own in (a, b))
    found = one - other
    if any(map(few_clusters, images_by_class(a))):
        return Estimate.without_interval(found.value, FEW_OF_A_CLASS)
    if not found.standard_error > 0:
        return _bounded(found.value, a, b)
    return found.normal(method="linearised, paired, patients as clusters")


def area_p_value(sets: Sequence[Predictions]) -> float:
    """Two-sided, of no difference between the areas of two ``sets`` that share no patient; NaN where not known."""
    if not all(own.n_pos and own.n_neg for own in sets):
        return math.nan
    areas, variances, freedoms = [], [], []
    for own in sets:
        positive, images = own.y_true == 1, images_by_class(own)
        area, *added = area_by_patient(positive, own.logit, own.patient_index, own.n_patients)
        if any(map(few_clusters, images)):
            return math.nan
        variance, freedom = area_variance(images, added[0], added[1], *area_by_image(positive, own.logit))
        areas.append(area)
        variances.append(variance)
        freedoms.append(freedom)
    total = sum(variances)
    if not min(variances) > 0:
        return math.nan
    satterthwaite = (
        total**2 / sum(v**2 / f for v, f in zip(variances, freedoms, strict=True))
        if all(map(math.isfinite, freedoms))
        else min(freedoms)
    )
    return two_sided((areas[0] - areas[1]) / math.sqrt(total), satterthwaite)


def two_sided(statistic: float, freedom: float) -> float:
    """The p value of a statistic that is Student's with ``freedom`` degrees, normal at infinitely many."""
    return 2 * float(ndtr(-abs(statistic)) if math.isinf(freedom) else stdtr(freedom, -abs(statistic)))


def same_order(a: Predictions, b: Predictions) -> bool:
    """Whether the scores of both put the same images in the same order, ties included."""
    return bool(np.array_equal(rankdata(a.logit), rankdata(b.logit)))


def _bounded(value: float, a: Predictions, b: Predictions) -> Estimate:
    if same_order(a, b):
        return Estimate.without_interval(value, SAME_ORDER)
    size = smaller_class_patients(images_by_class(a))
    farthest = wilson(0.0, size)[1]
    method = f"Wilson bound for {size} patients of the smaller class, as the patients do not differ"
    return Estimate(
        value=value, low=max(value - farthest, -1.0), high=min(value + farthest, 1.0), level=LEVEL, method=method
    )


def _by_row(found: Linearised, order: IntArray, *, patient: IntArray) -> Linearised:
    terms = np.empty_like(found.terms)
    terms[order] = found.terms
    return Linearised(value=found.value, centre=found.centre, terms=terms, patient=patient)
