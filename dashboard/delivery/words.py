"""Promise and delivery in sentences. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from core.evaluation.comparing.delivery import Deliveries, Delivery, Needed
from core.evaluation.comparing.shift import ClassShift, Shift
from core.evaluation.estimates.difference import apart
from core.evaluation.estimates.few_patients import FewPatients, few_in_words
from core.evaluation.estimates.intervals import FEW_CLUSTERS, Estimate
from dashboard import theme
from dashboard.scale import Scale

CHOSEN = (
    "The rule chooses its threshold on validation. Test only reports: what it shows here, and above all the threshold "
    "that would have been needed, must not be used to choose one and then be called a result of this test."
)
HOW_SUPPORT = (
    "Bootstrap support is the share of 2,000 resamples of test's patients in which the promise is kept. It says how "
    "firmly these patients back the answer; it is not the probability that the promise is true. Intervals are 95 %, "
    "with patients as clusters; the gap has Newcombe's."
)
PREVALENCE_ONLY = (
    "A change of prevalence alone moves precision and NPV, never sensitivity or specificity: those change only where "
    "scores change within a class."
)
HOW_SHIFT = (
    "Medians have Woodruff's intervals, with patients as clusters. The distance is Wasserstein's: how far, on average, "
    "scores would have to be moved to turn one distribution into the other. The p-value is of a permutation test over "
    "patients: whole patients are exchanged between validation and test, 2,000 times. A patient in both splits is "
    "swapped with himself or not."
)
HOW_INFERRED = (
    "Expectation maximisation (Saerens, Latinne and Decaestecker 2002) looks for the prevalence that makes test's "
    "scores most likely if nothing else had changed: with the temperature of validation, shifted so that the mean "
    "probability on validation is its share. Interval by a bootstrap over the patients of both splits, the temperature "
    "held fixed."
)

_NOT_TOLD = f"whether it differs cannot be told, as {FEW_CLUSTERS}"
_SIGNIFICANT = 0.05
_PLACES = 2
"""Decimals of a difference of logits."""


def headline(found: Deliveries, rule: str) -> tuple[str, str, bool]:
    """Whether test kept what the rule promised, in one sentence and its evidence; True where it did not."""
    if any(math.isnan(found.rates[rate].level) for rate in found.binding) or not found.support.drawn:
        return "Nothing can be held against test.", f"{found.needed.reason}.".capitalize(), False
    floored = found.rates[found.binding[0]].is_floor
    reach = f"Kept means that test's own figure reaches {level_source(is_floor=floored)}"
    support = f"{theme.count(found.support.kept)} of {theme.count(found.support.drawn)} resamples of test keep it"
    text = f"{reach}. {rule}: {support}."
    lost = [rate for rate in found.binding if found.rates[rate].delivered.value < found.rates[rate].level]
    if not lost:
        said = " and ".join(_against_level(rate, found.rates[rate]) for rate in found.binding)
        return f"Test kept the promise: {said}.", text, False
    said = " and ".join(_against_level(rate, found.rates[rate]) for rate in lost)
    return f"Test did not keep the promise: {said}.", text, True


def _against_level(rate: str, own: Delivery) -> str:
    """``specificity 0.436 (at least 0.929 was to be kept)``."""
    delivered, level = theme.told_apart(own.delivered.value, own.level)
    return f"{rate} {delivered} (at least {level} was to be kept)"


def level_source(*, is_floor: bool) -> str:
    return "the rule's floor" if is_floor else "the lower limit of validation's interval"


def needed(found: Needed, threshold: float, scale: Scale) -> tuple[str, str]:
    """How far the threshold would have had to move, and what that is in probabilities or why there is none."""
    if math.isnan(found.threshold):
        return theme.EM_DASH, found.reason
    if found.move == 0:
        return "no move", "kept where it is"
    before, after = (theme.probability(scale.probability(logit)) for logit in (threshold, found.threshold))
    return f"{theme.signed(found.move, _PLACES)} logits", f"probability {before} → {after}"


def needed_in_words(found: Deliveries, scale: Scale) -> str:
    """One sentence on the threshold that would have kept the whole promise."""
    move, why = needed(found.needed, found.threshold, scale)
    if math.isnan(found.needed.threshold):
        return f"No threshold on test would have kept the promise: {why}."
    if found.needed.move == 0:
        return "On test the threshold did not have to move to keep the promise."
    return f"To keep the promise on test, the threshold would have had to move by {move} ({why})."


def prevalence(shift: Shift, word: str) -> str:
    """Whether test has more or less of the finding, and what its scores alone would have said."""
    difference = shift.prevalence.difference
    if math.isnan(difference.value):
        return f"The prevalence cannot be compared: {difference.reason}."
    before, after = (theme.rate(split.value) for split in (shift.prevalence.validation, shift.prevalence.test))
    if math.isnan(difference.low):
        first = f"The share {word} is {after} in test, {before} in validation: {_NOT_TOLD}."
    elif not apart(difference):
        first = f"The share {word} is not clearly different: {after} in test, {before} in validation{_by(difference)}."
    else:
        more = "more" if difference.value > 0 else "fewer"
        first = f"Test has {more} images {word}: {after}, {before} in validation."
    return f"{first} {_inferred(shift)}".strip()


def _inferred(shift: Shift) -> str:
    found = shift.inferred
    if math.isnan(found.test.value):
        return ""
    told = f"From test's scores alone one would infer {theme.rate(found.test.value)} ({theme.interval(found.test)})"
    if math.isnan(found.difference.low):
        return f"{told}: {_NOT_TOLD} from the true share."
    if not apart(found.difference):
        return (
            f"{told}. These patients do not tell it from the true share{_by(found.difference)}: within that interval "
            "scores can have moved in a way that prevalence alone does not explain."
        )
    side = "more" if found.difference.value > 0 else "less"
    return f"{told}, {side} than there is: the scores moved in a way that prevalence alone cannot explain."


def _by(difference: Estimate) -> str:
    """How large a difference can be: ``, a difference of +0.010 (-0.020 to +0.040)``; that there is no interval."""
    value, interval = theme.difference(difference)
    return f", a difference of {value} ({interval})"


def conclusion(
    shift: Shift, found: Deliveries | None, classes: tuple[str, str], few: Sequence[FewPatients] = ()
) -> tuple[str, bool]:
    """The shift in one sentence: prevalence, scores within the classes, and what they say of a loss; True if it warns.

    ``found`` is None where no threshold is in question; ``few`` are the classes of which a set has too few patients for
    a change that is not seen to mean much.
    """
    moved = [label for label, own in shift.classes.items() if own.p_value <= _SIGNIFICANT]
    lost = [] if found is None else _lost(found)
    difference = shift.prevalence.difference
    if math.isnan(difference.value):
        share = "The prevalence cannot be compared"
    elif math.isnan(difference.low):
        share = f"Of the share {classes[1]} {_NOT_TOLD}"
    elif apart(difference):
        share = f"Test has {'more' if difference.value > 0 else 'fewer'} images {classes[1]}"
    else:
        share = f"The share {classes[1]} is not clearly different{_by(difference)}"
    loss = f"the loss of {' and '.join(lost)}"
    if moved:
        within = " and ".join(f"within images {classes[label]} {_moved(shift.classes[label])}" for label in moved)
        end = f"prevalence alone does not explain {loss if lost else 'what changed'}"
        return f"{share}; but {within}: {end}.", True
    if few:
        unseen = f"Too few patients to tell whether scores changed within a class: {few_in_words(few, classes)}."
        return f"{share}. {unseen}" + (f" What lies behind {loss} cannot be told." if lost else ""), bool(lost)
    unseen = "no class shows a change of its scores that chance does not explain"
    if lost:
        return f"{share}, and {unseen}: what lies behind {loss} cannot be told from these images.", True
    within = " and ".join(f"within images {classes[label]}{_median(own)}" for label, own in shift.classes.items())
    return f"{share}, and {unseen}. That is no proof that there is none: the median can have moved {within}.", False


def _median(own: ClassShift) -> str:
    interval = theme.difference(own.difference, _PLACES)[1]
    return " by any amount (no interval)" if math.isnan(own.difference.low) else f" by {interval} logits"


def _lost(found: Deliveries) -> list[str]:
    return [rate for rate, own in found.rates.items() if apart(own.gap) and own.gap.value < 0]


def _moved(own: ClassShift) -> str:
    if apart(own.difference):
        value, interval = theme.difference(own.difference, _PLACES)
        return f"the scores moved by {value} logits ({interval})"
    return f"the scores changed their spread (median {theme.signed(own.difference.value, _PLACES)} logits)"


def shift_table(shift: Shift, classes: tuple[str, str]) -> pd.DataFrame:
    """The shift within each class as text, one row a class."""
    rows = []
    for label, own in shift.classes.items():
        known = math.isfinite(own.distance)
        moved, interval = theme.difference(own.difference, _PLACES)
        sizes = f"{theme.count(own.n_validation)}, {theme.count(own.n_test)}"
        rows.append(
            {
                "Images (validation, test)": f"{classes[label]} ({sizes})",
                "Median logit, validation": _with_interval(own.median_validation),
                "Median logit, test": _with_interval(own.median_test),
                "Median moved by": f"{moved} ({interval or 'no interval'})",
                "Wasserstein distance (logits)": (
                    f"{own.distance:.2f} (by chance up to {own.chance:.2f})" if known else theme.EM_DASH
                ),
                "p of the permutation test": p_value(own),
            }
        )
    return pd.DataFrame(rows)


def p_value(own: ClassShift) -> str:
    if math.isnan(own.p_value):
        return f"{theme.EM_DASH} a split has none of this class"
    # 2 in 2,001 would be written 0.001 although 0.0005 is the smallest there is.
    return f"{own.p_value:.4f}" if own.p_value < 0.01 else f"{own.p_value:.3f}"


def distributions_alt(shift: Shift, classes: Sequence[str]) -> str:
    """The text alternative of the distribution functions."""
    parts = [
        f"{classes[label]}: median {theme.fixed(own.median_validation.value, 2)} in validation, "
        f"{theme.fixed(own.median_test.value, 2)} in test"
        for label, own in shift.classes.items()
    ]
    return f"Share of each class up to each logit, validation dashed, test solid. {'; '.join(parts)}."


def _with_interval(found: Estimate) -> str:
    if math.isnan(found.value):
        return theme.EM_DASH
    limits = math.isfinite(found.low) and math.isfinite(found.high)
    low, high = theme.fixed(found.low, 2), theme.fixed(found.high, 2)
    return f"{theme.fixed(found.value, 2)} ({f'{low} to {high}' if limits else 'no interval'})"
