"""The strip of Grad-CAM heat maps, and the button that makes them."""

from __future__ import annotations

import streamlit as st

from core.explain.heat_map_choice import fields
from core.runs.store import Run
from dashboard import drawn, gateway, widgets

_KINDS = {"tp": "Found (true positives)", "fp": "Falsely alarmed (false positives)", "fn": "Missed (false negatives)"}
_EACH = 2


def strip(run: Run) -> None:
    """Heat maps of true positives, false positives and false negatives, as far as they were made."""
    if run.checkpoint is None:
        drawn.text("This run has no images and no network: its predictions were imported.")
    elif made := gateway.overlays(run):
        _pictures(made, synthetic=run.synthetic, image_size=int(run.config.image_size or 0))
    else:
        _offer(run)


def _pictures(made: list[gateway.Overlay], *, synthetic: bool, image_size: int) -> None:
    cells = fields(image_size, made[0].layer)
    widgets.small(
        "Grad-CAM at Youden's threshold, the surest of each kind: left the image, right where it raised the score. "
        "It shows what the network used, not where disease is, and in no finer detail than "
        f"{cells} × {cells} fields." + (" All images are synthetic." if synthetic else "")
    )
    for column, (kind, title) in zip(st.columns(len(_KINDS), gap="medium"), _KINDS.items(), strict=True):
        with column:
            widgets.label(f"{title}, synthetic" if synthetic else title)
            shown = [one for one in made if one.kind == kind][:_EACH]
            for one in shown:
                st.image(one.jpeg, width="stretch", alt=f"Radiograph and its heat map. {title}.")
                widgets.small(one.image_id)
            if not shown:
                widgets.small("none")


def _offer(run: Run) -> None:
    with widgets.notice("No heat maps yet", "They are made from the images and the network, in a few seconds."):
        if st.button("Make the heat maps", type="primary", key="make_heat_maps"):
            with widgets.calm():
                with st.spinner("Making heat maps"):
                    gateway.make_overlays(run)
                st.rerun()
