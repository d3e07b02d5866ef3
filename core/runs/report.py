"""Everything a run says in numbers, computed anew from its logits, and the same as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from core.evaluation.estimates.difference import apart, gap
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.summary import RATES_REPORTED, evaluate
from core.runs.files import plain
from core.runs.hiding import SENTENCE
from core.runs.reading import Run
from core.runs.shapes import COUNTS

WIDTH = 100
"""Columns of a terminal that the text needs at most."""
DISCLAIMER = "Research use only. Not for diagnosis."

_UNDEFINED = "—"
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


def report(run: Run) -> dict[str, Any]:
    """``{"run_id", "calibration", "operating_points", "metrics"}`` from the run's logits, as its files hold them.

    Temperature and thresholds are computed again from validation, and both splits measured at them.
    """
    evaluation = evaluate(run.predictions("validation"), run.predictions("test"))
    figures: dict[str, Any] = plain(
        {
            "run_id": run.run_id,
            "calibration": evaluation.calibration,
            "operating_points": evaluation.operating_points,
            "metrics": evaluation.metrics,
        }
    )
    return figures


def report_text(figures: Mapping[str, Any], *, synthetic: bool = False, hidden: bool = False) -> str:
    """A :func:`report` as aligned text of at most :data:`WIDTH` columns; ``synthetic`` says so in its first line.

    ``hidden`` says why there are no figures of test.
    """
    validation, test = figures["metrics"]["validation"], figures["metrics"]["test"]
    lines = [f"Run {figures['run_id']}" + (" (synthetic images, not radiographs)" if synthetic else ""), ""]
    if hidden:
        lines += [*wrap(SENTENCE, WIDTH), ""]
    lines += _table([("", "validation", "test", "test - validation"), *_split_rows(validation, test)])
    lines += ["", *_calibration(figures["calibration"]), "", *_operating_points(figures, validation, test)]
    lines += [
        "",
        *wrap(
            "In brackets: 95 % intervals, patients as clusters. * marks a gap whose interval (Newcombe) excludes 0: "
            "what validation promised is not what test delivers. A gap without * can still be as large as its interval "
            "says, and few patients make it wide.",
            WIDTH,
        ),
        DISCLAIMER,
    ]
    return "\n".join(lines)


def _split_rows(validation: Mapping[str, Any] | None, test: Mapping[str, Any] | None) -> Iterator[Row]:
    for label, name in (("images", "n"), ("with the condition", "n_pos"), ("patients", "n_patients")):
        yield label, _count(validation, name), _count(test, name), ""
    yield _compared("AUROC", "auroc", validation, test)
    for label, name in (("AUPRC", "auprc"), ("Brier, calibrated", "brier"), ("ECE, debiased", "ece_debiased")):
        yield label, _figure(_estimate(validation, name)), _figure(_estimate(test, name)), ""
    yield "ECE, plain", _value(_estimate(validation, "ece")), _value(_estimate(test, "ece")), ""


def _calibration(calibration: Mapping[str, Any] | None) -> list[str]:
    if calibration is None:
        return ["Calibration: none, as there are no validation predictions to fit a temperature on."]
    temperature = _estimate(calibration, "temperature")
    flag = "; at the end of the range searched, so not to be relied on" if calibration.get("at_bound") else ""
    rows: list[Row] = [("", *_TIMES, "")]
    for name in ("nll", "ece_debiased", "brier"):
        before, after = (_figure(_estimate(calibration[name], time)) for time in _TIMES)
        rows.append((_LABELS[name], before, after, ""))
    before, after = (_value(_estimate(calibration["ece"], time)) for time in _TIMES)
    rows.append(("ECE, plain", before, after, ""))
    return [
        *wrap(f"Calibration on the {calibration['n']:,} validation images: T = {_figure(temperature)}{flag}", WIDTH),
        *_table(rows),
    ]


def _operating_points(
    figures: Mapping[str, Any], validation: Mapping[str, Any] | None, test: Mapping[str, Any] | None
) -> Iterator[str]:
    if figures["operating_points"] is None:
        yield "Operating points: none, as thresholds are chosen on validation and there are no such predictions."
        return
    yield "Operating points, chosen on validation"
    first_at: dict[float, str] = {}
    for point in figures["operating_points"]:
        yield ""
        yield from wrap(f"{point['name']}: {point['rule']}", WIDTH)
        if point["threshold"] is None:
            yield from wrap(f"cannot be reached: {point.get('reason', '')}", WIDTH, initial_indent="  ")
            continue
        yield (
            f"  threshold {point['threshold']!r} (logit), probability {_number(point['probability_raw'])}, "
            f"calibrated {_number(point['probability_calibrated'])}"
        )
        first = first_at.setdefault(point["threshold"], point["name"])
        if first != point["name"]:
            yield f"  the threshold of {first}, so its figures too"
            continue
        promised, delivered = (_at(split, point["name"]) for split in (validation, test))
        yield from _table(
            [
                ("", "promised, validation", "delivered, test", "gap"),
                (" ".join(COUNTS).upper(), _counts(promised), _counts(delivered), ""),
                *(_compared(_LABELS.get(rate, rate), rate, promised, delivered) for rate in RATES_REPORTED),
            ]
        )


def _at(split: Mapping[str, Any] | None, name: str) -> Mapping[str, Any] | None:
    point: Mapping[str, Any] | None = None if split is None else split["operating_points"].get(name)
    return point


def _compared(label: str, name: str, promised: Mapping[str, Any] | None, delivered: Mapping[str, Any] | None) -> Row:
    a, b = _estimate(promised, name), _estimate(delivered, name)
    difference = None if a is None or b is None else gap(a, b)
    mark = " *" if difference is not None and apart(difference) else ""
    return label, _figure(a), _figure(b), _figure(difference, "+z.3f") + mark


def _estimate(block: Mapping[str, Any] | None, name: str) -> Estimate | None:
    if block is None or block.get(name) is None or block[name]["value"] is None:
        return None
    return Estimate.from_dict(block[name])


def _value(estimate: Estimate | None) -> str:
    """A value that has no interval of its own, and stands beside one that has."""
    return _UNDEFINED if estimate is None else f"{estimate.value:z.3f}"


def _figure(estimate: Estimate | None, form: str = "z.3f") -> str:
    if estimate is None:
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


def _table(rows: list[Row]) -> Iterator[str]:
    """Rows of a label and three cells, aligned at the left."""
    for label, *cells in rows:
        yield (f"  {label:<19}" + "".join(f"{cell:<25}" for cell in cells)).rstrip()
