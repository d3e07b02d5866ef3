"""A threshold adapted to local cases, and how much of a site that takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from core.evaluation import cases_needed
from core.evaluation.adaptation import Adapted, adaptations
from core.evaluation.calibration import CalibrationErrors, errors_of_logits
from core.evaluation.conformal import ClassConditional, class_conditional, coverage, set_counts
from core.evaluation.intervals import Estimate
from core.evaluation.local_cases import draw_patients, without
from core.evaluation.operating_point import rates
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.runs.store import Run
from dashboard.cache.runs import per_run
from dashboard.scale import CALIBRATED, RAW, scales


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


@per_run
def drawn_site(run: Run, patients: int, seed: int, threshold: float, floor: tuple[str, str]) -> Site:
    """A sample of test's patients as the site; the rest of test evaluates."""
    local = draw_patients(run.predictions["test"], patients, seed=seed)
    return site_of(run, local, threshold, floor)


def site_of(run: Run, local: Predictions, threshold: float, floor: tuple[str, str]) -> Site:
    """Not kept: a reader's own cases are forgotten with the page."""
    known = scales(run.calibration)
    temperature = known.get(CALIBRATED, known[RAW]).temperature
    rest = without(run.predictions["test"], local)
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
    """Sets that hold the truth for a share ``level`` of each class; not kept either."""
    calibrated = class_conditional(site.local, level)
    return Sets(calibrated=calibrated, covered=coverage(calibrated, site.rest), given=set_counts(calibrated, site.rest))


@per_run
def repeated_sites(run: Run, threshold: float, floor: tuple[str, str]) -> pd.DataFrame:
    """:func:`core.evaluation.cases_needed.repeated_draws` of test at every size that leaves enough of it."""
    test = run.predictions["test"]
    return cases_needed.repeated_draws(test, threshold, floor=floor, sizes=cases_needed.sample_sizes(test))
