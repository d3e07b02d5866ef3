"""One image as two runs see it: the radiograph with the heat map of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import WorkbenchError
from core.explain.heat_map_choice import LAYERS, METHODS, default_layer
from core.runs.store import Run
from dashboard import gateway, state

if TYPE_CHECKING:
    from core.explain.pictures import Pictures


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A picture with its ``title`` and what is said under it; the addresses are empty where there is none."""

    title: str
    radiograph: str
    heat_map: str
    alt: str
    text: str


def shown(run: Run, pictures: Pictures, image_id: str, *, title: str, said: str) -> Shown:
    """The image with the heat map of ``run``, whose ``pictures`` are; why there is none stands in the text."""
    try:
        radiograph = gateway.radiograph_uri(gateway.radiograph(pictures, image_id))
    except WorkbenchError as error:
        return Shown(title=title, radiograph="", heat_map="", alt="", text=f"{said} No picture: {error}")
    method = state.HEAT_MAP_METHOD.among(list(METHODS))
    layer = default_layer(int(run.config.image_size or 0))
    layer = state.HEAT_MAP_LAYER.among(list(LAYERS), layer)
    try:
        with st.spinner("Making the heat map"):
            heat = gateway.heat_map_uri(gateway.heat_map(pictures, image_id, method, layer))
    except WorkbenchError as error:
        return Shown(title=title, radiograph=radiograph, heat_map="", alt=title, text=f"{said} No heat map: {error}")
    named = f"Heat map: {METHODS[method]} at {layer}; what raised the score is bright."
    return Shown(title=title, radiograph=radiograph, heat_map=heat, alt=title, text=f"{said} {named}")
