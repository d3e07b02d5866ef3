"""What needs no threshold, on validation, on test, and the gap between the two."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping

from core.evaluation.estimates.difference import apart
from core.evaluation.estimates.intervals import Estimate
from dashboard import glossary, theme
from dashboard.html_table import cell, table

HOW = (
    "Each with its 95 % interval, patients as clusters. The gap is that of two sets that share no patient, from the "
    "limits of both (MOVER, Zou and Donner 2008), each by itself. AUPRC and the Brier score also move with how common "
    "the finding is, which says nothing of the model. Brier score and slope are of calibrated probabilities, whose "
    "temperature is kept fixed."
)
_MEASURES = {
    "auroc": ("AUROC", "1 is perfect", 3),
    "auprc": ("AUPRC", "1 is perfect", 3),
    "brier": ("Brier score", "mean squared error of the probability; 0 is perfect", 4),
    "slope": ("Calibration slope", "1 is perfect; below 1 probabilities are too extreme, above 1 too timid", 3),
}
_WORSE = {"auroc": -1, "auprc": -1, "brier": 1}
"""The sign of a gap that is a loss; a slope has a best value in the middle."""


def in_words(validation: Mapping[str, Estimate], test: Mapping[str, Estimate], gaps: Mapping[str, Estimate]) -> str:
    """AUROC of the sets that are seen, and whether it differs between them; empty where it is not known."""
    known = {name: found["auroc"] for name, found in (("validation", validation), ("test", test)) if "auroc" in found}
    said = [
        f"{theme.rate(found.value)} ({theme.interval(found)}) on {name}"
        for name, found in known.items()
        if math.isfinite(found.value)
    ]
    if not said:
        return ""
    between = gaps.get("auroc")
    told = between is not None and math.isfinite(between.low) and math.isfinite(between.high)
    verdict = f": {theme.DIFFERS if apart(between) else theme.ALIKE}" if between is not None and told else ""
    return f"AUROC is {' and '.join(said)}{verdict}."


def set_table(validation: Mapping[str, Estimate], test: Mapping[str, Estimate], gaps: Mapping[str, Estimate]) -> None:
    """One row a measure of :data:`core.evaluation.comparing.set_figures.MEASURES`; an empty set has no column."""
    seen = {name: found for name, found in (("Validation", validation), ("Test", test)) if found}
    both = len(seen) == 2
    rows = [
        (
            f"{glossary.explained(name)}<span class='tw-small tw-wrap'>{meaning}</span>",
            [
                *(_figure(found.get(measure), places) for found in seen.values()),
                *([_gap(measure, gaps.get(measure), places)] if both else []),
            ],
        )
        for measure, (name, meaning, places) in _MEASURES.items()
    ]
    columns = ("Measure", *seen, *(["Gap: test − validation"] if both else []))
    table(columns, rows, name="sets", caption=HOW, side_by_side=2)


def _figure(found: Estimate | None, places: int) -> str:
    if found is None or math.isnan(found.value):
        return _missing(found)
    return cell(theme.fixed(found.value, places), _limits(found, places), theme.how(found))


def _gap(measure: str, found: Estimate | None, places: int) -> str:
    if found is None or math.isnan(found.value):
        return _missing(found)
    value, interval = theme.difference(found, places)
    if math.isnan(found.low) or math.isnan(found.high):
        interval = _limits(found, places)
    mark = f"<span class='tw-small'>{theme.ALIKE}</span>"
    if apart(found):
        loud = " tw-loud" if found.value * _WORSE.get(measure, 0) > 0 else ""
        mark = f"<span class='tw-mark{loud}'>{'▲' if found.value > 0 else '▼'} {theme.DIFFERS}</span>"
    elif math.isnan(found.low) and math.isnan(found.high):
        mark = ""
    return cell(value, interval, theme.how(found)) + mark


def _limits(found: Estimate, places: int) -> str:
    """Both limits; of a slope without one of them, which the other is."""
    if math.isnan(found.low) == math.isnan(found.high):
        return theme.limits(found.low, found.high, lambda limit: theme.fixed(limit, places))
    if math.isnan(found.high):
        return f"{theme.fixed(found.low, places)} or more"
    return f"{theme.fixed(found.high, places)} or less"


def _missing(found: Estimate | None) -> str:
    reason = "not known in this run" if found is None else found.reason
    return f"<span class='tw-value' title='{html.escape(reason)}'>{theme.EM_DASH}</span>"
