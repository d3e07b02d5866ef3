"""Floors at every site: against every threshold tried by hand, one site's own search, and simulated hospitals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import binomtest

from core.evaluation.choosing.guarantee import Guarantee, choose_guaranteed
from core.evaluation.choosing.several_sites import AtEverySite, NotAtEverySite, choose_at_every_site, together
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from tests.core.evaluation.conftest import _make

FLOORS = ({"sensitivity": "0.6"}, {"specificity": "0.7"}, {"sensitivity": "0.5", "specificity": "0.55"})
images = st.lists(st.tuples(st.integers(0, 1), st.integers(-6, 6), st.integers(0, 25)), min_size=2, max_size=40)


def site(rows) -> Predictions:
    y, logit, patient = np.array(rows).T
    return _make(y, logit.astype(float), patient)


def chosen(sites, floors, confidence=0.95):
    return choose_at_every_site(
        sites, {name: threshold_sweep(own) for name, own in sites.items()}, floors, confidence=confidence
    )


def by_hand(sites, floors, confidence):
    """From the most lenient score on, until some site's test fails; then the best other rate of all images."""
    scores = sorted({score for own in sites.values() for score in own.logit.tolist()})
    allowed, error = set(scores), (1 - confidence) / len(floors)
    for rate, floor in floors.items():
        passed = set()
        for score in scores if rate == "sensitivity" else scores[::-1]:
            largest = 0.0
            for own in sites.values():
                rows = one_image_a_patient(own)
                of_class = own.logit[rows][own.y_true[rows] == (rate == "sensitivity")]
                hits = int(((of_class >= score) == (rate == "sensitivity")).sum())
                test = binomtest(hits, len(of_class), float(floor), alternative="greater")
                largest = max(largest, test.pvalue)
            if largest > error:
                break
            passed.add(score)
        allowed &= passed
    y, logit = (np.concatenate([getattr(own, of) for own in sites.values()]) for of in ("y_true", "logit"))

    def merit(score):
        tp, tn = int(((logit >= score) & (y == 1)).sum()), int(((logit < score) & (y == 0)).sum())
        if len(floors) > 1:
            return tp * int((y == 0).sum()) + tn * int((y == 1).sum()), tp
        return (tn, tp) if "sensitivity" in floors else (tp, tn)

    return max(allowed, key=merit) if allowed else None


@settings(max_examples=60, deadline=None)
@given(st.lists(images, min_size=1, max_size=3), st.sampled_from(FLOORS), st.sampled_from([0.6, 0.8, 0.95]))
def test_equals_every_threshold_tried_by_hand(drawn, floors, confidence):
    sites = {f"site {number}": site(rows) for number, rows in enumerate(drawn)}
    found = chosen(sites, floors, confidence)
    if not all(own.n_pos and own.n_neg for own in sites.values()):
        assert isinstance(found, NotAtEverySite) and found.floors == {}
        return
    expected = by_hand(sites, floors, confidence)
    assert (found.threshold if isinstance(found, AtEverySite) else None) == expected
    if isinstance(found, AtEverySite):
        bounds = [(one.bound, float(one.floor)) for own in found.floors.values() for one in own]
        assert all(bound >= floor - 1e-12 for bound, floor in bounds)


@settings(max_examples=40, deadline=None)
@given(images, st.sampled_from(FLOORS))
def test_one_site_is_its_own_guarantee(rows, floors):
    own = site(rows)
    alone, found = choose_guaranteed(own, threshold_sweep(own), floors, confidence=0.8), chosen({"A": own}, floors, 0.8)
    assert isinstance(found, AtEverySite) == isinstance(alone, Guarantee)
    if isinstance(alone, Guarantee):
        assert found.threshold == alone.point.threshold
        assert found.floors["A"] == alone.floors
        assert (found.points["A"].tp, found.points["A"].fp) == (alone.point.tp, alone.point.fp)


@given(st.lists(images, min_size=1, max_size=3))
def test_together_counts_the_images_of_all(drawn):
    sites = [site(rows) for rows in drawn]
    counts = together({str(number): threshold_sweep(own) for number, own in enumerate(sites)})
    y, logit = (np.concatenate([getattr(own, of) for own in sites]) for of in ("y_true", "logit"))
    patient = np.arange(len(y))
    one = threshold_sweep(_make(y, logit, patient))
    assert counts.threshold.tolist() == one.threshold.tolist()
    assert counts.tp.tolist() == one.tp.tolist() and counts.fp.tolist() == one.fp.tolist()
    assert (counts.n_pos, counts.n_neg) == (one.n_pos, one.n_neg)


def normal_sites(rng, middles, patients):
    """Sites whose ill patients score about ``middles``; the others about -2."""
    found = {}
    for name, middle in middles.items():
        y = (np.arange(2 * patients) < patients).astype(int)
        found[name] = _make(y, rng.normal(np.where(y, middle, -2.0), 1.0))
    return found


@pytest.mark.parametrize("middles", [(1.0, 1.0, 1.0), (1.0, 2.5)])
def test_error_of_every_site_is_at_most_its_level(middles):
    """150 collections; three standard errors of 5 % are 5.3 percentage points. ``benchmarks/floors_at_sites.py`` has
    many more."""
    rng, number, wrong, given_at_all = np.random.default_rng(len(middles)), 150, 0, 0
    named = {f"site {place}": middle for place, middle in enumerate(middles)}
    for _ in range(number):
        found = chosen(normal_sites(rng, named, 80), {"sensitivity": "0.85"})
        if isinstance(found, AtEverySite):
            given_at_all += 1
            wrong += min(ndtr(middle - found.threshold) for middle in middles) < 0.85
    assert wrong / number <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / number)
    assert given_at_all == number


def test_one_worse_site_decides_and_no_site_is_corrected_for():
    """Where one site is far worse than three others the threshold is about that of the worse one alone."""
    rng = np.random.default_rng(5)
    sites = normal_sites(rng, {"A": 0.5, "B": 3.0, "C": 3.0, "D": 3.0}, 200)
    found = chosen(sites, {"sensitivity": "0.85"})
    alone = choose_guaranteed(sites["A"], threshold_sweep(sites["A"]), {"sensitivity": "0.85"})
    # The scores of the others lie between those of A.
    below = np.sort(sites["A"].logit)
    assert alone.point.threshold <= found.threshold <= below[np.searchsorted(below, alone.point.threshold) + 1]
    assert found.floors["A"][0].confidence == 0.95


def test_why_no_threshold_does(make):
    rng = np.random.default_rng(1)
    sites = normal_sites(rng, {"A": 2.0, "B": 2.0}, 100) | normal_sites(rng, {"C": 2.0}, 20)
    found = chosen(sites, {"sensitivity": "0.9"})
    assert isinstance(found, NotAtEverySite)
    assert found.reason == (
        "where it comes closest, C calls 20 of 20 positive patients rightly, and the fewest that can guarantee "
        "sensitivity of at least 0.9 are 29, if every one is"
    )
    assert [one[0].patients for one in found.floors.values()] == [100, 100, 20]
    tied = {"A": make([1] * 20 + [0] * 40, [0.0] * 60)}
    assert "calls 0 of 40 negative patients rightly, and it takes 37" in chosen(tied, {"specificity": "0.8"}).reason
    assert chosen({"A": make([1, 1], [0.0, 1.0])}, {"sensitivity": "0.5"}).reason == "A has no negative images"


def test_what_cannot_be_asked():
    with pytest.raises(ValueError, match="one site or more"):
        choose_at_every_site({}, {}, {"sensitivity": "0.5"})
    with pytest.raises(ValueError, match="a floor is put under"):
        chosen({"A": site([(0, 1, 0), (1, 1, 1)])}, {"accuracy": "0.5"})
