"""Across hospitals: one row a set, what the next may expect, and the threshold that would have kept the promise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.evaluation.comparing.across_hospitals import RATES
from core.evaluation.comparing.delivery import Needed
from core.evaluation.comparing.next_hospital import NextHospital
from core.runs.store import Run
from dashboard import gateway, theme
from dashboard.words import begun

_NOTHING = 0.95
"""Limits of a rate further apart than this say nothing."""
HOW = (
    "Each dot has its 95 % interval, patients as clusters. The band is what validation shows at this threshold. The "
    "mean is of random effects on the logit (Paule and Mandel; Hartung and Knapp, its factor at least 1). The next "
    "hospital: where the true rate of one more hospital like these lies, with 95 % confidence. The usual limits "
    "(Higgins, Thompson and Spiegelhalter 2009: t with two degrees of freedom fewer than there are hospitals) hold "
    "too seldom where hospitals are few and errors rare; those drawn allow for how uncertain the spread between "
    "hospitals is (Nagashima, Noma and Furukawa 2019), and are never within the usual ones: {usual}. They say little "
    "of a hospital unlike all of these. Validation never counts: it chose. Test counts where it is of another "
    "hospital than validation, which only you know. Patients of different hospitals are taken as different."
)


def headline(found: pd.DataFrame, predicted: Mapping[str, NextHospital]) -> str:
    """Which hospital loses most, and what the next one may expect."""
    others = found[found["set"] != "validation"]
    worst = others.iloc[0]
    parts = []
    if worst["lost"] > 0:
        of_it = _by_set(others)[str(worst["set"])]
        said = " and ".join(f"{rate} {_with_limits(row)}" for rate, row in of_it.items())
        parts.append(f"{begun(theme.set_name(worst['set']))} loses most: {said}.")
    else:
        parts.append("No hospital falls below what validation shows.")
    known = {rate: own for rate, own in predicted.items() if not own.reason}
    if known and all(own.cautious_high - own.cautious_low > _NOTHING for own in known.values()):
        parts.append("These hospitals are too few, or too unlike, to say anything of the next one.")
    elif known:
        said = " and ".join(
            f"{rate} from {theme.rate(own.cautious_low)} to {theme.rate(own.cautious_high)}"
            for rate, own in known.items()
        )
        parts.append(f"The next hospital may truly have {said}.")
    else:
        parts.append(f"Of the next hospital nothing can be said: {next(iter(predicted.values())).reason}.")
    return " ".join(parts)


def _with_limits(row: Mapping[str, Any]) -> str:
    value = float(row["value"])
    return theme.EM_DASH if math.isnan(value) else f"{theme.rate(value)} ({theme.limits(row['low'], row['high'])})"


def alternative(found: pd.DataFrame, predicted: Mapping[str, NextHospital]) -> str:
    """The text alternative of the picture."""
    parts = [
        f"{theme.set_title(name)} " + ", ".join(f"{rate} {_with_limits(row)}" for rate, row in own.items())
        for name, own in _by_set(found).items()
    ]
    return f"Dots with intervals, one row a set. {'; '.join(parts)}. {headline(found, predicted)}"


def for_people(run: Run, found: pd.DataFrame, threshold: float, floors: Mapping[str, str]) -> pd.DataFrame:
    """The table of hospitals as text, one row a set, with how far the threshold would have to move to reach each
    floor."""
    rows = []
    for name, own in _by_set(found).items():
        few = [rate for rate, row in own.items() if row["few_errors"] and not math.isnan(row["value"])]
        first = own[RATES[0]]
        rows.append(
            {
                "Set": theme.set_title(name),
                "Images": theme.count(first["images"]),
                "Patients": theme.count(first["patients"]),
                **{theme.RATES[rate]: _with_limits(row) for rate, row in own.items()},
                "Rests on few errors": " and ".join(few) or "no",
                **{
                    f"Move to {rate} {floor}": _move(gateway.needed(run, name, threshold, rate, floor))
                    for rate, floor in floors.items()
                },
            }
        )
    return pd.DataFrame(rows)


def _by_set(found: pd.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """The rows of the table of hospitals by set and rate."""
    by_set: dict[str, dict[str, dict[str, Any]]] = {}
    for row in found.to_dict("records"):
        by_set.setdefault(row["set"], {})[row["rate"]] = {str(name): value for name, value in row.items()}
    return by_set


def _move(found: Needed) -> str:
    if math.isnan(found.threshold):
        return theme.EM_DASH
    return "none" if found.move == 0 else f"{theme.signed(found.move, 2)} logits"


def chosen_here(names: Sequence[str], reported: str) -> str:
    """That what a set shows is no test of a threshold that was chosen on it; empty where it was not."""
    if reported not in names:
        return ""
    return (
        f"This threshold was chosen on {theme.set_name(reported)}, among others: what it shows there is optimistic, "
        "and no test of it."
    )


def how(predicted: Mapping[str, NextHospital]) -> str:
    """How hospitals are taken together, with the usual limits of the prediction."""
    usual = " and ".join(
        f"{rate} {theme.limits(own.prediction_low, own.prediction_high)}"
        for rate, own in predicted.items()
        if not own.reason
    )
    return HOW.format(usual=usual or "none here")


def left_out(names: Sequence[str]) -> str:
    """That sites are not here because their truth is unknown; empty without any."""
    return f"Without a known truth, and so not here: {', '.join(names)}; see below." if names else ""
