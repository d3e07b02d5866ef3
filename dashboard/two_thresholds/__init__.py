"""Two thresholds: rule out, refer, rule in. ``pair`` moves them and says what they do, ``fates`` has it in tables.

Nothing is asked of the server while a threshold moves. The chart that ``pair`` lays its lines over stands between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.evaluation.choosing.operating_point import OperatingPoint
from core.evaluation.choosing.triage import SENSITIVITY_KEPT, SPECIFICITY_KEPT
from core.runs.store import Run
from core.telling import live
from core.telling.presets import Preset, locked_presets
from dashboard import called, gateway, glossary, state, theme, words
from dashboard.component import component
from dashboard.downloads import STYLE
from dashboard.explorer import counts_sent, positions_sent

_STYLES = ("explorer/explorer.css", "two_thresholds/two_thresholds.css", STYLE)

PRESETS = {
    "sensitivity": ("lower", "Sensitivity at least"),
    "npv": ("lower", "NPV at least"),
    "specificity": ("upper", "Specificity at least"),
    "ppv": ("upper", "PPV at least"),
}
"""Rate -> the handle that its floor puts, and the words on its button."""
_KEPT = {"sensitivity": SENSITIVITY_KEPT, "specificity": SPECIFICITY_KEPT}
_OPENING = ("sensitivity", "specificity")
"""The rates whose floors a run opens with."""

CHOSEN_AND_REPORTED = (
    "Choose both thresholds on validation; other images only report what they deliver. Below the lower one a child "
    "is ruled out, from the upper one on ruled in, and between them referred to a radiologist. A locked threshold "
    "can be either of them; with both on it, nobody is referred."
)
HOW_INTERVALS = (
    "Wilson intervals with patients as clusters. The effective size of the referred share is counted anew for each "
    "pair of thresholds, from the images of each patient that lie between them; equal thresholds refer nobody, which "
    "is no estimate. At a clinic's prevalence NPV and PPV have logit intervals (Mercaldo, Lau and Zhou 2007), and the "
    "referred share is weighted from both classes (MOVER). A run opens with the thresholds that keep sensitivity and "
    "specificity of 0.95 on validation; where they would cross they are exchanged, and keep both all the more."
)


def pair(run: Run, *, chart: str) -> None:
    """Both handles with their presets, what they do in sentences and figures, and their lines on the scores of the
    ``chart`` of this key."""
    split, lower_upper = state.split(run), thresholds(run)
    points = gateway.triage_points(run, **state.predictive_floors())
    value, sequence = state.told_to(state.TWO_THRESHOLDS, lower_upper, (run.key, split))
    chosen = [point.threshold for point in points.values() if isinstance(point, OperatingPoint)]
    first = gateway.first_thresholds(run) or ()
    locked = gateway.locked_points(run)
    data = {
        **positions_sent(run, (*value, *first, *chosen, *(point.threshold for point in locked))),
        **{f"images_{name}": gateway.images_in_order(run, name) for name in state.compared(run)},
        "worth": {name: gateway.worth_of_many(run, name) for name in state.compared(run)},
        "presets": [
            *(_preset(rate, point) for rate, point in points.items()),
            *_at_both_handles(locked_presets(locked)),
        ],
        "first": list(first),
        "told": {"pair": list(value), "sequence": sequence},
        "charts": {"scores": chart},
        "counted": counts_sent(run),
        "prevalence": prevalence(),
        "meanings": {rate: glossary.meaning(rate) for rate in ("npv", "ppv")},
    }
    component("pair", "two_thresholds/pair.js", *_STYLES)(
        key=state.TWO_THRESHOLDS,
        data=data,
        default={"pair": None, "floor": None},
        on_pair_change=state.take_two_thresholds,
        on_floor_change=lambda: _take_floor(run),
    )


def fates(run: Run) -> None:
    """Promise and delivery of the pair, and the 3 x 2 table."""
    alone = "" if len(state.compared(run)) == 2 else words.only_split(state.split(run), hidden=run.hidden)
    data = {**counts_sent(run), "alone": alone, "reported": live.reported_of(state.reported(run))}
    component("fates", "two_thresholds/fates.js", *_STYLES)(key="fates", data=data)


def thresholds(run: Run) -> tuple[float, float]:
    """The pair that is seen; a run without validation opens with the one threshold twice."""
    one = state.threshold(run)
    return state.two_thresholds(gateway.first_thresholds(run) or (one, one))


def in_pictures(run: Run) -> str:
    """The pair as pictures of it say it: ``thresholds 0.1321 and 0.5300 (…)``."""
    lower, upper = (theme.probability(state.scale(run).probability(logit)) for logit in thresholds(run))
    return f"thresholds {lower} and {upper} ({called.scale_name(run)})"


def prevalence() -> float | None:
    """The clinic's prevalence where figures are for the clinic and it is known, else None."""
    return state.prevalence() if state.POPULATION.among(["images", "clinic"]) == "clinic" else None


def _preset(rate: str, point: Any) -> dict[str, Any]:
    handle, label = PRESETS[rate]
    known, adjustable = isinstance(point, OperatingPoint), rate in state.predictive_floors()
    floor = (_KEPT | state.predictive_floors())[rate]
    return {
        "name": rate,
        "handle": handle,
        "label": label if adjustable else f"{label} {floor}",
        "floor": floor if adjustable else "",
        "threshold": point.threshold if known else None,
        "reason": "" if known else point.reason,
        "opens": rate in _OPENING,
    }


def _at_both_handles(locked: Iterable[Preset]) -> list[dict[str, Any]]:
    """A button of every locked threshold at each handle: whoever locked it did not say which of the two it is."""
    return [
        {
            "name": f"{preset.name} {handle}",
            "handle": handle,
            "label": preset.label,
            "floor": "",
            "reason": "",
            "threshold": preset.threshold,
        }
        for preset in locked
        for handle in ("lower", "upper")
    ]


def _take_floor(run: Run) -> None:
    """The reader changed the x of a preset: put its handle there, where there is such a threshold."""
    rate = state.take_predictive_floor()
    point = gateway.triage_points(run, **state.predictive_floors())[rate]
    if isinstance(point, OperatingPoint):
        lower, upper = thresholds(run)
        if PRESETS[rate][0] == "lower":
            lower, upper = point.threshold, max(upper, point.threshold)
        else:
            lower, upper = min(lower, point.threshold), point.threshold
        state.set_two_thresholds(lower, upper)
