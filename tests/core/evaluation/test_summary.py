from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from core.evaluation.calibration.probability import fit_temperature, probability
from core.evaluation.calibration.reliability import expected_calibration_error
from core.evaluation.choosing.operating_point import RULES
from core.evaluation.predictions import Predictions
from core.evaluation.summary import Evaluation, evaluate

Make = Callable[..., Predictions]
ESTIMATE = {"value", "low", "high", "level", "method"}
RATES = {"sensitivity", "specificity", "precision", "npv", "accuracy", "balanced_accuracy", "f1"}


@pytest.fixture(scope="module")
def evaluation(single: Predictions, clustered: Predictions) -> Evaluation:
    return evaluate(single, clustered)


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    whole = {
        "calibration": evaluation.calibration,
        "operating_points": evaluation.operating_points,
        "metrics": evaluation.metrics,
    }
    assert json.loads(json.dumps(whole, allow_nan=False)) == whole
    return whole


def test_shapes(evaluation: Evaluation) -> None:
    whole = as_json(evaluation)
    calibration, points, found = whole["calibration"], whole["operating_points"], whole["metrics"]
    assert set(calibration) == {"temperature", "at_bound", "nll", "ece", "ece_debiased", "brier", "n"}
    assert set(calibration["temperature"]) == ESTIMATE
    for error in ("nll", "ece", "ece_debiased", "brier"):
        assert set(calibration[error]) == {"before", "after"}
        reason = {"reason"} if error == "ece" else set()
        assert set(calibration[error]["before"]) == set(calibration[error]["after"]) == ESTIMATE | reason
    assert [point["name"] for point in points] == list(RULES)
    for point in points:
        assert list(point) == [
            "name",
            "rule",
            "threshold",
            "probability_raw",
            "probability_calibrated",
            "tp",
            "fp",
            "tn",
            "fn",
        ]
    assert set(found) == {"validation", "test"}
    for split in found.values():
        figures = ["auroc", "auprc", "brier", "ece", "ece_debiased"]
        assert list(split) == ["n", "n_pos", "n_patients", *figures, "operating_points"]
        assert split["ece"]["low"] is split["ece"]["high"] is None
        assert split["ece_debiased"]["low"] <= split["ece_debiased"]["value"] < split["ece"]["value"]
        assert split["ece_debiased"]["high"] >= split["ece"]["value"]
        assert list(split["operating_points"]) == list(RULES)
        for point in split["operating_points"].values():
            assert set(point) == {"threshold", "tp", "fp", "tn", "fn"} | RATES
            assert all(set(point[rate]) == ESTIMATE for rate in RATES)


def test_values_equal_scikit_learn_on_both_splits(
    evaluation: Evaluation, single: Predictions, clustered: Predictions
) -> None:
    temperature = evaluation.calibration["temperature"]["value"]
    for name, split in (("validation", single), ("test", clustered)):
        found, y_true, p = evaluation.metrics[name], split.y_true, probability(split.logit, temperature)
        assert (found["n"], found["n_pos"], found["n_patients"]) == (split.n, split.n_pos, split.n_patients)
        assert found["auroc"]["value"] == pytest.approx(metrics.roc_auc_score(y_true, split.logit), abs=1e-9)
        assert found["auprc"]["value"] == pytest.approx(metrics.average_precision_score(y_true, split.logit), abs=1e-9)
        assert found["brier"]["value"] == pytest.approx(metrics.brier_score_loss(y_true, p), abs=1e-9)
        assert found["ece"]["value"] == pytest.approx(expected_calibration_error(y_true, p, 15), abs=1e-9)
        for point in found["operating_points"].values():
            called = split.logit >= point["threshold"]
            (tn, fp), (fn, tp) = metrics.confusion_matrix(y_true, called)
            assert (point["tp"], point["fp"], point["tn"], point["fn"]) == (tp, fp, tn, fn)
            expected = {
                "sensitivity": metrics.recall_score(y_true, called),
                "specificity": metrics.recall_score(y_true, called, pos_label=0),
                "precision": metrics.precision_score(y_true, called),
                "npv": metrics.precision_score(y_true, called, pos_label=0),
                "accuracy": metrics.accuracy_score(y_true, called),
                "balanced_accuracy": metrics.balanced_accuracy_score(y_true, called),
                "f1": metrics.f1_score(y_true, called),
            }
            assert {rate: point[rate]["value"] for rate in RATES} == pytest.approx(expected, abs=1e-9)


def test_validation_alone_decides(single: Predictions, clustered: Predictions, evaluation: Evaluation) -> None:
    """Another test split changes no temperature and no threshold."""
    other = evaluate(single, single)
    assert other.calibration == evaluation.calibration
    assert other.operating_points == evaluation.operating_points
    assert other.metrics["validation"] == evaluation.metrics["validation"]
    assert evaluation.calibration["temperature"] == fit_temperature(single).temperature.to_dict()


def test_operating_points_are_named_in_both_probabilities(evaluation: Evaluation) -> None:
    temperature = evaluation.calibration["temperature"]["value"]
    for point in evaluation.operating_points:
        assert point["probability_raw"] == pytest.approx(1 / (1 + math.exp(-point["threshold"])))
        assert point["probability_calibrated"] == pytest.approx(1 / (1 + math.exp(-point["threshold"] / temperature)))
        counts = evaluation.metrics["validation"]["operating_points"][point["name"]]
        assert all(point[cell] == counts[cell] for cell in ("threshold", "tp", "fp", "tn", "fn"))


def test_without_validation_only_areas_are_known(clustered: Predictions, make: Make) -> None:
    for validation in (None, make([], [])):
        whole = as_json(evaluate(validation, clustered))
        assert (whole["calibration"], whole["operating_points"], whole["metrics"]["validation"]) == (None, None, None)
        test = whole["metrics"]["test"]
        assert test["operating_points"] == {}
        assert test["auroc"]["value"] is not None
        assert test["brier"]["value"] is test["ece"]["value"] is test["ece_debiased"]["value"] is None
        assert "no temperature" in test["brier"]["reason"]


def test_without_test(single: Predictions, evaluation: Evaluation) -> None:
    alone = evaluate(single, None)
    assert alone.metrics == {"validation": evaluation.metrics["validation"], "test": None}


def test_out_of_reach_is_null_with_a_reason(make: Make, single: Predictions) -> None:
    whole = as_json(evaluate(make([0, 0, 1, 0], [2.0, 2.0, 2.0, 1.0]), single))
    point = next(point for point in whole["operating_points"] if point["name"] == "specificity_0.90")
    assert point["threshold"] is point["tp"] is point["probability_raw"] is None
    assert "no threshold on validation keeps specificity at 0.90" in point["reason"]
    for split in whole["metrics"].values():
        assert split["operating_points"]["specificity_0.90"] == {"threshold": None, "reason": point["reason"]}


@pytest.mark.parametrize(
    ("y_true", "logit"), [([1, 1], [1.0, 2.0]), ([0], [3.0]), ([0, 1], [0.0, 0.0]), ([1, 0], [1e4, -1e4])]
)
def test_degenerate_splits_are_still_json(make: Make, y_true: list[int], logit: list[float]) -> None:
    split = make(y_true, logit)
    whole = as_json(evaluate(split, split))
    assert len(whole["operating_points"]) == 4
    if len(set(y_true)) < 2:
        assert whole["metrics"]["test"]["auroc"]["value"] is None
        assert {point["threshold"] for point in whole["operating_points"]} == {None}


def test_zero_logits_have_no_calibrated_probability(make: Make) -> None:
    whole = as_json(evaluate(make([0, 1], [0.0, 0.0]), None))
    assert whole["calibration"]["temperature"]["value"] is None
    assert whole["calibration"]["nll"]["before"]["value"] == pytest.approx(math.log(2))
    assert whole["calibration"]["nll"]["after"]["value"] is None
    assert whole["operating_points"][0]["probability_calibrated"] is None
    assert whole["metrics"]["validation"]["brier"]["value"] is None


def test_doubling_every_image_hardly_widens_an_interval(
    single: Predictions, clustered: Predictions, doubled: Callable[[Predictions], Predictions], evaluation: Evaluation
) -> None:
    again = evaluate(doubled(single), doubled(clustered))

    def intervals(value: Any) -> list[float]:
        if isinstance(value, dict):
            if set(value) == ESTIMATE:
                return [value["value"], value["high"] - value["low"]]
            return [number for part in value.values() for number in intervals(part)]
        return []

    found, twice = (np.array(intervals(whole.metrics)).reshape(-1, 2) for whole in (evaluation, again))
    assert len(found) == 2 * (4 + 4 * 7)
    assert twice[:, 0] == pytest.approx(found[:, 0], abs=1e-9)
    wider = twice[:, 1] / found[:, 1]
    assert wider.min() > 1 - 1e-6 and wider.max() < 1.02


def test_the_same_logits_give_the_same_numbers(
    single: Predictions, clustered: Predictions, evaluation: Evaluation
) -> None:
    assert as_json(evaluate(single, clustered)) == as_json(evaluation)
