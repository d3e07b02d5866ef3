"""Utility as tables for readers to download. No streamlit, no plotly."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.evaluation.predictions import FloatArray

PC: FloatArray = np.linspace(0, 1, 101)
"""The PC(+) at which the cost of the current threshold is drawn."""


def cost_lines(here: pd.DataFrame, least: pd.DataFrame, choices: pd.DataFrame | None) -> pd.DataFrame:
    """The lines of the cost curve, one below the other, named in the column ``line``."""
    lines = {"threshold now": here, "least of all thresholds": least}
    if choices is not None:
        lines["thresholds that validation chose"] = choices
    return pd.concat([rows.assign(line=name) for name, rows in lines.items()], ignore_index=True)
