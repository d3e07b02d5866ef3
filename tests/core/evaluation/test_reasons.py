"""No figure is silent: a value or a limit that does not exist says why, whatever is missing."""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from core.evaluation.calibration.change import calibration_changes
from core.evaluation.calibration.probability import calibration_errors, fit_temperature
from core.evaluation.choosing.operating_point import rates
from core.evaluation.choosing.triage import triage
from core.evaluation.comparing.delivery import deliveries
from core.evaluation.comparing.difference_from_validation import differences
from core.evaluation.comparing.shift import shift_between
from core.evaluation.comparing.subgroups import subgroups
from core.evaluation.estimates.difference import gap
from core.evaluation.estimates.discrimination import auprc, auroc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.predictive_values import predictive_values
from core.evaluation.estimates.prevalence import prevalence
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.consequences import expected_cost, expected_net_benefit, share_called_positive
from core.evaluation.worth.utility import net_benefit_at


def split(y_true: list[int], logit: list[float], patients: list[str] | None = None) -> Predictions:
    n = len(y_true)
    own = [f"p{i}" for i in range(n)] if patients is None else patients
    return Predictions(
        image_id=np.array([f"i{i}" for i in range(n)], dtype=object),
        patient_id=np.array(own, dtype=object),
        y_true=np.array(y_true, dtype=np.int8),
        logit=np.array(logit, dtype=np.float64),
        subgroups={"sex": np.array((["f", "m"] * n)[:n], dtype=object)},
    )


SPLITS = {
    "empty": split([], []),
    "one image": split([1], [0.5]),
    "positives alone": split([1, 1, 1], [0.5, 1.0, -1.0]),
    "negatives alone": split([0, 0, 0], [0.5, 1.0, -1.0]),
    "one patient": split([0, 1, 0, 1], [0.5, 1.0, -1.0, 2.0], ["a"] * 4),
    "one score": split([0, 1, 0, 1], [1.0] * 4),
    "all scores 0": split([0, 1, 0, 1], [0.0] * 4),
    "parted": split([0, 0, 1, 1], [-2.0, -1.0, 1.0, 2.0]),
    "inverted": split([1, 1, 0, 0], [-2.0, -1.0, 1.0, 2.0]),
    "one patient overlaps": split([0, 0, 1, 1, 0], [-2.0, -1.0, 1.0, 2.0, 1.5]),
}


def estimates(found: Any) -> Iterator[Estimate]:
    """Every estimate within ``found``."""
    if isinstance(found, Estimate):
        yield found
    elif is_dataclass(found) and not isinstance(found, Predictions | type):
        for field in fields(found):
            yield from estimates(getattr(found, field.name))
    elif isinstance(found, dict):
        yield from estimates(list(found.values()))
    elif isinstance(found, list | tuple):
        for one in found:
            yield from estimates(one)


def figures(one: Predictions, other: Predictions) -> Iterator[Estimate]:
    """What pages show of a split, alone and against another."""
    sweep, against = threshold_sweep(one), threshold_sweep(other)
    for threshold in (-5.0, 0.0, 5.0):
        here = rates(sweep, threshold)
        pair = here["sensitivity"], here["specificity"]
        size = sweep.effective_sizes(threshold)
        yield from estimates(here)
        yield from estimates(
            [
                predictive_values(
                    pair[0].value, pair[1].value, size["sensitivity"], size["specificity"], 0.2, correlation=0.0
                ),
                share_called_positive(*pair, prevalence=0.2, correlation=0.0),
                expected_cost(*pair, prevalence=0.2, miss=3, alarm=1, correlation=0.0),
                expected_net_benefit(*pair, prevalence=0.2, probability=0.1, correlation=0.0),
                net_benefit_at(one, threshold, 1.5),
                triage(one, sweep, threshold, threshold + 1, None),
                triage(one, sweep, threshold, threshold + 1, 0.2),
                subgroups(one, "sex", threshold=threshold, temperature=1.5),
                deliveries(against, other, threshold, {"sensitivity": "0.95", "specificity": "0.90"}, n_resamples=2),
                differences(sweep, against, {threshold: np.array([0.01, 0.02])}),
                [gap(here[rate], rates(against, threshold)[rate]) for rate in here],
            ]
        )
    yield from estimates(
        [auroc(one), auprc(one), prevalence(one), fit_temperature(one), shift_between(one, other, temperature=1.5)]
    )
    yield from estimates([calibration_errors(one), *(calibration_changes(one, temperature=t) for t in (None, 1.5))])


@pytest.mark.parametrize(
    ("name", "other"),
    [
        (name, other) if first <= second else pytest.param(name, other, marks=pytest.mark.long)
        for first, name in enumerate(SPLITS)
        for second, other in enumerate(SPLITS)
    ],
)
def test_what_does_not_exist_says_why(name: str, other: str) -> None:
    found = list(figures(SPLITS[name], SPLITS[other]))
    assert len(found) > 80
    silent = [one for one in found if not one.reason and not all(map(math.isfinite, (one.value, one.low, one.high)))]
    assert silent == []
    assert all(one.reason for one in found if math.isnan(one.value))
