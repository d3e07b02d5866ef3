"""The stress test in sentences. No streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from core.evaluation.comparing.robustness import RATES, UnderShift, worst
from core.evaluation.estimates.intervals import Estimate
from core.runs.store import Run
from dashboard import theme

HOW = (
    "Every image is scored unshifted and under each shift, so the change of a rate is that of the same images: the "
    "share that turns right less the share that turns wrong. Its interval recovers the variances from Wilson's "
    "limits of both shares, with effective sample sizes by patient and their correlation (MOVER, Zou and Donner 2008). "
    "The intervals of all changes, of every shift and both rates, hold together with 95 % confidence (Bonferroni), so "
    "that the worst of them may be read: “differs, more than chance” means that such an interval excludes 0. The worst "
    "of many still looks a little lower than it is. Rates have Wilson's intervals with effective sizes, AUROC has "
    "DeLong's, patients as clusters; these are 95 % each."
)
READING = (
    "Where AUROC stays and a rate falls, the images are still ranked well, and a threshold of the site's own would "
    "help. Where AUROC falls too, no threshold does."
)
NO_IMAGES = (
    "This run's predictions were imported: there are no images here that could be shifted, and no network that could "
    "score them again. Fit a model here with `python train.py --data DIR` to stress it."
)
_NO_FALL = "No shift lowers {rate}, more than chance."


def headline(
    found: Sequence[UnderShift], areas: Sequence[Estimate], titles: Mapping[str, str]
) -> tuple[str, str, bool]:
    """The worst case, what else falls, and whether anything does."""
    falls = {rate: worst(found, rate) for rate in RATES}
    down = {rate: one for rate, one in falls.items() if one is not None}
    unchanged = [_NO_FALL.format(rate=theme.RATES[rate].lower()) for rate in RATES if rate not in down]
    if not down:
        text = "No shift lowers sensitivity or specificity, more than chance. A wide interval can still hide a fall."
        return "Nothing here breaks the threshold.", text, False
    order = sorted(down, key=lambda rate: down[rate].changes[rate].value)
    first = down[order[0]]
    number = list(found).index(first)
    ranking = (
        f"AUROC is {theme.rate(areas[number].value)} ({theme.interval(areas[number])}) there, unshifted "
        f"{theme.rate(areas[0].value)} ({theme.interval(areas[0])})."
    )
    rest = [f"{_upper(_fall(down[rate], found[0], rate, titles))}." for rate in order[1:]]
    return f"Worst: {_fall(first, found[0], order[0], titles)}.", " ".join([ranking, *rest, *unchanged]), True


def _fall(one: UnderShift, unshifted: UnderShift, rate: str, titles: Mapping[str, str]) -> str:
    now, (change, interval) = one.rates[rate], theme.difference(one.changes[rate])
    return (
        f"{called(one, titles)}: {theme.RATES[rate].lower()} falls from {theme.rate(unshifted.rates[rate].value)} to "
        f"{theme.rate(now.value)}, a change of {change} ({interval})"
    )


def called(one: UnderShift, titles: Mapping[str, str]) -> str:
    """``"strong blur"``."""
    title = titles[one.variant.shift]
    name = title if title.split()[0].isupper() else title[0].lower() + title[1:]
    return f"{theme.STRENGTHS[one.variant.strength]} {name}"


def alternative(table: pd.DataFrame, rate: str) -> str:
    """The text alternative of the figure of a rate."""
    shifted = table.iloc[1:]
    differing = shifted[shifted[f"{rate}_differs"].astype(bool)]
    told = "; ".join(
        f"{row['title']}, {theme.STRENGTHS[row['strength']]}, {theme.rate(row[rate])} "
        f"({theme.rate(row[f'{rate}_low'])} to {theme.rate(row[f'{rate}_high'])})"
        for row in differing.to_dict("records")
    )
    return (
        f"{theme.RATES[rate]} under {shifted['title'].nunique()} shifts in three strengths, unshifted "
        f"{theme.rate(table[rate].iloc[0])}. {theme.DIFFERS.capitalize()}: {told or 'none'}."
    )


def details(run: Run, difference: float) -> tuple[str, ...]:
    """How it was done: sides, seeds and sizes, what was taught, how exact, and the statistics."""
    taught = (
        "The default recipe fits on images changed at random by up to what stands in the last column, so holding up "
        "there was partly taught; JPEG compression and markers it never saw."
        if run.config.recipe == "default"
        else "This recipe fits on images as they are: none of these shifts was seen in the fit."
    )
    where = (
        "Shifts are made on the radiograph as it is decoded for the network (a large JPEG at a half, a quarter or an "
        "eighth of its size), before it is stretched to the network's square. To which side a picture is turned or "
        "cut, its grain of noise and its letter follow from its content alone, so every test of it is the same."
    )
    least = f"by at most {theme.fixed(difference, 3)}" if difference >= 0.001 else "by less than 0.001"
    exact = f"Unshifted, the images scored again differ from the stored scores {least} on the logit."
    return taught, where, exact, HOW


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
