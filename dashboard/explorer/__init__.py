"""The live threshold control (``control``) and the figures in counts that follow it (``outcome``).

Both are components of their own JavaScript: nothing is asked of the server while the threshold moves. What they are
sent does not contain the threshold, so that a release sends nothing heavy back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.runs.store import Run
from core.telling import live
from core.telling.presets import locked_presets, presets
from dashboard import gateway, glossary, state, theme, widgets, words
from dashboard.component import component
from dashboard.downloads import STYLE

_EXPLAINED = (*theme.RATES, "lr_positive", "lr_negative", "logit")
_MEANT = {"precision": "PPV", "lr_positive": "LR+", "lr_negative": "LR−"}
"""What the glossary calls rates whose name has a word or a sign more."""


def control(run: Run, *, charts: Mapping[str, str], figures: Sequence[str] | None = None, counts: bool = False) -> None:
    """Slider, presets, tiles and promise line, and the markers on the ``charts``: kind of chart -> its key.

    Kinds are "roc", "precision_recall" and "scores". A release goes to the session and the address, once. ``figures``
    are the rates that have a tile; None: all of them. With ``counts`` the 2x2 table with its sums stands under them,
    and what it means in children.
    """
    split = state.split(run)
    rules = presets(gateway.sweep(run, "validation"), state.floors())
    offered = (*rules, *locked_presets(gateway.locked_points(run)))
    value, sequence = state.told(run, (run.key, split))
    data = {
        **positions_sent(run, (value, *(preset.threshold for preset in offered if preset.threshold is not None))),
        "presets": live.presets_of(offered),
        "told": {"threshold": value, "sequence": sequence},
        "charts": dict(charts),
        "figures": figures and list(figures),
        "meanings": {name: glossary.meaning(_MEANT.get(name, name.replace("_", " "))) for name in _EXPLAINED},
        "outcome": counts_sent(run) if counts else None,
        "alone": words.only_split(split, hidden=run.hidden),
    }
    component("explorer", "explorer/explorer.js", "explorer/explorer.css", STYLE)(
        key=state.EXPLORER,
        data=data,
        default={"threshold": None, "floor": None},
        on_threshold_change=lambda: state.take_threshold(run),
        on_floor_change=lambda: _take_floor(run),
    )


def largest_patient(run: Run) -> None:
    """A quiet line where one patient has much of a split whose figures are seen."""
    if dominated := words.largest_patients({name: gateway.largest_share(run, name) for name in state.compared(run)}):
        widgets.small(dominated)


def positions_sent(run: Run, kept: tuple[float, ...]) -> dict[str, Any]:
    """What a live control needs of the split that is seen: the thresholds that can be stepped to, ``kept`` among them,
    with the counts of every split at each, and how a threshold is called."""
    split, compared = state.split(run), state.compared(run)
    table = gateway.positions(run, compared, split, kept)
    offered = words.positions_offered(len(table), len(gateway.sweep(run, split).threshold))
    of_sets = {name: run.predictions(name) for name in compared}
    reported = state.reported(run)
    share, positive = gateway.validation_share(run), words.class_words(run)[1]
    return {
        **live.positions_of(run, of_sets, seen=split, reported=reported, table=table, offered=offered),
        "revision": f"{words.run_name(run)} {run.manifest['created']} {compared} {split} {hash(kept)}",
        "scale": live.scale_of(state.scale(run), share, positive, state.prevalences()),
        "quiet": theme.quiet_ink(dark=state.dark()),
    }


def counts_sent(run: Run) -> dict[str, Any]:
    """What a table of counts below a live control says besides the counts."""
    split = state.split(run)
    return live.counts_of(run, split, gateway.patients_by_class(run, split))


def _take_floor(run: Run) -> None:
    """The reader changed the x of a preset: use its threshold, where there is one."""
    name = state.take_floor()
    preset = next(p for p in presets(gateway.sweep(run, "validation"), state.floors()) if p.name == name)
    if preset.threshold is not None:
        state.set_threshold(run, preset.threshold)
