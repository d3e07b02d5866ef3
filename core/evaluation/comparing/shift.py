"""How test differs from validation, taken apart: prevalence, and the scores within each class."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binom, wasserstein_distance

from core.evaluation.comparing.exchange import Exchange
from core.evaluation.comparing.prior_shift import InferredPrevalence, inferred_prevalence, not_inferred
from core.evaluation.comparing.rest_comparison import holm
from core.evaluation.estimates.bootstrap import RESAMPLES, resamples_within_reach
from core.evaluation.estimates.clusters import size_of_share
from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate, newcombe_difference
from core.evaluation.estimates.prevalence import prevalence
from core.evaluation.places import places
from core.evaluation.predictions import FloatArray, IntArray, Predictions

_SIGNIFICANT = 0.05
_FEWEST_FOR_MEDIAN = 6
"""Two-sided, the range of n values holds the median with probability 1 - 0.5^(n - 1): 0.95 needs 6."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrevalenceShift:
    """The share of positives in both splits, and test minus validation (Newcombe); undefined without images."""

    validation: Estimate
    test: Estimate
    difference: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassShift:
    """How the logits of one class moved from validation to test.

    ``difference`` is of the medians, in logits, test minus validation. ``distance`` is Wasserstein's between the two
    distributions, in logits, and ``chance`` what it exceeds in 5 % of the ``permutations``; ``p_value`` is
    (1 + permutations with at least ``distance``) / (1 + permutations). NaN where a split has no images of the class.
    """

    n_validation: int
    n_test: int
    median_validation: Estimate
    median_test: Estimate
    difference: Estimate
    distance: float
    chance: float
    p_value: float
    permutations: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """How test differs from validation: in prevalence, as its scores alone suggest, and within each class (0 and 1)."""

    prevalence: PrevalenceShift
    inferred: InferredPrevalence
    classes: Mapping[int, ClassShift]

    @property
    def moved(self) -> tuple[int, ...]:
        """The classes whose scores differ more than chance explains: Holm's p over both is at most 0.05, so that any is
        named in at most 5 % of cases where none moved."""
        adjusted = holm([own.p_value for own in self.classes.values()])
        return tuple(label for label, p in zip(self.classes, adjusted.tolist(), strict=True) if p <= _SIGNIFICANT)


def shift_between(validation: Predictions, test: Predictions, *, temperature: float | None) -> Shift:
    """The shift taken apart. Without a ``temperature`` no prevalence can be inferred from scores."""
    inferred = inferred_prevalence(validation, test, temperature) if temperature else not_inferred()
    return Shift(
        prevalence=prevalence_shift(validation, test),
        inferred=inferred,
        classes={label: class_shift(validation, test, label) for label in (0, 1)},
    )


def prevalence_shift(validation: Predictions, test: Predictions) -> PrevalenceShift:
    """The difference of prevalence, with patients as clusters."""
    before, after = prevalence(validation), prevalence(test)
    return PrevalenceShift(validation=before, test=after, difference=newcombe_difference(after, before))


def class_shift(
    validation: Predictions, test: Predictions, label: int, *, n_permutations: int = RESAMPLES, seed: int = 0
) -> ClassShift:
    """How the scores of class ``label`` moved, with a permutation test over patients.

    Whole patients are exchanged between the splits, as many of them on each side as there are. Of a patient with images
    of the class in both splits the two groups of images are swapped or not, by a coin.
    """
    parts = [(split, split.y_true == label) for split in (validation, test)]
    sizes = [int(member.sum()) for _, member in parts]
    medians = [median(split.logit[member], split.patient_index[member]) for split, member in parts]
    distance, reached, null = math.nan, 0, np.zeros(0)
    if all(sizes):
        distance = float(wasserstein_distance(*(split.logit[member] for split, member in parts)))
        seen, null = _permuted_distances(validation, test, label, n_permutations, np.random.default_rng(seed))
        reached = int(np.count_nonzero(null >= seen * (1 - 1e-9)))
    return ClassShift(
        n_validation=sizes[0],
        n_test=sizes[1],
        median_validation=medians[0],
        median_test=medians[1],
        difference=_difference(medians[1], medians[0]),
        distance=distance,
        chance=float(np.quantile(null, 0.95)) if len(null) else math.nan,
        p_value=(1 + reached) / (1 + len(null)) if len(null) else math.nan,
        permutations=len(null),
    )


def median(values: FloatArray, patient: IntArray) -> Estimate:
    """The median of (n,) values with Woodruff's interval (1952), patients (n,) as clusters.

    Its limits are the order statistics of the sign test with an effective sample size for the images, which is smaller
    for few patients (Korn and Graubard 1998). Undefined without values; without limits below an effective size of 6, as
    the whole range need not hold the median, and where one or two patients have most of the images.
    """
    if not len(values):
        return Estimate.undefined("no images of this class")
    middle = float(np.median(values))
    images = np.bincount(patient)
    below = np.bincount(patient, weights=values <= middle, minlength=len(images)).astype(np.int64)
    size = size_of_share(below, images)
    if not size:
        return Estimate.without_interval(middle, FEW_CLUSTERS)
    whole = math.floor(size + 1e-9)
    rank = binom.ppf((1 - LEVEL) / 2, whole, 0.5)
    if not rank:
        return Estimate.without_interval(middle, f"it needs the worth of {_FEWEST_FOR_MEDIAN} patients")
    share = (rank - 0.5) / whole
    low, high = np.quantile(values, [share, 1 - share], method="inverted_cdf").tolist()
    method = "Woodruff, effective sample size by patient"
    return Estimate(value=middle, low=min(low, middle), high=max(high, middle), method=method)


def _difference(after: Estimate, before: Estimate) -> Estimate:
    found = newcombe_difference(after, before)
    if math.isnan(found.value):
        return found
    return replace(found, method="MOVER, from Woodruff's limits of both")


def distribution(values: FloatArray, points: int = 400) -> tuple[FloatArray, FloatArray]:
    """The empirical distribution function: scores ascending and the share up to each, both (m,), m at most ``points``.

    Every score where these are few; else quantiles spread evenly, both ends among them.
    """
    ascending = np.sort(values)
    rows = np.unique(np.linspace(0, len(ascending) - 1, min(points, len(ascending))).round().astype(np.int64))
    share = np.searchsorted(ascending, ascending[rows], side="right") / max(len(ascending), 1)
    return ascending[rows], share


def _permuted_distances(
    validation: Predictions, test: Predictions, label: int, n_permutations: int, rng: np.random.Generator
) -> tuple[float, FloatArray]:
    """Wasserstein's distance between the splits with their images at :mod:`~core.evaluation.places`, and that of every
    permutation, (r,)."""
    members = [(split, split.y_true == label) for split in (validation, test)]
    logit = np.concatenate([split.logit[member] for split, member in members])
    place = places(logit)
    images = np.bincount(place)
    steps, up_to = np.diff(np.bincount(place, weights=logit) / images), np.cumsum(images)

    def distance(of_test: IntArray) -> float:
        count, n = np.cumsum(of_test), len(logit)
        apart = np.abs(count / count[-1] - (up_to - count) / (n - count[-1]))
        return float(apart[:-1] @ steps)

    exchange = Exchange([split.patient_id[member] for split, member in members], place)
    r = resamples_within_reach(n_permutations, len(logit))
    return distance(exchange.home), np.array([distance(exchange.draw(rng)) for _ in range(r)])
