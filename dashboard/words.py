"""Runs and figures in sentences: the line under a run's name and the text alternatives of figures. No streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from core.runs.store import Run
from dashboard import theme
from dashboard.scale import CALIBRATED, Scale

_LARGE_SHARE = 0.1
SAME_SCORES = "if the scores within each class stay as they are"
"""What a probability at another prevalence assumes."""
LINE = "The threshold is a line across them that can be dragged."
LINES = "The two thresholds are lines across them that can be dragged."


def facts(run: Run, n_patients: int) -> str:
    """One line about the run: when, how much, and what was fitted."""
    images = theme.counted(len(run.records), "image")
    parts = [
        theme.moment(run.manifest["created"]),
        f"{images} of {theme.counted(n_patients, 'patient')}"
        + (" besides test, which is hidden until a threshold is locked" if run.hidden else ""),
    ]
    if run.checkpoint is None:
        parts.append("imported predictions, no images")
    else:
        parts.append(f"ResNet-18 at {run.config.image_size} px, {theme.counted(run.config.epochs or 0, 'epoch')}")
    return " · ".join(parts)


def largest_patients(shares: Mapping[str, float]) -> str:
    """Where one patient has more than a tenth of a split's images, and what that means; empty where none has.

    ``shares`` are the largest of one patient, by split.
    """
    large = [
        f"{theme.percent(share)} of the images of {theme.SPLITS[split].lower()}"
        for split, share in shares.items()
        if share > _LARGE_SHARE
    ]
    if not large:
        return ""
    return f"One patient has {' and one '.join(large)}: intervals are wider for it, or absent."


def scale_in_words(scale: Scale, share: float | None, positive: str) -> str:
    """How a scale's probabilities are named: the calibrated ones with validation's ``share`` of ill, to which they
    belong, ``calibrated probability at validation's 74 % with pneumonia``."""
    name = f"{scale.name} probability"
    if scale.name != CALIBRATED or share is None:
        return name
    return f"{name} at validation's {theme.percent(share)} {positive}"


def in_clinic(scale: Scale, threshold: float, share: float | None, prevalences: Sequence[float]) -> str:
    """What a threshold, a logit, is called at each end of the clinic's prevalence; empty where that was not stated, and
    for raw probabilities, which belong to no known share."""
    if scale.name != CALIBRATED or share is None or not prevalences:
        return ""
    called = [theme.probability(scale.at(share, prevalence).probability(threshold)) for prevalence in prevalences]
    return f"{' to '.join(called)} at your clinic's {clinic_prevalence(prevalences)}, {SAME_SCORES}"


def clinic_prevalence(prevalences: Sequence[float]) -> str:
    """``5 %``, or ``5 % to 12 %`` where a range was stated."""
    return " to ".join(theme.prevalence(prevalence) for prevalence in prevalences)


def class_words(run: Run) -> tuple[str, str]:
    """How the run's classes are called in a sentence, (negative, positive)."""
    return theme.class_words(run.manifest.get("data", {}).get("class_names"))


def finding(run: Run) -> str:
    """How the finding is called in a sentence; empty where the run does not name its classes."""
    return theme.finding(run.manifest.get("data", {}).get("class_names"))


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
        text = f"{theme.counted(len(found), 'finding')} both in a split and outside it; nothing was dropped."
    elif imported:
        text = "No patient is known to stand both in test and outside it."
    else:
        text = "No image and no patient is known to stand both in test and outside it."
    unseen = " Identical images cannot be looked for: there are predictions, but no images."
    return text + unseen if imported else text


def discrimination_in_words(table: pd.DataFrame) -> str:
    """The text alternative of the AUROC and AUPRC figure."""
    parts = [
        f"{theme.MEASURES[row['measure']]} on {theme.SPLITS[row['split']].lower()} {theme.rate(row['value'])} "
        f"({theme.limits(row['low'], row['high'])})"
        for row in table.to_dict("records")
    ]
    return "Dots with 95 % intervals: " + "; ".join(parts) + "."


def composition_in_words(table: pd.DataFrame, words: tuple[str, str]) -> str:
    """The text alternative of the figure of images by split and class."""
    without, with_finding = words
    parts = [
        f"{theme.SPLITS[row['split']]} {theme.count(row['with'])} {with_finding}, "
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


def positions_offered(offered: int, distinct: int) -> str:
    """How many thresholds the explorer can be put to, and that no count is approximated."""
    if offered >= distinct:
        return f"Every one of the {theme.counted(distinct, 'distinct score')} is a position."
    return (
        f"{theme.count(offered)} of {theme.counted(distinct, 'distinct score')} are positions; at each the counts are "
        "exact."
    )


def curve_in_words(name: str, curves: Mapping[str, pd.DataFrame]) -> str:
    """The text alternative of the ROC or the precision-recall figure."""
    parts = [f"{theme.SPLITS[split].lower()} through {len(curve):,} thresholds" for split, curve in curves.items()]
    return f"{name} curve of {' and of '.join(parts)}. The threshold is a point on it that can be dragged."


def scores_in_words(table: pd.DataFrame, classes: tuple[str, str], lines: str = LINE) -> str:
    """The text alternative of the distributions of scores: where the middle half of each lies, and the ``lines``."""
    parts = [
        f"{theme.SPLITS[row['split']].lower()} {classes[row['label']]}: median logit {theme.fixed(row['median'], 2)}, "
        f"middle half {theme.fixed(row['lower'], 2)} to {theme.fixed(row['upper'], 2)}"
        for row in table.to_dict("records")
    ]
    return f"Distributions of scores. {'; '.join(parts)}. {lines}"


def only_split(split: str, *, hidden: bool = False) -> str:
    """Why promise and delivery cannot be compared in a run that shows this split alone."""
    if hidden:
        return (
            "Test figures are hidden until a threshold is locked: what validation promises was not put to a test yet."
        )
    if split == "test":
        return (
            "This run has no validation images: nothing was promised, so test has nothing to be held against, and a "
            "threshold set here is exploratory."
        )
    return "This run has no test images: what validation promises here was not put to a test."
