"""A site's own cases and the rest of test, by scikit-learn, statsmodels and crepes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm
from crepes import ConformalClassifier
from scipy.special import expit
from sklearn.metrics import brier_score_loss, log_loss, recall_score
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.comparing.local_site import Site, sets_of, site_of
from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]
T = 1.6


def part(split: Predictions, rows) -> Predictions:
    return Predictions(**{name: getattr(split, name)[rows] for name in ("image_id", "patient_id", "y_true", "logit")})


@pytest.fixture(scope="module")
def site(single: Predictions) -> Site:
    return site_of(part(single, slice(150)), single, 0.4, T, floor=("sensitivity", "0.80"))


def test_the_rest_is_test_without_the_local_patients(site: Site, single: Predictions) -> None:
    assert site.rest.image_id.tolist() == single.image_id[150:].tolist()
    assert (site.local.n, site.temperature) == (150, T)


def test_a_patient_of_a_local_image_is_not_in_the_rest(make: Make) -> None:
    """Neither patient 1, whose other image is local, nor patient 3, who has it by another name."""
    test = make([0, 1, 0, 1, 0, 1], np.arange(6.0), [1, 1, 2, 2, 3, 3])
    local = Predictions(
        image_id=np.array(["image0", "image4"], dtype=object),
        patient_id=np.array(["patient1", "nobody"], dtype=object),
        y_true=[0, 0],
        logit=[0.0, 4.0],
    )
    found = site_of(local, test, 1.0, 1.0, floor=("sensitivity", "0.80"))
    assert found.rest.image_id.tolist() == ["image2", "image3"]


def test_rates_of_every_way_are_scikit_learns_on_both_parts(site: Site) -> None:
    assert set(site.rates) == {"unadapted", "temperature", "intercept", "guarantee"}
    for way in site.ways:
        for where, split in (("local", site.local), ("rest", site.rest)):
            called = split.logit >= way.threshold
            found = site.rates[way.name][where]
            assert found["sensitivity"].value == pytest.approx(recall_score(split.y_true, called))
            assert found["specificity"].value == pytest.approx(recall_score(split.y_true, called, pos_label=0))
    unadapted = site.rates["unadapted"]["rest"]["sensitivity"]
    hits = int((site.rest.logit[site.rest.y_true == 1] >= 0.4).sum())
    limits = proportion_confint(hits, site.rest.n_pos, method="wilson")
    assert (unadapted.low, unadapted.high) == pytest.approx(limits)


def test_errors_on_the_rest_are_of_each_ways_own_probabilities(site: Site) -> None:
    binomial = sm.families.Binomial()
    model = sm.GLM(site.local.y_true, np.ones(150), family=binomial, offset=site.local.logit / T)
    # Through the origin, the slope of a logistic regression is the inverse temperature.
    inverse = sm.GLM(site.local.y_true, site.local.logit, family=binomial).fit().params[0]
    scores = {
        "unadapted": site.rest.logit / T,
        "temperature": site.rest.logit * inverse,
        "intercept": site.rest.logit / T + model.fit().params[0],
    }
    assert set(site.errors) == set(scores)
    for name, logit in scores.items():
        p = expit(logit)
        assert site.errors[name].nll.value == pytest.approx(log_loss(site.rest.y_true, p), abs=1e-7)
        assert site.errors[name].brier.value == pytest.approx(brier_score_loss(site.rest.y_true, p), abs=1e-7)


def test_a_way_without_a_threshold_has_neither_rates_nor_errors(single: Predictions) -> None:
    ill = part(single, np.flatnonzero((single.y_true == 1) & (single.logit > 0))[:8])
    found = site_of(ill, single, 0.4, T, floor=("specificity", "0.80"))
    assert set(found.rates) == {"unadapted"}
    assert set(found.errors) == {"unadapted"}


@pytest.mark.parametrize("level", ["0.80", "0.90"])
def test_sets_are_calibrated_on_local_cases_and_counted_on_the_rest(site: Site, level: str) -> None:
    own = np.where(site.local.y_true == 1, -site.local.logit, site.local.logit)
    crepes = ConformalClassifier().fit(own, bins=site.local.y_true.astype(int))
    scores = np.stack([site.rest.logit, -site.rest.logit], axis=1)
    holds = [
        crepes.predict_set(scores, bins=np.full(site.rest.n, label), confidence=float(level), smoothing=False)[:, label]
        for label in (0, 1)
    ]
    found = sets_of(site, level)
    names = np.array([["none", "positive"], ["negative", "both"]])[holds[0].astype(int), holds[1].astype(int)]
    for label in (0, 1):
        member = site.rest.y_true == label
        assert found.covered[label].value == pytest.approx(holds[label][member].mean())
        assert found.given[label] == {
            name: int((names[member] == name).sum()) for name in ("negative", "both", "positive", "none")
        }
