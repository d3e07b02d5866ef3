"""Subgroups as small tables: what the forest plots draw and readers download. No streamlit, no plotly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pandas as pd

from core.evaluation.comparing.subgroups import MEASURES, Comparison, Group, Subgroups, worst_first
from core.evaluation.comparing.worst_combination import Search
from core.evaluation.estimates.intervals import LEVEL, Estimate
from dashboard import theme
from dashboard import words as words_of_runs

NAMES = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "auroc": "AUROC",
    "calibration_gap": "Mean probability − share",
}
_UNTESTED = Comparison(difference=Estimate.undefined("there is no test of it"), p=math.nan, p_adjusted=math.nan)
_COLUMNS = ["level", "images", "patients", "value", "low", "high", "small", "p", "p_adjusted", "differs"]
_ERROR = "ECE, debiased"
ADJUSTED = "Adjusted p"
"""The column that is for researchers."""


def level_name(group: Group, found: Subgroups) -> str:
    """How a level is called, or what its images have in common that have none."""
    if group.name is not None:
        return group.name
    named = [other for other in found.groups if other.name is not None]
    return words_of_runs.without_level(
        levels_of_positives=all(other.against_all for other in named),
        positives=group.positives > 0,
        negatives=group.positives < group.images,
    )


def differs(comparison: Comparison) -> bool:
    """Whether a level differs from the rest at 5 % after the adjustment for all comparisons."""
    return comparison.p_adjusted < 1 - LEVEL


def forest_rows(found: Subgroups, measure: str) -> pd.DataFrame:
    """The levels that have ``measure``, one a row, the worst first.

    Columns: level, images and patients (of the class that the measure is of), value, low, high, small (why it rests on
    little, or empty), p, p_adjusted, differs.
    """
    rows = [
        _forest_row(found, group, measure, estimate)
        for group in found.groups
        if not math.isnan((estimate := group.estimates[measure]).value)
    ]
    return _ordered(rows, measure)


def difference_rows(found: Subgroups, measure: str) -> pd.DataFrame:
    """How far each level lies from the rest in ``measure``, where that has an interval; as :func:`forest_rows`."""
    rows = [
        _forest_row(found, group, measure, difference)
        for group in found.groups
        if not math.isnan((difference := group.comparisons.get(measure, _UNTESTED).difference).low)
    ]
    return _ordered(rows, measure)


def _ordered(rows: Sequence[dict[str, str | float]], measure: str) -> pd.DataFrame:
    """``rows`` from the worst on (:func:`core.evaluation.comparing.subgroups.worst_first`)."""
    estimates = [Estimate(value=row["value"], low=row["low"], high=row["high"], method="") for row in rows]  # type: ignore[arg-type]
    return pd.DataFrame([rows[place] for place in worst_first(estimates, measure)], columns=_COLUMNS)


def figures_table(found: Subgroups, errors: Sequence[Estimate], words: tuple[str, str]) -> pd.DataFrame:
    """Every figure of every level, in the order of the first that they have, and of all images, as text cells.

    ECE only where a level has one.
    """
    measure = next(
        (m for m in MEASURES if not all(math.isnan(g.estimates[m].value) for g in found.groups)), MEASURES[0]
    )
    order = worst_first([group.estimates[measure] for group in found.groups], measure)
    rows = [_row(level_name(found.groups[at], found), found.groups[at], errors[at], words) for at in order]
    overall = _row("all images", found.overall, Estimate.undefined("see Calibration"), words)
    table = pd.DataFrame([*rows, overall])
    return table if (table[_ERROR] != theme.EM_DASH).any() else table.drop(columns=_ERROR)


def comparisons_table(found: Subgroups) -> pd.DataFrame:
    """Every comparison of a level with the rest, as text cells."""
    rows = [
        {
            "Level": level_name(group, found),
            "Measure": NAMES[measure],
            "Level − rest": _difference(comparison.difference),
            "p": p_value(comparison.p),
            ADJUSTED: p_value(comparison.p_adjusted),
            "": theme.DIFFERS if differs(comparison) else theme.ALIKE,
            "Rests on": group.small.get(measure, "enough"),
        }
        for group in found.groups
        for measure in MEASURES
        if not math.isnan((comparison := group.comparisons.get(measure, _UNTESTED)).p)
    ]
    return pd.DataFrame(rows)


def search_table(found: Search) -> pd.DataFrame:
    """The lower rates that the search found, as text cells, the smallest adjusted p first."""
    return pd.DataFrame(
        [
            {
                "Combination": " and ".join(f"{column}: {level}" for column, level in one.levels),
                "Rate": NAMES[one.measure],
                "Images": theme.count(one.images),
                "Patients": theme.count(one.patients),
                "Value": _cell(one.rate, False),
                "Combination − rest": _difference(one.difference),
                ADJUSTED: p_value(one.p_adjusted),
            }
            for one in found.lower
        ]
    )


def p_value(p: float) -> str:
    """A p value in three decimals, ``<0.001`` below that."""
    return "<0.001" if p < 0.001 else theme.rate(p)


def _forest_row(found: Subgroups, group: Group, measure: str, estimate: Estimate) -> dict[str, str | float]:
    against_rest = group.comparisons.get(measure, _UNTESTED)
    images, patients = _counts(group, measure)
    return {
        "level": level_name(group, found),
        "images": images,
        "patients": patients,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "small": group.small.get(measure, ""),
        "p": against_rest.p,
        "p_adjusted": against_rest.p_adjusted,
        "differs": differs(against_rest),
    }


def _difference(found: Estimate) -> str:
    value, interval = theme.difference(found)
    return f"{value} ({interval})"


def _row(level: str, group: Group, error: Estimate, words: tuple[str, str]) -> dict[str, str]:
    return {
        "Level": level,
        "Images": theme.count(group.images),
        "Patients": theme.count(group.patients),
        words_of_runs.begun(words[1]): theme.count(group.positives),
        **{
            NAMES[measure]: _cell(
                group.estimates[measure],
                measure in group.small,
                theme.signed if measure == "calibration_gap" else theme.rate,
            )
            for measure in MEASURES
        },
        _ERROR: _error_cell(error),
    }


def _cell(found: Estimate, small: bool, written: Callable[[float], str] = theme.rate) -> str:
    if math.isnan(found.value):
        return theme.EM_DASH
    interval = theme.limits(found.low, found.high, written)
    return f"{written(found.value)} ({interval}){' *' if small else ''}"


def _error_cell(found: Estimate) -> str:
    """One-sided where the error may be 0."""
    one_sided = f"{theme.fixed(found.value, 3)} ({theme.fixed(found.high, 3)} or less)"
    return one_sided if found.low == 0 else _cell(found, False)


def _counts(group: Group, measure: str) -> tuple[int, int]:
    if measure == "sensitivity":
        return group.positives, group.patients_pos
    if measure == "specificity":
        return group.images - group.positives, group.patients_neg
    return group.images, group.patients
