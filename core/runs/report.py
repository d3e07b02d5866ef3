"""Everything a run says in numbers, computed anew from its logits, and the same as text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from core.evaluation.choosing.operating_point import choose_operating_points
from core.evaluation.comparing.set_figures import calibration_slope
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.summary import evaluate
from core.evaluation.sweep import threshold_sweep
from core.runs.claims import claims
from core.runs.files import plain
from core.runs.odd_pictures import sentences
from core.runs.odd_scores import temperature_at_end
from core.runs.opening import unlabelled_in_words
from core.runs.reading import Run
from core.runs.report_text import WIDTH, report_text
from core.runs.said_first import said_first
from core.runs.site_report import next_hospital_figures, site_figures
from core.runs.site_text import site_text


def report(run: Run) -> dict[str, Any]:
    """``{"run_id", "calibration", "operating_points", "metrics"}`` from the run's logits, as its files hold them; of a
    run with several findings ``finding`` as well.

    Temperature and thresholds are computed again from validation, and both splits measured at them; ``metrics`` tells
    of the sites too (:mod:`core.runs.site_report`), which no file holds.
    """
    validation = run.predictions("validation")
    evaluation = evaluate(validation, run.predictions("test"), free=run.free)
    fitted = evaluation.calibration
    points = choose_operating_points(threshold_sweep(validation)) if validation.n else ()
    figures: dict[str, Any] = plain(
        {
            "run_id": run.run_id,
            **({"finding": run.which} if run.which else {}),
            "calibration": evaluation.calibration,
            "operating_points": evaluation.operating_points,
            "metrics": {
                **evaluation.metrics,
                "sites": site_figures(run, points, temperature(fitted), midpoint(fitted)),
                "next_hospital": next_hospital_figures(run, points),
            },
        }
    )
    return figures


def slopes(run: Run, figures: Mapping[str, Any]) -> dict[str, Estimate]:
    """The calibration slope of each split with images, at the temperature of a :func:`report`; the files have none."""
    fitted = temperature(figures["calibration"])
    splits = {split: run.predictions(split) for split in ("validation", "test")}
    return {split: calibration_slope(own, fitted) for split, own in splits.items() if own.n and fitted is not None}


def temperature(calibration: Mapping[str, Any] | None) -> float | None:
    """The temperature of a ``calibration.json``, of Platt scaling one over its slope; None where none was fitted."""
    if calibration is None:
        return None
    if calibration.get("method") == "platt":
        return 1 / calibration["slope"] if calibration["slope"] else None
    value = calibration["temperature"]["value"]
    return None if value is None or math.isnan(value) else float(value)


def midpoint(calibration: Mapping[str, Any] | None) -> float:
    """The score that a ``calibration.json`` calls one half: 0 of logits."""
    if calibration is None or calibration.get("method") != "platt" or not calibration["slope"]:
        return 0.0
    return float(-calibration["intercept"] / calibration["slope"])


def told(run: Run) -> str:
    """The :func:`report_text` of a run as it was opened, what looks wrong about it first, and odd pictures last."""
    figures = report(run)
    text = report_text(
        figures,
        slopes(run, figures),
        claims=claims(run),
        methods=run.manifest.get("methods"),
        synthetic=run.synthetic,
        hidden=run.hidden,
        sealed=run.sealed,
        first=said_first(run),
        at_end=temperature_at_end(run),
        left_out=unlabelled_in_words(run),
    )
    sites = site_text(run, figures["metrics"])
    odd = ("\n".join(wrap(sentence, WIDTH)) for sentence in sentences(run))
    return "\n\n".join([text, *((sites,) if sites else ()), *odd])
