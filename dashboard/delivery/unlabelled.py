"""A site whose truth is unknown, in sentences: how many would be called positive, and how many were to be expected."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from core.evaluation.comparing.unlabelled import CalledPositive, ExpectedCalls, PrevalenceOfScores
from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.words import begun

HOW = (
    "Whether a call is right cannot be known here. What is expected takes sensitivity and specificity from "
    "validation or test, as if they were the same at this site, and its interval carries how uncertain both are, and "
    "the chance of so many images. A share outside it says that something differs: the prevalence, the patients or "
    "the scores. The prevalence from the scores alone is found by expectation maximisation (Saerens, Latinne and "
    "Decaestecker 2002)."
)


def called(found: CalledPositive, name: str) -> str:
    """How many of a site's images are called positive, per 100 and per day where dates are known."""
    said = (
        f"Of {theme.counted(found.images, 'image')} of {theme.counted(found.patients, 'patient')} at site {name}, "
        f"{theme.count(found.called)} would be called positive: {_hundred(found.share)} of 100"
    )
    if math.isnan(found.per_day.value):
        return f"{said}."
    undated = f" ({theme.count(found.undated)} have no date)" if found.undated else ""
    return (
        f"{said}, {theme.fixed(found.per_day.value, 1)} a day ({_limits(found.per_day)}) over "
        f"{theme.counted(found.days, 'day')}{undated}."
    )


def expected(found: Mapping[str, ExpectedCalls], share: float, *, clinics: bool) -> str:
    """What validation and test lead one to expect, and whether what was seen differs from it."""
    parts = []
    for name, own in found.items():
        if math.isnan(own.share.value):
            parts.append(f"{begun(name)} tells nothing: {own.share.reason}.")
            continue
        verdict = f"what is seen {theme.DIFFERS}" if own.differs(share) else f"there is {theme.ALIKE}"
        parts.append(f"By {name} {_hundred(own.in_set)} of 100 were to be expected: {verdict}.")
    prevalence = next(iter(found.values())).prevalence if found else math.nan
    whose = "your clinic's prevalence of" if clinics else "validation's share of"
    return f"{' '.join(parts)} All at {whose} {theme.percent(prevalence)}."


def inferred(found: PrevalenceOfScores) -> str:
    """The prevalence that the scores suggest, with its warning."""
    if math.isnan(found.prevalence.value):
        return f"The prevalence cannot be told from the scores: {found.warning}."
    value = f"{theme.percent(found.prevalence.value)} ({_percents(found.prevalence)})"
    return f"From the scores alone one would infer a prevalence of {value}, {found.warning}."


def scores_alt(table: pd.DataFrame, site: str) -> str:
    """The text alternative of a site's scores beside those of validation and test."""
    medians = table[table["share"] >= 0.5].groupby("set", sort=False)["logit"].min()
    parts = [f"{theme.set_title(str(name))} median logit {theme.fixed(at, 2)}" for name, at in medians.items()]
    return f"Share of all images up to each logit, {theme.set_name(site)} solid. {'; '.join(parts)}."


def _hundred(share: Estimate) -> str:
    if math.isnan(share.value):
        return theme.EM_DASH
    return f"{theme.fixed(100 * share.value, 1)} ({_limits(share, 100)})"


def _limits(found: Estimate, factor: float = 1) -> str:
    if math.isnan(found.low) or math.isnan(found.high):
        return "no interval"
    return f"{theme.fixed(factor * found.low, 1)} to {theme.fixed(factor * found.high, 1)}"


def _percents(found: Estimate) -> str:
    if math.isnan(found.low) or math.isnan(found.high):
        return "no interval"
    return f"{theme.percent(found.low)} to {theme.percent(found.high)}"
