"""One image large: its heat map, its facts, what a reviewer says of it, and the way to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import ImageError, WorkbenchError
from core.evaluation.outcomes import OUTCOMES
from core.explain.heat_map_choice import EXPLAINS_THE_CLASS, LAYERS, METHODS, default_layer
from core.runs.store import Run
from dashboard import called as called_as
from dashboard import gateway, state, theme, widgets
from dashboard.controls import choose
from dashboard.gallery import same_child, words
from dashboard.gallery.marking import mark_form
from dashboard.gallery.tiles import PAGE, change
from dashboard.gallery.view import View
from dashboard.gallery.viewer import Opened, viewer
from dashboard.words import class_words

if TYPE_CHECKING:
    from core.explain.pictures import Pictures


def row_opened(view: View) -> int | None:
    """The row of the image that is opened; None where none is, and a line on the page where it is not in this split."""
    image_id = state.opened_image()
    if image_id is None:
        return None
    row = gateway.row_of(view.run, view.split, image_id)
    if row is None:
        widgets.small(
            f"“{state.echoed(image_id)}” is not among the images of {theme.set_name(view.split)}, so it is not opened."
        )
        state.open_image(None)
    return row


def show_opened(view: View, pictures: Pictures, row: int) -> None:
    """The image of ``row`` large, with everything that is known of it."""
    image_id, at = str(view.predictions.image_id[row]), _place(view, row)

    others = gateway.same_patient(view.run, view.split, row)
    viewer(
        _opened(view, pictures, row, at, *choice(view)),
        go=lambda to: _go(view, to),
        other=lambda number: _go_to(view.run, *others[number]),
        close=lambda last: _close(view, last),
    )
    _chooser(view)
    mark_form(view, image_id)


def _go(view: View, to: int) -> None:
    state.open_image(str(view.predictions.image_id[view.rows[to]]))


def _go_to(run: Run, evaluation_set: str, row: int) -> None:
    state.SPLIT.choose(evaluation_set)
    state.open_image(str(run.predictions(evaluation_set).image_id[row]))


def _close(view: View, last: int) -> None:
    if last >= 0:
        view.turn_to(last // PAGE + 1)
    state.close_image(last)


def _place(view: View, row: int) -> int | None:
    """Where the image stands among those looked at; None where it is not one of them."""
    found = np.flatnonzero(view.rows == row)
    return int(found[0]) if len(found) else None


def choice(view: View) -> tuple[str, str]:
    """The method and the layer of the heat maps in use."""
    return state.HEAT_MAP_METHOD.among(list(METHODS)), state.HEAT_MAP_LAYER.among(list(LAYERS), _first_layer(view))


def _first_layer(view: View) -> str:
    return default_layer(int(view.run.config.image_size or 0))


def _chooser(view: View) -> None:
    layers = {name: f"{name}, {text}" for name, text in LAYERS.items()}
    with st.container(horizontal=True, gap="medium"):
        choose(st.selectbox, "Heat map", state.HEAT_MAP_METHOD, METHODS, width=240)
        choose(st.selectbox, "Layer", state.HEAT_MAP_LAYER, layers, first=_first_layer(view), width=240)


def _opened(view: View, pictures: Pictures, row: int, at: int | None, method: str, layer: str) -> Opened:
    image_id = str(view.predictions.image_id[row])
    gray, problem = _radiograph(pictures, image_id)
    heat, heat_problem = (None, problem) if gray is None else _heat_map(pictures, image_id, method, layer)
    height, width = (1, 1) if gray is None else gray.shape
    opacity = None if gray is None else pictures.opacity(image_id)
    return Opened(
        image_id=image_id,
        at=-1 if at is None else at,
        total=len(view.rows),
        radiograph=None if gray is None else gateway.radiograph_uri(gray),
        radiograph_problem=problem,
        width=width,
        height=height,
        description=f"Radiograph {class_words(view.run)[int(view.predictions.y_true[row])]}",
        heat_map=None if heat is None else gateway.heat_map_uri(heat),
        heat_map_problem=heat_problem,
        heat_map_name=f"{METHODS[method]} at {layer}",
        meaning=_meaning(heat, method, layer),
        colours=gateway.heat_map_colours(),
        legend="raised the score:" if method in EXPLAINS_THE_CLASS else "reacted:",
        outline="" if opacity is None else gateway.outline(opacity),
        facts=facts(view, row, gray),
        others=same_child.others(view, pictures, row),
        others_more=same_child.more(view, row),
    )


def _radiograph(pictures: Pictures, image_id: str) -> tuple[NDArray[np.uint8] | None, str]:
    try:
        return gateway.radiograph(pictures, image_id), ""
    except ImageError as error:
        return None, f"This image cannot be shown: {error}"


def _heat_map(pictures: Pictures, image_id: str, method: str, layer: str) -> tuple[NDArray[np.float32] | None, str]:
    try:
        with st.spinner("Making the heat map"):
            return gateway.heat_map(pictures, image_id, method, layer), ""
    except WorkbenchError as error:
        return None, f"There is no heat map: {error}"


def _meaning(heat: NDArray[np.float32] | None, method: str, layer: str) -> str:
    if heat is None:
        return ""
    return words.what_a_heat_map_shows(method, layer, len(heat), evidence=bool(heat.max() > 0))


def facts(view: View, row: int, gray: NDArray[np.uint8] | None) -> list[tuple[str, str]]:
    """What is known of an image, names with values; what is not known is an em dash or left out."""
    predictions, logit = view.predictions, float(view.predictions.logit[row])
    truth, called = int(predictions.y_true[row]), logit >= view.threshold
    outcome = next(name for name, meant in OUTCOMES.items() if meant == (called, truth == 1))
    called_by = {
        name: theme.probability(scale.probability(logit)) for name, scale in view.scales.items() if scale.is_probability
    }
    size = theme.EM_DASH if gray is None else f"{gray.shape[1]:,} × {gray.shape[0]:,} px"
    changed, in_units = change(view, row), f"{view.scale.unit} {theme.fixed(view.threshold, 4)}"
    return [
        *((f"Probability, {name}", value) for name, value in called_by.items()),
        (view.scale.unit.capitalize(), theme.fixed(logit, 4)),
        ("Threshold", f"{called_as.threshold(view.run, view.threshold)}, {in_units}"),
        ("Truth", class_words(view.run)[truth]),
        ("Outcome", words.OUTCOMES[outcome][1]),
        *([("Change", changed)] if changed else []),
        ("Patient", str(predictions.patient_id[row])),
        *((name, view.levels(name, [row])[0]) for name in predictions.subgroups),
        ("File", str(predictions.image_id[row])),
        ("Size", size),
    ]
