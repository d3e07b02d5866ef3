"""Runs and figures in sentences: the line under a run's name and the text alternatives of figures. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from core.runs.store import Run
from core.telling.scale import CALIBRATED, Scale
from core.telling.words import SAME_SCORES as SAME_SCORES
from core.telling.words import begun as begun
from core.telling.words import class_words as class_words
from core.telling.words import clinic_prevalence as clinic_prevalence
from core.telling.words import facts as facts
from core.telling.words import finding as finding
from core.telling.words import in_pictures as in_pictures
from core.telling.words import largest_patients as largest_patients
from core.telling.words import only_split as only_split
from core.telling.words import positions_offered as positions_offered
from core.telling.words import run_name as run_name
from core.telling.words import scale_in_words as scale_in_words
from core.telling.words import sets_in_words as sets_in_words
from dashboard import theme

LINE = "The threshold is a line across them that can be dragged."
LINES = "The two thresholds are lines across them that can be dragged."

_QUOTED = 40


def in_clinic(scale: Scale, threshold: float, share: float | None, prevalences: Sequence[float]) -> str:
    """What a threshold, a logit, is called at each end of the clinic's prevalence; empty where that was not stated, and
    for raw probabilities, which belong to no known share."""
    if scale.name != CALIBRATED or share is None or not prevalences:
        return ""
    called = [theme.probability(scale.at(share, prevalence).probability(threshold)) for prevalence in prevalences]
    return f"{' to '.join(called)} at your clinic's {clinic_prevalence(prevalences)}, {SAME_SCORES}"


def without_level(*, levels_of_positives: bool, positives: bool, negatives: bool) -> str:
    """What images without a level of a subgroup are called, of which some are ``positives`` and some ``negatives``.

    Where every level stands among positives only (``levels_of_positives``: bacteria and virus, as causes of the
    finding), a negative image has none; any other image without one is not known.
    """
    if not levels_of_positives or not negatives:
        return "not known"
    return "none or not known" if positives else "none"


def leakage_in_words(run: Run, found: pd.DataFrame) -> str:
    """What :func:`dashboard.tables.leakage` found, and what was not looked for."""
    data = run.manifest.get("data", {})
    if "leakage" not in data:
        return "Whether an image or a patient stands both in test and outside it was not checked for this run."
    imported = data.get("kind") == "predictions"
    if not found.empty:
        counts = found["what"].value_counts(sort=False).items()
        what = " and ".join(theme.counted(number, str(name)) for name, number in counts)
        text = f"{what} both in a split and outside it; nothing was dropped."
    elif imported:
        text = "No patient is known to stand both in test and outside it."
    else:
        text = "No image and no patient is known to stand both in test and outside it."
    unseen = " Identical images cannot be looked for: there are predictions, but no images."
    return text + unseen if imported else text


def discrimination_in_words(table: pd.DataFrame) -> str:
    """The text alternative of the AUROC and AUPRC figure."""
    parts = [
        f"{theme.MEASURES[row['measure']]} on {theme.set_name(row['split'])} "
        + (
            f"is not known, as {row['reason']}"
            if math.isnan(row["value"])
            else f"{theme.rate(row['value'])} ({theme.limits(row['low'], row['high'])})"
        )
        for row in table.to_dict("records")
    ]
    return "Dots with 95 % intervals: " + "; ".join(parts) + "."


def composition_in_words(table: pd.DataFrame, words: tuple[str, str]) -> str:
    """The text alternative of the figure of images by split and class."""
    without, with_finding = words
    parts = [
        f"{theme.set_title(row['split'])} {theme.count(row['with'])} {with_finding}, "
        f"{theme.count(row['without'])} {without}"
        for row in table.to_dict("records")
    ]
    return "Stacked bars of images: " + "; ".join(parts) + "."


def training_in_words(history: pd.DataFrame) -> str:
    """The text alternative of the training curve."""
    if history.empty:
        return "No epoch was finished."
    first, last = history.iloc[0], history.iloc[-1]
    return (
        f"Lines over {theme.counted(len(history), 'epoch')}: training loss from {first['train_loss']:.4f} to "
        f"{last['train_loss']:.4f}, validation AUROC from {theme.rate(first['val_auroc'])} to "
        f"{theme.rate(last['val_auroc'])}."
    )


def curve_in_words(name: str, curves: Mapping[str, pd.DataFrame]) -> str:
    """The text alternative of the ROC or the precision-recall figure."""
    parts = [f"{theme.set_name(split)} through {len(curve):,} thresholds" for split, curve in curves.items()]
    return f"{name} curve of {' and of '.join(parts)}. The threshold is a point on it that can be dragged."


def band_in_words(limits: pd.DataFrame) -> str:
    """The text alternative of the band around the ROC curve, by its limits."""
    if limits.isna().any(axis=None):
        return "There are too few patients for a band around it."
    widest = [(limits[f"{rate}_high"] - limits[f"{rate}_low"]).max() for rate in ("sensitivity", "specificity")]
    return (
        "The band holds both rates of every threshold at once, in 95 of 100 such sets; it is at most "
        f"{theme.rate(widest[0])} high and {theme.rate(widest[1])} wide at any one."
    )


def scores_in_words(table: pd.DataFrame, classes: tuple[str, str], lines: str = LINE) -> str:
    """The text alternative of the distributions of scores: where the middle half of each lies, and the ``lines``."""
    parts = [
        f"{theme.set_name(row['split'])} {classes[row['label']]}: median logit {theme.fixed(row['median'], 2)}, "
        f"middle half {theme.fixed(row['lower'], 2)} to {theme.fixed(row['upper'], 2)}"
        for row in table.to_dict("records")
    ]
    return f"Distributions of scores. {'; '.join(parts)}. {lines}"


def unread(name: str, text: str) -> str:
    """What is said of a value that a link asks for and that cannot be had; ``text`` is anybody's."""
    asked = f"“{text[:_QUOTED]}…”" if len(text) > _QUOTED else f"“{text}”"
    return (
        f"The link asks for the {name.replace('_', ' ')} {asked}, which cannot be read or does not exist here. It is "
        "left out."
    )
