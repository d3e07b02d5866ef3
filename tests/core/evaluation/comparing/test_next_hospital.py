"""The next hospital's rate from sweeps: metafor's figures, a binomial-normal fit, and what has no prediction."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import binom

from core.evaluation.comparing.next_hospital import next_hospital
from core.evaluation.sweep import threshold_sweep

CELLS = {"A": (120, 130), "B": (310, 390), "C": (58, 60), "D": (402, 420), "E": (77, 90)}
METAFOR = (2.31984652250997, 1.27682430024868, 3.36286874477126, -0.38571294028613, 5.02540598530607)
"""Mean, its limits and the prediction's (see ``tests/core/evaluation/estimates/test_random_effects.py``)."""


@pytest.fixture
def sweeps(make):
    def of(cells, label=1):
        """Sites with so many images of the class called rightly at 0, and three images of the other."""
        found = {}
        for name, (right, n) in cells.items():
            called = np.where(np.arange(n) < right, 1.0, -1.0) * (1 if label else -1)
            y = np.r_[np.full(n, label), np.full(3, 1 - label)]
            found[name] = threshold_sweep(make(y, np.r_[called, [-1.0, 1.0, 1.0]]))
        return found

    return of


@pytest.mark.parametrize(("rate", "label"), [("sensitivity", 1), ("specificity", 0)])
def test_equals_metafor(sweeps, rate, label):
    found = next_hospital(sweeps(CELLS, label), 0.0, rate)
    mean = found.mean
    ends = (mean.value, mean.low, mean.high, found.prediction_low, found.prediction_high)
    assert ends == pytest.approx(expit(METAFOR), abs=1e-9)
    assert found.tau == pytest.approx(math.sqrt(0.58162986438116), abs=1e-9)
    assert [site.name for site in found.sites] == list(CELLS)
    assert [site.few_errors for site in found.sites] == [False, False, True, False, False]
    assert (found.reason, found.left_out) == ("", {})
    assert found.cautious_low <= found.prediction_low and found.cautious_high >= found.prediction_high


def test_binomial_normal_fit_agrees(sweeps):
    """Maximum likelihood with binomial sites: no logit of a site, no correction, no variance that is taken as known."""
    cells = {f"site {number}": (right, 400) for number, right in enumerate((372, 356, 384, 361, 340, 378, 366, 350))}
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    x, n = np.array(list(cells.values())).T

    def loss(parameters):
        p = expit(parameters[0] + math.exp(parameters[1]) * nodes)
        return -np.log(binom.pmf(x[:, None], n[:, None], p) @ weights / math.sqrt(2 * math.pi)).sum()

    mean, log_tau = minimize(loss, [2.0, -1.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}).x
    found = next_hospital(sweeps(cells), 0.0, "sensitivity")
    assert found.mean.value == pytest.approx(expit(mean), abs=0.002)
    # Of 8 hospitals maximum likelihood has a spread smaller by about the root of 7/8.
    assert found.tau * math.sqrt(7 / 8) == pytest.approx(math.exp(log_tau), rel=0.05)


def test_images_of_one_patient_count_as_less(sweeps, make):
    def doubled(name):
        right, n = CELLS[name]
        called = np.repeat(np.where(np.arange(n) < right, 1.0, -1.0), 2)
        y = np.r_[np.ones(2 * n, dtype=int), 0, 0]
        return threshold_sweep(make(y, np.r_[called, -1.0, 1.0], np.r_[np.repeat(np.arange(n), 2), n, n + 1]))

    twice = next_hospital({name: doubled(name) for name in CELLS}, 0.0, "sensitivity")
    once = next_hospital(sweeps(CELLS), 0.0, "sensitivity")
    assert twice.prediction_low == pytest.approx(once.prediction_low, abs=0.02)
    assert [site.size for site in twice.sites] == pytest.approx([site.size for site in once.sites], rel=0.03)
    assert [site.few_errors for site in twice.sites] == [site.few_errors for site in once.sites]


def test_five_errors_are_not_few(sweeps):
    found = next_hospital(sweeps({"A": (45, 50), "B": (46, 50), "C": (85, 90), "D": (86, 90)}), 0.0, "sensitivity")
    assert [site.few_errors for site in found.sites] == [False, True, False, True]


def test_two_hospitals_predict_nothing_and_say_why(sweeps):
    found = next_hospital(sweeps({name: CELLS[name] for name in "AB"}), 0.0, "sensitivity")
    assert found.reason == found.mean.reason == "it takes 3 hospitals whose rate has an interval, and there are 2"
    assert all(math.isnan(end) for end in (found.prediction_low, found.prediction_high, found.cautious_low, found.tau))
    assert next_hospital({}, 0.0, "sensitivity").reason.endswith("and there is none")


def test_sites_without_an_interval_are_left_out_by_name(sweeps, make):
    """One without the class, and one whose images are nearly all of one patient."""
    without = threshold_sweep(make([0, 0], [1.0, 2.0]))
    one_patient = threshold_sweep(make(np.ones(41, dtype=int), np.arange(41.0), np.r_[np.zeros(40, dtype=int), 1]))
    found = next_hospital(sweeps(CELLS) | {"F": without, "G": one_patient}, 0.0, "sensitivity")
    assert found.left_out == {"F": "no positive images", "G": "one patient or two have most of the images"}
    assert found.mean.value == pytest.approx(expit(METAFOR[0]), abs=1e-9)


def test_rates_of_1_at_every_hospital_are_not_certain(sweeps):
    found = next_hospital(sweeps({name: (n, n) for name, (_, n) in CELLS.items()}), 0.0, "sensitivity")
    assert 0.9 < found.prediction_low < found.mean.low < found.mean.value < 1
    assert all(site.few_errors for site in found.sites)
