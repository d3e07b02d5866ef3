"""The live threshold control (``control``) and the figures in counts that follow it (``outcome``).

Both are components of their own JavaScript: nothing is asked of the server while the threshold moves. What they are
sent does not contain the threshold, so that a release sends nothing heavy back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.evaluation.estimates.intervals import z_value
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets, words
from dashboard.component import component
from dashboard.presets import Preset, locked_presets, presets
from dashboard.scale import CALIBRATED, Scale

_FOLDER = Path(__file__).parent
_CONTROL = (
    "format.js",
    "rates.js",
    "positions.js",
    "markers.js",
    "overlays.js",
    "tiles.js",
    "presets.js",
    "live.js",
    "control.js",
)
_OUTCOME = ("format.js", "outcome.js")


def _component(name: str, scripts: Sequence[str]) -> Any:
    return component(name, [f"explorer/{script}" for script in scripts], ["explorer/explorer.css"])


def control(run: Run, *, charts: Mapping[str, str], figures: Sequence[str] | None = None) -> None:
    """Slider, presets, tiles and promise line, and the markers on the ``charts``: kind of chart -> its key.

    Kinds are "roc", "precision_recall" and "scores". A release goes to the session and the address, once. ``figures``
    are the rates that have a tile; None: all of them.
    """
    split = state.split(run)
    rules = presets(gateway.sweep(run, "validation"), state.floors())
    offered = (*rules, *locked_presets(gateway.locked_points(run)))
    value, sequence = state.told(run, (run.key, split))
    data = {
        **positions_sent(run, (value, *(preset.threshold for preset in offered if preset.threshold is not None))),
        "presets": [_as_sent(preset) for preset in offered],
        "told": {"threshold": value, "sequence": sequence},
        "charts": dict(charts),
        "figures": figures and list(figures),
        "alone": words.only_split(split, hidden=run.hidden),
    }
    _component("explorer", _CONTROL)(
        key=state.EXPLORER,
        data=data,
        default={"threshold": None, "floor": None},
        on_threshold_change=lambda: state.take_threshold(run),
        on_floor_change=lambda: _take_floor(run),
    )


def largest_patient(run: Run) -> None:
    """A quiet line where one patient has much of a split whose figures are seen."""
    if dominated := words.largest_patients({name: gateway.largest_share(run, name) for name in state.splits(run)}):
        widgets.small(dominated)


def outcome(run: Run) -> None:
    """The 2x2 table with its sums, and what it means in children."""
    _component("outcome", _OUTCOME)(key="outcome", data=counts_sent(run))


def positions_sent(run: Run, kept: tuple[float, ...]) -> dict[str, Any]:
    """What a live control needs of the split that is seen: the thresholds that can be stepped to, ``kept`` among them,
    with the counts of every split at each, and how a threshold is called."""
    split, scale = state.split(run), state.scale(run)
    table = gateway.positions(run, split, kept)
    return {
        "run": run.run_id,
        "revision": f"{run.run_id} {run.manifest['created']} {split} {hash(kept)}",
        "positions": table,
        "splits": [
            {"name": name, "n_pos": run.predictions(name).n_pos, "n_neg": run.predictions(name).n_neg}
            for name in state.splits(run)
        ],
        "shown": split,
        "z": z_value(),
        "scale": _scale_sent(run, scale),
        "quiet": theme.quiet_ink(dark=state.dark()),
        "offered": words.positions_offered(len(table), len(gateway.sweep(run, split).threshold)),
    }


def _scale_sent(run: Run, scale: Scale) -> dict[str, Any]:
    """How thresholds are called: the temperature, the share they belong to, and the shift to each end of the clinic's
    prevalence where that was stated."""
    share, prevalences = gateway.validation_share(run), state.prevalences()
    clinic: dict[str, Any] = {"shifts": [], "words": ""}
    if scale.name == CALIBRATED and share is not None and prevalences:
        shifts = [scale.at(share, prevalence).shift for prevalence in prevalences]
        clinic = {
            "shifts": shifts,
            "words": f"at your clinic's {words.clinic_prevalence(prevalences)}, {words.SAME_SCORES}",
        }
    named = words.scale_in_words(scale, share, words.class_words(run)[1])
    return {"name": scale.name, "temperature": scale.temperature, "named": named, "clinic": clinic}


def counts_sent(run: Run) -> dict[str, Any]:
    """What a table of counts below a live control says besides the counts."""
    split = state.split(run)
    return {
        "run": run.run_id,
        "split": split,
        "caption": f"{theme.SPLITS[split]}: {theme.count(run.predictions(split).n)} images",
        "noun": "image" if run.checkpoint is None else "radiograph",
        "classes": words.class_words(run),
        "patients": [theme.counted(number, "patient") for number in gateway.patients_by_class(run, split)],
    }


def _take_floor(run: Run) -> None:
    """The reader changed the x of a preset: use its threshold, where there is one."""
    name = state.take_floor()
    preset = next(p for p in presets(gateway.sweep(run, "validation"), state.floors()) if p.name == name)
    if preset.threshold is not None:
        state.set_threshold(run, preset.threshold)


def _as_sent(preset: Preset) -> dict[str, Any]:
    return {
        "name": preset.name,
        "label": preset.label,
        "floor": preset.floor,
        "threshold": preset.threshold,
        "reason": preset.reason,
    }
