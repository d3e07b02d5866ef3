"""What the live threshold control (``explorer/control.js``) is given: nothing else is asked for while it moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from core.evaluation.estimates.intervals import z_value
from core.evaluation.predictions import Predictions
from core.runs.store import Run
from core.telling import numbers, words
from core.telling.names import set_name
from core.telling.presets import Preset
from core.telling.scale import CALIBRATED, Scale


def positions_of(
    run: Run, compared: Mapping[str, Predictions], *, seen: str, reported: str | None, table: Any, offered: str
) -> dict[str, Any]:
    """The thresholds that can be stepped to with the counts of every set at each, and what the sets are called.

    ``table`` is :func:`core.evaluation.positions.counts_at` of the sets ``compared``, in whatever form the control
    reads; ``seen`` is the set that is looked at, ``reported`` the one held against validation, ``offered`` says how
    many positions there are.
    """
    return {
        "run": words.run_name(run),
        "positions": table,
        "splits": [{"name": name, "n_pos": own.n_pos, "n_neg": own.n_neg} for name, own in compared.items()],
        "shown": seen,
        "reported": reported_of(reported),
        "z": z_value(),
        "offered": offered,
    }


def reported_of(name: str | None) -> dict[str, str]:
    """How the set that is held against validation is called, at the beginning of a sentence and within."""
    sentence = "" if name is None else set_name(name)
    return {"name": name or "", "title": words.begun(sentence), "sentence": sentence}


def scale_of(scale: Scale, share: float | None, positive: str, prevalences: Sequence[float] = ()) -> dict[str, Any]:
    """How thresholds are called: the temperature, validation's ``share`` of ill (the ``positive``) that they belong to,
    and the shift to each end of a clinic's prevalence where that was stated."""
    clinic: dict[str, Any] = {"shifts": [], "words": ""}
    if scale.name == CALIBRATED and share is not None and prevalences:
        clinic = {
            "shifts": [scale.at(share, prevalence).shift for prevalence in prevalences],
            "words": f"at your clinic's {words.clinic_prevalence(prevalences)}, {words.SAME_SCORES}",
        }
    named = words.scale_in_words(scale, share, positive)
    return {
        "called": scale.called,
        "isProbability": scale.is_probability,
        "temperature": scale.temperature,
        "midpoint": scale.midpoint,
        "unit": scale.unit,
        "named": named,
        "clinic": clinic,
    }


def counts_of(run: Run, seen: str, patients: tuple[int, int]) -> dict[str, Any]:
    """What a table of counts below a live control says besides the counts; ``patients`` by class."""
    return {
        "run": words.run_name(run),
        "split": seen,
        "caption": f"{words.begun(set_name(seen))}: {numbers.count(run.predictions(seen).n)} images",
        "noun": "image" if run.checkpoint is None else "radiograph",
        "classes": words.class_words(run),
        "patients": [numbers.counted(number, "patient") for number in patients],
    }


def presets_of(presets: Iterable[Preset]) -> list[dict[str, Any]]:
    """The buttons that put the threshold somewhere."""
    names = ("name", "label", "floor", "threshold", "reason")
    return [{name: getattr(preset, name) for name in names} for preset in presets]


def columns(table: pd.DataFrame) -> dict[str, list[float]]:
    """A table of positions as JSON holds it."""
    return {str(name): table[name].tolist() for name in table}
