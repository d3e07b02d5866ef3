"""What a run's thresholds promised and delivered, and how its test differs from its validation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from core.evaluation import delivery
from core.evaluation.intervals import Estimate
from core.evaluation.prior_shift import InferredPrevalence, inferred_prevalence
from core.evaluation.shift import ClassShift, PrevalenceShift, class_shift, distribution, prevalence_shift
from core.runs.store import Run
from dashboard.cache.evaluation import sweep
from dashboard.cache.runs import per_run
from dashboard.scale import CALIBRATED, scales


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """How test differs from validation: in prevalence, and within each class (0 and 1)."""

    prevalence: PrevalenceShift
    inferred: InferredPrevalence
    classes: Mapping[int, ClassShift]


@per_run
def deliveries(run: Run, threshold: float, floor: tuple[str, str] | None) -> delivery.Deliveries:
    """:func:`core.evaluation.delivery.deliveries` of the run's two splits."""
    validation, test = sweep(run, "validation"), sweep(run, "test")
    return delivery.deliveries(validation, test, run.predictions["test"], threshold, floor=floor)


@per_run
def shift(run: Run) -> Shift:
    """How test differs from validation; the prevalence can be inferred only where the run has a temperature."""
    validation, test = run.predictions["validation"], run.predictions["test"]
    scale = scales(run.calibration).get(CALIBRATED)
    if scale is None or math.isnan(scale.temperature):
        unknown = Estimate.undefined("no temperature could be fitted on validation")
        inferred = InferredPrevalence(test=unknown, difference=unknown)
    else:
        inferred = inferred_prevalence(validation, test, scale.temperature)
    return Shift(
        prevalence=prevalence_shift(validation, test),
        inferred=inferred,
        classes={label: class_shift(validation, test, label) for label in (0, 1)},
    )


@per_run
def distributions(run: Run) -> pd.DataFrame:
    """The distribution functions of the logits of each split and class: split, label, logit, share up to it."""
    parts = []
    for split in ("validation", "test"):
        predictions = run.predictions[split]
        for label in (0, 1):
            logit, share = distribution(predictions.logit[predictions.y_true == label])
            parts.append(pd.DataFrame({"split": split, "label": label, "logit": logit, "share": share}))
    return pd.concat(parts, ignore_index=True)
