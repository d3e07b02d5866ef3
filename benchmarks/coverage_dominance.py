"""Hospitals where one patient has a share of the images, and hospitals whose patients have images of both classes.

The first is either a catch-all id, whose images are of both classes and as independent as those of strangers, or one
child with many alike films. The truth of both is that of all children, :class:`~benchmarks.coverage_truth.Population`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from scipy.special import ndtr

from benchmarks.coverage_hospitals import ALIKE, DISTANCE, SIZES, hospital, monte_carlo_error
from benchmarks.coverage_truth import AUROC, Population
from core.evaluation.calibration.change import calibration_changes
from core.evaluation.choosing.operating_point import predictive_values_at, rates
from core.evaluation.estimates.clusters import kish, size_of_share
from core.evaluation.estimates.discrimination import auprc, auroc
from core.evaluation.estimates.intervals import Estimate, wilson
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep
from core.evaluation.worth import consequences

SHARES = (0.0, 0.2, 0.3, 0.5, 0.7, 0.9)
OTHERS = (5, 10, 20, 30)
"""Other patients of each class."""
IMAGES = 3
"""Of each of the others."""
THRESHOLD, EVEN = -0.75, 0.5
NEAR, CLINIC = 0.5, 0.3
"""How far from 0 the classes of patients with images of both lie, and the prevalence of the clinic."""
BOTH_SIZES = (30, 120, 624)
"""Patients with two images of each class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dominated:
    """Hospitals with ``others`` patients a class, and one more that has ``share`` of all images."""

    share: float
    others: int
    catch_all: bool

    def draw(self, rng: np.random.Generator) -> Predictions:
        others = 2 * self.others
        many = round(self.share / (1 - self.share) * others * IMAGES)
        patient = np.concatenate([np.repeat(np.arange(others), IMAGES), np.full(many, others)])
        of_patient = np.append(np.arange(others) % 2, rng.integers(2))
        if self.catch_all:
            ill, alike = rng.random(len(patient)) < EVEN, np.where(patient < others, ALIKE, 0.0)
            ill[: others * IMAGES] = of_patient[patient[: others * IMAGES]]
        else:
            ill, alike = of_patient[patient] == 1, np.full(len(patient), ALIKE)
        own = rng.normal(size=others + 1)[patient]
        noise = np.sqrt(alike) * own + np.sqrt(1 - alike) * rng.normal(size=len(patient))
        return _predictions(patient, ill, noise)


def of_both_classes(rng: np.random.Generator, patients: int) -> Predictions:
    """``patients`` with two images of each class each, alike as one patient's are."""
    patient, ill = np.repeat(np.arange(patients), 4), np.tile([True, True, False, False], patients)
    own = rng.normal(scale=math.sqrt(ALIKE), size=patients)[patient]
    noise = own + rng.normal(scale=math.sqrt(1 - ALIKE), size=len(patient))
    return _predictions(patient, ill, noise, NEAR)


def _predictions(patient: np.ndarray, ill: np.ndarray, noise: np.ndarray, distance: float = DISTANCE) -> Predictions:
    return Predictions(
        image_id=np.arange(len(patient)).astype(str).astype(object),
        patient_id=patient.astype(str).astype(object),
        y_true=ill.astype(np.int8),
        logit=np.where(ill, distance, -distance) + noise,
    )


def dominance(number: int) -> pd.DataFrame:
    """Coverage of each figure in ``number`` hospitals of each kind, and how many of its figures have no interval.

    ``G`` is the mean Kish number of patients. NaN where no hospital of the kind has an interval.
    """
    population, rows = Population(EVEN), []
    calibration = population.calibration(1.0)
    truth = {
        "specificity": population.rates(THRESHOLD)["specificity"],
        "AUROC": AUROC,
        "AUPRC": population.average_precision,
        "Brier": calibration["brier"],
        "slope": calibration["slope"],
    }
    for catch_all, share, others in itertools.product((True, False), SHARES, OTHERS):
        kind = Dominated(share=share, others=others, catch_all=catch_all)
        rng, shown, g = np.random.default_rng([catch_all, round(10 * share), others]), [], 0.0
        for _ in range(number):
            split = kind.draw(rng)
            g += kish(np.bincount(split.patient_index)) / number
            shown.append(_figures(split))
        name = "catch-all" if catch_all else "one child"
        rows.append({"largest": name, "share": share, "others": others, "G": g, **_held(shown, truth)})
    return pd.DataFrame(rows)


def _figures(split: Predictions) -> Mapping[str, Estimate]:
    changes = calibration_changes(split, temperature=1.0)
    return {
        "specificity": rates(threshold_sweep(split), THRESHOLD)["specificity"],
        "AUROC": auroc(split),
        "AUPRC": auprc(split),
        "Brier": changes["brier"].before,
        "slope": changes["slope"].before,
    }


def both_classes(number: int) -> pd.DataFrame:
    """Coverage of figures of both classes' rates, with the correlation that patients show and as if there were none."""
    rows, right = [], float(ndtr(NEAR))
    wrong = 1 - right
    found, alarmed = CLINIC * right, (1 - CLINIC) * wrong
    truth = {
        "balanced_accuracy": right,
        "lr_positive": right / wrong,
        "lr_negative": wrong / right,
        "share called": found + alarmed,
        "cost": 10 * CLINIC * wrong + alarmed,
        "PPV": found / (found + alarmed),
    }
    for patients in BOTH_SIZES:
        rng = np.random.default_rng([7, patients])
        sweeps = [threshold_sweep(of_both_classes(rng, patients)) for _ in range(number)]
        for name, independent in (("as patients show", False), ("as if independent", True)):
            shown = [dict(_of_both(sweep, independent=independent)) for sweep in sweeps]
            rows.append({"patients": patients, "correlation": name, **_held(shown, truth)})
    return pd.DataFrame(rows)


def widening(number: int) -> pd.DataFrame:
    """How much wider specificity's interval is than by Rao and Scott's size alone (n/d, the patients where p is 1), in
    per cent of its width, of 1 to 5 alike images a patient: the mean of ``number`` hospitals, within and at 1."""
    rows = []
    for patients in SIZES:
        wider: dict[str, list[float]] = {"within": [], "at 1": []}
        rng = np.random.default_rng([5, patients])
        for _ in range(number):
            split = hospital(rng, patients, EVEN, 5)
            well = split.y_true == 0
            images = np.bincount(split.patient_index[well], minlength=split.n_patients)
            right = np.bincount(split.patient_index[well & (split.logit < THRESHOLD)], minlength=split.n_patients)
            for name, x in (("within", right), ("at 1", images)):
                p, n = x.sum() / images.sum(), images.sum()
                spread = float(((x - p * images) ** 2).sum())
                plain = n * n * p * (1 - p) / spread if spread else np.count_nonzero(images)
                old, new = (np.ptp(wilson(p, size)) for size in (plain, size_of_share(x, images)))
                wider[name].append(100 * (new / old - 1))
        rows.append({"patients": patients, **{name: float(np.mean(of)) for name, of in wider.items()}})
    return pd.DataFrame(rows)


class _Independent(ThresholdSweep):
    """A sweep whose sensitivity and specificity are taken to be independent, though patients have images of both."""

    def correlation(self, rows: np.ndarray) -> np.ndarray:
        return np.zeros(len(rows))


def _of_both(sweep: ThresholdSweep, *, independent: bool) -> Iterator[tuple[str, Estimate]]:
    if independent:
        sweep = _Independent(**{one.name: getattr(sweep, one.name) for one in fields(sweep)})
    found, correlation = rates(sweep, 0.0), sweep.correlation_at(0.0)
    both = found["sensitivity"], found["specificity"], correlation
    yield from ((rate, found[rate]) for rate in ("balanced_accuracy", "lr_positive", "lr_negative"))
    yield "share called", consequences.share_called_positive(*both, prevalence=CLINIC)
    yield "cost", consequences.expected_cost(*both, prevalence=CLINIC, miss=10.0, alarm=1.0)
    yield "PPV", predictive_values_at(sweep, 0.0, CLINIC)[0]


def _held(shown: list[Mapping[str, Estimate]], truth: Mapping[str, float]) -> dict[str, float]:
    """Of each figure the share of intervals that hold the truth; the largest Monte Carlo error; the share without."""
    holds = {
        name: np.array([e.low <= true <= e.high for e in (one[name] for one in shown) if math.isfinite(e.low + e.high)])
        for name, true in truth.items()
    }
    given = sum(map(len, holds.values())) / len(shown) / len(truth)
    covered = {name: float(held.mean()) if len(held) else math.nan for name, held in holds.items()}
    fewest = max(min(map(len, holds.values())), 1)
    shares = [min(share, 0.95) for share in covered.values() if not math.isnan(share)] or [0.5]
    error = monte_carlo_error(np.array(shares), fewest)
    return covered | {"±": float(error.max()), "without": 1 - given}
