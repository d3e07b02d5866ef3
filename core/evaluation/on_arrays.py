"""The statistics on arrays: a small face of this room for notebooks and other programs. It adds no formula.

    images = on_arrays.predictions(y_true, probability=p, patient_id=patient)
    on_arrays.figures(images, threshold=0.5)

Thresholds are probabilities here where the scores were given as such, and logits otherwise; :class:`Images` remembers
which. ``docs/notebook/on_arrays.ipynb`` is a worked example, which a test runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import PredictionsError
from core.evaluation.calibration.probability import calibration_errors, fit_temperature
from core.evaluation.choosing.guarantee import Guarantee, NotGuaranteed, choose_guaranteed
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, choose_operating_points, rates
from core.evaluation.comparing.delivery import Delivery, deliveries
from core.evaluation.comparing.paired import ALARMS_A_MISS, Comparison, Model
from core.evaluation.comparing.paired import compare as compare_models
from core.evaluation.estimates.discrimination import auprc, auroc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import FloatArray, Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep

_LEAST = 2.0**-53


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Images:
    """What a model said of n images: ``predictions`` on the logit, and whether scores were given as probabilities."""

    predictions: Predictions
    as_probability: bool

    @property
    def sweep(self) -> ThresholdSweep:
        """The counts at every distinct score, on the logit."""
        return threshold_sweep(self.predictions)

    def logit(self, threshold: float) -> float:
        """A threshold of the scale of the scores on the logit. ValueError for a probability that is not in (0, 1)."""
        if not self.as_probability:
            return float(threshold)
        if not 0 < threshold < 1:
            raise ValueError(f"a threshold of {threshold} is no probability strictly between 0 and 1")
        return float(_logits(threshold))

    def score(self, logit: float) -> float:
        """The inverse of :meth:`logit`."""
        return 1 / (1 + math.exp(-logit)) if self.as_probability else float(logit)


def predictions(
    y_true: npt.ArrayLike,
    *,
    probability: npt.ArrayLike | None = None,
    logit: npt.ArrayLike | None = None,
    patient_id: npt.ArrayLike | None = None,
    image_id: npt.ArrayLike | None = None,
) -> Images:
    """Labels (n,) of 0 and 1 with scores (n,): one of ``probability``, in [0, 1], and ``logit``, finite.

    Without ``patient_id`` (n,) every image is a patient of its own; without ``image_id`` images are called by their
    row. Ids are taken as text. Probabilities of exactly 0 and 1 are taken 2^-53 within. Raises
    :class:`core.errors.PredictionsError` for unequal lengths and values that are none of these.
    """
    if (probability is None) == (logit is None):
        raise PredictionsError("give one of probability and logit")
    labels = np.asarray(y_true)
    rows = [str(row) for row in range(len(labels))]
    return Images(
        as_probability=probability is not None,
        predictions=Predictions(
            image_id=_texts(image_id, rows),
            patient_id=_texts(patient_id, rows),
            y_true=labels,
            logit=np.asarray(logit, dtype=np.float64) if probability is None else _logits(probability),
        ),
    )


def operating_points(validation: Images) -> dict[str, OperatingPoint | Unreachable]:
    """The thresholds of every rule (Youden's J, a floor under either rate, best F1), on the logit, by name."""
    return {point.name: point for point in choose_operating_points(validation.sweep)}


def figures(images: Images, *, threshold: float) -> dict[str, Estimate]:
    """Every figure with its 95 % interval, patients as clusters: both areas, Brier score and calibration errors of the
    scores as they are, and the rates at ``threshold``, which is of the scale of the scores."""
    errors = calibration_errors(images.predictions)
    return {
        "auroc": auroc(images.predictions),
        "auprc": auprc(images.predictions),
        "brier": errors.brier,
        "nll": errors.nll,
        "ece": errors.ece,
        **rates(images.sweep, images.logit(threshold)),
    }


def temperature(validation: Images) -> Estimate:
    """The temperature that calibrates the scores (Guo et al. 2017)."""
    return fit_temperature(validation.predictions).temperature


def delivery(images: Images, *, threshold: float, floors: Mapping[str, str]) -> dict[str, Delivery]:
    """What a set delivers of floors that were promised of a threshold, ``{"sensitivity": "0.95"}``, by rate."""
    return dict(deliveries(images.sweep, images.predictions, images.logit(threshold), floors).rates)


def guarantee(validation: Images, *, floors: Mapping[str, str], confidence: float = 0.95) -> Guarantee | NotGuaranteed:
    """A threshold at which every floor holds for new patients of the same kind with this confidence, on the logit."""
    return choose_guaranteed(validation.predictions, validation.sweep, floors, confidence=confidence)


def compare(
    a: Images, b: Images, *, thresholds: tuple[float, float], alarms_a_miss: float = ALARMS_A_MISS
) -> Comparison:
    """Every figure of both and ``a`` less ``b``, paired by ``image_id``, each at its own threshold; Brier score and
    slope are those of the scores as they are."""
    models = [
        Model(predictions=own.predictions, threshold=own.logit(at), temperature=1.0)
        for own, at in zip((a, b), thresholds, strict=True)
    ]
    return compare_models(models[0], models[1], alarms_a_miss=alarms_a_miss)


def _texts(values: npt.ArrayLike | None, rows: list[str]) -> npt.NDArray[np.object_]:
    return np.array(rows if values is None else [str(value) for value in np.asarray(values)], dtype=object)


def _logits(probability: npt.ArrayLike) -> FloatArray:
    given = np.asarray(probability, dtype=np.float64)
    if not ((given >= 0) & (given <= 1)).all():
        raise PredictionsError("probabilities lie in [0, 1]")
    within = np.clip(given, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(within) - np.log1p(-within), dtype=np.float64)
