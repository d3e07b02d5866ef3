"""Everything a run says in numbers, computed anew from its logits, and the same as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from core.evaluation.comparing.set_figures import calibration_slope
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.summary import evaluate
from core.runs.claims import claims
from core.runs.files import plain
from core.runs.odd_pictures import sentences
from core.runs.reading import Run
from core.runs.report_text import WIDTH, report_text


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


def slopes(run: Run, figures: Mapping[str, Any]) -> dict[str, Estimate]:
    """The calibration slope of each split with images, at the temperature of a :func:`report`; the files have none."""
    calibration = figures["calibration"]
    temperature = None if calibration is None else calibration["temperature"]["value"]
    splits = {split: run.predictions(split) for split in ("validation", "test")}
    return {
        split: calibration_slope(own, temperature) for split, own in splits.items() if own.n and temperature is not None
    }


def told(run: Run) -> str:
    """The :func:`report_text` of a run as it was opened, and what is odd about its pictures."""
    figures = report(run)
    text = report_text(
        figures, slopes(run, figures), claims=claims(run), methods=run.manifest.get("methods"),
        synthetic=run.synthetic, hidden=run.hidden,
    )  # fmt: skip
    return "\n\n".join([text, *("\n".join(wrap(sentence, WIDTH)) for sentence in sentences(run))])
