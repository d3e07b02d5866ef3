"""The thresholds of a run as JSON: what a program must know to call an image positive by its logit."""

from __future__ import annotations

from typing import Any

from core.export.onnx_model import OUTPUT
from core.runs.locked_points import LockedPoint
from core.runs.report import temperature
from core.runs.store import Run


def thresholds(run: Run, locks: tuple[LockedPoint, ...]) -> dict[str, Any]:
    """Operating points that validation chose, and the ``locks``; a point that cannot be reached is left out.

    ``threshold`` is a logit: an image is positive where its logit is at least that. The calibrated probability of a
    logit is 1 / (1 + exp(-logit / temperature)).
    """
    negative, positive = run.manifest["data"]["class_names"]
    points = [
        {name: point[name] for name in ("name", "rule", "threshold", "probability_calibrated")}
        for point in run.operating_points or ()
        if point["threshold"] is not None
    ]
    locked = [
        {"name": lock.name, "rule": lock.rule, "threshold": lock.threshold, "stamp": lock.stamp, "time": lock.time}
        for lock in locks
    ]
    return {
        "run_id": run.run_id,
        "finding": run.finding,
        "classes": {"0": negative, "1": positive},
        "positive_if": f"{OUTPUT} >= threshold",
        "temperature": temperature(run.calibration),
        "operating_points": points,
        "locked": locked,
        "disclaimer": "Research use only. Not for diagnosis.",
    }
