"""What the figures of the threshold are drawn from: points of the curves, and scores in bins."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.evaluation.positions import vertices
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep

SCORE_BINS = 60


def curve(sweep: ThresholdSweep) -> pd.DataFrame:
    """Points of the curves from the highest threshold down, one a row of :func:`vertices`; exact, NaN where undefined.

    Columns: threshold, tp, fp, tn, fn, sensitivity, specificity, precision.
    """
    rows = vertices(sweep)
    tp, fp = sweep.tp[rows], sweep.fp[rows]
    tn, fn = sweep.n_neg - fp, sweep.n_pos - tp
    with np.errstate(invalid="ignore"):
        rates = {"sensitivity": tp / (tp + fn), "specificity": tn / (tn + fp), "precision": tp / (tp + fp)}
    return pd.DataFrame({"threshold": sweep.threshold[rows], "tp": tp, "fp": fp, "tn": tn, "fn": fn, **rates})


def score_bins(predictions: Mapping[str, Predictions], bins: int = SCORE_BINS) -> pd.DataFrame:
    """Logits of each split and class counted in the same ``bins`` of equal width, from the lowest to the highest.

    Columns: split, label (0 or 1), left, right, count, share (of the images of that split and class). Empty without
    images; a class without images is absent.
    """
    logits = [split.logit for split in predictions.values() if split.n]
    columns = ["split", "label", "left", "right", "count", "share"]
    if not logits:
        return pd.DataFrame(columns=columns)
    edges = np.histogram_bin_edges(np.array([extreme for some in logits for extreme in (some.min(), some.max())]), bins)
    parts = []
    for name, split in predictions.items():
        for label in (0, 1):
            member = split.logit[split.y_true == label]
            if len(member):
                count = np.histogram(member, bins, (edges[0], edges[-1]))[0]  # edges that are given are searched
                facts = {"left": edges[:-1], "right": edges[1:], "count": count, "share": count / len(member)}
                parts.append(pd.DataFrame({"split": name, "label": label, **facts}))
    return pd.concat(parts, ignore_index=True)[columns]


def score_quartiles(predictions: Mapping[str, Predictions]) -> pd.DataFrame:
    """Where the scores of each split and class lie: split, label, lower quartile, median, upper quartile."""
    rows = []
    for name, split in predictions.items():
        for label in (0, 1):
            member = split.logit[split.y_true == label]
            if len(member):
                lower, median, upper = np.quantile(member, [0.25, 0.5, 0.75]).tolist()
                rows.append({"split": name, "label": label, "lower": lower, "median": median, "upper": upper})
    return pd.DataFrame(rows, columns=["split", "label", "lower", "median", "upper"])
