"""The presets are the rules of the run, and x is adjustable and met exactly."""

import numpy as np
import pytest

from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.runs.locked_points import LockedPoint
from core.telling.presets import locked_presets, presets

FLOORS = {"specificity": "0.90", "sensitivity": "0.95"}


def test_default_presets_are_the_operating_points_of_the_run(run):
    sweep = threshold_sweep(run.predictions("validation"))
    found = [preset.threshold for preset in presets(sweep, FLOORS)]
    assert found == [point["threshold"] for point in run.operating_points]


@pytest.mark.parametrize("floor", ["0.5", "0.8", "0.975", "1"])
def test_floors_are_met_and_nothing_more_sensitive_would_meet_them(run, floor):
    validation = run.predictions("validation")
    sweep = threshold_sweep(validation)
    point = next(p for p in presets(sweep, FLOORS | {"specificity": floor}) if p.name == "specificity")
    negatives = validation.logit[validation.y_true == 0]
    positives = validation.logit[validation.y_true == 1]
    assert (negatives < point.threshold).mean() >= float(floor)
    more = [t for t in validation.logit if (positives >= t).sum() > (positives >= point.threshold).sum()]
    assert all((negatives < t).mean() < float(floor) for t in more)


def test_what_cannot_be_reached_says_why():
    ids = np.array(["a", "b"], dtype=object)
    one_class = threshold_sweep(Predictions(image_id=ids, patient_id=ids, y_true=[1, 1], logit=[0.0, 1.0]))
    for preset in presets(one_class, FLOORS):
        assert preset.threshold is None
        assert "no negative images" in preset.reason


def test_a_locked_threshold_is_offered_under_its_name_to_the_last_bit():
    texts = {"rule": "r", "who": "w", "why": "y", "stamp": "exploratory", "time": "", "hash": ""}
    points = [
        LockedPoint(name="Triage", threshold=0.1 + 0.2, figures={}, sequence=number, sound=True, **texts)
        for number in (1, 3)
    ]
    first, second = locked_presets(points)
    assert (first.label, first.threshold, first.floor) == ("Locked: Triage", 0.30000000000000004, "")
    assert first.name != second.name
