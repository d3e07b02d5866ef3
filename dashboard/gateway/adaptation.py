"""A threshold adapted to local cases, and how much of a site that takes."""

from __future__ import annotations

import pandas as pd

from core.evaluation.choosing import cases_needed
from core.evaluation.comparing import local_site
from core.evaluation.comparing.local_cases import draw_patients
from core.evaluation.comparing.local_site import Site
from core.evaluation.predictions import Predictions
from core.runs.store import Run
from dashboard.gateway.runs import per_run
from dashboard.scale import CALIBRATED, RAW, scales


@per_run
def drawn_site(run: Run, patients: int, seed: int, threshold: float, floor: tuple[str, str]) -> Site:
    """A sample of test's patients as the site; the rest of test evaluates."""
    local = draw_patients(run.predictions("test"), patients, seed=seed)
    return site_of(run, local, threshold, floor)


def site_of(run: Run, local: Predictions, threshold: float, floor: tuple[str, str]) -> Site:
    """Not kept: a reader's own cases are forgotten with the page."""
    known = scales(run.calibration)
    temperature = known.get(CALIBRATED, known[RAW]).temperature
    return local_site.site_of(local, run.predictions("test"), threshold, temperature, floor=floor)


@per_run
def repeated_sites(run: Run, threshold: float, floor: tuple[str, str]) -> pd.DataFrame:
    """:func:`core.evaluation.choosing.cases_needed.repeated_draws` of test at every size that leaves enough of it."""
    test = run.predictions("test")
    return cases_needed.repeated_draws(test, threshold, floor=floor, sizes=cases_needed.sample_sizes(test))
