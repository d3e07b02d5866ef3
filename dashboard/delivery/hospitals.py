"""Across hospitals: one row a set, what the next may expect, and the threshold that would have kept the promise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.evaluation.choosing.for_next_hospital import ForNextHospital
from core.evaluation.choosing.operating_point import Unreachable, rates
from core.evaluation.choosing.several_sites import AtEverySite, NotAtEverySite
from core.evaluation.comparing.across_hospitals import RATES
from core.evaluation.comparing.delivery import Needed
from core.evaluation.comparing.next_hospital import NextHospital
from core.evaluation.estimates.intervals import Estimate
from core.runs.store import Run
from core.telling.scale import Scale
from dashboard import gateway, state, theme
from dashboard.controls import switch
from dashboard.words import begun

_TEST_IS_OF = {"same": "validation's hospital", "another": "another hospital"}
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
HOW_EVERY = (
    "At every hospital: a floor holds at each with 95 % confidence where the largest of their exact p values passes "
    "(intersection-union), along one fixed sequence of thresholds. For the next hospital: the lower end of the "
    "prediction reaches the floor, which is no guarantee. Either was found while looking at these hospitals: on them "
    "it is not fresh any more, and locked it is exploratory."
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


def every(run: Run, found: AtEverySite | NotAtEverySite, floors: str, scale: Scale) -> str:
    """The threshold at which all floors hold at each hospital, or what stands in the way."""
    if isinstance(found, NotAtEverySite):
        return f"At every hospital, {floors}: no threshold. {begun(found.reason)}."
    there = "; ".join(f"{name} {_both(rates(gateway.sweep(run, name), found.threshold))}" for name in found.points)
    return (
        f"At every hospital, {floors}: {scale.kind} {theme.probability(scale.probability(found.threshold))} "
        f"({scale.unit} {theme.logit(found.threshold)}), with 95 % confidence. There: {there}."
    )


def _both(found: Mapping[str, Estimate]) -> str:
    return ", ".join(f"{rate} {theme.rate(found[rate].value)} ({theme.interval(found[rate])})" for rate in RATES)


def following(found: ForNextHospital | Unreachable, floors: str, scale: Scale) -> str:
    """The threshold whose prediction for the next hospital reaches the floors, or why there is none."""
    if isinstance(found, Unreachable):
        return f"For the next hospital, {floors}: no threshold. {begun(found.reason)}."
    limits = " and ".join(f"{rate} {theme.rate(limit)}" for rate, limit in found.limits.items())
    return (
        f"For the next hospital, {floors}: {scale.kind} {theme.probability(scale.probability(found.threshold))} "
        f"({scale.unit} {theme.logit(found.threshold)}), where the lower limit of the prediction is {limits}."
    )


def test_control(run: Run) -> bool:
    """Whether test is of another hospital than validation, which its owner says; False for a run without test."""
    if "test" not in run.labelled_sets:
        return False
    return switch("Test is of", state.TEST_IS_OF, _TEST_IS_OF) == "another"


def _move(found: Needed) -> str:
    if math.isnan(found.threshold):
        return theme.EM_DASH
    return "none" if found.move == 0 else f"{theme.signed(found.move, 2)} logits"


def counted_sets(run: Run, chose: Sequence[str], *, test_elsewhere: bool) -> tuple[str, ...]:
    """The labelled sets of different hospitals, none of which ``chose`` the threshold: sites, and test where it is said
    to be of another one."""
    own = {"validation", *chose} if test_elsewhere else {"validation", "test", *chose}
    return tuple(name for name in run.labelled_sets if name not in own)


def chosen_here(names: Sequence[str], reported: str) -> str:
    """That what a set shows is no test of a threshold that was chosen on it; empty where it was not."""
    if reported not in names:
        return ""
    return (
        f"This threshold was chosen on {theme.set_name(reported)}, among others: what it shows there is optimistic, "
        "and no test of it."
    )


def use(run: Run, found: AtEverySite | NotAtEverySite | ForNextHospital | Unreachable, sets: Sequence[str]) -> None:
    """A button that takes the threshold, and remembers on which sets it was chosen."""
    if isinstance(found, AtEverySite | ForNextHospital):
        rule = f"{found.rule} ({', '.join(sets)})"
        in_use = state.threshold(run) == found.threshold and state.rule(run) == rule
        st.button(
            "In use" if in_use else "Use this threshold",
            key=f"use {found.rule}",
            disabled=in_use,
            on_click=state.set_threshold,
            args=(run, found.threshold),
            kwargs={"rule": rule, "chosen_on": tuple(sets)},
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
