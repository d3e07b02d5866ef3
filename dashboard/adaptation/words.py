"""Adapting to a site in sentences. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.evaluation.choosing.cases_needed import SIZES, certainty_table, fewest_cases, spread
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
SETS = {
    "negative": "{0} alone",
    "both": "both: refer",
    "positive": "{1} alone",
    "none": "neither: unlike both",
}
CHOSEN = (
    "The threshold in use was chosen on validation. Here it is adapted on the local cases, and the rest of test only "
    "reports. Looking at it uses it up: a figure for your site needs new cases."
)
HOW_WAYS = (
    "A new temperature and a new intercept keep the probability that the threshold stands for and change what it means "
    "on the logit: the first divides all logits anew, the second shifts them (logistic regression with the logit as "
    "offset). Neither gives a guarantee. The guaranteed floor chooses the threshold anew by exact binomial bounds "
    "(Clopper and Pearson), tested from the most lenient threshold on and on one image a patient: it holds with 95 % "
    "confidence for patients like the local ones, if these are a random sample of them. What a threshold "
    "becomes is named on the page's own scale, that of validation."
)
ON_AVERAGE = (
    "Split conformal prediction within each class: the sets hold the truth for at least this share of either class, on "
    "average over calibration samples. A single sample can fall below it, and the promise is for patients like "
    "the local ones. The intervals are of the shares seen on the rest of test."
)
HOW_CASES = (
    "Half of the Wilson interval at the rates test shows at the threshold in use, for patients with one image each. "
    "The highest floor is what could be guaranteed with 95 % confidence if every patient of the class were called "
    "rightly."
)
FILE_HELP = (
    "CSV or Parquet with the columns image_id, y_true (0 or 1), logit or probability (raw, of this very model), and "
    "patient_id where patients have several images. It is read, used and forgotten."
)
_MOST_SHOWN = 2_000


def sample(local: Predictions, rest: Predictions, test: Predictions, classes: tuple[str, str]) -> str:
    """Who adapts and who evaluates, in counts."""
    here = (
        f"{theme.counted(local.n_patients, 'patient')} with {theme.counted(local.n, 'image')} adapt: "
        f"{theme.count(local.n_pos)} {classes[1]}, {theme.count(local.n_neg)} {classes[0]}."
    )
    left = (
        f"The other {theme.counted(rest.n_patients, 'patient')} of test ({theme.counted(rest.n, 'image')}) evaluate."
        if rest.n < test.n
        else f"All {theme.counted(rest.n_patients, 'patient')} of test ({theme.counted(rest.n, 'image')}) evaluate."
    )
    return f"{here} {left}"


def left_out(rest: Predictions, test: Predictions) -> str:
    """That patients of an uploaded file stand in test; empty where none does."""
    out = test.n_patients - rest.n_patients
    if not out:
        return ""
    return f"{theme.counted(out, 'patient')} of test have an id or image of the file: left out of the evaluation."


_NOTHING_LEFT = "No image of test is left to see what it delivers."


def headline(ways: Mapping[str, Adapted], rest: Mapping[str, Mapping[str, Estimate]], floor: tuple[str, str]) -> str:
    """Whether the floor can be guaranteed, and what it costs; ``rest`` has each way's rates on the rest of test."""
    rate, least = floor
    as_it_is = _both(rest["unadapted"])
    if reason := ways["guarantee"].reason:
        seen = f"As it is, the rest of test has {as_it_is}." if as_it_is else _NOTHING_LEFT
        return f"{theme.RATES[rate]} of at least {least} cannot be guaranteed with these cases: {reason}. {seen}"
    seen = (
        f"The rest of test has {_both(rest['guarantee'])} there; as it is, {as_it_is}." if as_it_is else _NOTHING_LEFT
    )
    return (
        f"For patients like the local ones, with 95 % confidence {rate} is at least {least} at the guaranteed "
        f"threshold. {seen}"
    )


def fitted(way: Adapted) -> tuple[str, str]:
    """What a way fitted, and its interval."""
    if way.parameter is None:
        return (theme.EM_DASH, way.reason) if way.reason else ("nothing", "chosen on validation")
    own = way.parameter
    if way.name == "guarantee":
        return (
            f"≥ {theme.rate(own.low)}",
            f"{theme.rate(own.value)} on one image of each local patient; lower bound at 95 %",
        )
    if math.isnan(own.value):
        return theme.EM_DASH, way.reason
    text = f"T = {theme.fixed(own.value, 2)}" if way.name == "temperature" else f"{theme.fixed(own.value, 2)} logits"
    limits = math.isfinite(own.low) and math.isfinite(own.high)
    interval = f"{theme.fixed(own.low, 2)} to {theme.fixed(own.high, 2)}" if limits else "no interval"
    return text, way.reason or interval


def set_names(classes: tuple[str, str]) -> dict[str, str]:
    return {name: text.format(*classes) for name, text in SETS.items()}


def sets(found: ClassConditional, given: Mapping[int, Mapping[str, int]], level: str) -> str:
    """How many patients calibrate the sets, what is too little, and why some images are given neither class."""
    text = f"Calibrated on {theme.count(found.n_neg)} and {theme.count(found.n_pos)} patients of the two classes."
    needed = _fewest_for_level(level)
    if math.isinf(found.low) or math.isinf(found.high):
        text += f" A class with fewer than {needed} stands in every set, as nothing can be said of it at this level."
    if sum(own["none"] for own in given.values()):
        text += (
            " The scores part the classes better than this level asks for, so that some images are given neither: a "
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


def cases(floor: tuple[str, str], prevalence: float, classes: tuple[str, str]) -> str:
    """The smallest number of cases with which the floor can be guaranteed at all."""
    rate, least = floor
    needed = fewest_cases(least)
    share, word = (prevalence, classes[1]) if rate == "sensitivity" else (1 - prevalence, classes[0])
    text = (
        f"To guarantee {rate} of at least {least} with 95 % confidence takes {theme.count(needed)} patients {word}, "
        "every one called rightly"
    )
    if share > 0:
        text += f"; at test's prevalence that is about {theme.count(math.ceil(needed / share))} patients in all"
    return f"{text}. Each one called wrongly takes more."


def cases_table(prevalence: float, sensitivity: float, specificity: float, floor: tuple[str, str]) -> pd.DataFrame:
    """:func:`core.evaluation.choosing.cases_needed.certainty_table` as text."""
    found = certainty_table(prevalence, sensitivity, specificity, floor)
    found = found[found["patients"] <= _MOST_SHOWN]
    return pd.DataFrame(
        {
            "Local patients": found["patients"].map(theme.count),
            "Positive, negative (expected)": [
                f"{theme.count(a)}, {theme.count(b)}"
                for a, b in zip(found["positives"], found["negatives"], strict=True)
            ],
            "Sensitivity known to within": [f"± {theme.rate(width / 2)}" for width in found["sensitivity_width"]],
            "Specificity known to within": [f"± {theme.rate(width / 2)}" for width in found["specificity_width"]],
            f"Highest floor of {floor[0]}": found["best_floor"].map(_down),
            f"Wrong ones allowed at {floor[1]}": [
                "out of reach" if misses < 0 else theme.count(misses) for misses in found["misses"]
            ],
        }
    )


def draws(drawn: pd.DataFrame, floor: tuple[str, str]) -> str:
    """What the largest samples achieved, and how often the smallest sizes gave no guarantee."""
    rate, least = floor
    table = spread(drawn, rate)
    some = table[table["draws"] > 0]
    if some.empty:
        return f"Test has too few patients for any sample of it to guarantee {rate} of at least {least}."
    first, last = some.iloc[0], some.iloc[-1]
    known = drawn[(drawn["patients"] == last["patients"]) & np.isfinite(drawn[rate])]
    kept = int((known[rate] >= float(least)).sum())
    text = (
        f"From {theme.count(first['patients'])} patients on some samples give a guarantee "
        f"({theme.count(first['draws'])} of {theme.count(_drawn(drawn, first['patients']))}). Of "
        f"{theme.count(len(known))} samples of {theme.count(last['patients'])} patients, {theme.count(kept)} kept the "
        f"floor on the rest; 90 % of them reached {theme.rate(last['low'])} to {theme.rate(last['high'])}."
    )
    return f"{text} The rest of test is itself a sample, so a true guarantee can seem broken there."


def draws_alt(drawn: pd.DataFrame, floor: tuple[str, str]) -> str:
    return (
        "Lines of the median and bands of 90 % of the samples, against the number of local patients; the guaranteed "
        f"threshold solid, the threshold in use dashed. {draws(drawn, floor)}"
    )


def too_few() -> str:
    return f"Test has too few patients to draw a site from: it needs {math.ceil(1.5 * SIZES[0])}."


def _down(floor: float) -> str:
    """A floor that can be guaranteed, never rounded up to one that cannot."""
    return theme.rate(math.floor(1000 * floor) / 1000) if math.isfinite(floor) else theme.EM_DASH


def _drawn(drawn: pd.DataFrame, patients: float) -> int:
    return int((drawn["patients"] == patients).sum())


def _fewest_for_level(level: str) -> int:
    # ceil((n + 1) level) <= n first holds at n = level / (1 - level), rounded up.
    return math.ceil(round(float(level) / (1 - float(level)), 9))


def _both(found: Mapping[str, Estimate]) -> str:
    known = [(rate, found[rate]) for rate in ("sensitivity", "specificity") if math.isfinite(found[rate].value)]
    return " and ".join(f"{rate} {theme.rate(own.value)} ({theme.interval(own)})" for rate, own in known)
