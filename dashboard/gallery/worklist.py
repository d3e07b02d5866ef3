"""Images of the gallery as a file: those that are looked at, in their order, or all of the set."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.outcomes import outcomes
from core.evaluation.predictions import IntArray
from core.runs.exports import file_name
from dashboard import theme, widgets
from dashboard.gallery.view import View

_MARKED = {"label_error": "marked_label_error", "poor_image": "marked_poor_image", "ambiguous": "marked_ambiguous"}


def save(view: View) -> None:
    """Two buttons: for the images that are looked at, all pages of them, and for every image of the set."""
    every = np.arange(view.predictions.n)
    with st.container(horizontal=True, gap="small"):
        if len(view.rows):
            widgets.save_csv(
                f"Save {theme.counted(len(view.rows), 'listed image')} as a worklist (CSV)",
                lambda: table(view, view.rows),
                key="gallery_worklist",
                file_name=f"{file_name(view.run)}-{view.split}-{view.kind}-worklist",
            )
        widgets.save_csv(
            f"Save the scores of all {theme.counted(len(every), 'image')} of {theme.set_name(view.split)} (CSV)",
            lambda: table(view, every),
            key="gallery_scores",
            file_name=f"{file_name(view.run)}-gallery-{view.split}-scores",
        )


def table(view: View, rows: IntArray) -> pd.DataFrame:
    """One row an image of ``rows``, in their order.

    Columns: rank (from 1), run, finding, set, image_id, patient_id, label, logit, the probability on every scale of the
    run (in [0, 1]), threshold (a logit), outcome at it, how many reviewers marked it (in all and as what), their notes,
    and the subgroups.
    """
    predictions = view.predictions
    image_ids = predictions.image_id[rows]
    marks = [view.marks.get(str(image_id), ()) for image_id in image_ids]
    columns: dict[str, object] = {
        "rank": range(1, len(rows) + 1),
        "run": view.run.run_id,
        "finding": view.run.finding,
        "set": view.split,
        "image_id": image_ids,
        "patient_id": predictions.patient_id[rows],
        "label": predictions.y_true[rows],
        "logit": predictions.logit[rows],
        **{
            f"{name}_probability": [scale.probability(float(logit)) for logit in predictions.logit[rows]]
            for name, scale in view.scales.items()
        },
        "threshold": view.threshold,
        "outcome": outcomes(predictions, view.threshold)[rows],
        "reviewers": [len(own) for own in marks],
        **{word: [sum(getattr(mark, name) for mark in own) for own in marks] for name, word in _MARKED.items()},
        "notes": [" | ".join(mark.note for mark in own if mark.note) for own in marks],
    }
    subgroups = {
        f"{name} (subgroup)" if name in columns else name: column[rows]
        for name, column in predictions.subgroups.items()
    }
    return pd.DataFrame(columns | subgroups)
