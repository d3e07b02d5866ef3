"""Hospitals taken together and sites without truth, as pages get them: counted by hand, or asked of core directly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.evaluation.choosing.several_sites import AtEverySite, NotAtEverySite
from core.evaluation.comparing.next_hospital import next_hospital
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.sweep import threshold_sweep
from core.runs.sites import Site, Sites
from core.runs.store import Run
from dashboard import gateway

HOSPITALS = ("north", "south", "east")


def _site(run: Run, name: str, images: EvaluationSet) -> Site:
    return Site(name=name, folder=Path(name), manifest={}, findings={run.finding: images})


def _labelled(name: str, n: int) -> EvaluationSet:
    truth, rng = np.arange(n) % 2, np.random.default_rng(n)
    return EvaluationSet(
        image_id=np.array([f"{name}{i}" for i in range(n)], dtype=object),
        patient_id=np.array([f"{name}{i}" for i in range(n)], dtype=object),
        y_true=truth.astype(float),
        logit=rng.normal(3 * truth - 1.5, 1.2),
        date=np.full(n, "NaT", dtype="datetime64[D]"),
    )


@pytest.fixture
def several(counted: Run) -> Run:
    """``counted`` with three labelled sites, and one of ten images of five patients without a truth, on four days."""
    west = EvaluationSet(
        image_id=np.array([f"w{i}" for i in range(10)], dtype=object),
        patient_id=np.array([f"w{i // 2}" for i in range(10)], dtype=object),
        y_true=np.full(10, np.nan),
        logit=np.arange(10) - 4.0,
        date=np.array(["2024-01-01"] * 4 + ["2024-01-04"] * 4 + ["NaT"] * 2, dtype="datetime64[D]"),
    )
    sites = {name: _site(counted, name, _labelled(name, 60 + 20 * i)) for i, name in enumerate(HOSPITALS)}
    return replace(counted, sites=Sites(whole={**sites, "west": _site(counted, "west", west)}))


def test_the_next_hospital_is_predicted_from_the_sets_that_are_counted(several: Run) -> None:
    for rate in ("sensitivity", "specificity"):
        sweeps = {name: threshold_sweep(several.predictions(name)) for name in HOSPITALS}
        found, expected = gateway.next_hospital(several, HOSPITALS, 0.0, rate), next_hospital(sweeps, 0.0, rate)
        assert (found.mean, found.prediction_low, found.prediction_high) == (
            expected.mean,
            expected.prediction_low,
            expected.prediction_high,
        )
        assert [site.name for site in found.sites] == list(HOSPITALS)
        assert found.prediction_low < found.mean.low < found.mean.value < found.mean.high < found.prediction_high
    assert "takes 3 hospitals" in gateway.next_hospital(several, HOSPITALS[:2], 0.0, "sensitivity").reason


def test_a_floor_at_every_site_is_held_or_it_is_said_where_it_is_not(several: Run) -> None:
    found = gateway.at_every_site(several, HOSPITALS, (("sensitivity", "0.70"),))
    assert isinstance(found, AtEverySite)
    for name in HOSPITALS:
        own = several.predictions(name)
        assert (own.logit[own.y_true == 1] >= found.threshold).mean() >= 0.70
    missed = gateway.at_every_site(several, HOSPITALS, (("sensitivity", "0.99"),))
    assert isinstance(missed, NotAtEverySite)


def test_how_far_a_set_would_have_to_move(several: Run) -> None:
    own = several.predictions("north")
    found = gateway.needed(several, "north", 5.0, "sensitivity", "0.5")
    assert (own.logit[own.y_true == 1] >= found.threshold).mean() >= 0.5
    assert found.move == pytest.approx(found.threshold - 5.0)


def test_calls_of_a_site_without_truth_by_hand(several: Run) -> None:
    """At 1.5 scores 2 to 5 are called: four of ten, two of them with a date, in four days."""
    found = gateway.called_positive(several, "west", 1.5)
    assert (found.called, found.images, found.patients, found.days, found.undated) == (4, 10, 5, 4, 2)
    assert found.share.value == 0.4
    assert found.share.low < 0.4 < found.share.high
    assert found.per_day.value == pytest.approx(2 / 4)


def test_expected_calls_by_hand(several: Run) -> None:
    """At 1.5 validation has 4 of 6 ill and 12 of 14 well, test 16 of 18 and 8 of 12."""
    found = gateway.expected_calls(several, "west", 1.5, 0.25)
    assert found["validation"].share.value == pytest.approx(0.25 * 4 / 6 + 0.75 * 2 / 14)
    assert found["test"].share.value == pytest.approx(0.25 * 16 / 18 + 0.75 * 4 / 12)
    for own in found.values():
        assert own.in_set.low <= own.share.low < own.share.value < own.share.high <= own.in_set.high


def test_the_inferred_prevalence_stands_with_its_warning(several: Run) -> None:
    found = gateway.prevalence_of_scores(several, "west", 1.5)
    assert found is not None
    assert 0 <= found.prevalence.value <= 1
    assert found.warning


def test_without_a_temperature_no_prevalence_is_inferred(make_run: Callable[..., Run]) -> None:
    run = make_run(temperature=None)
    assert gateway.prevalence_of_scores(run, "west", 1.5) is None


def test_scores_beside_those_of_the_runs_own_sets(several: Run) -> None:
    found = gateway.scores_beside(several, "west")
    assert list(dict.fromkeys(found["set"])) == ["validation", "test", "west"]
    west = found[found["set"] == "west"]
    assert west.loc[west["logit"] == 0, "share"].item() == pytest.approx(0.5)
