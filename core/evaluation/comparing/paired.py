"""Two models, or a model and a reader, on the same images: every figure of both and how far they lie apart.

A difference is ``a`` less ``b``. Of the same images it is paired: its interval comes from what each patient adds to
both, so that what is hard for both does not count against either. Of other images it is the difference of two sets that
share nothing (Newcombe 1998; MOVER, Zou and Donner 2008). The expected calibration error has no difference here: it
cannot fall below 0, and near 0, where good models lie, its difference is not normal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from core.evaluation.calibration.probability import probability
from core.evaluation.calibration.slope import METHOD as OF_SLOPES
from core.evaluation.calibration.slope import slope_by_patient
from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.paired_areas import area_p_value, difference_of_areas, difference_of_precisions
from core.evaluation.comparing.paired_rates import (
    Discordant,
    Worth,
    difference_of_predictive_values,
    difference_of_shares,
    difference_of_worth,
    discordant,
)
from core.evaluation.comparing.pairing import Pairs, pair
from core.evaluation.comparing.rest_comparison import holm
from core.evaluation.comparing.set_figures import set_figures
from core.evaluation.estimates.discrimination import Mask
from core.evaluation.estimates.intervals import Estimate, newcombe_difference, no_limits
from core.evaluation.estimates.linearised import MEAN, Linearised, linearised_mean
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep
from core.evaluation.worth.consequences import expected_net_benefit

RATES = ("sensitivity", "specificity", "precision", "npv")
"""The rates that are compared, each at its model's own threshold."""

SAME = "both give every image the same score and decide alike"
"""Why differences of a model and itself, which are 0, have no interval."""

ALARMS_A_MISS = 10.0
"""How many false alarms a missed child is worth unless it is said."""

_NO_PRICE = "the images are of one class, so that no prevalence can be read of them"


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """What one model says of a set: its predictions, its ``threshold`` (a logit), and its ``temperature``.

    A threshold of None leaves its rates undefined, for ``no_threshold``; a temperature of None its Brier score and
    slope.
    """

    predictions: Predictions
    threshold: float | None
    temperature: float | None = None
    no_threshold: str = "the model has no threshold"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One figure of both models and ``a`` less ``b``; ``p`` is two-sided, of no difference, NaN where it has none."""

    a: Estimate
    b: Estimate
    difference: Estimate
    p: float = math.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two models. ``pairs`` are the images of both, None where they have none in common: every difference is then one
    of independent sets, and there is no McNemar test. Where all they have in common differ in truth nothing is left to
    compare, and all is undefined. ``n`` and ``n_patients`` are those of each side.

    ``figures`` has auroc, auprc, brier, slope, net_benefit and each of :data:`RATES`. ``worth`` is what net benefit
    is counted at, None without one.
    """

    pairs: Pairs | None
    n: tuple[int, int]
    n_patients: tuple[int, int]
    figures: Mapping[str, Compared]
    mcnemar: Discordant | None
    worth: Worth | None


def compare(a: Model, b: Model, *, worth: Worth | None = None, alarms_a_miss: float = ALARMS_A_MISS) -> Comparison:
    """Every figure of both and its difference: on the images that both have, or unpaired where they have none.

    ``worth`` is what net benefit is counted at: unless it is said, the prevalence of the images compared (of all of
    both where none pair) and ``alarms_a_miss``. Swapping ``a`` and ``b`` flips the sign of every difference and of
    its limits, exactly. A set without images has undefined figures.
    """
    pairs = pair(a.predictions, b.predictions)
    if pairs.shared:
        a, b = replace(a, predictions=pairs.a), replace(b, predictions=pairs.b)
        at = worth or _worth_of(pairs.a.n_pos, pairs.n, alarms_a_miss)
    else:
        n_pos, n = (sum(getattr(own.predictions, name) for own in (a, b)) for name in ("n_pos", "n"))
        at = worth or _worth_of(n_pos, n, alarms_a_miss)
    own = [_figures(model, at) for model in (a, b)]
    differences, p = _paired(a, b, at, own) if pairs.shared else _unpaired(a, b, own)
    return Comparison(
        pairs=pairs if pairs.shared else None,
        n=(a.predictions.n, b.predictions.n),
        n_patients=(a.predictions.n_patients, b.predictions.n_patients),
        figures={
            name: Compared(a=own[0][name], b=own[1][name], difference=differences[name], p=p.get(name, math.nan))
            for name in own[0]
        },
        mcnemar=_mcnemar(a, b) if pairs.shared else None,
        worth=at,
    )


def every_pair(
    models: Mapping[str, Model], *, worth: Worth | None = None
) -> dict[tuple[str, str], tuple[Comparison, float]]:
    """:func:`compare` of each two of ``models``, with the p value of their areas adjusted over all pairs (Holm 1979).

    NaN where a pair has none; those count as if they were not there.
    """
    found = {names: compare(*(models[name] for name in names), worth=worth) for names in combinations(models, 2)}
    adjusted = holm([comparison.figures["auroc"].p for comparison in found.values()])
    return {names: (one, float(p)) for (names, one), p in zip(found.items(), adjusted, strict=True)}


def _mcnemar(a: Model, b: Model) -> Discordant | None:
    """None where one of them has no threshold."""
    if a.threshold is None or b.threshold is None:
        return None
    return discordant(a.predictions, a.predictions.logit >= a.threshold, b.predictions.logit >= b.threshold)


def _worth_of(n_pos: int, n: int, alarms_a_miss: float) -> Worth | None:
    return Worth(n_pos / n, alarms_a_miss) if 0 < n_pos < n else None


def _figures(model: Model, at: Worth | None) -> dict[str, Estimate]:
    """Each figure of one model by itself."""
    found = set_figures(model.predictions, model.temperature)
    if model.threshold is None:
        unknown = Estimate.undefined(model.no_threshold)
        return found | dict.fromkeys(("net_benefit", *RATES), unknown)
    sweep = threshold_sweep(model.predictions)
    own = rates(sweep, model.threshold)
    return found | {"net_benefit": _worth(sweep, model.threshold, at)} | {name: own[name] for name in RATES}


def _worth(sweep: ThresholdSweep, threshold: float, at: Worth | None) -> Estimate:
    if at is None:
        return Estimate.undefined(_NO_PRICE)
    own = rates(sweep, threshold)
    return expected_net_benefit(
        own["sensitivity"],
        own["specificity"],
        sweep.correlation_at(threshold),
        prevalence=at.prevalence,
        probability=at.probability,
    )


def _unpaired(a: Model, b: Model, own: list[dict[str, Estimate]]) -> tuple[dict[str, Estimate], dict[str, float]]:
    differences = {name: _of_both(own, name) or newcombe_difference(own[0][name], own[1][name]) for name in own[0]}
    return differences, {"auroc": area_p_value([a.predictions, b.predictions])}


def _paired(
    a: Model, b: Model, at: Worth | None, own: list[dict[str, Estimate]]
) -> tuple[dict[str, Estimate], dict[str, float]]:
    """The differences of the same images, and the p values."""
    area, p = difference_of_areas(a.predictions, b.predictions)
    found = {"auroc": area, "auprc": difference_of_precisions(a.predictions, b.predictions)}
    if a.temperature is not None and b.temperature is not None:
        found["brier"] = _difference_of_brier(a.predictions, a.temperature, b.predictions, b.temperature)
        if not _of_both(own, "slope"):
            slopes = [slope_by_patient(x.predictions).times(x.temperature) for x in (a, b) if x.temperature is not None]
            found["slope"] = _difference_of_slopes(slopes[0], slopes[1], no_limits(own[0]["slope"], own[1]["slope"]))
    if a.threshold is not None and b.threshold is not None:
        calls = [own_of.logit >= at_ for own_of, at_ in ((a.predictions, a.threshold), (b.predictions, b.threshold))]
        found |= _of_decisions(a.predictions, calls[0], calls[1], at)
    differences = {name: _of_both(own, name) or found[name] for name in own[0]}
    if _alike(a, b):
        differences = {name: _certain(difference) for name, difference in differences.items()}
    return differences, {"auroc": p}


def _of_decisions(truth: Predictions, a: Mask, b: Mask, at: Worth | None) -> dict[str, Estimate]:
    found = {
        "sensitivity": difference_of_shares(truth, a, b, 1),
        "specificity": difference_of_shares(truth, a, b, 0),
        "precision": difference_of_predictive_values(truth, a, b, 1),
        "npv": difference_of_predictive_values(truth, a, b, 0),
    }
    return found if at is None else found | {"net_benefit": difference_of_worth(truth, a, b, at)}


def _of_both(own: list[dict[str, Estimate]], name: str) -> Estimate | None:
    """Why a difference is undefined, where one of the figures is; None where both have a value."""
    missing = [one[name].reason for one in own if math.isnan(one[name].value)]
    return Estimate.undefined(missing[0]) if missing else None


def _alike(a: Model, b: Model) -> bool:
    return (a.threshold, a.temperature) == (b.threshold, b.temperature) and np.array_equal(
        a.predictions.logit, b.predictions.logit
    )


def _certain(difference: Estimate) -> Estimate:
    return difference if math.isnan(difference.value) else Estimate.without_interval(difference.value, SAME)


def _difference_of_brier(a: Predictions, of_a: float, b: Predictions, of_b: float) -> Estimate:
    """The mean of what one's squared errors have more than the other's, at their temperatures."""
    one, other = (np.square(probability(own.logit, t) - own.y_true) for own, t in ((a, of_a), (b, of_b)))
    return linearised_mean(one - other, a.patient_index, (-1.0, 1.0)).skewed(method=f"paired {MEAN}")


def _difference_of_slopes(a: Linearised, b: Linearised, unbounded: str) -> Estimate:
    """Without limits where one slope has one limit alone, for the reason ``unbounded``."""
    if unbounded:
        return Estimate.without_interval((a - b).value, unbounded)
    return (a - b).normal(method=f"paired {OF_SLOPES}")
