"""Calibration in sentences. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from core.evaluation.calibration.reliability import ReliabilityBins, farthest_possible, wrong_claims
from core.evaluation.estimates.few_patients import FewPatients, few_in_words
from core.evaluation.estimates.intervals import Estimate
from dashboard import theme

NO_VALIDATION = (
    "This run has no validation images. The temperature is fitted on validation, so probabilities cannot be calibrated "
    "here: only the raw ones are shown."
)
HOW_INTERVALS = (
    "Each with its 95 % interval, patients as clusters; the change is paired. By chance alone the plain ECE lies above "
    "0 even where every probability is right, so the debiased one is shown, with the plain one beside it. Where true "
    "probabilities could show as much, its interval says only how large it can be (or less), and a change is called "
    "better or worse only if its own interval leaves 0 out."
)
FOR_COMPARISON = (
    "Platt scaling fits a line through the logit, isotonic regression the best steps that never fall; both were fitted "
    "on validation and are shown for comparison only. Isotonic regression gives many images one probability, which "
    "changes their ranks; thresholds here never depend on it."
)

_MANY = 5
"""Bins from which on one of them may well be clearly off by chance, at 95 % each."""


def telling(bins: ReliabilityBins, words: tuple[str, str], finding: str, few: Sequence[FewPatients] = ()) -> str:
    """What a reliability diagram shows, by the bin whose claim is most clearly wrong.

    ``words`` is how the classes are called, ``finding`` how the finding is, empty where that is not known; ``few`` are
    the classes of which there are too few patients for a bin that is not clearly off to mean much.
    """
    wrong = wrong_claims(bins)
    if not wrong:
        if few:
            return f"Too few patients to tell how true the probabilities are: {few_in_words(few, words)}."
        known = " that has one" if any(map(math.isnan, bins.low[bins.count > 0])) else ""
        return (
            f"No bin is clearly off: in each{known}, the interval of what was seen holds the mean probability."
            f"{_could_be_off(farthest_possible(bins))}"
        )
    b = wrong[0]
    positives = int(bins.positives[b])
    sentence = (
        f"Of the {theme.counted(int(bins.count[b]), 'image')} given "
        f"{theme.percent_range(bins.edges[b], bins.edges[b + 1])} "
        f"({theme.percent(bins.mean_predicted[b])} on average), {theme.count(positives)} "
        f"{_had(words[1], finding, positives)}: "
        f"{theme.percent(bins.observed[b])} ({theme.percent(bins.low[b])} to {theme.percent(bins.high[b])})."
    )
    filled = int((bins.count > 0).sum())
    if len(wrong) == 1:
        chance = "; with so many, one may be so by chance" if filled >= _MANY else ""
        return f"{sentence} It is the only one of {theme.counted(filled, 'bin')} that is clearly off{chance}."
    return f"{sentence} It is the furthest of {len(wrong)} bins that are clearly off, of {filled}."


def _could_be_off(far: float) -> str:
    if math.isnan(far):
        return ""
    return f" By these intervals a bin can still be off by up to {theme.fixed(100 * far, 0)} percentage points."


def _had(word: str, finding: str, number: int) -> str:
    """``had pneumonia``, ``were labelled positive``."""
    return f"had {finding}" if finding else f"{_were(number)} {word}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def diagram(
    bins: ReliabilityBins, words: tuple[str, str], finding: str, title: str, few: Sequence[FewPatients] = ()
) -> str:
    """The text alternative of a reliability diagram."""
    filled = int((bins.count > 0).sum())
    return (
        f"{title}: share {words[1]} against mean predicted probability in {theme.counted(filled, 'bin')} with 95 % "
        f"intervals, and the number of images by class under it. {telling(bins, words, finding, few)}"
    )


def bins_table(bins: ReliabilityBins, words: tuple[str, str]) -> pd.DataFrame:
    """Every bin that holds images, for people to read."""
    rows = [
        {
            "given": theme.percent_range(bins.edges[b], bins.edges[b + 1]),
            "images": theme.count(bins.count[b]),
            "mean": theme.percent(bins.mean_predicted[b]),
            words[1]: theme.count(bins.positives[b]),
            "share": theme.percent(bins.observed[b]),
            "interval": theme.limits(bins.low[b], bins.high[b], theme.percent),
        }
        for b in range(len(bins.count))
        if bins.count[b]
    ]
    return pd.DataFrame(rows)


def bins_for_download(bins: ReliabilityBins) -> pd.DataFrame:
    """Every bin in unrounded numbers."""
    return pd.DataFrame(
        {
            "from": bins.edges[:-1],
            "to": bins.edges[1:],
            "images": bins.count,
            "positives": bins.positives,
            "mean_predicted": bins.mean_predicted,
            "observed": bins.observed,
            "low": bins.low,
            "high": bins.high,
        }
    )


def temperature(
    found: Estimate, words: tuple[str, str], *, at_bound: bool, few: Sequence[FewPatients] = ()
) -> tuple[str, str]:
    """``T = 1.42 (1.21 to 1.66).`` and what it means; ``few`` are the classes of which validation has too few patients.

    Of one class alone, or where few patients leave an interval that holds 1, it means nothing.
    """
    if math.isnan(found.value):
        return f"T = {theme.EM_DASH}.", f"It could not be fitted: {found.reason}."
    limits = math.isfinite(found.low) and math.isfinite(found.high)
    interval = f" ({theme.ratio(found.low)} to {theme.ratio(found.high)})" if limits else ""
    head = f"T = {theme.ratio(found.value)}{interval}."
    if at_bound:
        return head, (
            "This is an end of the range that is searched, 0.01 to 100, and no minimum, as on validation images that "
            "the scores part perfectly. Probabilities calibrated with it cannot be trusted."
        )
    holds_one = not limits or found.low <= 1 <= found.high
    if few and (holds_one or not all(one.patients for one in few)):
        return head, f"Too few patients to tell whether raw probabilities need it: {few_in_words(few, words)}."
    if found.value > 1:
        meaning = (
            "Above 1: the raw probabilities are too extreme, and dividing the logits by T draws them towards 50 %."
        )
    elif found.value < 1:
        meaning = (
            "Below 1: the raw probabilities are too timid, and dividing the logits by T moves them away from 50 %."
        )
    else:
        meaning = "Exactly 1: the raw probabilities stay as they are."
    if limits and found.low <= 1 <= found.high:
        meaning += " The interval holds 1, so it is not certain that they need any correction."
    return head, meaning


def recalibration(curves: pd.DataFrame, names: Mapping[str, str]) -> str:
    """The text alternative of the figure of recalibrated against raw probabilities."""
    rows = [int((curves["raw"] - raw).abs().argmin()) for raw in (0.1, 0.5, 0.9)]
    parts = [
        f"{name} {', '.join(theme.percent(curves[column].iloc[row]) for row in rows)}" for column, name in names.items()
    ]
    return f"Lines of what raw probabilities of 10, 50 and 90 % become: {'; '.join(parts)}."


def where_fitted(split: str, words: tuple[str, str], *, has_test: bool) -> str:
    """What it means for the figures after scaling that T was fitted on validation."""
    if split == "validation":
        text = "T was fitted on these very validation images, so the figures after scaling are optimistic."
        if has_test:
            return f"{text} Test shows what they are worth."
        return f"{text} This run has no test images to check them on."
    return (
        "T was fitted on validation and is only applied to these test images: where dots still miss the diagonal, it "
        "did not put them right. At another hospital, with other scanners and another share of images "
        f"{words[1]}, expect no better, and check there before a probability is shown to anyone."
    )
