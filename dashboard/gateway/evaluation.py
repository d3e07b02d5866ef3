"""Sweeps of a run and what is drawn from them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation import curves as drawn_from
from core.evaluation import positions as offered
from core.evaluation import roc_band as of_whole_curves
from core.evaluation.calibration.platt import centred
from core.evaluation.comparing import set_figures as of_sets
from core.evaluation.estimates import clusters
from core.evaluation.estimates import few_patients as too_few
from core.evaluation.estimates.few_patients import FewPatients
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import distinct_patients
from core.evaluation.sweep import ThresholdSweep, threshold_sweep
from core.runs.leakage import leakage_in_words
from core.runs.odd_scores import odd_scores_in_words
from core.runs.odd_scores import temperature_at_end as at_end
from core.runs.said import Said
from core.runs.store import Run
from core.telling.scale import CALIBRATED, scales
from dashboard.gateway.runs import per_run, version


@per_run
def sweep(run: Run, split: str) -> ThresholdSweep:
    """The sweep of a split; without rows where the split has no images."""
    return own_sweeps(run)[split] if split in run.evaluation_sets else threshold_sweep(run.predictions(split))


@per_run
def own_sweeps(run: Run) -> dict[str, ThresholdSweep]:
    """Those of validation and test, of which every page needs one and most need both: made side by side, as numpy lets
    go of the interpreter's lock."""
    with ThreadPoolExecutor() as pool:
        made = pool.map(threshold_sweep, run.evaluation_sets.values())
        return dict(zip(run.evaluation_sets, made, strict=True))


@per_run
def set_figures(run: Run, split: str) -> dict[str, Estimate]:
    """The figures of a split that need no threshold (:func:`core.evaluation.comparing.set_figures.set_figures`)."""
    scale = scales(run).get(CALIBRATED)
    if scale is None:
        return of_sets.set_figures(run.predictions(split), None)
    return of_sets.set_figures(centred(run.predictions(split), scale.midpoint), scale.temperature)


@per_run
def set_gaps(run: Run, reported: str) -> dict[str, Estimate]:
    """How far each of them falls from validation to another set; undefined where either has no images."""
    return of_sets.set_gaps(set_figures(run, "validation"), set_figures(run, reported))


@per_run
def positions(run: Run, sets: tuple[str, ...], split: str, kept: tuple[float, ...]) -> pd.DataFrame:
    """:func:`core.evaluation.positions.counts_at` of the positions of ``split`` and of ``kept``, for all ``sets``."""
    sweeps = {name: sweep(run, name) for name in sets}
    return offered.counts_at(sweeps, offered.positions(sweep(run, split), kept))


@per_run
def odd_scores(run: Run) -> tuple[Said, ...]:
    """What looks wrong about the scores of the sets that may be seen, the gravest first."""
    return tuple(odd_scores_in_words(run))


@per_run
def temperature_at_end(run: Run) -> str:
    """Why the temperature is an end of the range that is searched; empty where it is none."""
    return at_end(run)


@per_run
def leakage(run: Run) -> tuple[Said, ...]:
    """What its sets share with the data of the fit, with the figures of the rest."""
    return tuple(leakage_in_words(run))


@per_run
def n_patients(run: Run) -> int:
    """How many patients the images of every split are of."""
    sets = [own for own in run.evaluation_sets.values() if own.n]
    if sum(own.n for own in sets) == len(run.records):
        return distinct_patients(sets)
    return int(run.records["patient_id"].nunique())


@per_run
def patients_by_class(run: Run, split: str) -> tuple[int, int]:
    """Patients with images of the negative, and of the positive class; one with both counts twice."""
    predictions = run.predictions(split)
    return predictions.patients_with(0), predictions.patients_with(1)


@per_run
def few_patients(run: Run, splits: tuple[str, ...]) -> tuple[FewPatients, ...]:
    """The classes of which one of ``splits`` has too few patients for a difference that is not seen to mean much."""
    return too_few.few_patients({split: run.predictions(split) for split in splits})


@per_run
def largest_share(run: Run, split: str) -> float:
    """The share of a split's images that one patient has."""
    return clusters.largest_share(np.bincount(run.predictions(split).patient_index))


@per_run
def curve(run: Run, split: str) -> pd.DataFrame:
    """The points that the curves of a set are drawn through (:func:`core.evaluation.curves.curve`)."""
    return drawn_from.curve(sweep(run, split))


@per_run
def roc_band(run: Run, split: str) -> pd.DataFrame:
    """Limits of both rates where nothing is called positive and at each point of :func:`curve`, all together
    (:func:`core.evaluation.roc_band.roc_band`)."""
    counts = sweep(run, split)
    return of_whole_curves.roc_band(counts, np.append(-1, offered.vertices(counts)))


@per_run
def scores(run: Run, sets: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The scores of each of ``sets`` and class in bins, and their quartiles (see :mod:`core.evaluation.curves`)."""
    predictions = {name: run.predictions(name) for name in sets}
    return drawn_from.score_bins(predictions), drawn_from.score_quartiles(predictions)


def drawn(run: Run, kind: str, look: Hashable, draw: Callable[[], Any]) -> Any:
    """What ``draw`` makes of the run, kept for readers who look the same way: ``look`` is all else it depends on."""
    return _drawn(version(run), kind, look, _draw=draw)


@st.cache_resource(show_spinner=False, max_entries=64)
def _drawn(version: Hashable, kind: str, look: Hashable, *, _draw: Callable[[], Any]) -> Any:  # noqa: ARG001
    return _draw()
