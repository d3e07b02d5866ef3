"""What images of a site buy without a label: a prevalence from their scores, and batch-norm statistics."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.evaluation.calibration.at_prevalence import log_odds_shift
from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing import unlabelled
from core.evaluation.comparing.unlabelled import PrevalenceOfScores
from core.evaluation.estimates.discrimination import auroc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.runs.store import Run
from core.telling.scale import CALIBRATED, scales
from core.unlabelled_site import Rescored, sizes_for, with_batch_norm_of
from dashboard.gateway.clinic import validation_share
from dashboard.gateway.evaluation import set_figures, sweep
from dashboard.gateway.pictures import pictures
from dashboard.gateway.runs import per_run, version

RATES = ("sensitivity", "specificity")
_SHARES = (0.001, 0.999)
"""Where a prevalence of scores has no log odds of its own, it is taken for one of these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ByPrevalence:
    """The prevalence that a set's scores suggest, and the ``threshold``, a logit, whose calibrated probability at it is
    that of the threshold in use at validation's share; NaN where there is none."""

    found: PrevalenceOfScores
    threshold: float


@per_run
def by_prevalence(run: Run, evaluation_set: str, threshold: float) -> ByPrevalence | None:
    """Of a labelled set, whose labels are not looked at; None of a run without calibrated probabilities."""
    scale, share = scales(run).get(CALIBRATED), validation_share(run)
    if scale is None or share is None or run.free:
        return None
    images = run.predictions(evaluation_set)
    found = unlabelled.prevalence_of_scores(
        run.predictions("validation"),
        sweep(run, "validation"),
        images.logit,
        images.patient_index,
        temperature=scale.temperature,
        threshold=threshold,
    )
    value = found.prevalence.value
    if math.isnan(value):
        return ByPrevalence(found=found, threshold=math.nan)
    there = min(max(value, _SHARES[0]), _SHARES[1])
    return ByPrevalence(found=found, threshold=threshold - scale.temperature * log_odds_shift(share, there))


def batch_norm_sizes(run: Run, evaluation_set: str) -> tuple[int, ...]:
    """How many images of a set may give statistics; none of a run without a network."""
    return () if run.checkpoint is None else sizes_for(run.predictions(evaluation_set))


def batch_norm(
    run: Run, evaluation_set: str, data_folder: Path | None, size: int, progress: Callable[[int, int], None]
) -> Rescored:
    """:func:`core.unlabelled_site.with_batch_norm_of`, kept for all readers. Raises as that does."""
    kept = _kept(version(run), evaluation_set, size, str(data_folder))
    if not kept:
        shown = pictures(run, data_folder, evaluation_set)
        kept.append(with_batch_norm_of(run, evaluation_set, shown, size, progress=progress))
    return kept[0]


@st.cache_resource(show_spinner=False, max_entries=8)
def _kept(version: object, evaluation_set: str, size: int, folder: str) -> list[Rescored]:  # noqa: ARG001  (the key)
    """A place for what was scored. Were the scoring itself cached, Streamlit would draw its progress again with every
    later run of the page, on a bar that is gone."""
    return []


@per_run
def set_figures_at(run: Run, evaluation_set: str, threshold: float) -> Mapping[str, Estimate]:
    """:func:`figures_at` of the images of a set as they were scored."""
    found = rates(sweep(run, evaluation_set), threshold)
    return {name: found[name] for name in RATES} | {"auroc": set_figures(run, evaluation_set)["auroc"]}


def figures_at(predictions: Predictions, threshold: float) -> Mapping[str, Estimate]:
    """Sensitivity and specificity at a threshold, and AUROC."""
    found = rates(threshold_sweep(predictions), threshold)
    return {name: found[name] for name in RATES} | {"auroc": auroc(predictions)}
