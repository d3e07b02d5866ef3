"""Utility in sentences. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.evaluation.estimates.intervals import Estimate
from core.evaluation.worth.utility import NetBenefit
from dashboard import theme

ONE_CLASS = (
    "These images are all of one class. What a threshold is worth lies in what it finds against whom it alarms for "
    "nothing, so it takes images of both."
)
NO_PROBABILITY = (
    "The scores of this run are no probabilities, and none could be made of them on validation. What a threshold is "
    "worth depends on the probability at it."
)
HOW_WEIGHED = (
    "A threshold of probability p says how many false alarms one found child is worth: (1 − p) / p. Net benefit is the "
    "true positives per image less the false positives at that price (Vickers and Elkin 2006); every image counts as "
    "one child, at this split's prevalence. The band is each threshold's own, patients as clusters; no one called "
    "positive nets 0. Which default nets more is seen in the same images, and that is allowed for: where the "
    "model gains nothing over that one it is called more useful in about 2.5 % of samples at most, as the lower "
    "limits of both gains have to lie above 0; where it loses nothing it is called less useful in as few, by upper "
    "limits at half the error each."
)
TWO_SCALES = (
    "Raw and calibrated probabilities of one image differ, so one threshold probability treats other images on each."
)
WHAT_COST_IS = (
    "How much the errors of a threshold cost depends on how common the finding is and on what a miss costs against a "
    "false alarm. The cost curve puts both on one axis, the share of the worst possible cost that misses have: from 0, "
    "where only false alarms cost, to 1, where only misses do."
)
HOW_COST = (
    "That share is the probability-cost PC(+) (Drummond and Holte 2006). Each threshold is a straight line from its "
    "false positive rate (left) to its miss rate (right). The least of all thresholds is found on the very images it "
    "is drawn for, so no one could have had it beforehand."
)
HOW_RATES = (
    "Steps at real scores, each exact; the axis is spaced by the logit. Net benefit takes the threshold's own "
    "probability as the price."
)


def where_chosen(split: str) -> str:
    """That a threshold is chosen on validation, and what that makes of the images seen."""
    if split == "validation":
        return "These are the images thresholds are chosen on: what is read here is optimistic, and test reports it."
    return (
        f"Thresholds and the temperature are chosen on validation; the images of {theme.set_name(split)} only report "
        "what they are worth."
    )


def price_in_words(price: float, finding: str) -> str:
    """What a threshold says of a false alarm that costs ``price`` found children; ``finding`` is the positive class's
    words, ``with pneumonia``."""
    if not math.isfinite(price):
        return "At a probability of 1 a false alarm outweighs everything: there is no net benefit to speak of."
    if price == 0:
        return "At a probability of 0 no number of false alarms outweighs one found child."
    if price <= 1:
        trade = f"finding one child {finding} is worth {_times(1 / price)}"
    else:
        trade = f"one false alarm is as bad as missing {_amount(price)} children {finding}"
    return f"A threshold here says that {trade}. If that is not your price, another threshold is yours."


def verdict(found: NetBenefit) -> str:
    """Net true positives per 1,000 children at the threshold, against calling everyone or no one positive."""
    if math.isnan(found.model.value):
        return found.model.reason.capitalize() + "."
    head = (
        f"At this threshold's price the model nets {per_thousand(found.model)} true positives per 1,000 children, "
        f"calling everyone positive {per_thousand(found.treat_all)}, calling no one 0."
    )
    over = found.over
    gains = (
        f"{per_thousand(over.better, signed=True)} against calling {over.default} positive, which nets more of the two"
    )
    if over.more_useful:
        return f"{head} It is a gain over both, more than chance: {gains}."
    if over.lost_to:
        return f"{head} It is a loss against calling {over.lost_to} positive, more than chance: {gains}."
    return f"{head} There is {theme.ALIKE} from both: {gains}."


def per_thousand(found: Estimate, *, signed: bool = False) -> str:
    """``717 (657 to 777)``, a share of images as a number per 1,000."""
    if math.isnan(found.value):
        return theme.EM_DASH
    scaled = Estimate(value=1000 * found.value, low=1000 * found.low, high=1000 * found.high, method="")
    places = theme.telling_places(scaled, 0) if signed else 0
    value, low, high = (_written(x, places, signed=signed) for x in (scaled.value, scaled.low, scaled.high))
    return f"{value} (no interval)" if math.isnan(found.low) else f"{value} ({low} to {high})"


def worth_table(found: Mapping[str, NetBenefit]) -> pd.DataFrame:
    """What each scale's model nets at the same price, and calling everyone or no one positive; text cells."""
    rows = [
        {
            "Per 1,000 children": f"Model, {name} probability",
            "Net true positives": per_thousand(here.model),
            "Over calling everyone positive": per_thousand(here.gain, signed=True),
            "Over calling no one positive": per_thousand(here.model, signed=True),
            "Over what nets more of both": per_thousand(here.over.better, signed=True),
        }
        for name, here in found.items()
    ]
    everyone = next(iter(found.values())).treat_all
    rows.append({"Per 1,000 children": "Everyone called positive", "Net true positives": per_thousand(everyone)})
    return pd.DataFrame(rows).fillna(theme.EM_DASH)


def range_of_use(curve: pd.DataFrame, name: str) -> str:
    """At which threshold probabilities of a decision ``curve`` the model ``name`` is more useful than both defaults."""
    own = curve[curve["model"] == name]
    found = own.loc[own["more_useful"], "probability"]
    if not len(found):
        return (
            f"At none of {len(own)} threshold probabilities is the model more useful than both defaults, by more "
            "than chance."
        )
    return (
        f"At {len(found)} of {len(own)} threshold probabilities, between {theme.percent(found.min())} and "
        f"{theme.percent(found.max())}, the {name} model is more useful than calling everyone or no one positive by "
        "more than chance, each probability taken by itself."
    )


def cost(here: pd.DataFrame, least: pd.DataFrame, now: float) -> str:
    """What the threshold costs at the PC(+) that it speaks of, and what the least would be."""
    value, low, high = (float(np.interp(now, here["pc"], here[name])) for name in ("cost", "low", "high"))
    best = float(np.interp(now, least["pc"], least["cost"]))
    return (
        f"At this split's prevalence and the threshold's own price, misses have {theme.rate(now)} of the worst "
        f"possible cost: the threshold costs {theme.rate(value)} ({theme.rate(low)} to {theme.rate(high)}) of the "
        f"worst, the least of all thresholds {theme.rate(best)} in hindsight, and the best without a model "
        f"{theme.rate(min(now, 1 - now))}."
    )


def decision_alternative(curve: pd.DataFrame, name: str, told: str) -> str:
    """The text alternative of the decision curve."""
    rows = curve[curve["model"] == name].set_index("probability")["net_benefit"]
    points = ", ".join(f"{theme.signed(rows.loc[p])} at {theme.percent(p)}" for p in (0.1, 0.5, 0.9))
    return f"Net benefit of the {name} model against the threshold probability: {points}. {told}"


def cost_alternative(told: str) -> str:
    """The text alternative of the cost curve."""
    return f"Cost of the current threshold and of the best ones against PC(+). {told}"


def rates_alternative(rates: Mapping[str, Estimate], called: str) -> str:
    """The text alternative of the rates against the threshold, by their values at the current one."""
    parts = ", ".join(f"{theme.RATES[name]} {theme.rate(found.value)}" for name, found in rates.items())
    return f"Steps of every rate and of net benefit against the threshold. At {called}: {parts}."


def _times(alarms: float) -> str:
    return f"{_amount(alarms)} false alarm{'' if _amount(alarms) == '1' else 's'}"


def _amount(number: float) -> str:
    if number >= 1e6:
        return "more than a million"
    return theme.count(round(number)) if number >= 9.95 else theme.fixed(number, 1).removesuffix(".0")


def _written(number: float, places: int, *, signed: bool) -> str:
    text = theme.fixed(number, places)
    text = "0" if text.strip("\N{MINUS SIGN}") == "0" else text
    return f"+{text}" if signed and not text.startswith("\N{MINUS SIGN}") else text
