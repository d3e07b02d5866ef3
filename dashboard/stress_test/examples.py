"""What the strengths of a shift look like on a radiograph of the run."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.errors import ImageError
from core.evaluation.predictions import FloatArray, Predictions
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets, words
from dashboard.controls import choose
from dashboard.places import pictures_of
from dashboard.stress_test.tables import split, titles

_WIDTH = 205
_NEAREST, _TURNED, _NEGATIVE, _POSITIVE = "nearest", "turned", "negative", "positive"


def strip(run: Run, order: list[str]) -> None:
    """One radiograph unshifted and under the three strengths of a shift; ``order`` are the shifts, the worst first."""
    pictures = pictures_of(run, split(run))
    if pictures is None:
        return
    predictions, logits = gateway.stressed(run, split(run))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        shift = choose(st.selectbox, "Shift", state.STRESS_SHIFT, {name: titles()[name] for name in order}, width=260)
        rows = [
            row
            for row, one in enumerate(gateway.under_shifts(run, state.threshold(run), split(run)))
            if one.variant.shift == shift
        ]
        found = candidates(predictions, logits[[0, *rows]], state.threshold(run))
        names = _names(run)
        kind = choose(st.selectbox, "Radiograph", state.STRESS_IMAGE, {name: names[name] for name in found}, width=320)
    row = found[kind]
    try:
        made = gateway.example_pictures(pictures, str(predictions.image_id[row]), shift)
    except ImageError as error:
        widgets.notice("This radiograph cannot be shown", "", detail=f"{predictions.image_id[row]}: {error}")
        return
    known = next(one for one in gateway.shifts() if one.name == shift)
    truth = words.class_words(run)[int(predictions.y_true[row])]
    widgets.small(f"{predictions.image_id[row]}, {truth}" + (", synthetic" if pictures.synthetic else ""))
    with st.container(horizontal=True, gap="medium"):
        for strength, (picture, logit) in enumerate(zip(made, logits[[0, *rows], row], strict=True)):
            with st.container(width=_WIDTH, gap="small"):
                name = theme.STRENGTHS[strength]
                widgets.label(name.capitalize())
                st.image(picture, width="stretch", alt=f"Radiograph, {name}")
                widgets.small(known.described(strength) if strength else "as it was acquired")
                widgets.small(_verdict(run, float(logit)))


def candidates(predictions: Predictions, logits: FloatArray, threshold: float) -> dict[str, int]:
    """Rows of images to show, by kind; ``logits`` (4, n) are unshifted, mild, moderate and strong.

    Nearest to the threshold; the one that the shift turns wrong by the most, where there is one; and of each class
    that with the median score.
    """
    truth = predictions.y_true == 1
    found = {_NEAREST: int(np.abs(logits[0] - threshold).argmin())}
    wrong = ((logits[0] >= threshold) == truth) & ((logits[-1] >= threshold) != truth)
    if wrong.any():
        found[_TURNED] = int(np.where(wrong, np.abs(logits[-1] - logits[0]), -1.0).argmax())
    for kind, member in ((_NEGATIVE, ~truth), (_POSITIVE, truth)):
        rows = np.flatnonzero(member)
        if len(rows):
            found[kind] = int(rows[np.argsort(logits[0, rows], kind="stable")[len(rows) // 2]])
    return found


def _names(run: Run) -> dict[str, str]:
    without, with_finding = words.class_words(run)
    return {
        _NEAREST: "Nearest to the threshold",
        _TURNED: "Turned wrong by this shift",
        _NEGATIVE: f"Typical {without}",
        _POSITIVE: f"Typical {with_finding}",
    }


def _verdict(run: Run, logit: float) -> str:
    scale = state.scale(run)
    call = "called positive" if logit >= state.threshold(run) else "called negative"
    return f"{scale.called} {theme.probability(scale.probability(logit))}: {call}"
