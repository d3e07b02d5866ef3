"""How much of the optimism of a choice is found, in the simulated hospitals of ``coverage.py``.

Validation chooses a threshold by each rule that every page offers. Its rate there, plain or less the optimism that the
bootstrap finds, stands beside the rate that the threshold truly has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.coverage_hospitals import TRUTH, Setting, hospitals
from core.evaluation.choosing.operating_point import FLOORS, OperatingPoint
from core.evaluation.choosing.optimism import choices, optimism, optimism_by_threshold
from core.evaluation.comparing.difference_from_validation import differences
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep

RESAMPLES = 40
"""A mean over hospitals needs few of each; pages draw 500."""
_RULES = choices(FLOORS)
_CALLED = ("Youden", *(f"{rate} {floor}" for rate, floor in FLOORS.items()), "F1")


class _Chosen(NamedTuple):
    """One rate at the threshold of one rule in one hospital: by how much it is too good, how much of that is found, and
    whether the interval of the plain and of the corrected rate hold the truth (NaN where there is none)."""

    rule: str
    rate: str
    too_good: float
    found: float
    plain: float
    corrected: float


def optimisms(settings: Iterable[Setting], number: int, n_resamples: int = RESAMPLES) -> pd.DataFrame:
    """One row a setting, rule and rate, of ``number`` hospitals (a fifth from 5,000 patients on).

    ``too good`` is the mean of the plain rate less the true one, ``found`` that of the optimism, ``left`` the rest with
    its Monte Carlo error ``±``; ``plain`` and ``corrected`` are the coverage of both intervals, ``met`` counts the
    hospitals in which the rule can be met.
    """
    parts = []
    for setting in settings:
        drawn = max(2, number // 5 if setting.n_patients >= 5000 else number)
        rows = [
            row
            for seed, validation in enumerate(hospitals(setting, drawn))
            for row in _of_hospital(validation, n_resamples, seed)
        ]
        table = pd.DataFrame(rows, columns=_Chosen._fields)
        table["left"] = table["too_good"] - table["found"]
        by_rate = table.groupby(["rule", "rate"], sort=False)
        parts.append(
            by_rate.agg(
                **{
                    "too good": ("too_good", "mean"),
                    "found": ("found", "mean"),
                    "left": ("left", "mean"),
                    "±": ("left", _error_of_mean),
                    "plain": ("plain", "mean"),
                    "corrected": ("corrected", "mean"),
                    "met": ("left", "count"),
                }
            )
            .reset_index()
            .assign(
                patients=setting.n_patients,
                prevalence=setting.prevalence,
                images="1" if setting.most_images == 1 else f"1 to {setting.most_images}",
            )
        )
    return pd.concat(parts, ignore_index=True)


def _of_hospital(validation: Predictions, n_resamples: int, seed: int) -> Iterator[_Chosen]:
    sweep = threshold_sweep(validation)
    added = optimism_by_threshold(sweep, _RULES, optimism(validation, _RULES, n_resamples=n_resamples, seed=seed))
    against_itself = differences(sweep, sweep, added)
    for called, rule in zip(_CALLED, _RULES, strict=True):
        point = rule(sweep)
        if isinstance(point, OperatingPoint):
            for rate, own in against_itself[point.threshold].items():
                true = TRUTH[rate](point.threshold)
                yield _Chosen(
                    called,
                    rate,
                    own.validation.value - true,
                    own.optimism,
                    _holds(own.validation, true),
                    _holds(own.corrected, true),
                )


def _holds(shown: Estimate, true: float) -> float:
    return np.nan if np.isnan(shown.low + shown.high) else float(shown.low <= true <= shown.high)


def _error_of_mean(values: pd.Series) -> float:
    return float(1.96 * values.std() / np.sqrt(len(values)))


def by_rule(table: pd.DataFrame) -> pd.DataFrame:
    """One row a size, rule and rate: means over its settings, in percentage points, and the lowest and the mean
    coverage of the plain and of the corrected interval, in per cent."""
    grouped = table.groupby(["patients", "rule", "rate"], sort=False)
    means = 100 * grouped[["too good", "found", "left"]].mean()
    error = 100 * grouped["±"].agg(lambda own: np.sqrt(np.square(own).sum()) / len(own))
    shares = {
        f"{which}, {word}": 100 * grouped[which].agg(word)
        for which in ("plain", "corrected")
        for word in ("mean", "min")
    }
    return means.assign(**{"±": error, **shares}).reset_index()


def found_of_all(table: pd.DataFrame) -> pd.DataFrame:
    """One row a size and rate: how many per cent of all that is too good, over rules and settings, is found."""
    total = table.groupby(["patients", "rate"], sort=False)[["too good", "found"]].sum()
    return (100 * total["found"] / total["too good"]).rename("found of all").reset_index()


def report_optimism(table: pd.DataFrame, *, every_cell: bool = False) -> str:
    """The tables by size, rule and rate and by setting, and on request every cell, as text."""
    form = "{:.2f}".format
    by_setting = table.groupby(["patients", "prevalence", "images", "rate"], sort=False)
    columns = ["too good", "found", "left", "plain", "corrected"]
    lines = [
        "Optimism of a choice: validation's rate less the true one, what is found of it, what is left with its",
        "Monte Carlo error, in percentage points; coverage of the plain and of the corrected 95 % interval, per cent",
        by_rule(table).to_string(index=False, float_format=form),
        "The same over all rules, by setting",
        (100 * by_setting[columns].mean()).reset_index().to_string(index=False, float_format=form),
        "How many per cent of all of it are found",
        found_of_all(table).to_string(index=False, float_format="{:.0f}".format),
    ]
    if every_cell:
        lines.append(table.to_string(index=False, float_format="{:.4f}".format))
    return "\n".join(lines)
