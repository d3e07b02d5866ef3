"""What looks wrong about the scores of a run, judged before any figure of them is read. Nothing is put right here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from core.evaluation.estimates.discrimination import area_alone, auroc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions

_FEWEST = 10
"""Scores below which it is chance that they all lie within 0 and 1, or on one side."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherWay:
    """The scores of the set ``where`` are higher without the finding: its ``area`` under the ROC curve and the whole
    interval lie below 0.5."""

    where: str
    area: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class BetweenZeroAndOne:
    """What was given as the logits of ``where`` lies wholly within 0 and 1, as probabilities do."""

    where: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FewScores:
    """The images of ``where`` have one or two ``scores`` among them, logits in ascending order."""

    where: str
    scores: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OneSide:
    """No score of ``where``, which has both classes, lies on the other side of a probability of 0.5."""

    where: str
    above: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AllAlike:
    """Every threshold that was chosen calls all images of ``where``, which has both classes, ``positive`` or not."""

    where: str
    positive: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class OneClass:
    """All ``images`` of ``where``, of so many ``patients``, have the truth ``label``."""

    where: str
    label: int
    images: int
    patients: int


OddScores = OtherWay | BetweenZeroAndOne | FewScores | OneSide | AllAlike | OneClass


def odd_scores(
    sets: Mapping[str, Predictions], *, given_as_logits: bool = False, chosen: Sequence[float] = ()
) -> tuple[OddScores, ...]:
    """What looks wrong about the scores of each of ``sets``, the gravest first; empty where nothing does.

    ``given_as_logits`` says that a file called its scores logits; ``chosen`` are the thresholds chosen on validation,
    on the logit. Sets without images are passed over.
    """
    with_images = {where: own for where, own in sets.items() if own.n}
    with ThreadPoolExecutor() as pool:  # numpy sorts without the interpreter's lock
        by_set = pool.map(lambda where: _of_set(where, with_images[where], given_as_logits, chosen), with_images)
        found = [one for of_set in by_set for one in of_set]
    order = (OtherWay, BetweenZeroAndOne, FewScores, OneSide, AllAlike, OneClass)
    return tuple(sorted(found, key=lambda one: order.index(type(one))))


def points_other_way(predictions: Predictions) -> bool:
    """Whether the area under the ROC curve lies below 0.5 with its whole interval."""
    if not (predictions.n_pos and predictions.n_neg):
        return False
    # An interval holds its value, and the value alone takes a fraction of the time.
    if area_alone(predictions.y_true == 1, predictions.logit) >= 0.5:
        return False
    return auroc(predictions).high < 0.5


def _of_set(where: str, own: Predictions, given_as_logits: bool, chosen: Sequence[float]) -> list[OddScores]:
    found: list[OddScores] = []
    low, high = float(own.logit.min()), float(own.logit.max())
    both = bool(own.n_pos and own.n_neg)
    turned = points_other_way(own)
    if turned:
        found.append(OtherWay(where=where, area=auroc(own)))
    enough = own.n >= _FEWEST
    within = given_as_logits and enough and low >= 0 and high <= 1 and low != high
    if within:
        found.append(BetweenZeroAndOne(where=where))
    if own.n > 2 and bool(((own.logit == low) | (own.logit == high)).all()):
        found.append(FewScores(where=where, scores=tuple(dict.fromkeys((low, high)))))
    if both and enough and not within and low != high and (low >= 0 or high <= 0):
        found.append(OneSide(where=where, above=low >= 0))
    if both and enough and low != high and where != "validation" and chosen and not turned:
        if low >= max(chosen):
            found.append(AllAlike(where=where, positive=True))
        elif high < min(chosen):
            found.append(AllAlike(where=where, positive=False))
    if not both:
        label = int(own.n_pos > 0)
        found.append(OneClass(where=where, label=label, images=own.n, patients=own.n_patients))
    return found
