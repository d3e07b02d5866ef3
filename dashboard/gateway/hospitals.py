"""How a threshold does across hospitals, and what can be known of sites whose truth is unknown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.evaluation.calibration.platt import centred
from core.evaluation.choosing.for_next_hospital import ForNextHospital
from core.evaluation.choosing.for_next_hospital import choose_for_next_hospital as for_next
from core.evaluation.choosing.operating_point import Unreachable
from core.evaluation.choosing.several_sites import AtEverySite, NotAtEverySite
from core.evaluation.choosing.several_sites import choose_at_every_site as at_every
from core.evaluation.comparing import unlabelled
from core.evaluation.comparing.across_hospitals import across_hospitals as across
from core.evaluation.comparing.delivery import Needed, needed_threshold
from core.evaluation.comparing.next_hospital import NextHospital
from core.evaluation.comparing.next_hospital import next_hospital as predicted
from core.evaluation.comparing.shift import distribution
from core.evaluation.comparing.unlabelled import CalledPositive, ExpectedCalls, PrevalenceOfScores
from core.evaluation.sweep import threshold_sweep
from core.runs.store import Run
from core.telling.scale import CALIBRATED, scales
from dashboard.gateway.delivery import Floors
from dashboard.gateway.evaluation import sweep
from dashboard.gateway.runs import per_run


@per_run
def across_hospitals(run: Run, threshold: float) -> pd.DataFrame:
    """:func:`core.evaluation.comparing.across_hospitals.across_hospitals` of every labelled set."""
    names = run.labelled_sets
    return across(
        {name: run.predictions(name) for name in names}, {name: sweep(run, name) for name in names}, threshold
    )


@per_run
def next_hospital(run: Run, sets: tuple[str, ...], threshold: float, rate: str) -> NextHospital:
    """:func:`core.evaluation.comparing.next_hospital.next_hospital` of labelled ``sets`` of different hospitals."""
    return predicted({name: sweep(run, name) for name in sets}, threshold, rate)


@per_run
def at_every_site(run: Run, sets: tuple[str, ...], floors: Floors) -> AtEverySite | NotAtEverySite:
    """:func:`core.evaluation.choosing.several_sites.choose_at_every_site` of ``sets``, at 95 % confidence."""
    return at_every(
        {name: run.predictions(name) for name in sets}, {name: sweep(run, name) for name in sets}, dict(floors)
    )


@per_run
def for_next_hospital(run: Run, sets: tuple[str, ...], floors: Floors) -> ForNextHospital | Unreachable:
    """:func:`core.evaluation.choosing.for_next_hospital.choose_for_next_hospital` of ``sets``."""
    return for_next({name: sweep(run, name) for name in sets}, dict(floors))


@per_run
def needed(run: Run, name: str, threshold: float, rate: str, floor: str) -> Needed:
    """:func:`core.evaluation.comparing.delivery.needed_threshold` of a set."""
    return needed_threshold(sweep(run, name), threshold, {rate: float(floor)})


@per_run
def called_positive(run: Run, site: str, threshold: float) -> CalledPositive:
    """How many of all images of a site, with and without truth, are called positive."""
    images = run.site(site)
    dates = None if np.isnat(images.date).all() else images.date
    return unlabelled.called_positive(images.logit, images.patient_index, threshold, dates)


@per_run
def expected_calls(run: Run, site: str, threshold: float, prevalence: float) -> Mapping[str, ExpectedCalls]:
    """What validation and test each lead one to expect at a site at a ``prevalence``; only those that there are."""
    size = called_positive(run, site, threshold).size
    return {
        name: unlabelled.expected_calls(sweep(run, name), threshold, prevalence, size=size)
        for name in ("validation", "test")
        if name in run.labelled_sets
    }


@per_run
def prevalence_of_scores(run: Run, site: str, threshold: float) -> PrevalenceOfScores | None:
    """The prevalence that a site's scores suggest; None without a temperature."""
    scale = scales(run).get(CALIBRATED)
    if scale is None:
        return None
    images, validation = run.site(site), centred(run.predictions("validation"), scale.midpoint)
    own = threshold_sweep(validation) if run.free else sweep(run, "validation")
    return unlabelled.prevalence_of_scores(
        validation,
        own,
        images.logit - scale.midpoint,
        images.patient_index,
        temperature=scale.temperature,
        threshold=threshold - scale.midpoint,
    )


@per_run
def scores_beside(run: Run, site: str) -> pd.DataFrame:
    """The distribution functions of all logits of validation, test and a site: set, logit, share up to it."""
    names = [*(name for name in ("validation", "test") if name in run.labelled_sets), site]
    parts = []
    for name in names:
        at, share = distribution(run.site(site).logit if name == site else run.predictions(name).logit)
        parts.append(pd.DataFrame({"set": name, "logit": at, "share": share}))
    return pd.concat(parts, ignore_index=True)
