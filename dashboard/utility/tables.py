"""Utility as tables for readers to download. No streamlit, no plotly."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import FloatArray
from dashboard import theme
from dashboard.gateway import Asked

PC: FloatArray = np.linspace(0, 1, 101)
"""The PC(+) at which the cost of the current threshold is drawn."""


def cost_lines(here: pd.DataFrame, least: pd.DataFrame, choices: pd.DataFrame | None) -> pd.DataFrame:
    """The lines of the cost curve, one below the other, named in the column ``line``."""
    lines = {"threshold now": here, "least of all thresholds": least}
    if choices is not None:
        lines["thresholds that validation chose"] = choices
    return pd.concat([rows.assign(line=name) for name, rows in lines.items()], ignore_index=True)


def asked(found: Asked, classes: tuple[str, str]) -> pd.DataFrame:
    """What committees ask for, a figure a row; text cells."""
    patients = found.by_patient
    rows = [
        ("Called positive for each who is ill", _in_words(found.evaluated, 2), "number needed to evaluate, 1 / PPV"),
        ("Called positive, of 1,000 images", _in_words(found.flagged, 0, 1000), "the workload of this threshold"),
        (
            "Interventions avoided, of 1,000 images",
            _in_words(found.avoided, 0, 1000),
            "net, against calling everyone positive, at the price that the threshold names",
        ),
        (
            "Sensitivity by patient",
            _in_words(patients.sensitivity, 3),
            f"of {theme.counted(patients.ill, 'patient')} with any image {classes[1]}, "
            "any of whose images is called so",
        ),
        (
            "Specificity by patient",
            _in_words(patients.specificity, 3),
            f"of {theme.counted(patients.well, 'patient')} with no image {classes[1]}, "
            "none of whose images is called so",
        ),
    ]
    return pd.DataFrame(rows, columns=["Figure", "At this threshold", "What it is"])


def _in_words(found: Estimate, places: int, times: float = 1.0) -> str:
    if math.isnan(found.value):
        return f"{theme.EM_DASH} ({found.reason})"
    value, low, high = (times * x for x in (found.value, found.low, found.high))
    if math.isnan(low):
        return f"{theme.fixed(value, places)} ({theme.NO_INTERVAL})"
    return f"{theme.fixed(value, places)} ({theme.limits(low, high, lambda x: theme.fixed(x, places))})"
