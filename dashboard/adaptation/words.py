"""Adapting to a site in sentences. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from core.evaluation.comparing.adaptation import Adapted
from core.evaluation.comparing.conformal import ClassConditional
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions
from dashboard import theme

WAYS = {
    "unadapted": "As it is",
    "temperature": "New temperature",
    "intercept": "New intercept",
    "guarantee": "Guaranteed floor",
}
SETS = {"negative": "{0} alone", "both": "both: refer", "positive": "{1} alone", "none": "neither: unlike both"}
CHOSEN = (
    "The threshold in use was chosen on validation. Here it is adapted on the local cases, and the rest of the set "
    "only reports. Looking at it uses it up: a figure for your site needs new cases."
)
HOW_WAYS = (
    "A new temperature and a new intercept keep the probability that the threshold stands for and change what it means "
    "on the logit: the first divides all logits anew, the second shifts them (logistic regression with the logit as "
    "offset). Neither gives a guarantee. The guaranteed floor chooses the threshold anew by exact binomial bounds "
    "(Clopper and Pearson), tested from the most lenient threshold on and on one image a patient: it holds with 95 % "
    "confidence for patients like the local ones, if these are a random sample of them, and for one floor asked once "
    "of them. What is guaranteed is the floor; the lower bound is of that threshold alone, had it been fixed "
    "beforehand. What a threshold "
    "becomes is named on the page's own scale, that of validation."
)
ON_AVERAGE = (
    "Split conformal prediction within each class: the sets hold the truth for at least this share of either class, on "
    "average over calibration samples. A single sample can fall below it, and the promise is for patients like "
    "the local ones. The intervals are of the shares seen on the rest of the set."
)
FILE_HELP = (
    "CSV or Parquet with the columns image_id, y_true (0 or 1), logit or probability (raw, of this very model), and "
    "patient_id where patients have several images. It is read, used and forgotten."
)


def sample(local: Predictions, rest: Predictions, whole: Predictions, classes: tuple[str, str], *, named: str) -> str:
    """Who adapts and who evaluates, in counts; ``whole`` is the set, ``named`` so, of which the ``rest`` is left."""
    here = (
        f"{theme.counted(local.n_patients, 'patient')} with {theme.counted(local.n, 'image')} adapt: "
        f"{theme.count(local.n_pos)} {classes[1]}, {theme.count(local.n_neg)} {classes[0]}."
    )
    left = (
        f"The other {theme.counted(rest.n_patients, 'patient')} of {named} ({theme.counted(rest.n, 'image')}) evaluate."
        if rest.n < whole.n
        else f"All {theme.counted(rest.n_patients, 'patient')} of {named} ({theme.counted(rest.n, 'image')}) evaluate."
    )
    return f"{here} {left}"


def left_out(rest: Predictions, whole: Predictions, *, named: str) -> str:
    """That patients of an uploaded file stand in the set; empty where none does."""
    out = whole.n_patients - rest.n_patients
    if not out:
        return ""
    return f"{theme.counted(out, 'patient')} of {named} have an id or image of the file: left out of the evaluation."


_NOTHING_LEFT = "No image of the set is left to see what it delivers."


def headline(
    ways: Mapping[str, Adapted], rest: Mapping[str, Mapping[str, Estimate]], floor: tuple[str, str], *, named: str
) -> str:
    """Whether the floor can be guaranteed, and what it costs; ``rest`` has each way's rates on the rest of the set."""
    rate, least = floor
    as_it_is = _both(rest["unadapted"])
    if reason := ways["guarantee"].reason:
        seen = f"As it is, the rest of {named} has {as_it_is}." if as_it_is else _NOTHING_LEFT
        return f"{theme.RATES[rate]} of at least {least} cannot be guaranteed with these cases: {reason}. {seen}"
    seen = (
        f"The rest of {named} has {_both(rest['guarantee'])} there; as it is, {as_it_is}."
        if as_it_is
        else _NOTHING_LEFT
    )
    return (
        f"For patients like the local ones, with 95 % confidence {rate} is at least {least} at the guaranteed "
        f"threshold. {seen}"
    )


def fitted(way: Adapted, floor: tuple[str, str]) -> tuple[str, str]:
    """What a way fitted, and its interval; of the guarantee the ``floor`` that holds."""
    if way.parameter is None:
        return (theme.EM_DASH, way.reason) if way.reason else ("nothing", "chosen on validation")
    own = way.parameter
    if way.name == "guarantee":
        return (
            f"≥ {floor[1]}",
            f"{theme.rate(own.value)} on one image of each local patient; for this threshold alone, the lower bound at "
            f"95\N{NO-BREAK SPACE}% would be {theme.rate(own.low)}",
        )
    if math.isnan(own.value):
        return theme.EM_DASH, way.reason
    text = f"T = {theme.fixed(own.value, 2)}" if way.name == "temperature" else f"{theme.fixed(own.value, 2)} logits"
    limits = math.isfinite(own.low) and math.isfinite(own.high)
    interval = f"{theme.fixed(own.low, 2)} to {theme.fixed(own.high, 2)}" if limits else "no interval"
    return text, way.reason or interval


def set_names(classes: tuple[str, str]) -> dict[str, str]:
    return {name: text.format(*classes) for name, text in SETS.items()}


def rescored(used: int, before: Mapping[str, Estimate], after: Mapping[str, Estimate], *, named: str) -> str:
    """What batch-norm statistics of ``used`` images do to the others' rates."""
    return (
        f"With statistics of {theme.counted(used, 'image')} of {named}, the others have {_both(after)}; as it is, "
        f"{_both(before)}."
    )


def sets(found: ClassConditional, given: Mapping[int, Mapping[str, int]], level: str) -> str:
    """How many patients calibrate the sets, what is too little, and why some images are given neither class."""
    text = f"Calibrated on {theme.count(found.n_neg)} and {theme.count(found.n_pos)} patients of the two classes."
    needed = _fewest_for_level(level)
    if math.isinf(found.low) or math.isinf(found.high):
        text += f" A class with fewer than {needed} stands in every set, as nothing can be said of it at this level."
    if sum(own["none"] for own in given.values()):
        text += (
            " The scores part the classes more than this level asks for, so that some images are given neither: a "
            "higher level leaves fewer of them."
        )
    return text


def sets_alt(given: Mapping[int, Mapping[str, int]], names: Mapping[str, str], classes: tuple[str, str]) -> str:
    parts = [
        f"{classes[label]}: " + ", ".join(f"{theme.count(count)} {names[name]}" for name, count in own.items())
        for label, own in given.items()
    ]
    return f"Bars of images by prediction set. {'; '.join(parts)}."


def sets_for_download(given: Mapping[int, Mapping[str, int]], classes: tuple[str, str]) -> pd.DataFrame:
    """Counts of images by class and prediction set."""
    rows = [
        {"class": classes[label], "set": name, "images": n} for label, own in given.items() for name, n in own.items()
    ]
    return pd.DataFrame(rows, columns=["class", "set", "images"])


def _fewest_for_level(level: str) -> int:
    # ceil((n + 1) level) <= n first holds at n = level / (1 - level), rounded up.
    return math.ceil(round(float(level) / (1 - float(level)), 9))


def _both(found: Mapping[str, Estimate]) -> str:
    known = [(rate, found[rate]) for rate in ("sensitivity", "specificity") if math.isfinite(found[rate].value)]
    return " and ".join(f"{rate} {theme.rate(own.value)} ({theme.interval(own)})" for rate, own in known)
