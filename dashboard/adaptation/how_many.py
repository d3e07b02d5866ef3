"""How many local cases it takes, in sentences. No streamlit."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from core.evaluation.choosing.cases_needed import SIZES, certainty_table, spread
from core.evaluation.choosing.patients_needed import MOST_PATIENTS, POWERS, fewest_cases, patients_for_power
from dashboard import theme

HOW_CASES = (
    "Half of the Wilson interval at the rates the set shows at the threshold in use, for patients with one image "
    "each. The highest floor is what could be guaranteed with 95 % confidence if every patient of the class were "
    "called rightly. The last column is the power at the rate that the set shows at the threshold in use, taken as "
    "the true one: the chance that so many local patients guarantee the floor there."
)
_MOST_SHOWN = 2_000


def cases(floor: tuple[str, str], prevalence: float, shown: float, classes: tuple[str, str], *, named: str) -> str:
    """With how many cases the floor can be guaranteed at all, and is with power where the threshold in use truly has
    the rate that the set shows, ``shown``; NaN where that is not known."""
    rate, least = floor
    needed = fewest_cases(least)
    share, word = (prevalence, classes[1]) if rate == "sensitivity" else (1 - prevalence, classes[0])
    text = (
        f"To guarantee {rate} of at least {least} with 95 % confidence takes at least {theme.count(needed)} patients "
        f"{word}, every one called rightly"
    )
    if share > 0:
        text += f"; at the prevalence of {named} that is about {theme.count(math.ceil(needed / share))} patients in all"
    return f"{text}. {_with_power(floor, shown, word, named)}".strip()


def _with_power(floor: tuple[str, str], shown: float, word: str, named: str) -> str:
    rate, least = floor
    if math.isnan(shown):
        return ""
    here = f"the {theme.rate(shown)} that {named} shows at the threshold in use"
    if shown <= float(least):
        return f"If the true {rate} is {here}, no number has power to guarantee it there: the threshold must move."
    sizes = [patients_for_power(shown, least, confidence=0.95, power=float(power)) for power in POWERS]
    said = " and of ".join(
        f"{theme.count(size) if size else f'more than {MOST_PATIENTS:,}'} with {theme.percent(float(power))} power"
        for size, power in zip(sizes, POWERS, strict=True)
    )
    return (
        f"If the true {rate} is {here}, a study of {said} would guarantee it there (patients {word}, one image each)."
    )


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
            f"Power to guarantee {floor[1]}": [
                theme.EM_DASH if math.isnan(power) else theme.percent(power) for power in found["power"]
            ],
        }
    )


def draws(drawn: pd.DataFrame, floor: tuple[str, str]) -> str:
    """What the largest samples achieved, and how often the smallest sizes gave no guarantee."""
    rate, least = floor
    table = spread(drawn, rate)
    some = table[table["draws"] > 0]
    if some.empty:
        return f"There are too few patients for any sample of them to guarantee {rate} of at least {least}."
    first, last = some.iloc[0], some.iloc[-1]
    known = drawn[(drawn["patients"] == last["patients"]) & np.isfinite(drawn[rate])]
    kept = int((known[rate] >= float(least)).sum())
    text = (
        f"From {theme.count(first['patients'])} patients on, some samples give a guarantee "
        f"({theme.count(first['draws'])} of {theme.count(_drawn(drawn, first['patients']))}). Of "
        f"{theme.count(len(known))} samples of {theme.count(last['patients'])} patients, {theme.count(kept)} kept the "
        f"floor on the rest; 90 % of them reached {theme.rate(last['low'])} to {theme.rate(last['high'])}."
    )
    return f"{text} The rest of the set is itself a sample, so a true guarantee can seem false there."


def draws_alt(drawn: pd.DataFrame, floor: tuple[str, str]) -> str:
    return (
        "Lines of the median and bands of 90 % of the samples, against the number of local patients; the guaranteed "
        f"threshold solid, the threshold in use dashed. {draws(drawn, floor)}"
    )


def too_few() -> str:
    return f"There are too few patients to draw a site from: it takes {math.ceil(1.5 * SIZES[0])}."


def _down(floor: float) -> str:
    """A floor that can be guaranteed, never rounded up to one that cannot."""
    return theme.rate(math.floor(1000 * floor) / 1000) if math.isfinite(floor) else theme.EM_DASH


def _drawn(drawn: pd.DataFrame, patients: float) -> int:
    return int((drawn["patients"] == patients).sum())
