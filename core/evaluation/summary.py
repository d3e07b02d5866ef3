"""The one place where logits become the numbers of a run folder, for pipeline, report and importer alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from core.evaluation.calibration.platt import Platt, centred, fit_platt
from core.evaluation.calibration.probability import (
    CalibrationErrors,
    TemperatureScaling,
    calibration_errors,
    fit_temperature,
    probability,
)
from core.evaluation.choosing.operating_point import (
    OperatingPoint,
    Unreachable,
    choose_operating_points,
    operating_point_at,
    rates,
)
from core.evaluation.estimates.discrimination import auprc, auroc
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep

T = TypeVar("T")

RATES_REPORTED = ("sensitivity", "specificity", "precision", "npv", "accuracy", "balanced_accuracy", "f1")
"""The rates of each operating point in ``metrics.json``, in this order."""

METHODS = 2
"""Raised with every change of a formula; a manifest notes those that its ``metrics.json`` was written by."""

_SIDE_BY_SIDE = 4_000_000
"""Images of both sets up to which figures are worked out side by side."""
_UNCALIBRATED = "no calibrated probabilities, as no temperature could be fitted on validation"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """What ``calibration.json``, ``operating_points.json`` and ``metrics.json`` hold: plain values, ready for JSON.

    Without validation predictions ``calibration`` and ``operating_points`` are ``None``. ``metrics`` has the keys
    "validation" and "test", each ``None`` where the split does not exist.
    """

    calibration: dict[str, Any] | None
    operating_points: list[dict[str, Any]] | None
    metrics: dict[str, Any]


class _OneByOne(Executor):
    """Does what is submitted at once, before anything else."""

    def submit(self, work: Callable[..., T], /, *args: Any, **named: Any) -> Future[T]:
        done = Future[T]()
        done.set_result(work(*args, **named))
        return done


def evaluate(validation: Predictions | None, test: Predictions | None, *, free: bool = False) -> Evaluation:
    """Everything a run says in numbers: temperature and thresholds from validation only, then both splits.

    A split without images counts as absent. Without validation there is neither calibration nor an operating point:
    test then has its areas only, and its Brier score and calibration error are undefined. ``free``: the scores are no
    logits, and probabilities are made of them by Platt scaling.
    """
    validation = validation if validation is not None and validation.n else None
    test = test if test is not None and test.n else None
    if validation is None:
        metrics = {"validation": None, "test": summarise_split(test, temperature=None, points=()) if test else None}
        return Evaluation(calibration=None, operating_points=None, metrics=metrics)
    # NumPy lets go of the interpreter, so that what does not wait for another is worked out side by side; two at a
    # time, and one of many images, as each takes some hundred bytes an image meanwhile.
    with ThreadPoolExecutor(2) if validation.n + (test.n if test else 0) <= _SIDE_BY_SIDE else _OneByOne() as pool:
        # Validation only: test labels must touch neither the calibration nor a threshold.
        chosen = pool.submit(_chosen, validation)
        fit = fit_platt(validation) if free else fit_temperature(validation)
        if isinstance(fit, Platt):
            temperature, midpoint = fit.temperature, fit.midpoint
        else:
            temperature, midpoint = None if math.isnan(fit.temperature.value) else fit.temperature.value, 0.0
        errors = pool.submit(_errors, validation, temperature, midpoint)
        points, delivered = chosen.result()
        of_test = test and pool.submit(summarise_split, test, temperature=temperature, midpoint=midpoint, points=points)
        of_validation = pool.submit(lambda: _summary(validation, errors.result(), delivered))
        calibration = (
            summarise_platt(fit, errors.result(), validation.n)
            if isinstance(fit, Platt)
            else summarise_calibration(validation, fit, errors.result())
        )
        return Evaluation(
            calibration=calibration,
            operating_points=operating_point_table(points, temperature, midpoint=midpoint, free=free),
            metrics={"validation": of_validation.result(), "test": of_test.result() if of_test else None},
        )


def summarise_split(
    predictions: Predictions,
    *,
    temperature: float | None,
    points: Sequence[OperatingPoint | Unreachable],
    midpoint: float = 0.0,
) -> dict[str, Any]:
    """One split's block of ``metrics.json``. Without a ``temperature``, Brier and both ECE are undefined.

    ``midpoint`` is the score whose probability is one half.
    """
    delivered = _delivered(threshold_sweep(predictions), points)
    return _summary(predictions, _errors(predictions, temperature, midpoint), delivered)


def _chosen(validation: Predictions) -> tuple[tuple[OperatingPoint | Unreachable, ...], dict[str, Any]]:
    """The operating points, and what they give on validation itself."""
    sweep = threshold_sweep(validation)
    points = choose_operating_points(sweep)
    return points, _delivered(sweep, points)


def _errors(predictions: Predictions, temperature: float | None, midpoint: float) -> CalibrationErrors:
    if temperature is None:
        return CalibrationErrors.undefined(_UNCALIBRATED)
    return calibration_errors(centred(predictions, midpoint), temperature=temperature)


def _summary(predictions: Predictions, errors: CalibrationErrors, delivered: dict[str, Any]) -> dict[str, Any]:
    return {
        "n": predictions.n,
        "n_pos": predictions.n_pos,
        "n_patients": predictions.n_patients,
        "auroc": auroc(predictions).to_dict(),
        "auprc": auprc(predictions).to_dict(),
        "brier": errors.brier.to_dict(),
        "ece": errors.ece.to_dict(),
        "ece_debiased": errors.ece_debiased.to_dict(),
        "operating_points": delivered,
    }


def _delivered(sweep: ThresholdSweep, points: Sequence[OperatingPoint | Unreachable]) -> dict[str, Any]:
    """What each of the ``points`` gives on the split of ``sweep``, by its name."""
    return {point.name: _delivered_by(sweep, point) for point in points}


def _delivered_by(sweep: ThresholdSweep, point: OperatingPoint | Unreachable) -> dict[str, Any]:
    """What a chosen threshold gives on the split of ``sweep``."""
    if isinstance(point, Unreachable):
        return {"threshold": None, "reason": point.reason}
    here = operating_point_at(sweep, point.threshold, name=point.name, rule=point.rule)
    estimates = rates(sweep, point.threshold)
    return {
        "threshold": here.threshold,
        **_counts(here),
        **{rate: estimates[rate].to_dict() for rate in RATES_REPORTED},
    }


def _counts(point: OperatingPoint) -> dict[str, int]:
    return {"tp": point.tp, "fp": point.fp, "tn": point.tn, "fn": point.fn}


def summarise_calibration(
    validation: Predictions, scaling: TemperatureScaling, after: CalibrationErrors
) -> dict[str, Any]:
    """``calibration.json``: the temperature, and NLL, both ECE and Brier score on validation before and ``after`` it.

    ``after`` is undefined where no temperature could be fitted.
    """
    before = calibration_errors(validation)
    return {
        "temperature": scaling.temperature.to_dict(),
        "at_bound": scaling.at_bound,
        "nll": {"before": before.nll.to_dict(), "after": after.nll.to_dict()},
        "ece": {"before": before.ece.to_dict(), "after": after.ece.to_dict()},
        "ece_debiased": {"before": before.ece_debiased.to_dict(), "after": after.ece_debiased.to_dict()},
        "brier": {"before": before.brier.to_dict(), "after": after.brier.to_dict()},
        "n": scaling.n,
    }


def summarise_platt(platt: Platt, after: CalibrationErrors, n: int) -> dict[str, Any]:
    """``calibration.json`` of free scores: the line, and the errors ``after`` it on the n images of validation.

    ``before`` is undefined, as a free score is no probability; so is ``after`` where no line could be fitted.
    """
    before = CalibrationErrors.undefined("a free score is no probability")
    if platt.temperature is None:
        after = CalibrationErrors.undefined(platt.reason)
    known = not math.isnan(platt.slope)
    return {
        "method": "platt",
        "slope": platt.slope if known else None,
        "intercept": platt.intercept if known else None,
        "reason": platt.reason,
        "temperature": None,
        "at_bound": False,
        "nll": {"before": before.nll.to_dict(), "after": after.nll.to_dict()},
        "ece": {"before": before.ece.to_dict(), "after": after.ece.to_dict()},
        "ece_debiased": {"before": before.ece_debiased.to_dict(), "after": after.ece_debiased.to_dict()},
        "brier": {"before": before.brier.to_dict(), "after": after.brier.to_dict()},
        "n": n,
    }


def operating_point_table(
    points: Sequence[OperatingPoint | Unreachable],
    temperature: float | None,
    *,
    midpoint: float = 0.0,
    free: bool = False,
) -> list[dict[str, Any]]:
    """``operating_points.json``: name, rule, threshold on the logit, its two probabilities, counts on validation.

    A point out of reach has ``None`` for all of these and a ``reason``; without a temperature so has the calibrated
    probability, and a ``free`` score has no raw one.
    """
    return [_row(point, temperature, midpoint, free=free) for point in points]


def _row(
    point: OperatingPoint | Unreachable, temperature: float | None, midpoint: float, *, free: bool
) -> dict[str, Any]:
    if isinstance(point, Unreachable):
        absent = ("threshold", "probability_raw", "probability_calibrated", "tp", "fp", "tn", "fn")
        return {"name": point.name, "rule": point.rule, **dict.fromkeys(absent), "reason": point.reason}
    return {
        "name": point.name,
        "rule": point.rule,
        "threshold": point.threshold,
        "probability_raw": None if free else float(probability(point.threshold)),
        "probability_calibrated": (
            None if temperature is None else float(probability(point.threshold - midpoint, temperature))
        ),
        **_counts(point),
    }
