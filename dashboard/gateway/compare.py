"""Two runs on the same images: figures of both, what is drawn of them, and what the logs say of their comparison."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.calibration.platt import centred
from core.evaluation.calibration.reliability import ReliabilityBins, reliability_bins
from core.evaluation.comparing.concordance import Concordance
from core.evaluation.comparing.concordance import concordance as concordance_of
from core.evaluation.comparing.paired import Compared, Model
from core.evaluation.comparing.paired import every_pair as pairs_of
from core.evaluation.comparing.paired_rates import Worth
from core.evaluation.curves import curve
from core.evaluation.predictions import IntArray, Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth import utility
from core.runs import margins as stated
from core.runs.compare import Point, RunsCompared, compare_runs, points_of
from core.runs.margins import Margin
from core.runs.store import Run
from core.telling.scale import CALIBRATED, Scale, scales
from dashboard.gateway.runs import version

_BINS = 10


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Side:
    """One of two runs on the images compared: its ``curve`` (:func:`core.evaluation.curves.curve`), and of one that is
    ``calibrated`` the bins of its probabilities and its decision curve, at the prevalence that net benefit of both is
    counted at. A reader's is that of its one decision at every price; None without a threshold, or a class."""

    predictions: Predictions
    calibrated: bool
    curve: pd.DataFrame
    bins: ReliabilityBins | None
    worth: pd.DataFrame | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Overlaid:
    """Two runs: every figure of both, what is drawn of each, how far their decisions agree (None unless both have a
    threshold and images pair), and the rows of the pairs on which A alone, and B alone, is right."""

    found: RunsCompared
    sides: tuple[Side, Side]
    concordance: Concordance | None
    only: tuple[IntArray, IntArray]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two runs by their ids, their areas and ``p`` of no difference, ``adjusted`` over all pairs (Holm)."""

    a: str
    b: str
    area: Compared
    adjusted: float


def compare_points(run: Run, split: str) -> tuple[Point, ...]:
    """Every threshold that a run can be compared at on a set; read from its log as it is now."""
    return tuple(point for point in points_of(run, run.predictions(split)) if point.threshold is not None)


def overlaid(
    a: Run, b: Run, split: str, points: tuple[Point, Point], prevalence: float | None, alarms: float
) -> Overlaid:
    """Both on a set, each at its point; net benefit at a ``prevalence``, None for that of the images, where a missed
    child is worth so many false ``alarms``. ConfigError as :func:`core.runs.compare.compare_runs` raises it."""
    return _overlaid((version(a), version(b)), split, points, prevalence, alarms, _runs=(a, b))


def every_pair(runs: Sequence[Run], split: str) -> list[Pair]:
    """The areas of each two of ``runs``, of different names, on a set that all have, with Holm's adjustment."""
    return _every_pair(tuple(map(version, runs)), split, _runs=runs)


def note_look(a: Run, b: Run, split: str) -> bool:
    """Note in both logs that they are looked at together; whether both have it now."""
    return stated.note_look(a, b, split)


def looked(a: Run, b: Run, split: str) -> bool:
    """Whether a log says that they were looked at together on a set."""
    return stated.looked(a, b, split)


def margins(a: Run, b: Run, split: str) -> tuple[Margin, ...]:
    """The non-inferiority margins that the log of ``a`` has of ``b``, as it is now."""
    return stated.margins(a, b, split)


def state_margin(a: Run, b: Run, split: str, figure: str, margin: float, who: str) -> Margin:
    """Write a margin into the log of ``a``. Raises RunFolderError."""
    return stated.state_margin(a, b, split, figure, margin, who)


@st.cache_resource(show_spinner="Comparing", max_entries=32)
def _overlaid(
    versions: Hashable,  # noqa: ARG001  (the key)
    split: str,
    points: tuple[Point, Point],
    prevalence: float | None,
    alarms: float,
    *,
    _runs: tuple[Run, Run],
) -> Overlaid:
    a, b = _runs
    worth = None if prevalence is None else Worth(prevalence, alarms)
    found = compare_runs(a, b, evaluation_set=split, points=points, worth=worth, alarms_a_miss=alarms)
    pairs = found.comparison.pairs
    images = (a.predictions(split), b.predictions(split)) if pairs is None else (pairs.a, pairs.b)
    prevalence = None if found.comparison.worth is None else found.comparison.worth.prevalence
    sides = [
        _side(own, scales(run).get(CALIBRATED), at, prevalence)
        for own, run, at in zip(images, _runs, points, strict=True)
    ]
    thresholds = [point.threshold for point in points]
    nobody = np.zeros(0, dtype=np.int64)
    if pairs is None or thresholds[0] is None or thresholds[1] is None:
        return Overlaid(found=found, sides=(sides[0], sides[1]), concordance=None, only=(nobody, nobody))
    called = pairs.a.logit >= thresholds[0], pairs.b.logit >= thresholds[1]
    right = [own == (pairs.a.y_true == 1) for own in called]
    return Overlaid(
        found=found,
        sides=(sides[0], sides[1]),
        concordance=concordance_of(pairs.a, *called),
        only=(np.flatnonzero(right[0] & ~right[1]), np.flatnonzero(right[1] & ~right[0])),
    )


def _side(images: Predictions, scale: Scale | None, point: Point, prevalence: float | None) -> Side:
    drawn = curve(threshold_sweep(images))
    if scale is None:
        worth = _of_decision(images, point, prevalence)
        return Side(predictions=images, calibrated=False, curve=drawn, bins=None, worth=worth)
    p = scale.probabilities(images.logit)
    bins = reliability_bins(images.y_true, p, _BINS, equal_mass=True, patient_index=images.patient_index)
    counts = utility.called_at(centred(images, scale.midpoint), scale.temperature)
    worth = None if prevalence is None else utility.decision_curve_at(prevalence, *counts, images)
    return Side(predictions=images, calibrated=True, curve=drawn, bins=bins, worth=worth)


def _of_decision(images: Predictions, point: Point, prevalence: float | None) -> pd.DataFrame | None:
    if point.threshold is None or prevalence is None:
        return None
    called, ill = images.logit >= point.threshold, images.y_true == 1
    return utility.decision_curve_at(prevalence, int((called & ill).sum()), int((called & ~ill).sum()), images)


@st.cache_resource(show_spinner="Comparing each two", max_entries=16)
def _every_pair(versions: Hashable, split: str, *, _runs: Sequence[Run]) -> list[Pair]:  # noqa: ARG001  (the key)
    models = {run.run_id: Model(predictions=run.predictions(split), threshold=None) for run in _runs}
    return [
        Pair(a=a, b=b, area=comparison.figures["auroc"], adjusted=adjusted)
        for (a, b), (comparison, adjusted) in pairs_of(models).items()
    ]
