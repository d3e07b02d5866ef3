"""The strip of Grad-CAM heat maps, and the button that makes them."""

from __future__ import annotations

import streamlit as st

from core.runs.store import Run
from dashboard import cache, widgets

_KINDS = {"tp": "found (true positive)", "fp": "falsely alarmed (false positive)", "fn": "missed (false negative)"}
_EACH = 4
_WIDTH = 170


def strip(run: Run) -> None:
    """Heat maps of true positives, false positives and false negatives on test, as far as they were made."""
    synthetic = " (synthetic)" if run.synthetic else ""
    st.subheader(f"Where the network looks{synthetic}", anchor=False)
    made = cache.overlays(run)
    if made:
        st.caption(
            "Grad-CAM: bright where the image raised the score. It shows what the network used, not where disease is."
        )
        shown = [one for kind in _KINDS for one in [each for each in made if each.kind == kind][:_EACH]]
        captions = [f"{_KINDS[one.kind]}{synthetic}" for one in shown]
        st.image([one.jpeg for one in shown], caption=captions, width=_WIDTH, alt=[f"Heat map, {c}" for c in captions])
    elif run.checkpoint is None:
        st.text("This run has no images and no network: its predictions were imported.")
    else:
        _offer(run)


def _offer(run: Run) -> None:
    with widgets.notice("No heat maps yet", "They are made from the images and the network in a few seconds."):
        if st.button("Make the heat maps", type="primary", key="make_heat_maps"):
            with st.spinner("Making heat maps"):
                cache.make_overlays(run)
            st.rerun()
