"""A threshold adapted to local cases, and how much of a site that takes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from core.evaluation.calibration.platt import centred
from core.evaluation.choosing import cases_needed
from core.evaluation.comparing import local_site
from core.evaluation.comparing.local_cases import draw_patients
from core.evaluation.comparing.local_site import Site
from core.evaluation.predictions import Predictions
from core.runs.store import Run
from core.telling.scale import scales
from dashboard.gateway.runs import per_run


@per_run
def drawn_site(run: Run, reported: str, patients: int, seed: int, threshold: float, floor: tuple[str, str]) -> Site:
    """A sample of a set's patients as the site; the rest of the set evaluates."""
    local = draw_patients(run.predictions(reported), patients, seed=seed)
    return site_of(run, reported, local, threshold, floor)


def site_of(run: Run, reported: str, local: Predictions, threshold: float, floor: tuple[str, str]) -> Site:
    """Not kept: a reader's own cases are forgotten with the page."""
    scale = next(iter(scales(run).values()))
    middle, whole = scale.midpoint, run.predictions(reported)
    found = local_site.site_of(
        centred(local, middle), centred(whole, middle), threshold - middle, scale.temperature, floor=floor
    )
    ways = tuple(replace(way, threshold=way.threshold + middle) for way in found.ways)
    return replace(found, ways=ways)


@per_run
def repeated_sites(run: Run, reported: str, threshold: float, floor: tuple[str, str]) -> pd.DataFrame:
    """:func:`core.evaluation.choosing.cases_needed.repeated_draws` of a set at every size that leaves enough of it."""
    cases = run.predictions(reported)
    return cases_needed.repeated_draws(cases, threshold, floor=floor, sizes=cases_needed.sample_sizes(cases))
