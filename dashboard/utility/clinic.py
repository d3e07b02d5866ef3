"""What a threshold is worth in the clinic, in sentences and a table. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from core.evaluation.worth.in_clinic import InClinic
from dashboard import theme, words
from dashboard.utility.words import per_thousand, price_in_words

HOW = (
    "The calibrated probability of the threshold belongs to validation's share of ill. It is carried to your clinic's "
    f"by the difference of the log odds, {words.SAME_SCORES}; sensitivity and specificity stay. "
    "Net benefit weighs both at your clinic's prevalence, which is taken as given; its interval is from those of the "
    "two rates (MOVER). The default is calling everyone positive or no one, whichever nets more there. As "
    "probability and price move together, the prevalence changes how much is gained at this threshold, not whether."
)
NOT_STATED = (
    "The price and the figures above are at the prevalence of these images, as no clinic's was stated. Set yours on "
    "the page Your clinic: where fewer are ill, the same threshold is a smaller probability and names another price."
)
NOT_CARRIED = (
    "What this threshold says at your clinic's prevalence cannot be told: it takes calibrated probabilities, and "
    "images of both classes on validation. The figures below are at the prevalence of these images."
)


def price(found: InClinic, finding: str) -> str:
    """What the threshold is called in the clinic and what it says a false alarm costs there."""
    head = f"At your clinic's {theme.prevalence(found.prevalence)} this threshold is a probability of "
    return f"{head}{theme.probability(found.probability)}. {price_in_words(found.price, finding)}"


def verdict(found: InClinic) -> str:
    """Net true positives per 1,000 patients in the clinic, against the default that nets more."""
    if math.isnan(found.model.value):
        return f"{found.model.reason[0].upper()}{found.model.reason[1:]}."
    default = "calling everyone positive" if found.treat_all > 0 else "calling no one positive"
    gained = per_thousand(found.gain, signed=True)
    head = f"Of 1,000 patients there the model nets {per_thousand(found.model)} true positives at that price."
    if math.isnan(found.gain.low):
        return f"{head} Whether it differs from {default} cannot be told: {gained}."
    if found.gain.low > 0:
        return f"{head} It is a gain over {default}, more than chance: {gained}."
    if found.gain.high < 0:
        return f"{head} It is a loss against {default}, more than chance: {gained}."
    return f"{head} There is {theme.ALIKE} from {default}: {gained}."


def worth_table(found: Sequence[InClinic]) -> pd.DataFrame:
    """Each end of the clinic's prevalence in one row; text cells."""
    return pd.DataFrame(
        [
            {
                "Prevalence": theme.prevalence(one.prevalence),
                "Threshold there": theme.probability(one.probability),
                "Net true positives per 1,000": per_thousand(one.model),
                "Everyone called positive": theme.fixed(1000 * one.treat_all, 0),
                "Over the default that nets more": per_thousand(one.gain, signed=True),
            }
            for one in found
        ]
    )
