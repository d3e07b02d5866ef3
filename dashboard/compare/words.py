"""Compare in sentences. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from core.evaluation.calibration.reliability import ReliabilityBins
from core.evaluation.comparing.concordance import Concordance
from core.evaluation.comparing.paired import Comparison
from core.evaluation.estimates.difference import apart
from core.evaluation.estimates.intervals import Estimate
from core.runs.compare import Point
from core.runs.margins import Margin
from core.runs.store import Run
from dashboard import theme

FIGURES = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "precision": "Precision (PPV)",
    "npv": "NPV",
    "net_benefit": "Net benefit",
    "brier": "Brier score, calibrated",
    "slope": "Calibration slope",
}
"""The rows of the table, by the names of :class:`core.evaluation.comparing.paired.Comparison`."""
ONE_RUN = (
    "There is no other run beside this one. A second fit (python train.py), another model's predictions or a "
    "radiologist's readings (python -m core import FILE --name ID) can be compared with it."
)
NOT_ALONE = (
    "Each interval is by itself: where nothing differs, one of nine misses 0 by chance more often than a single one "
    "would. Which figure decides is best said beforehand."
)
HOW_READER = (
    "The model's threshold is moved until one rate is the reader's, on the very images that judge it: a description of "
    "both, and no threshold to be used. The interval is a bootstrap over patients in which both are matched anew."
)
HOW_PAIRS = (
    "p values are two-sided, of two areas that are equal (DeLong, patients as clusters), and adjusted over all pairs, "
    "so that one false finding among all of them is as rare as for a single pair (Holm 1979)."
)
NOT_LOOKED = (
    "Nobody has looked at these two together yet. By how much A may fall short of B and still serve can be stated now, "
    "beforehand; after the first look it counts as stated afterwards, for good."
)
NOT_NOTED = (
    "This look could not be noted in the log of both runs, so a margin stated later cannot be told from one stated "
    "before it."
)


def answer(found: Comparison, evaluation_set: str, classes: tuple[str, str]) -> str:
    """One sentence: on which images, whose area is larger and whether chance explains it, and what each finds and
    falsely alarms at its own threshold."""
    area = found.figures["auroc"]
    named = theme.set_name(evaluation_set)
    same = found.pairs is not None
    head = f"On {theme.counted(found.n[0], 'image')} of {named}" if same else f"Each on its own images of {named},"
    if math.isnan(area.a.value) or math.isnan(area.b.value):
        text = f"{head} no AUROC is known, as {area.difference.reason}"
    else:
        values = " and ".join(
            f"{letter} has AUROC {value}"
            for letter, value in zip("AB", theme.told_apart(area.a.value, area.b.value), strict=True)
        )
        text = f"{head} {values} ({judged(area.difference)})"
    rates = [found.figures[name] for name in ("sensitivity", "specificity")]
    if any(math.isnan(rate.difference.value) for rate in rates):
        return f"{text}."
    ill, well = (
        f"{' and '.join(theme.told_apart(rate.a.value, rate.b.value))} of those {word} ({judged(rate.difference)})"
        for rate, word in zip(rates, reversed(classes), strict=True)
    )
    return f"{text}; at their own thresholds they find {ill} and call negative {well}."


def judged(difference: Estimate) -> str:
    """``differs, more than chance: +0.130, +0.096 to +0.164``, A less B."""
    value, interval = theme.difference(difference)
    if math.isnan(difference.low):
        return f"A − B {value}, {interval}" + (f", as {difference.reason}" if difference.reason else "")
    return f"{theme.DIFFERS if apart(difference) else theme.ALIKE}: A − B {value}, {interval}"


def images(found: Comparison, evaluation_set: str) -> str:
    """Which images are compared, and how many of each side are not."""
    (a, b), named = found.n, theme.set_name(evaluation_set)
    if found.pairs is None:
        return (
            f"Unpaired: A and B have no image of {named} in common ({theme.counted(a, 'image')} and "
            f"{theme.counted(b, 'image')}). Differences are those of two sets that share nothing: of the patients as "
            "much as of the models."
        )
    pairs = found.pairs
    text = f"Paired: {theme.counted(a, 'image')} of {theme.counted(found.n_patients[0], 'patient')} are in both."
    if pairs.by_file_name:
        text += " They pair by file name, as no image has the same id in both."
    if pairs.only_a or pairs.only_b:
        text += (
            f" Not compared: {theme.counted(pairs.only_a, 'image')} in A alone, "
            f"{theme.counted(pairs.only_b, 'image')} in B alone."
        )
    return text


def differing(ids: Sequence[str]) -> str:
    """That the truth of images differs between the two files, which leaves them out; empty where none does."""
    if not ids:
        return ""
    return (
        f"Left out: {theme.counted(len(ids), 'image')} with another truth in A than in B. Which of the two is right "
        "cannot be told here; they are listed below."
    )


def listed(ids: Sequence[str]) -> pd.DataFrame:
    """Images as a table."""
    return pd.DataFrame({"image": ids})


def score_of(run: Run) -> tuple[str, float]:
    """What the scores of a run are, and what brings them back to what was given, as readings count from their cut."""
    zero = run.manifest["data"].get("reading_at_zero")
    if zero is not None:
        return "reading", float(zero)
    return ("score" if run.free else "logit"), 0.0


def point(letter: str, run: Run, own: Point) -> str:
    """At which threshold a run is; a reader's is named by its grade alone."""
    name, (unit, _) = run.run_id, score_of(run)
    if own.threshold is None:
        return f"{letter}, {name}, {own.reason}; what takes a threshold is not known."
    number = "" if unit == "reading" else f", {unit} {theme.logit(own.threshold)}"
    return f"{letter} is {name}, at {called(own)}{number}."


def called(own: Point) -> str:
    """How a threshold of a run is called."""
    return theme.RULES.get(own.name, own.name)


def worth(found: Comparison) -> str:
    """What net benefit is counted at."""
    if found.worth is None:
        return ""
    return (
        f"Net benefit: true positives a child, where {theme.percent(found.worth.prevalence)} are ill and one missed "
        f"child is as bad as {found.worth.alarms_a_miss:g} false alarms."
    )


def margin(found: Comparison, own: Margin) -> str:
    """What became of a margin, and when it was stated."""
    difference = found.figures[own.figure].difference
    kept = own.kept(difference.low)
    verdict = {
        True: f"A is non-inferior to B: the lower limit {theme.signed(difference.low)} lies above it",
        False: f"A is not shown to be non-inferior: the lower limit {theme.signed(difference.low)} reaches it",
        None: "whether A is non-inferior is not known, as the difference has no interval",
    }[kept]
    when = "stated before the first look" if own.beforehand else "stated afterwards"
    return (
        f"Margin −{own.margin:g} for {FIGURES[own.figure]} by {own.who}, {theme.moment(own.time)}, {when}: {verdict}."
    )


def discordant(found: Comparison, names: tuple[str, str]) -> str:
    """On how many images exactly one of the two is right."""
    if found.mcnemar is None:
        return ""
    own = found.mcnemar
    return (
        f"A ({names[0]}) alone is right on {theme.counted(own.only_a, 'image')}, B ({names[1]}) alone on "
        f"{theme.count(own.only_b)}, of {theme.counted(own.patients, 'patient')} together."
    )


def p_value(p: float) -> str:
    """``0.031``, ``<0.001``, an em dash where there is none."""
    return theme.EM_DASH if math.isnan(p) else "<0.001" if p < 0.001 else theme.rate(p)


def curves_alternative(name: str, found: Comparison, figure: str) -> str:
    """The text alternative of the ROC or precision-recall figure, with the area that is the ``figure``."""
    own = found.figures[figure]
    return (
        f"{name} curves of A, solid, and of B, dashed: area {theme.rate(own.a.value)} and {theme.rate(own.b.value)}. A "
        "diamond and an open circle are their thresholds."
    )


def calibration_alternative(runs: Sequence[tuple[str, ReliabilityBins]]) -> str:
    """The text alternative of the calibration figure."""
    parts = [
        f"{name}: "
        + ", ".join(
            f"{theme.percent(predicted)} seen as {theme.percent(observed)}"
            for predicted, observed in zip(bins.mean_predicted, bins.observed, strict=True)
        )
        for name, bins in runs
    ]
    return f"Share of positives against calibrated probability, in bins of as many images. {'; '.join(parts)}."


def decision_alternative(runs: Sequence[tuple[str, pd.DataFrame]], prevalence: float) -> str:
    """The text alternative of the decision curves."""
    parts = []
    for name, worth in runs:
        by_probability = worth.set_index(worth["probability"].round(2))["net_benefit"]
        values = ", ".join(f"{theme.signed(float(by_probability.loc[p]))} at {theme.percent(p)}" for p in (0.1, 0.5))
        parts.append(f"{name}: {values}")
    shown = f"Net benefit against the threshold probability, where {theme.percent(prevalence)} are ill"
    return f"{shown}. {'; '.join(parts)}."


def concordance(found: Concordance) -> str:
    """How far two decisions agree."""
    agreement, kappa = (_in_words(one) for one in (found.agreement, found.kappa))
    if math.isnan(found.kappa.value):
        return f"They decide alike on {agreement} of the images; kappa is not defined, as {found.kappa.reason}."
    return f"They decide alike on {agreement} of the images; Cohen's kappa, what of it is beyond chance, {kappa}."


def _in_words(found: Estimate) -> str:
    limits = theme.limits(found.low, found.high, lambda end: theme.fixed(end, 3))
    return f"{theme.fixed(found.value, 3)} ({limits})"
