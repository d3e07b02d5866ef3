"""What a run's thresholds promised and delivered, and how its test differs from its validation."""

from __future__ import annotations

import pandas as pd

from core.evaluation.comparing import delivery
from core.evaluation.comparing.shift import Shift, distribution, shift_between
from core.runs.store import Run
from dashboard.gateway.evaluation import sweep
from dashboard.gateway.runs import per_run
from dashboard.scale import CALIBRATED, scales


@per_run
def deliveries(run: Run, threshold: float, floor: tuple[str, str] | None) -> delivery.Deliveries:
    """:func:`core.evaluation.comparing.delivery.deliveries` of the run's two splits."""
    validation, test = sweep(run, "validation"), sweep(run, "test")
    return delivery.deliveries(validation, test, run.predictions("test"), threshold, floor=floor)


@per_run
def dataset_shift(run: Run) -> Shift:
    """How test differs from validation, taken apart."""
    scale = scales(run.calibration).get(CALIBRATED)
    temperature = None if scale is None else scale.temperature
    return shift_between(run.predictions("validation"), run.predictions("test"), temperature=temperature)


@per_run
def distributions(run: Run) -> pd.DataFrame:
    """The distribution functions of the logits of each split and class: split, label, logit, share up to it."""
    parts = []
    for split in ("validation", "test"):
        predictions = run.predictions(split)
        for label in (0, 1):
            logit, share = distribution(predictions.logit[predictions.y_true == label])
            parts.append(pd.DataFrame({"split": split, "label": label, "logit": logit, "share": share}))
    return pd.concat(parts, ignore_index=True)
