"""Promise and delivery in sentences. No streamlit.

``named`` is how the set that is held against validation is called in a sentence (:func:`dashboard.theme.set_name`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from core.evaluation.choosing.requirement import Requirement
from core.evaluation.comparing.delivery import Deliveries, Delivery, Needed
from core.evaluation.comparing.difference_from_validation import Difference
from core.evaluation.comparing.promise import Verdict, together
from core.evaluation.comparing.shift import ClassShift, Shift
from core.evaluation.estimates.difference import apart
from core.evaluation.estimates.few_patients import FewPatients, few_in_words
from core.evaluation.estimates.intervals import FEW_CLUSTERS, Estimate
from core.telling.scale import Scale
from dashboard import theme
from dashboard.words import begun

_NOT_TOLD = f"whether it differs cannot be told, as {FEW_CLUSTERS}"
_PLACES = 2
"""Decimals of a difference of logits."""


def headline(found: Deliveries, rule: str) -> tuple[str, str, bool]:
    """What a set says of the promise, in one sentence and its evidence; True where it is broken."""
    verdicts = {rate: own.judgement.verdict for rate, own in found.rates.items()}
    verdict = together(verdicts.values())
    deciding = [rate for rate, own in verdicts.items() if own is verdict]
    said = " and ".join(_against_floor(rate, found.rates[rate]) for rate in deciding)
    heads = {
        Verdict.HELD: f"The promise is held: {said}.",
        Verdict.BROKEN: f"The promise is broken: {said}.",
        Verdict.UNTOLD: f"These patients do not tell whether the promise is held: {said}.",
    }
    reasons = dict.fromkeys(own.judgement.reason for own in found.rates.values() if own.judgement.reason)
    text = [f"{rule}.", *(f"{reason[0].upper()}{reason[1:]}." for reason in reasons)]
    return heads[verdict], " ".join(text), verdict is Verdict.BROKEN


def _against_floor(rate: str, own: Delivery) -> str:
    """``specificity 0.436, at least 0.929 was promised``."""
    if math.isnan(own.delivered.value):
        return f"{rate} of at least {theme.rate(own.judgement.floor)}"
    delivered, floor = theme.told_apart(own.delivered.value, own.judgement.floor)
    return f"{rate} {delivered}, at least {floor} was promised"


def difference(
    found: Mapping[str, Difference], classes: tuple[str, str] = ("", ""), few: Sequence[FewPatients] = (), *, named: str
) -> tuple[str, bool]:
    """Whether a set differs from validation at one threshold, in words; True where a rate is lost.

    ``few`` are the ``classes`` of which a set has too few patients for a difference that is not seen to mean much.
    """
    text, lost = _difference(found, classes, few, named)
    missing = [f"{rate} cannot be compared, as {why}" for rate, own in found.items() if (why := _undefined(own, named))]
    return f"{text} {begun(missing[0])}." if len(missing) == 1 else text, lost


def correction(question: Requirement | None, *, by_rule: bool) -> str:
    """Whether the gap at a threshold is corrected for how validation chose it: by a rule, or as the answer to a
    ``question`` of Find a threshold."""
    if question is not None and not question.confidence:
        return (
            "This threshold is the answer to the question on Find a threshold. The gap is corrected for that choice: "
            "the question is asked again on resamples of validation."
        )
    if by_rule:
        return "A rule chose this threshold on validation, and the gap is corrected for that choice."
    if question is not None:
        return (
            "The gap is not corrected for the choice: this threshold is the answer with confidence to the question on "
            "Find a threshold, which chose it to be safe."
        )
    return (
        "The gap is not corrected for the choice: neither a rule above nor the question on Find a threshold gives this "
        "threshold. If it was chosen by looking at validation, validation flatters it."
    )


def _undefined(own: Difference, named: str) -> str:
    """``test has no positive images``; empty where the rate is known of both sets."""
    sets = {"validation": own.validation, named: own.delivered}
    return " and ".join(f"{where} has {rate.reason}" for where, rate in sets.items() if math.isnan(rate.value))


def _difference(
    found: Mapping[str, Difference], classes: tuple[str, str], few: Sequence[FewPatients], named: str
) -> tuple[str, bool]:
    known = {rate: own for rate, own in found.items() if math.isfinite(own.corrected_gap.low)}
    if not known:
        reason = next(own.corrected_gap.reason for own in found.values())
        return f"Validation and {named} cannot be compared: {reason}.", False
    differing = {rate: own for rate, own in known.items() if own.differs}
    said = ", ".join(
        "{} {} ({})".format(rate, *theme.difference(own.corrected_gap)) for rate, own in (differing or known).items()
    )
    if differing:
        return f"{begun(named)} {theme.DIFFERS}, from validation: {said}.", any(
            own.corrected_gap.value < 0 for own in differing.values()
        )
    if few:
        return (
            f"Too few patients to tell whether {named} differs from validation: {few_in_words(few, classes)}. As far "
            f"as they tell: {said}."
        ), False
    return f"There is {theme.ALIKE} between validation and {named}: {said}. That is no proof that there is none.", False


def needed(found: Needed, threshold: float, scale: Scale, *, named: str) -> tuple[str, str]:
    """How far the threshold would have had to move, and what that is in probabilities or why there is none."""
    if math.isnan(found.threshold):
        return theme.EM_DASH, found.reason
    if found.move == 0:
        return "no move", f"{named} reaches the floor where it is"
    before, after = (theme.probability(scale.probability(logit)) for logit in (threshold, found.threshold))
    return f"{theme.signed(found.move, _PLACES)} {scale.unit}s", f"{scale.kind} {before} → {after}"


def needed_in_words(found: Deliveries, scale: Scale, *, named: str) -> str:
    """One sentence on the threshold at which the set's own figures reach every floor."""
    move, why = needed(found.needed, found.threshold, scale, named=named)
    if math.isnan(found.needed.threshold):
        return f"No threshold reaches what was promised on {named}: {why}."
    if found.needed.move == 0:
        return f"On {named} the threshold did not have to move to reach what was promised."
    return f"To reach what was promised on {named}, the threshold would have had to move by {move} ({why})."


def prevalence(shift: Shift, word: str, *, named: str) -> str:
    """Whether a set has more or less of the finding, and what its scores alone would have said."""
    difference = shift.prevalence.difference
    if math.isnan(difference.value):
        return f"The prevalence cannot be compared: {difference.reason}."
    before, after = (theme.rate(split.value) for split in (shift.prevalence.validation, shift.prevalence.test))
    if math.isnan(difference.low):
        first = f"The share {word} is {after} in {named}, {before} in validation: {_NOT_TOLD}."
    elif not apart(difference):
        first = f"The share {word} shows {theme.ALIKE}: {after} in {named}, {before} in validation, {_by(difference)}."
    else:
        more = "more" if difference.value > 0 else "fewer"
        first = f"{begun(named)} has {more} images {word}: {after}, {before} in validation."
    return f"{first} {_inferred(shift, named)}".strip()


def _inferred(shift: Shift, named: str) -> str:
    found = shift.inferred
    if math.isnan(found.test.value):
        return ""
    inferred = f"{theme.rate(found.test.value)} ({theme.interval(found.test)})"
    told = f"From the scores of {named} alone one would infer {inferred}"
    if math.isnan(found.difference.low):
        return f"{told}: {_NOT_TOLD} from the true share."
    if not apart(found.difference):
        return (
            f"{told}. Against the true share it shows {theme.ALIKE}: {_by(found.difference)}. Within that interval "
            "scores can have moved in a way that prevalence alone does not explain."
        )
    side = "more" if found.difference.value > 0 else "less"
    return f"{told}, {side} than there is: the scores moved in a way that prevalence alone cannot explain."


def _by(difference: Estimate) -> str:
    """``+0.010 (−0.020 to +0.040)``."""
    value, interval = theme.difference(difference)
    return f"{value} ({interval})"


def conclusion(
    shift: Shift,
    found: Mapping[str, Difference] | None,
    classes: tuple[str, str],
    few: Sequence[FewPatients] = (),
    *,
    named: str,
) -> tuple[str, bool]:
    """The shift in one sentence: prevalence, scores within the classes, and what they say of a loss; True if it warns.

    ``found`` is None where no threshold is in question; ``few`` are the classes of which a set has too few patients for
    a change that is not seen to mean much.
    """
    moved = shift.moved
    lost = [] if found is None else _lost(found)
    difference = shift.prevalence.difference
    if math.isnan(difference.value):
        share = "The prevalence cannot be compared"
    elif math.isnan(difference.low):
        share = f"Of the share {classes[1]} {_NOT_TOLD}"
    elif apart(difference):
        share = f"{begun(named)} has {'more' if difference.value > 0 else 'fewer'} images {classes[1]}"
    else:
        share = f"The share {classes[1]} shows {theme.ALIKE}: {_by(difference)}"
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


def _lost(found: Mapping[str, Difference]) -> list[str]:
    return [rate for rate, own in found.items() if own.differs and own.corrected_gap.value < 0]


def _moved(own: ClassShift) -> str:
    if apart(own.difference):
        value, interval = theme.difference(own.difference, _PLACES)
        return f"the scores moved by {value} logits ({interval})"
    return f"the scores changed their spread (median {theme.signed(own.difference.value, _PLACES)} logits)"


def shift_table(shift: Shift, classes: tuple[str, str], *, named: str) -> pd.DataFrame:
    """The shift within each class as text, one row a class; how far chance goes is in :func:`chance_table`."""
    rows = []
    for label, own in shift.classes.items():
        moved, interval = theme.difference(own.difference, _PLACES)
        sizes = f"{theme.count(own.n_validation)}, {theme.count(own.n_test)}"
        rows.append(
            {
                f"Images (validation, {named})": f"{classes[label]} ({sizes})",
                "Median logit, validation": _with_interval(own.median_validation),
                f"Median logit, {named}": _with_interval(own.median_test),
                "Median moved by": f"{moved} ({interval or 'no interval'})",
            }
        )
    return pd.DataFrame(rows)


def chance_table(shift: Shift, classes: tuple[str, str]) -> pd.DataFrame:
    """How far the distributions of each class lie from each other, and how often chance goes as far, as text."""
    return pd.DataFrame(
        [
            {
                "Images": classes[label],
                "Wasserstein distance (logits)": (
                    f"{own.distance:.2f} (by chance up to {own.chance:.2f})"
                    if math.isfinite(own.distance)
                    else theme.EM_DASH
                ),
                "p value of the permutation test": p_value(own),
            }
            for label, own in shift.classes.items()
        ]
    )


def p_value(own: ClassShift) -> str:
    if math.isnan(own.p_value):
        return f"{theme.EM_DASH} a split has none of this class"
    # 2 in 2,001 would be written 0.001 although 0.0005 is the smallest there is.
    return f"{own.p_value:.4f}" if own.p_value < 0.01 else f"{own.p_value:.3f}"


def distributions_alt(shift: Shift, classes: Sequence[str], *, named: str) -> str:
    """The text alternative of the distribution functions."""
    parts = [
        f"{classes[label]}: median {theme.fixed(own.median_validation.value, 2)} in validation, "
        f"{theme.fixed(own.median_test.value, 2)} in {named}"
        for label, own in shift.classes.items()
    ]
    return f"Share of each class up to each logit, validation dashed, {named} solid. {'; '.join(parts)}."


def _with_interval(found: Estimate) -> str:
    if math.isnan(found.value):
        return theme.EM_DASH
    limits = math.isfinite(found.low) and math.isfinite(found.high)
    low, high = theme.fixed(found.low, 2), theme.fixed(found.high, 2)
    return f"{theme.fixed(found.value, 2)} ({f'{low} to {high}' if limits else 'no interval'})"
