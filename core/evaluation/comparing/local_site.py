"""A site that adapts the threshold: its local cases, what is left of test to evaluate on, and what each way does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.evaluation.calibration.probability import CalibrationErrors, errors_of_logits
from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.adaptation import Adapted, adaptations
from core.evaluation.comparing.conformal import ClassConditional, class_conditional, coverage, set_counts
from core.evaluation.comparing.local_cases import without
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Local cases, the images of test that are left to evaluate on, and what adapting to the first does to the second.

    ``rates`` has for each way that gave a threshold its rates on "local" and on "rest"; ``errors`` for each way that
    calibrates its errors on the rest.
    """

    local: Predictions
    rest: Predictions
    temperature: float
    ways: tuple[Adapted, ...]
    rates: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    errors: Mapping[str, CalibrationErrors]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sets:
    """Prediction sets calibrated on local cases, and by class what they cover of the rest and say of it."""

    calibrated: ClassConditional
    covered: Mapping[int, Estimate]
    given: Mapping[int, Mapping[str, int]]


def site_of(
    local: Predictions, test: Predictions, threshold: float, temperature: float, *, floor: tuple[str, str]
) -> Site:
    """``threshold`` adapted to ``local`` and evaluated on what ``test`` has besides its patients and images.

    ``temperature`` and ``floor`` as in :func:`core.evaluation.comparing.adaptation.adaptations`.
    """
    rest = without(test, local)
    ways = adaptations(local, threshold, temperature, floor=floor)
    sweeps = {"local": threshold_sweep(local), "rest": threshold_sweep(rest)}
    return Site(
        local=local,
        rest=rest,
        temperature=temperature,
        ways=ways,
        rates={
            way.name: {where: rates(sweep, way.threshold) for where, sweep in sweeps.items()}
            for way in ways
            if not way.reason
        },
        errors={
            way.name: errors_of_logits(rest, rest.logit / way.temperature + way.intercept)
            for way in ways
            if way.name != "guarantee" and not way.reason
        },
    )


def sets_of(site: Site, level: str) -> Sets:
    """Sets that hold the truth for a share ``level``, a decimal numeral, of each class."""
    calibrated = class_conditional(site.local, level)
    return Sets(calibrated=calibrated, covered=coverage(calibrated, site.rest), given=set_counts(calibrated, site.rest))
