"""Calibration in sentences. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from core.evaluation.calibration.reliability import ReliabilityBins, farthest_possible, wrong_claims
from core.evaluation.calibration.smooth import SmoothCurve
from core.evaluation.estimates.few_patients import FewPatients, few_in_words
from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.words import begun

NO_VALIDATION = (
    "This run has no validation images. The temperature is fitted on validation, so probabilities cannot be calibrated "
    "here: only the raw ones are shown."
)
NO_PROBABILITY = (
    "The scores of this run are no probabilities: they order the images, on a scale of their own. Probabilities are "
    "made of them by Platt scaling on validation; "
)
HOW_INTERVALS = (
    "Each with its 95 % interval, patients as clusters; the change is paired, but of an ECE that may be 0 made of both "
    "intervals. By chance alone the plain ECE lies above 0 even where every probability is right, so the debiased one "
    "is shown, with the plain one beside it. Where true probabilities could show as much, its interval says only how "
    "large it can be (or less), and a change is said to differ only if its own interval leaves 0 out."
)
FOR_COMPARISON = (
    "Platt scaling fits a line through the logit, isotonic regression the best steps that never fall; both were fitted "
    "on validation and are shown for comparison only. Isotonic regression gives many images one probability, which "
    "changes their ranks; thresholds here never depend on it."
)

_MANY = 5
"""Bins from which on one of them may well differ by chance, at 95 % each."""


def telling(bins: ReliabilityBins, words: tuple[str, str], finding: str, few: Sequence[FewPatients] = ()) -> str:
    """What a reliability diagram shows, by the bin whose claim is most clearly wrong.

    ``words`` is how the classes are called, ``finding`` how the finding is, empty where that is not known; ``few`` are
    the classes of which there are too few patients for a bin that does not differ to mean much.
    """
    wrong = wrong_claims(bins)
    if not wrong:
        if few:
            return f"Too few patients to tell how true the probabilities are: {few_in_words(few, words)}."
        known = " that has one" if any(map(math.isnan, bins.low[bins.count > 0])) else ""
        return (
            f"There is {theme.ALIKE} between probability and truth: in each bin{known}, the interval of what was seen "
            "holds the mean probability."
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
        chance = "; with so many bins one may by luck" if filled >= _MANY else ""
        return f"{sentence} It is the only one of {theme.counted(filled, 'bin')} that {theme.DIFFERS}{chance}."
    return f"{sentence} It is the furthest of {len(wrong)} bins that differ, more than chance, of {filled}."


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
            "Given": theme.percent_range(bins.edges[b], bins.edges[b + 1]),
            "Images": theme.count(bins.count[b]),
            "Mean": theme.percent(bins.mean_predicted[b]),
            begun(words[1]): theme.count(bins.positives[b]),
            "Share": theme.percent(bins.observed[b]),
            "Interval": theme.limits(bins.low[b], bins.high[b], theme.percent),
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
    found: Estimate, words: tuple[str, str], *, at_end: str = "", few: Sequence[FewPatients] = ()
) -> tuple[str, str]:
    """``T = 1.42 (1.21 to 1.66).`` and what it means; ``few`` are the classes of which validation has too few patients;
    ``at_end`` says why it is an end of the range searched, empty where it is none.

    Of one class alone, or where few patients leave an interval that holds 1, it means nothing.
    """
    if math.isnan(found.value):
        return f"T = {theme.EM_DASH}.", f"It could not be fitted: {found.reason}."
    limits = math.isfinite(found.low) and math.isfinite(found.high)
    interval = f" ({theme.ratio(found.low)} to {theme.ratio(found.high)})" if limits else ""
    head = f"T = {theme.ratio(found.value)}{interval}."
    if at_end:
        return head, at_end
    holds_one = not limits or found.low <= 1 <= found.high
    if few and (holds_one or not all(one.patients for one in few)):
        return head, f"Too few patients to tell whether raw probabilities need it: {few_in_words(few, words)}."
    if limits and holds_one:
        return head, (
            "The interval holds 1, so it is not certain that raw probabilities need any correction. Dividing the "
            f"logits by this T {'draws them towards' if found.value > 1 else 'moves them away from'} 50 %."
        )
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
    return head, meaning


def recalibration(curves: pd.DataFrame, names: Mapping[str, str]) -> str:
    """The text alternative of the figure of recalibrated against raw probabilities."""
    rows = [int((curves["raw"] - raw).abs().argmin()) for raw in (0.1, 0.5, 0.9)]
    parts = [
        f"{name} {', '.join(theme.percent(curves[column].iloc[row]) for row in rows)}" for column, name in names.items()
    ]
    return f"Lines of what raw probabilities of 10, 50 and 90 % become: {'; '.join(parts)}."


def no_probability(reason: str) -> str:
    """Why a run of free scores has no probabilities; ``reason`` is empty where it has no validation."""
    missing = f"here they cannot, as {reason}." if reason else "this run has no validation images."
    return f"{NO_PROBABILITY}{missing} So it is not known what share of the images with a score has the finding."


def platt(slope: float, intercept: float) -> tuple[str, str]:
    """The line of Platt scaling, and what it is for."""
    half = theme.fixed(-intercept / slope, 4)
    return (
        f"A score of {half} is called 50 %.",
        f"The scores are no probabilities. Platt scaling, fitted on validation, makes them: the log odds are "
        f"{theme.fixed(slope, 4)} × score {theme.signed(intercept, 4)}. Thresholds never depend on it.",
    )


def where_fitted(split: str, words: tuple[str, str], *, has_test: bool) -> str:
    """What it means for the figures after scaling that T was fitted on validation."""
    if split == "validation":
        text = "T was fitted on these very validation images, so the figures after scaling are optimistic."
        if has_test:
            return f"{text} Test shows what they are worth."
        return f"{text} This run has no test images to check them on."
    return (
        f"T was fitted on validation and is only applied to the images of {theme.set_name(split)}: where dots still "
        "miss the diagonal, it did not put them right. At another hospital, with other scanners and another share of "
        f"images {words[1]}, expect no more, and check there before a probability is shown to anyone."
    )


HOW_SMOOTH = (
    "Observed over expected: positives over the sum of the probabilities; above 1 more are ill than was foretold. The "
    "curve is lowess, a straight line through the nearest two thirds of the images at each point (Cleveland 1979), its "
    "band Wilson's, of what each patient adds; it has gaps where one patient or two decide. ICI is the mean distance "
    "of the curve from the diagonal over the images; as it cannot fall below 0, it has no interval."
)


def smooth_table(found: Mapping[str, tuple[Estimate, SmoothCurve | None]]) -> pd.DataFrame:
    """Observed over expected with its interval and the mean distance of the curve, a scale a row; text cells."""
    rows = []
    for scale, (ratio, curve) in found.items():
        limits = theme.limits(ratio.low, ratio.high)
        shown = theme.EM_DASH if math.isnan(ratio.value) else f"{theme.rate(ratio.value)} ({limits})"
        rows.append((theme.SCALES[scale], shown, theme.EM_DASH if curve is None else theme.rate(curve.ici.value)))
    return pd.DataFrame(rows, columns=["Probability", "Observed over expected", "ICI"])


def smooth_alternative(curves: Mapping[str, SmoothCurve]) -> str:
    """The text alternative of the smooth curves."""
    parts = []
    for scale, curve in curves.items():
        seen = [
            f"{theme.percent(curve.predicted[at])} is seen as {theme.percent(curve.observed[at])}"
            for at in range(0, len(curve.predicted), 10)
        ]
        parts.append(f"{theme.SCALES[scale]}: {', '.join(seen)}")
    return f"Smooth curves of the share of positives against the probability. {'; '.join(parts)}."


def smooth_for_download(curves: Mapping[str, SmoothCurve]) -> pd.DataFrame:
    """The curves and their bands, one below the other."""
    parts = [
        pd.DataFrame(
            {
                "probability": scale,
                "predicted": curve.predicted,
                "observed": curve.observed,
                "low": curve.low,
                "high": curve.high,
            }
        )
        for scale, curve in curves.items()
    ]
    return pd.concat(parts, ignore_index=True)
