"""The report of a run as aligned text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from textwrap import wrap
from types import MappingProxyType
from typing import Any

from core.evaluation.comparing.promise import Judgement, Verdict
from core.evaluation.estimates.difference import apart, gap
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.summary import METHODS, RATES_REPORTED
from core.runs.claims import Claims
from core.runs.hiding import SENTENCE
from core.runs.said import Said
from core.runs.seal import UNSEALED
from core.runs.shapes import COUNTS

WIDTH = 100
"""Columns of a terminal that the text needs at most."""
DISCLAIMER = "Research use only. Not for diagnosis."

_UNDEFINED = "—"
_OTHER_METHODS = (
    "The metrics.json of this run was written by an earlier version's methods: its intervals differ from these, which "
    "are computed from the logits today."
)
_TIMES = ("before", "after")
_LABELS = {
    "nll": "NLL",
    "ece_debiased": "ECE, debiased",
    "brier": "Brier",
    "npv": "NPV",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
}

Row = tuple[str, str, str, str]


def report_text(
    figures: Mapping[str, Any],
    slopes: Mapping[str, Estimate] = MappingProxyType({}),
    *,
    claims: Claims | None = None,
    methods: int | None = METHODS,
    synthetic: bool = False,
    hidden: bool = False,
    first: Collection[Said] = (),
    at_end: str = "",
    sealed: bool = True,
    left_out: str = "",
) -> str:
    """``figures`` and ``slopes`` of :mod:`core.runs.report` as aligned text of at most :data:`WIDTH` columns.

    ``claims`` are what test says of the operating points, ``methods`` those by which the run's ``metrics.json`` was
    written, None where it does not say. ``synthetic`` says so in its first line; ``hidden`` says why
    there are no figures of test, and a manifest that is not ``sealed`` is called so in its last lines. ``first`` are
    warnings, ``at_end`` says why the temperature is an end of its range, ``left_out`` how many images are in no figure.
    """
    validation, test = (
        None if (block := figures["metrics"][split]) is None else {**block, "slope": slopes.get(split)}
        for split in ("validation", "test")
    )
    which = f", finding {figures['finding']}" if "finding" in figures else ""
    lines = [f"Run {figures['run_id']}{which}" + (" (synthetic images, not radiographs)" if synthetic else ""), ""]
    if hidden:
        lines += [*wrap(SENTENCE, WIDTH), ""]
    if left_out:
        lines += [*wrap(left_out, WIDTH), ""]
    for warning in first:
        lines += [*wrap(str(warning), WIDTH), ""]
    lines += table([("", "validation", "test", "test - validation"), *_split_rows(validation, test)])
    lines += [
        "",
        *_calibration(figures["calibration"], at_end),
        "",
        *_operating_points(figures, claims, validation, test),
    ]
    lines += [
        "",
        *wrap(
            "In brackets: 95 % intervals, patients as clusters. * marks what differs from validation, more than "
            "chance: of a rate corrected for the choice of the threshold, over all these thresholds and both rates "
            "together; of the other figures each by itself. A gap without * can still be as large as its interval "
            "says, and few patients make it wide. A promise is a floor: held or broken by the exact one-sided 97.5 % "
            "limits of test's rate.",
            WIDTH,
        ),
        *(wrap(_OTHER_METHODS, WIDTH) if methods != METHODS else ()),
        *(() if sealed else wrap(UNSEALED, WIDTH)),
        DISCLAIMER,
    ]
    return "\n".join(lines)


def _split_rows(validation: Mapping[str, Any] | None, test: Mapping[str, Any] | None) -> Iterator[Row]:
    for label, name in (("images", "n"), ("with the condition", "n_pos"), ("patients", "n_patients")):
        yield label, _count(validation, name), _count(test, name), ""
    for label, name in (("AUROC", "auroc"), ("AUPRC", "auprc"), ("Brier, calibrated", "brier")):
        yield _measure(label, name, validation, test)
    yield "ECE, debiased", figure(_estimate(validation, "ece_debiased")), figure(_estimate(test, "ece_debiased")), ""
    yield "ECE, plain", _value(_estimate(validation, "ece")), _value(_estimate(test, "ece")), ""
    yield _measure("slope, calibrated", "slope", validation, test)


def _measure(label: str, name: str, validation: Mapping[str, Any] | None, test: Mapping[str, Any] | None) -> Row:
    found = _gap(name, validation, test)
    return _compared(label, name, validation, test, differs=found is not None and apart(found))


def _calibration(calibration: Mapping[str, Any] | None, at_end: str) -> list[str]:
    if calibration is None:
        return ["Calibration: none, as there are no validation predictions to fit a temperature on."]
    if calibration.get("method") == "platt":
        return _platt(calibration)
    temperature = _estimate(calibration, "temperature")
    flag = "; at the end of the range searched, so not to be relied on" if calibration.get("at_bound") else ""
    rows: list[Row] = [("", *_TIMES, "")]
    for name in ("nll", "ece_debiased", "brier"):
        before, after = (figure(_estimate(calibration[name], time)) for time in _TIMES)
        rows.append((_LABELS[name], before, after, ""))
    before, after = (_value(_estimate(calibration["ece"], time)) for time in _TIMES)
    rows.append(("ECE, plain", before, after, ""))
    return [
        *wrap(f"Calibration on the {calibration['n']:,} validation images: T = {figure(temperature)}{flag}", WIDTH),
        *wrap(at_end, WIDTH),
        *table(rows),
    ]


def _platt(calibration: Mapping[str, Any]) -> list[str]:
    on = f"Calibration on the {calibration['n']:,} validation images: "
    if calibration["reason"]:
        return wrap(f"{on}none of these free scores, as {calibration['reason']}.", WIDTH)
    line = f"expit({calibration['slope']:.4g} x score {calibration['intercept']:+.4g})"
    names = ("nll", "ece_debiased", "brier")
    rows: list[Row] = [("", "Platt", "", "")]
    rows += [(_LABELS[name], figure(_estimate(calibration[name], "after")), "", "") for name in names]
    return [*wrap(f"{on}the scores are no probabilities; Platt scaling makes {line} of them.", WIDTH), *table(rows)]


def _operating_points(
    figures: Mapping[str, Any],
    claims: Claims | None,
    validation: Mapping[str, Any] | None,
    test: Mapping[str, Any] | None,
) -> Iterator[str]:
    if figures["operating_points"] is None:
        yield "Operating points: none, as thresholds are chosen on validation and there are no such predictions."
        return
    yield "Operating points, chosen on validation"
    first_at: dict[float, str] = {}
    free = (figures["calibration"] or {}).get("method") == "platt"
    for point in figures["operating_points"]:
        yield ""
        yield from wrap(f"{point['name']}: {point['rule']}", WIDTH)
        if point["threshold"] is None:
            yield from wrap(f"cannot be reached: {point.get('reason', '')}", WIDTH, initial_indent="  ")
            continue
        yield (
            f"  threshold {point['threshold']!r} ({'score' if free else 'logit'}), "
            f"probability {_number(point['probability_raw'])}, calibrated {_number(point['probability_calibrated'])}"
        )
        judgement = None if claims is None else claims.judgements.get(point["name"])
        if judgement is not None:
            yield from wrap(f"at least {judgement.floor:g} on test: {_said(judgement)}", WIDTH, initial_indent="  ")
        first = first_at.setdefault(point["threshold"], point["name"])
        if first != point["name"]:
            yield f"  the threshold of {first}, so its figures too"
            continue
        differences = {} if claims is None else claims.differences.get(point["threshold"], {})
        differing = {rate for rate, own in differences.items() if own.differs}
        promised, delivered = (_at(split, point["name"]) for split in (validation, test))
        yield from _compared_rates(promised, delivered, differing)


def _compared_rates(
    promised: Mapping[str, Any] | None, delivered: Mapping[str, Any] | None, differing: Collection[str]
) -> Iterator[str]:
    rates = (
        _compared(_LABELS.get(rate, rate), rate, promised, delivered, differs=rate in differing)
        for rate in RATES_REPORTED
    )
    counts = (" ".join(COUNTS).upper(), _counts(promised), _counts(delivered), "")
    return table([("", "validation", "test", "gap"), counts, *rates])


def _at(split: Mapping[str, Any] | None, name: str) -> Mapping[str, Any] | None:
    point: Mapping[str, Any] | None = None if split is None else split["operating_points"].get(name)
    return point


def _said(judgement: Judgement) -> str:
    words = {Verdict.HELD: "held", Verdict.BROKEN: "broken", Verdict.UNTOLD: "these patients do not tell"}
    return words[judgement.verdict] + (f", as {judgement.reason}" if judgement.reason else "")


def _gap(name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Estimate | None:
    a, b = _estimate(before, name), _estimate(after, name)
    return None if a is None or b is None else gap(a, b)


def _compared(
    label: str, name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, *, differs: bool
) -> Row:
    difference = figure(_gap(name, before, after), "+z.3f") + (" *" if differs else "")
    return label, figure(_estimate(before, name)), figure(_estimate(after, name)), difference


def _estimate(block: Mapping[str, Any] | None, name: str) -> Estimate | None:
    found = None if block is None else block.get(name)
    if found is None:
        return None
    estimate = found if isinstance(found, Estimate) else Estimate.from_dict(found)
    return None if math.isnan(estimate.value) else estimate


def _value(estimate: Estimate | None) -> str:
    """A value that has no interval of its own, and stands beside one that has."""
    return _UNDEFINED if estimate is None else f"{estimate.value:z.3f}"


def figure(estimate: Estimate | None, form: str = "z.3f") -> str:
    """A value with its interval; a dash where there is no value."""
    if estimate is None or math.isnan(estimate.value):
        return _UNDEFINED
    if estimate.low != estimate.low and estimate.high != estimate.high:
        return f"{estimate.value:{form}} (no interval)"
    low, high = (_UNDEFINED if limit != limit else f"{limit:{form}}" for limit in (estimate.low, estimate.high))
    return f"{estimate.value:{form}} ({low} to {high})"


def _number(value: float | None) -> str:
    return _UNDEFINED if value is None else f"{value:.4f}"


def _count(block: Mapping[str, Any] | None, name: str) -> str:
    return _UNDEFINED if block is None else f"{block[name]:,}"


def _counts(point: Mapping[str, Any] | None) -> str:
    return _UNDEFINED if point is None else " ".join(f"{point[count]:,}" for count in COUNTS)


def table(rows: list[Row]) -> Iterator[str]:
    """Rows of a label and three cells, aligned at the left."""
    for label, *cells in rows:
        yield (f"  {label:<19}" + "".join(f"{cell:<24} " for cell in cells)).rstrip()
