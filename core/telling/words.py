"""A run and its sets in sentences, as the dashboard and the dossier say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.evaluation.estimates.intervals import Estimate
from core.runs.class_words import class_words as class_words_of
from core.runs.class_words import finding as finding_of
from core.runs.store import Run
from core.telling import numbers
from core.telling.names import set_name
from core.telling.scale import CALIBRATED, Scale

_LARGE_SHARE = 0.1
SAME_SCORES = "if the scores within each class stay as they are"
"""What a probability at another prevalence assumes."""


def run_name(run: Run) -> str:
    """A run by its id, and of several findings which one: ``demo, effusion``."""
    return f"{run.run_id}, {run.which}" if run.which else run.run_id


def facts(run: Run, n_patients: int) -> str:
    """One line about the run: when, how much, and what was fitted."""
    images = numbers.counted(len(run.records), "image")
    parts = [
        *([f"Finding: {run.which}"] if run.which else []),
        numbers.moment(run.manifest["created"]),
        f"{images} of {numbers.counted(n_patients, 'patient')}"
        + (" besides test, which is hidden until a threshold is locked" if run.hidden else ""),
    ]
    if run.checkpoint is None:
        parts.append("imported predictions, no images")
    else:
        parts.append(f"ResNet-18 at {run.config.image_size} px, {numbers.counted(run.config.epochs or 0, 'epoch')}")
    return " · ".join(parts)


def both_rates(found: Mapping[str, Estimate]) -> str:
    """``sensitivity 0.951 (0.925 to 0.969) and specificity …``, of rates at one threshold."""
    return " and ".join(
        f"{rate} {numbers.rate(found[rate].value)} ({numbers.interval(found[rate])})"
        for rate in ("sensitivity", "specificity")
    )


def begun(sentence: str) -> str:
    """``sentence`` with a capital at its beginning, all else as it is."""
    return sentence[:1].upper() + sentence[1:]


def in_pictures(run: Run) -> str:
    """What every picture says of its run: ``demo, run of 3 Mar 2026, synthetic``."""
    made = numbers.day(datetime.fromisoformat(run.manifest["created"]))
    return f"{run_name(run)}, run of {made}" + (", synthetic" if run.synthetic else "")


def sets_in_words(names: Iterable[str]) -> str:
    """The sets that a picture shows: ``validation, test and site north``; empty for one that shows none."""
    *others, last = [*map(set_name, names)] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def largest_patients(shares: Mapping[str, float]) -> str:
    """Where one patient has more than a tenth of a split's images, and what that means; empty where none has.

    ``shares`` are the largest of one patient, by split.
    """
    large = [
        f"{numbers.percent(share)} of the images of {set_name(split)}"
        for split, share in shares.items()
        if share > _LARGE_SHARE
    ]
    if not large:
        return ""
    return f"One patient has {' and one '.join(large)}: intervals are wider for it, or absent."


def scale_in_words(scale: Scale, share: float | None, positive: str) -> str:
    """How a scale's probabilities are named: the calibrated ones with validation's ``share`` of ill, to which they
    belong, ``calibrated probability at validation's 74 % with pneumonia``."""
    name = scale.called
    if scale.name != CALIBRATED or share is None:
        return name
    return f"{name} at validation's {numbers.percent(share)} {positive}"


def clinic_prevalence(prevalences: Sequence[float]) -> str:
    """``5 %``, or ``5 % to 12 %`` where a range was stated."""
    return " to ".join(numbers.prevalence(prevalence) for prevalence in prevalences)


def class_words(run: Run) -> tuple[str, str]:
    """How the run's classes are called in a sentence, (negative, positive)."""
    return class_words_of(run.manifest.get("data", {}).get("class_names"))


def finding(run: Run) -> str:
    """How the finding is called in a sentence; empty where the run does not name its classes."""
    return finding_of(run.manifest.get("data", {}).get("class_names"))


def positions_offered(offered: int, distinct: int) -> str:
    """How many thresholds the explorer can be put to, and that no count is approximated."""
    if offered >= distinct:
        return f"Every one of the {numbers.counted(distinct, 'distinct score')} is a position."
    of_all = f"{numbers.count(offered)} of {numbers.counted(distinct, 'distinct score')}"
    return f"{of_all} are positions; at each the counts are exact."


def only_split(split: str, *, hidden: bool = False) -> str:
    """Why promise and delivery cannot be compared in a run that shows this split alone."""
    if hidden:
        return (
            "Test figures are hidden until a threshold is locked: what validation promises was not put to a test yet."
        )
    if split != "validation":
        return (
            f"This run has no validation images: nothing was promised, so {set_name(split)} has nothing to be "
            "compared with, and a threshold set here is exploratory."
        )
    return "This run has no test images: what validation promises here was not put to a test."
