"""Figures by subgroup against scikit-learn and plain counts of each level."""

import math

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from core.evaluation.predictions import Predictions
from dashboard import gateway
from tests.dashboard.gateway import otherwise

LEVELS = {"validation": ["north", "south", None], "test": ["east", "north", "south"]}
TEMPERATURES = {"raw": 1.0, "calibrated": 2.0}


def part(split: Predictions, column: str, level: str | None) -> Predictions:
    rows = np.array([value == level for value in split.subgroups[column]])
    return Predictions(**{name: getattr(split, name)[rows] for name in ("image_id", "patient_id", "y_true", "logit")})


@pytest.mark.parametrize("split", LEVELS)
@pytest.mark.parametrize("scale", TEMPERATURES)
def test_every_level_is_counted_by_itself(counted, split, scale):
    found = gateway.subgroups(counted, split, ("site",), 1.5, scale)
    assert [group.name for group in found.groups] == LEVELS[split]
    whole = counted.predictions(split)
    for group, own in [(found.overall, whole), *((g, part(whole, "site", g.name)) for g in found.groups)]:
        assert (group.images, group.positives, group.patients) == (own.n, own.n_pos, len(set(own.patient_id)))
        for rate, label in (("sensitivity", 1), ("specificity", 0)):
            if (own.y_true == label).any():
                expected = getattr(otherwise, rate)(own, 1.5)
                assert otherwise.limits(group.estimates[rate]) == pytest.approx(expected, nan_ok=True)
            else:
                assert math.isnan(group.estimates[rate].value)
        if own.n_pos and own.n_neg:
            assert group.estimates["auroc"].value == pytest.approx(roc_auc_score(own.y_true, own.logit))
            gap = (expit(own.logit / TEMPERATURES[scale]) - own.y_true).mean()
            assert group.estimates["calibration_gap"].value == pytest.approx(gap)


def test_levels_by_hand(counted):
    """At 1.5 in the north both images of j are missed of 4 ill, and all 6 well lie below; of the 8 other well 6 do."""
    north, south, unknown = gateway.subgroups(counted, "validation", ("site",), 1.5, "raw").groups
    assert (north.positives, north.estimates["sensitivity"].value) == (4, 2 / 4)
    assert (south.positives, south.estimates["sensitivity"].value) == (2, 2 / 2)
    assert (south.images - south.positives, south.estimates["specificity"].value) == (7, 5 / 7)
    assert (unknown.images, unknown.positives) == (1, 0)
    assert north.comparisons["specificity"].difference.value == pytest.approx(6 / 6 - 6 / 8)


def test_every_part_of_the_key_gives_another(counted, exchanged):
    def south(run, split="validation", threshold=1.5, scale="raw"):
        groups = gateway.subgroups(run, split, ("site",), threshold, scale).groups
        own = next(group for group in groups if group.name == "south").estimates
        return own["sensitivity"].value, own["calibration_gap"].value

    splits = {name: part(run, "site", "south") for name, run in counted.evaluation_sets.items()}

    def expected(split, threshold, temperature):
        own = splits[split]
        gap = (expit(own.logit / temperature) - own.y_true).mean()
        return otherwise.sensitivity(own, threshold)[0], pytest.approx(gap)

    for _ in range(2):
        assert south(counted) == expected("validation", 1.5, 1.0)
        assert south(counted, split="test") == expected("test", 1.5, 1.0)
        assert south(counted, threshold=3.5) == expected("validation", 3.5, 1.0)
        assert south(counted, scale="calibrated") == expected("validation", 1.5, 2.0)
        assert south(exchanged, scale="calibrated") == expected("test", 1.5, 0.5)


@pytest.fixture
def many(make_run):
    """Two columns with levels that have 40 patients of each class, and one with a level that has 10; more in test."""
    rng, splits = np.random.default_rng(8), {}
    for name, n, move in (("validation", 180, 0.0), ("test", 270, 1.5)):
        y = np.arange(n) % 2
        ids = np.array([f"{name}{i}" for i in range(n)], dtype=object)
        site = np.where(np.arange(n) < 80, "north", np.where(np.arange(n) < 160, "south", "west")).astype(object)
        film = np.where(np.arange(n) % 4 < 2, "digital", "film").astype(object)
        splits[name] = Predictions(
            image_id=ids,
            patient_id=ids,
            y_true=y,
            logit=rng.normal(3 * y - 1.5 + move, 2.0),
            subgroups={"site": site, "film": film},
        )
    return make_run(splits["validation"], splits["test"])


@pytest.mark.parametrize("split", LEVELS)
@pytest.mark.parametrize(("scale", "temperature"), TEMPERATURES.items())
@pytest.mark.parametrize(("column", "levels"), [("site", ["north", "south", "west"]), ("film", ["digital", "film"])])
def test_errors_of_levels_are_of_their_own_images(many, split, scale, temperature, column, levels):
    found = gateway.level_errors(many, split, (column,), scale)
    for error, level in zip(found, levels, strict=True):
        own = part(many.predictions(split), column, level)
        if min(own.n_pos, own.n_neg) < 30:
            assert math.isnan(error.value)
        else:
            assert error.value == pytest.approx(otherwise.debiased_error(own, expit(own.logit / temperature)))


def test_few_patients_have_no_calibration_error(counted, many):
    assert all(math.isnan(error.value) for error in gateway.level_errors(counted, "validation", ("site",), "raw"))
    undefined = {
        split: [math.isnan(error.value) for error in gateway.level_errors(many, split, ("site",), "raw")]
        for split in LEVELS
    }
    assert undefined == {"validation": [False, False, True], "test": [False, False, False]}
