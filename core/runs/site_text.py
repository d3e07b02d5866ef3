"""The sites of a report as aligned text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from core.evaluation.estimates.intervals import Estimate
from core.runs.reading import Run
from core.runs.report_text import WIDTH, figure, table

_NO_TRUTH = "truth unknown"


def site_text(run: Run, metrics: Mapping[str, Any]) -> str:
    """Every site of ``run`` by its figures in ``metrics`` of :func:`core.runs.report.report`; empty without sites."""
    return "\n".join(_lines(run, metrics))


def _lines(run: Run, metrics: Mapping[str, Any]) -> Iterator[str]:
    blocks = metrics["sites"]
    for name, problem in run.sites.problems.items():
        yield from wrap(f"The site {name} is left out: {problem}", WIDTH)
    if not blocks:
        return
    yield "Sites"
    yield from table([("", "images", "patients", "AUROC"), *(_site(name, block) for name, block in blocks.items())])
    points = {point: True for block in blocks.values() for point in _points(block)}
    for point in points:
        yield f"  at {point}"
        rows = [(name, *_rates(block, point)) for name, block in blocks.items()]
        yield from table([("", "sensitivity", "specificity", "called positive"), *rows, *_next(metrics, point)])
    if reason := metrics["next_hospital"].get("reason"):
        yield from wrap(f"Of the next hospital nothing can be said: {reason}.", WIDTH)
    else:
        yield from wrap(
            "Next hospital: where the true rate of one more hospital like these lies, with 95 % confidence "
            "(random effects, allowing for an uncertain spread; wide where hospitals are few).",
            WIDTH,
        )


def _site(name: str, block: Mapping[str, Any]) -> tuple[str, str, str, str]:
    unknown = block.get("n_unlabelled", 0)
    images = f"{block['n'] + unknown:,}" + (f", {unknown:,} without truth" if unknown else "")
    auroc = figure(Estimate.from_dict(block["auroc"])) if "auroc" in block else _NO_TRUTH
    return name, images, f"{block['n_patients']:,}", auroc


def _points(block: Mapping[str, Any]) -> list[str]:
    reached = [name for name, own in block.get("operating_points", {}).items() if own["threshold"] is not None]
    return [*reached, *block.get("called_positive", {})]


def _rates(block: Mapping[str, Any], point: str) -> tuple[str, str, str]:
    own, called = block.get("operating_points", {}).get(point, {}), block.get("called_positive", {}).get(point)
    found = (own.get("sensitivity"), own.get("specificity"), called)
    sensitivity, specificity, share = (figure(None if one is None else Estimate.from_dict(one)) for one in found)
    return sensitivity, specificity, share


def _next(metrics: Mapping[str, Any], point: str) -> Iterator[tuple[str, str, str, str]]:
    own = metrics["next_hospital"].get(point)
    if own is not None:
        sensitivity, specificity = (_limits(own[rate]) for rate in ("sensitivity", "specificity"))
        yield "next hospital", sensitivity, specificity, ""


def _limits(prediction: Mapping[str, Any]) -> str:
    if "reason" in prediction:
        return figure(None)
    return f"{prediction['cautious_low']:.3f} to {prediction['cautious_high']:.3f}"
