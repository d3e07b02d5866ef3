"""What is odd about the run's pictures: an amber line a kind, and under them the pictures themselves, small."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.runs import odd_pictures
from core.runs.store import Run
from dashboard import frame, gateway, places, state, theme, widgets

BELOW = "they stand below, one by one; train.py --odd keep uses all, --odd drop leaves out all"
_DRAWN = 24
_ROW = 4


def show(run: Run) -> None:
    two, odd = odd_pictures.two_labels(run), odd_pictures.odd(run, BELOW)
    if two:
        widgets.callout("One picture, two labels:", two, warn=True)
    for sentence in odd:
        widgets.callout("Look at the pictures:", sentence, warn=True)
    if two or odd:
        folded = st.expander("These pictures, one by one", key="odd_pictures", on_change="rerun")
        if folded.open:
            with folded, widgets.calm():
                _one_by_one(run)


def _one_by_one(run: Run) -> None:
    """All of them with their reasons in a list, and the first as pictures, which lead to the Gallery."""
    reasons = odd_pictures.reasons(run)
    split = dict(zip(run.records["image_id"], run.records["split"], strict=True))
    sets = [theme.SPLITS[split[image_id]] for image_id in reasons]
    widgets.listing(
        pd.DataFrame({"image": list(reasons), "set": sets, "what is odd": list(reasons.values())}), key="odd_list"
    )
    pictures = places.pictures_of(run)
    if pictures is None:
        return
    shown = list(reasons)[:_DRAWN]
    drawn = gateway.thumbnails(pictures, shown)
    for start in range(0, len(shown), _ROW):
        for at, column in enumerate(st.columns(_ROW), start=start):
            if at < len(shown):
                with column:
                    _picture(run, shown[at], split[shown[at]], drawn[at], reasons[shown[at]])
    if len(reasons) > _DRAWN:
        widgets.small(f"The first {_DRAWN} of {theme.count(len(reasons))} are drawn.")


def _picture(run: Run, image_id: str, split: str, drawn: bytes | str, reason: str) -> None:
    if isinstance(drawn, bytes):
        st.image(drawn, width="stretch", alt=f"A radiograph of {theme.SPLITS[split].lower()} that was called odd.")
    else:
        widgets.small(f"cannot be shown: {drawn}")
    widgets.small(f"{image_id}: {reason}")
    if split in state.splits(run):
        frame.link("gallery", "Open in the Gallery", {state.SPLIT: split, state.OPENED_IMAGE: image_id})
