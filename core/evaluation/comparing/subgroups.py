"""For whom does it fail? Rates, area and calibration of each level of a subgroup, and whether it differs from the rest.

A level with images of one class has only the rate that exists, and if these are positives the area against all
negatives of the split. What is not known is a level of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.calibration.probability import calibration_errors, probability
from core.evaluation.comparing.levels import Levels, levels_of
from core.evaluation.comparing.rest_comparison import areas_test, holm_of_levels, means_test, rates_test
from core.evaluation.comparing.rest_difference import areas_apart, means_apart, rates_apart
from core.evaluation.comparing.rest_sides import (
    AreaSides,
    MeanSides,
    RateSides,
    area_sides,
    for_area,
    mean_sides,
    rate_sides,
)
from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.discrimination import ByScore, Mask, area_of
from core.evaluation.estimates.few_patients import FEWEST_PATIENTS
from core.evaluation.estimates.intervals import LEVEL, Estimate, wilson_estimate
from core.evaluation.estimates.linearised import clustered_mean, without_gaps
from core.evaluation.predictions import FloatArray, Predictions

FEWEST_ERRORS = 5

MEASURES = ("sensitivity", "specificity", "auroc", "calibration_gap")
"""The last is the mean probability less the share of positives: 0 is perfect, above 0 probabilities are too high."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A level less the rest, with its p value alone and adjusted; NaN where it cannot be tested.

    The limits of ``difference`` hold the truth of all comparisons of a :class:`Subgroups` at once at 95 % (Bonferroni);
    it has none where there is no test.
    """

    difference: Estimate
    p: float
    p_adjusted: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Group:
    """One level, or all images. Mappings have the keys of :data:`MEASURES`.

    ``small`` says of which figures, and why, that they rest on little: fewer than 30 patients of a class they need, or
    fewer than 5 errors expected at the rate of all images. ``comparisons`` is empty for all images.
    """

    name: str | None
    images: int
    positives: int
    patients: int
    patients_pos: int
    patients_neg: int
    estimates: Mapping[str, Estimate]
    small: Mapping[str, str]
    comparisons: Mapping[str, Comparison]

    @property
    def against_all(self) -> bool:
        """Whether its area is that of its positives against all negatives, as it has none of its own."""
        return 0 < self.positives == self.images


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Subgroups:
    """Every level of a subgroup, and all images; ``tests`` is the size of the family that was adjusted for."""

    groups: tuple[Group, ...]
    overall: Group
    tests: int
    levels: Levels


def subgroups(predictions: Predictions, column: str, *, threshold: float, temperature: float) -> Subgroups:
    """Every figure of every level of ``column`` at a ``threshold`` on the logit; probabilities are ``expit(logit /
    temperature)``.

    Rates have Wilson's interval and areas DeLong's, both by patient; the calibration gap a normal one. Each level is
    tested against all other images in each measure; Holm's adjustment, and Bonferroni's of the intervals of the
    differences, is over all these tests at once.
    """
    levels = levels_of(predictions.subgroups[column])
    seen = _Seen(
        predictions=predictions,
        by_score=ByScore.of(predictions),
        positive=predictions.y_true == 1,
        called=predictions.logit >= threshold,
        gap=probability(predictions.logit, temperature) - predictions.y_true,
    )
    members = [levels.index == number for number in range(len(levels.names))]
    sides = list(_all_sides(seen, members))
    p_values = np.array([_tests(one) for one in sides]).reshape(-1, len(MEASURES))
    adjusted, tests = holm_of_levels(p_values)
    at_once = 1 - (1 - LEVEL) / max(tests, 1)
    everywhere = np.ones(predictions.n, dtype=bool)
    overall = _group(seen, "all images", everywhere, _area(seen, everywhere), None, None, {})
    groups = []
    for number, (name, inside, one) in enumerate(zip(levels.names, members, sides, strict=True)):
        found = zip(MEASURES, _differences(one, at_once), p_values[number], adjusted[number], strict=True)
        comparisons = {
            measure: Comparison(difference=_tested(difference, p), p=float(p), p_adjusted=float(p_adjusted))
            for measure, difference, p, p_adjusted in found
        }
        area = one.areas[0].estimate if one.areas else _area(seen, for_area(seen.positive, inside))
        groups.append(_group(seen, name, inside, area, one, overall, comparisons))
    return Subgroups(groups=tuple(groups), overall=overall, tests=tests, levels=levels)


def calibration_errors_by_level(predictions: Predictions, levels: Levels, temperature: float) -> tuple[Estimate, ...]:
    """Debiased expected calibration error (15 bins of equal width) of each level.

    Undefined where a level has not 30 patients of each class: the error of few images is far above 0 even where every
    probability is right.
    """
    found = []
    for number in range(len(levels.names)):
        inside = levels.index == number
        if min(_patients(predictions, inside)[1:]) >= FEWEST_PATIENTS:
            found.append(calibration_errors(predictions.where(inside), temperature=temperature).ece_debiased)
        else:
            found.append(Estimate.undefined(f"fewer than {FEWEST_PATIENTS} patients of a class"))
    return tuple(found)


def worst_first(estimates: Sequence[Estimate], measure: str) -> list[int]:
    """The places of ``estimates`` of one of :data:`MEASURES`, or of differences in it, from the worst on.

    A rate or an area is the worse the lower its upper limit, the best that it may be; a calibration gap the farther
    its interval stays from 0. So a wide interval of few images does not lead by chance. Without limits last, by value.
    """

    def at_best(place: int) -> tuple[bool, float]:
        found = estimates[place]
        unknown = math.isnan(found.low)
        low, high = (found.value, found.value) if unknown else (found.low, found.high)
        return unknown, -max(low, -high) if measure == "calibration_gap" else high

    return sorted(range(len(estimates)), key=at_best)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Seen:
    """What of each image the figures are made of: its class, what it is called, and probability less label; and the
    images ``by_score``."""

    predictions: Predictions
    by_score: ByScore
    positive: Mask
    called: Mask
    gap: FloatArray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Sides:
    """A level and the rest, in each of :data:`MEASURES`; None where there is nothing to compare."""

    sensitivity: RateSides | None
    specificity: RateSides | None
    areas: AreaSides | None
    gaps: MeanSides | None


def _all_sides(seen: _Seen, members: Sequence[Mask]) -> Iterator[_Sides]:
    """Those of each level, of whose images (n,) ``members`` tells."""
    patient, positive = seen.predictions.patient_index, seen.positive
    found, sent_home = seen.called[positive], ~seen.called[~positive]
    of_pos, of_neg = without_gaps(patient[positive]), without_gaps(patient[~positive])
    for inside in members:
        yield _Sides(
            sensitivity=rate_sides(found, inside[positive], of_pos),
            specificity=rate_sides(sent_home, inside[~positive], of_neg),
            areas=area_sides(seen.by_score, inside[seen.by_score.order]),
            gaps=mean_sides(seen.gap, inside, patient) if _mixed(seen, inside) else None,
        )


def _area(seen: _Seen, chosen: Mask) -> Estimate:
    return area_of(seen.by_score.where(chosen[seen.by_score.order])).estimate


def _estimates(seen: _Seen, inside: Mask, area: Estimate, sides: _Sides | None) -> dict[str, Estimate]:
    patient = seen.predictions.patient_index

    def rate(of_sides: RateSides | None, hit: Mask, of: Mask, reason: str) -> Estimate:
        if of_sides:
            return wilson_estimate(of_sides.rates[0], of_sides.sizes[0], reason=reason)
        n = np.bincount(patient[of])
        return clustered_wilson(np.bincount(patient[of & hit], minlength=len(n)), n, reason=reason)

    positive, negative = inside & seen.positive, inside & ~seen.positive
    gap = Estimate.undefined("images of one class only")
    if positive.any() and negative.any():
        gap = clustered_mean(seen.gap[inside], patient[inside], reason="no images")
    return {
        "sensitivity": rate(sides.sensitivity if sides else None, seen.called, positive, "no positive images"),
        "specificity": rate(sides.specificity if sides else None, ~seen.called, negative, "no negative images"),
        "auroc": area,
        "calibration_gap": gap,
    }


def _tests(sides: _Sides) -> list[float]:
    """The p value of each difference from the rest, in the order of :data:`MEASURES`."""
    rates = [rates_test(sides.sensitivity), rates_test(sides.specificity)]
    return [p for _, p in (*rates, areas_test(sides.areas), means_test(sides.gaps))]


def _differences(sides: _Sides, level: float) -> list[Estimate]:
    """Each difference from the rest with its interval at a confidence ``level``, in the order of :data:`MEASURES`."""
    gaps = means_apart(sides.gaps, level=level)
    return [
        rates_apart(sides.sensitivity, level=level),
        rates_apart(sides.specificity, level=level),
        areas_apart(sides.areas, level=level),
        gaps if sides.gaps else Estimate.undefined("images of one class only on a side"),
    ]


def _mixed(seen: _Seen, inside: Mask) -> bool:
    return all((seen.positive & side).any() and (~seen.positive & side).any() for side in (inside, ~inside))


def _tested(difference: Estimate, p: float) -> Estimate:
    """Without limits where there is no test: the family is that of the tests."""
    if math.isnan(p) and not math.isnan(difference.value):
        return Estimate.without_interval(difference.value, difference.reason or "no variance can be estimated")
    return difference


def _group(
    seen: _Seen,
    name: str | None,
    inside: Mask,
    area: Estimate,
    sides: _Sides | None,
    overall: Group | None,
    comparisons: Mapping[str, Comparison],
) -> Group:
    patients, of_pos, of_neg = _patients(seen.predictions, inside)
    positives, images = int(np.count_nonzero(inside & seen.positive)), int(np.count_nonzero(inside))
    estimates = _estimates(seen, inside, area, sides)
    rates = {measure: (overall.estimates if overall else estimates)[measure].value for measure in MEASURES[:2]}
    needed = {"sensitivity": of_pos, "specificity": of_neg, "auroc": min(of_pos, of_neg or of_pos)}
    small = {}
    for measure, found in needed.items():
        if found < FEWEST_PATIENTS and not math.isnan(estimates[measure].value):
            small[measure] = f"fewer than {FEWEST_PATIENTS} patients"
    for measure, n in zip(MEASURES[:2], (positives, images - positives), strict=True):
        if n and n * min(rates[measure], 1 - rates[measure]) < FEWEST_ERRORS:
            small.setdefault(measure, f"fewer than {FEWEST_ERRORS} errors expected")
    if patients < FEWEST_PATIENTS and not math.isnan(estimates["calibration_gap"].value):
        small["calibration_gap"] = f"fewer than {FEWEST_PATIENTS} patients"
    return Group(
        name=name,
        images=images,
        positives=positives,
        patients=patients,
        patients_pos=of_pos,
        patients_neg=of_neg,
        estimates=estimates,
        small=small,
        comparisons=comparisons,
    )


def _patients(predictions: Predictions, inside: Mask) -> tuple[int, int, int]:
    """Patients with any image, with a positive and with a negative one."""
    positive = predictions.y_true == 1
    chosen = (inside, inside & positive, inside & ~positive)
    both, of_pos, of_neg = (int(np.count_nonzero(np.bincount(predictions.patient_index[some]))) for some in chosen)
    return both, of_pos, of_neg
