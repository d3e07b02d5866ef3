"""Subgroups in sentences. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from core.evaluation.comparing.subgroups import FEWEST_ERRORS, MEASURES, Group, Subgroups
from core.evaluation.comparing.worst_combination import FEWEST_SEARCHED, Search
from core.evaluation.estimates.few_patients import FEWEST_PATIENTS
from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.subgroups.tables import differs, level_name

NONE_KNOWN = (
    "This run says nothing of its images by which groups could be made. Further columns of the labels file, or of "
    "a file of predictions that is imported, become subgroups: age, sex, scanner, hospital."
)
HOW = (
    "Intervals are 95 % each, not adjusted: Wilson's for rates and DeLong's for AUROC, patients as clusters. Whether a "
    "level differs from all other images is tested in each measure (rates by Fisher's test on effective counts, the "
    "others by t tests), patients with images on both sides allowed for. The p values are adjusted by Holm's method "
    "over all tests of this page: the chance of any false “differs” among them is meant to be at most 5 %, and was 3 "
    "to 8 % in simulated runs, most with ten levels and patients in several of them. Intervals of the differences from "
    "the rest are widened for all of them at once (Bonferroni), from the limits of both sides (MOVER) or, of "
    "calibration, by Student's t; in simulated runs all of them held the truth in 94 to 96 %. The p values ask only "
    "whether there is a difference, of which Holm's adjustment finds more: by them a level may differ whose interval "
    "reaches 0. "
    f"AUROC and calibration are compared from {FEWEST_PATIENTS} patients of each side on; below that no test holds."
)
SMALL = (
    f"* Small: fewer than {FEWEST_PATIENTS} patients of a class it needs, or fewer than {FEWEST_ERRORS} errors to "
    "expect at the rate of all images. Read it with care, whatever it shows. ECE (15 bins) needs "
    f"{FEWEST_PATIENTS} patients of each class: of few images it is far above 0 even where every probability is right."
)
_WHAT_FAR = "One that holds 0 does not show that a level is like the rest: read how far off it may be."
WORST_FIRST = (
    "Worst first: each picture orders its levels by the upper limit of their intervals, the best that a level may be, "
    "and calibration by how far the interval stays from 0. So a few images with a wide interval do not lead by chance."
)
NUMBERS = (
    "Numbers are put into quarters of the images of this set, at its quartiles, which the names of the levels show; "
    "equal numbers stay together, so that quarters may be unequal."
)
IMAGES = (
    "Brightness is the mean grey level (black 0, white 1), contrast its standard deviation, sharpness the variance of "
    "the Laplacian, all of the picture reduced to 256 pixels; size is the side in pixels of a square of as many pixels."
)
SEARCH = (
    "Every level of every column, and every pair of levels of two columns, is compared with all other images, in "
    f"sensitivity and in specificity at the threshold, where both sides have {FEWEST_SEARCHED} patients of the class "
    f"({FEWEST_PATIENTS} where patients have several images). Fisher's test on effective counts decides, and where "
    "patients have several images a t test on patients must agree. Holm's adjustment is over all that was searched: "
    "the chance of any false alarm is meant to be at most 5 %."
)
_MOST_NAMED = 6
_IN_SENTENCE = {
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "auroc": "AUROC",
    "calibration_gap": "mean probability against the share of positives",
}
TITLES = {
    "sensitivity": ("Sensitivity at the threshold", "share of positives found"),
    "specificity": ("Specificity at the threshold", "share of negatives sent home"),
    "auroc": ("AUROC", "AUROC (1 is perfect)"),
    "calibration_gap": ("Calibration", "mean probability − share (0 is perfect)"),
}


def seen_at(column: str, split: str, called: str) -> str:
    """By what, at which threshold and on which images; ``called`` is the threshold with its scale."""
    where = "on validation, on which thresholds are chosen: what is read here is optimistic, and test reports it."
    if split != "validation":
        named = theme.set_name(split)
        where = f"on {named}. Thresholds are chosen on validation; {named} only reports."
    return f"By {column}, at the threshold {called}, {where}"


def title(measure: str, found: Subgroups) -> str:
    """What a forest plot shows."""
    shown = [group for group in found.groups if not math.isnan(group.estimates[measure].value)]
    if measure == "auroc" and all(group.against_all for group in shown):
        return "AUROC, against all negatives"
    return TITLES[measure][0]


def telling(found: Subgroups, split: str) -> str:
    """What differs, more than chance, or that nothing does, and which levels have too few patients of ``split``."""
    clear = []
    for group in found.groups:
        ways = [
            f"{_IN_SENTENCE[measure]} {'higher' if comparison.difference.value > 0 else 'lower'}"
            for measure, comparison in group.comparisons.items()
            if differs(comparison)
        ]
        if ways:
            clear.append(f"{quoted(group, found)} ({', '.join(ways)})")
    tests, named = theme.counted(found.tests, "test"), theme.set_name(split)
    if not found.tests:
        return "No level can be compared with the rest."
    if not clear:
        compared = [group for group in found.groups if _tested(group)]
        thin = [quoted(group, found) for group in compared if set(_tested(group)) <= set(group.small)]
        if len(thin) == len(compared):
            return f"Too few patients on {named} to tell whether a level differs from the rest: every level is small *."
        unseen = (
            f"There is {theme.ALIKE} between any level and the rest ({tests}). That is no proof that they are alike."
        )
        return f"{unseen} Of {_listed(thin)} {named} has too few patients to tell *." if thin else unseen
    return f"What {theme.DIFFERS}, from the rest, after adjustment for {tests}: {_listed(clear)}."


def _tested(group: Group) -> list[str]:
    """The measures in which a level was tested against the rest."""
    return [measure for measure, own in group.comparisons.items() if not math.isnan(own.p_adjusted)]


def what_exists(found: Subgroups, words: tuple[str, str]) -> list[str]:
    """Why some levels have not every figure, and which levels are not shown; empty where all have all."""
    without, with_finding = words
    positives = [quoted(group, found) for group in found.groups if group.against_all]
    negatives = [quoted(group, found) for group in found.groups if group.images and not group.positives]
    sentences = []
    if positives:
        n = theme.count(found.overall.images - found.overall.positives)
        sentences.append(
            f"{_listed(positives)} {_stand(positives)} only among images {with_finding}. So there is neither a "
            f"specificity nor a calibration; AUROC holds {_them(positives)} against all {n} images {without}."
        )
    if negatives:
        sentences.append(
            f"{_listed(negatives)} {_stand(negatives)} only among images {without}, so there is only a specificity."
        )
    if found.levels.left_out:
        shown = sum(name is not None for name in found.levels.names)
        sentences.append(
            f"Only the {shown} levels with most images are shown; "
            f"{theme.counted(found.levels.left_out, 'further level')} count among the rest."
        )
    return sentences


def alternative(measure: str, rows: pd.DataFrame, overall: Estimate) -> str:
    """The text alternative of a forest plot."""
    parts = [
        f"{row['level']} {theme.fixed(row['value'], 3)} ({theme.fixed(row['low'], 3)} to {theme.fixed(row['high'], 3)}"
        f"{', small' if row['small'] else ''}{', differs from the rest' if row['differs'] else ''})"
        for row in rows.to_dict("records")
    ]
    return f"{TITLES[measure][0]} by level: {'; '.join(parts)}; all images {theme.fixed(overall.value, 3)}."


def differences_alternative(measure: str, rows: pd.DataFrame) -> str:
    """The text alternative of a forest plot of differences from the rest."""
    parts = [
        f"{row['level']} {theme.signed(row['value'])} ({theme.signed(row['low'])} to {theme.signed(row['high'])}"
        f"{', small' if row['small'] else ''}{', differs' if row['differs'] else ''})"
        for row in rows.to_dict("records")
    ]
    return f"{TITLES[measure][0]}, each level less the rest: {'; '.join(parts)}."


def how_far(tests: int) -> str:
    """What the intervals of the differences claim, and how they go with the p values."""
    if not tests:
        return "No level can be compared with the rest."
    if tests == 1:
        return f"There is one comparison, so its interval is an ordinary one of 95 %. {_WHAT_FAR}"
    return (
        f"The intervals are made to hold all {theme.count(tests)} differences at once in 95 % of samples: whichever "
        f"stands out may be picked out after looking. {_WHAT_FAR}"
    )


def searched(found: Search, split: str, columns: Sequence[str], without_images: bool) -> str:
    """What the search for the worst combination found, and how much was searched."""
    of_columns = f"{theme.counted(len(columns), 'column')} on {theme.set_name(split)}"
    over = f"{theme.counted(found.searched, 'comparison')} of {of_columns}"
    further = f", the largest of {theme.count(found.searched + found.passed_over)}" if found.passed_over else ""
    images = " Properties of the images are not among them until one is chosen above." if without_images else ""
    if not found.searched:
        return f"There are too few patients to search: no combination could be compared.{images}"
    if not found.clear:
        return (
            f"No combination is lower than the rest, more than chance, after adjustment for all that was searched "
            f"({over}{further}). That is no proof that none is.{images}"
        )
    worst = found.clear[0]
    who = " and ".join(f"{column} “{level}”" for column, level in worst.levels)
    return (
        f"Worst: {who}, {_IN_SENTENCE[worst.measure]} {theme.fixed(worst.rate.value, 3)} "
        f"({theme.limits(worst.rate.low, worst.rate.high)}), {theme.counted(len(found.clear), 'combination')} of those "
        f"shown lower than the rest, more than chance, after adjustment for all that was searched "
        f"({over}{further}).{images}"
    )


def drawn(found: Subgroups) -> list[str]:
    """The measures that at least one level has."""
    return [m for m in MEASURES if not all(math.isnan(g.estimates[m].value) for g in found.groups)]


def quoted(group: Group, found: Subgroups) -> str:
    """A level's name in a sentence."""
    return f"“{level_name(group, found)}”"


def _listed(names: Sequence[str]) -> str:
    """All of a few names, else the first of them and how many more there are."""
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[: _MOST_NAMED - 1])} and {theme.count(len(names) - _MOST_NAMED + 1)} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _stand(names: Sequence[str]) -> str:
    return "stands" if len(names) == 1 else "stand"


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
