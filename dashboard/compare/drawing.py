"""The four figures that lay A and B over each other."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st

from core.runs.compare import MOST_GRADES
from core.runs.store import Run
from dashboard import state, theme, widgets
from dashboard.charts import compare as charts
from dashboard.charts.compare import Drawn
from dashboard.compare import words
from dashboard.gateway import Overlaid, Side
from dashboard.words import class_words

_THRESHOLDS = "each at its own threshold"


def overlaid(both: Overlaid, runs: tuple[Run, Run], split: str) -> None:
    """ROC and precision-recall, then calibration and decision curves."""
    names = tuple(f"{letter}, {run.run_id}" for letter, run in zip("AB", runs, strict=True))
    named = theme.set_name(split)
    left, right = st.columns(2, gap="medium")
    of_both = pd.concat(
        [side.curve.assign(run=run.run_id) for side, run in zip(both.sides, runs, strict=True)], ignore_index=True
    )
    with left:
        drawn = [_drawn(both, place, names[place], "roc") for place in (0, 1)]
        alt = words.curves_alternative("ROC", both.found.comparison, "auroc")
        widgets.figure(
            charts.roc_figure(drawn, dark=state.dark()),
            key="compare_roc",
            alt=alt,
            table=of_both,
            name="roc",
            sets=named,
            threshold=_THRESHOLDS,
        )
    with right:
        drawn = [_drawn(both, place, names[place], "pr") for place in (0, 1)]
        alt = words.curves_alternative("Precision-recall", both.found.comparison, "auprc")
        widgets.figure(
            charts.precision_recall_figure(drawn, dark=state.dark()),
            key="compare_pr",
            alt=alt,
            table=of_both,
            name="precision-recall",
            sets=named,
            threshold=_THRESHOLDS,
        )
    left, right = st.columns(2, gap="medium")
    with left:
        _calibration(both, names, class_words(runs[0])[1], named)
    with right:
        _worth(both, names, named)


def _drawn(both: Overlaid, place: int, name: str, kind: str) -> Drawn:
    side, threshold = both.sides[place], both.found.points[place].threshold
    rates = _rates(side, threshold)
    x, y = (1 - rates[1], rates[0]) if kind == "roc" else (rates[0], rates[2])
    grades = len(np.unique(side.predictions.logit)) <= MOST_GRADES
    return Drawn(name=name, points=side.curve, x=x, y=y, grades=grades)


def _rates(side: Side, threshold: float | None) -> tuple[float, float, float]:
    """Sensitivity, specificity and precision at a threshold; NaN where undefined."""
    if threshold is None:
        return math.nan, math.nan, math.nan
    called, ill = side.predictions.logit >= threshold, side.predictions.y_true == 1
    counts = [
        (called & ill).sum() / max(ill.sum(), 1),
        (~called & ~ill).sum() / max((~ill).sum(), 1),
        (called & ill).sum() / called.sum() if called.any() else math.nan,
    ]
    return float(counts[0]), float(counts[1]), float(counts[2])


def _calibration(both: Overlaid, names: tuple[str, ...], positives: str, named: str) -> None:
    known = [(place, names[place], side.bins) for place, side in enumerate(both.sides) if side.bins is not None]
    if not known:
        widgets.small("Neither has calibrated probabilities, so there is no calibration to draw.")
        return
    parts = [
        pd.DataFrame(
            {
                "run": name,
                "predicted": bins.mean_predicted,
                "observed": bins.observed,
                "low": bins.low,
                "high": bins.high,
                "images": bins.count,
            }
        )
        for _, name, bins in known
    ]
    widgets.figure(
        charts.calibration_figure(known, positives, dark=state.dark()),
        key="compare_calibration",
        alt=words.calibration_alternative([(name, bins) for _, name, bins in known]),
        table=pd.concat(parts, ignore_index=True),
        name="calibration",
        sets=named,
        threshold=_THRESHOLDS,
    )
    if len(known) < 2:
        widgets.small(f"{names[1 - known[0][0]]} has no calibrated probabilities and no dots here.")


def _worth(both: Overlaid, names: tuple[str, ...], named: str) -> None:
    known = [(place, names[place], side.worth) for place, side in enumerate(both.sides) if side.worth is not None]
    if not known:
        return
    at = both.found.comparison.worth
    share = math.nan if at is None else at.prevalence
    table = pd.concat([worth.assign(run=name) for _, name, worth in known], ignore_index=True)
    widgets.figure(
        charts.decision_figure(known, at=math.nan if at is None else at.probability, dark=state.dark()),
        key="compare_decision",
        alt=words.decision_alternative([(name, worth) for _, name, worth in known], share),
        table=table,
        name="decision-curves",
        sets=named,
        threshold=_THRESHOLDS,
    )
    widgets.small(f"Both where {theme.percent(share)} are ill, as in the table below.")
    if any(not side.calibrated and side.worth is not None for side in both.sides):
        widgets.small("A run without calibrated probabilities is drawn as the one decision that it makes here.")
