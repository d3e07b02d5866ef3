"""What looks wrong about the scores of a run, in sentences: in the terminal, the report and on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from core.evaluation.calibration.probability import fit_temperature, probability
from core.evaluation.calibration.temperature import COLDEST, HOTTEST, End
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.odd_scores import (
    AllAlike,
    BetweenZeroAndOne,
    FewScores,
    OddScores,
    OneClass,
    OneSide,
    OtherWay,
    odd_scores,
    points_other_way,
)
from core.evaluation.predictions import Predictions
from core.runs.class_words import class_words
from core.runs.reading import Run
from core.runs.readings import SCORE
from core.runs.said import Said

Kind = TypeVar("Kind", bound=OddScores)

_RANGE = f"end of the range that is searched, {COLDEST:g} to {HOTTEST:g}, and no minimum"


def odd_scores_in_words(run: Run) -> list[Said]:
    """A warning for each kind of oddity in the sets that may be seen, the gravest first; [] where there is none."""
    if run.manifest.get("data", {}).get("score") == SCORE:
        return []  # a reader's few grades are no odd scores of a model
    sites = {f"site {name}": own for name, own in run.sites.labelled(run.finding).items()}
    return odd_sets_in_words(
        run,
        {**run.evaluation_sets, **sites},
        given_as_logits=run.manifest.get("data", {}).get("score") == "logit",
        from_file=run.checkpoint is None,
    )


def odd_sets_in_words(
    run: Run, sets: Mapping[str, Predictions], *, given_as_logits: bool, from_file: bool = True
) -> list[Said]:
    """The same of other ``sets`` with scores of the model of ``run``, which a file called logits or not."""
    chosen = [point["threshold"] for point in run.operating_points or () if point.get("threshold") is not None]
    free = run.free
    found = odd_scores(sets, given_as_logits=given_as_logits, chosen=chosen)
    classes = class_words(run.manifest.get("data", {}).get("class_names"))
    if free:
        found = tuple(one for one in found if not isinstance(one, OneSide | BetweenZeroAndOne))
    said = [
        _other_way(_of(found, OtherWay), sets, classes, from_file),
        _between(_of(found, BetweenZeroAndOne)),
        *_few_scores(_of(found, FewScores), given=given_as_logits or free),
        *(_one_side(_of(found, OneSide), above) for above in (True, False)),
        *(_all_alike(one, classes) for one in _of(found, AllAlike)),
        *(_one_class(one, sets, classes) for one in _of(found, OneClass)),
    ]
    return [one for one in said if one is not None]


def temperature_in_words(end: End, *, turned: bool = False) -> str:
    """Why the temperature of validation is an end of its range, and what that means; ``turned`` says that the scores
    point the other way."""
    backwards = "They point the other way" if turned else "They all lie to one side, or tell the classes hardly apart"
    why = {
        End.PARTED: f"It is the low {_RANGE}: every score of validation lies on its own class's side of 0.5, so "
        "the classes are parted perfectly there, and more extreme probabilities fit ever better",
        End.ONE_CLASS: f"It is the low {_RANGE}: validation has one class only, and the more extreme its "
        "probabilities, the better they fit",
        End.SMALL: f"It is the low {_RANGE}: the scores of validation all lie so close to a probability of 0.5 "
        "that they are too timid whatever T is searched, as if they were in another unit",
        End.BACKWARDS: f"It is the high {_RANGE}: on balance the scores of validation lie on the wrong side of "
        "0.5, so that the same 0.5 for everyone would fit better than they do. " + backwards,
        End.LARGE: f"It is the high {_RANGE}: the scores of validation are so extreme that even this T leaves "
        "them too extreme, as if they were in another unit",
    }[end]
    return f"{why}. Probabilities calibrated with it cannot be trusted."


def temperature_at_end(run: Run) -> str:
    """:func:`temperature_in_words` of a run whose temperature is such an end; empty of any other."""
    if run.free:
        return ""
    validation = run.predictions("validation")
    end = fit_temperature(validation).end
    return "" if end is None else temperature_in_words(end, turned=points_other_way(validation))


def _begun(sentence: str) -> str:
    """With a capital at its beginning; names of sites keep theirs."""
    return sentence[:1].upper() + sentence[1:]


def _of(found: Sequence[OddScores], kind: type[Kind]) -> list[Kind]:
    return [one for one in found if isinstance(one, kind)]


def _other_way(
    found: Sequence[OtherWay], sets: Mapping[str, Predictions], classes: tuple[str, str], from_file: bool
) -> Said | None:
    if not found:
        return None
    areas = " and ".join(f"{_area(one.area)} on {one.where}" for one in found)
    turned = {one.where for one in found}
    straight = [where for where, own in sets.items() if where not in turned and own.n_pos and own.n_neg]
    do = "do not, so the sets" if len(straight) > 1 else "does not, so the two"
    only = f" {_begun(_names(straight))} {do} differ in this." if straight else ""
    remedy = (
        "If the file holds the probability of the other class, import it anew with 1 − probability (or the negative of "
        "the logit); if y_true names the classes the other way round, mend it there."
        if from_file
        else "Look whether the labels of these images are exchanged, and whether --positive-class names the right one."
    )
    return Said(
        head="The scores point the other way:",
        text=f"images {classes[0]} score higher than those {classes[1]}. AUROC is {areas}, below 0.5 with its whole "
        f"interval.{only} {remedy} Nothing was turned round: what follows is of the scores as they are.",
    )


def _between(found: Sequence[BetweenZeroAndOne]) -> Said | None:
    if not found:
        return None
    low, high = (float(probability(end)) for end in (0.0, 1.0))
    return Said(
        head="The column logit looks like a probability:",
        text=f"every score of {_names([one.where for one in found])} lies within 0 and 1. Read as logits they are "
        f"probabilities of {low:.3f} to {high:.3f}, which spoils calibration and the name of every threshold, not "
        "AUROC. If they are probabilities, call the column probability and import the file anew. Nothing was changed.",
    )


def _few_scores(found: Sequence[FewScores], *, given: bool) -> list[Said]:
    sets: dict[tuple[float, ...], list[str]] = {}
    for one in found:
        sets.setdefault(one.scores, []).append(one.where)
    return [_few(scores, where, given=given) for scores, where in sets.items()]


def _few(scores: tuple[float, ...], sets: Sequence[str], *, given: bool) -> Said:
    values = " and ".join(_score(score, given=given) for score in scores)
    if len(scores) == 1:
        return Said(
            head="All scores are the same:",
            text=f"every image of {_names(sets)} has the score {values}, by which nothing can be told apart. Import "
            "the score that the model gave to each.",
        )
    return Said(
        head="Only two distinct scores:",
        text=f"in {_names(sets)} stand {values} and no other. That is a decision, not a score: one threshold alone "
        "parts them, and nothing else can be chosen. Import the score that the decision was made from.",
    )


def _score(score: float, *, given: bool) -> str:
    return f"{score:g}" if given else f"{round(float(probability(score)), 4):g}"


def _one_side(found: Sequence[OneSide], above: bool) -> Said | None:
    sets = [one.where for one in found if one.above == above]
    if not sets:
        return None
    other, right = ("below", "the model errs to one side") if above else ("above", "the finding is rare")
    return Said(
        head="All scores lie on one side of 0.5:",
        text=f"no probability of {_names(sets)} lies {other} 0.5, though both classes are there. That can be right "
        f"where {right}, and is wrong where the scores are in another unit: percentages, logarithms, distances. "
        "Thresholds are chosen on validation wherever its scores lie; look at Calibration before a probability is "
        "believed.",
    )


def _all_alike(one: AllAlike, classes: tuple[str, str]) -> Said:
    return Said(
        head="Every threshold calls all images alike:",
        text=f"each threshold that was chosen on validation calls all images of {one.where} "
        f"{'positive' if one.positive else 'negative'}, those {classes[int(not one.positive)]} too. The scores of the "
        "two sets seem not to lie on one scale: another model, another column, or other pictures.",
    )


def _one_class(one: OneClass, sets: Mapping[str, Predictions], classes: tuple[str, str]) -> Said:
    rate = ("sensitivity", "specificity")[one.label]
    cannot = f"its {rate}, AUROC, AUPRC and calibration slope cannot be known"
    if one.where == "validation":
        then = "; no threshold can be chosen, and its temperature is of one class"
    elif "validation" in sets and sets["validation"].n:
        then = f", and in {rate} it cannot be held against validation or a promise"
    else:
        then = ""
    patients = f"{one.patients:,} {'patient' if one.patients == 1 else 'patients'}"
    images = f"{one.images:,} {'image' if one.images == 1 else 'images'}"
    return Said(
        head=f"One class in {one.where}:",
        text=f"{one.where} has {images} of {patients} {classes[one.label]}, and none {classes[1 - one.label]}. So "
        f"{cannot}{then}.",
    )


def _names(sets: Sequence[str]) -> str:
    return " and ".join(sets)


def _area(found: Estimate) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
