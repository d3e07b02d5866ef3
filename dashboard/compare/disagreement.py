"""The images on which exactly one of two runs is right: as a gallery, one of them large in both, and as a worklist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core.evaluation.predictions import IntArray, Predictions
from core.runs.exports import file_name
from core.runs.store import Run
from core.telling.scale import Scale
from dashboard import frame, gateway, state, theme, widgets
from dashboard.compare import widgets as compare_widgets
from dashboard.compare import words
from dashboard.compare.choices import SIDE
from dashboard.compare.heat import Shown, shown
from dashboard.controls import switch
from dashboard.gateway import Overlaid
from dashboard.grid import Tile, grid
from dashboard.places import pictures_of
from dashboard.words import class_words

if TYPE_CHECKING:
    from core.explain.pictures import Pictures

MOST = 60
"""Images on the page; the worklist has all."""


class Disagreement:
    """The pairs of two runs, at their thresholds, and how each one's scores are called."""

    def __init__(self, runs: tuple[Run, Run], found: Overlaid, scales: tuple[Scale, Scale]) -> None:
        self.runs, self.found, self.scales = runs, found, scales

    @property
    def images(self) -> tuple[Predictions, Predictions]:
        return self.found.sides[0].predictions, self.found.sides[1].predictions

    def score(self, place: int, row: int) -> str:
        """What a run says of an image: its probability, or a reader's grade, and how it is called for it."""
        logit, threshold = float(self.images[place].logit[row]), self.found.found.points[place].threshold
        unit, zero = words.score_of(self.runs[place])
        probability = theme.probability(self.scales[place].probability(logit))
        called = f"reads {logit + zero:g}" if unit == "reading" else probability
        return f"{'AB'[place]} {called}, {'positive' if threshold is not None and logit >= threshold else 'negative'}"


def show(both: Disagreement) -> None:
    """Who alone is right, the images, the one that is opened, and the worklist."""
    rows = both.found.only
    names = {
        side: f"{side.upper()} alone is right {theme.count(len(own))}" for side, own in zip("ab", rows, strict=True)
    }
    chosen = rows["ab".index(switch("Images to look at", SIDE, names, label_visibility="collapsed"))]
    pictures = pictures_of(both.runs[0], both.found.found.evaluation_set)
    if not len(chosen):
        widgets.small("There is no such image.")
    elif pictures is None:
        widgets.listing(worklist(both, chosen).head(MOST), key="compare_listing", height=420)
    else:
        _opened(both, chosen, pictures)
        if len(chosen) > MOST:
            widgets.small(f"The first {MOST} of {theme.count(len(chosen))}; the worklist has all.")
        grid(
            _tiles(both, chosen[:MOST], pictures),
            back=None,
            label="Images on which one of the two alone is right",
            threshold=both.scales[0].probability(both.found.found.points[0].threshold or 0.0),
            open_image=state.open_image,
            turn=lambda by: None,
        )
    every = np.concatenate(rows)
    if len(every):
        widgets.save_csv(
            f"Save all {theme.counted(len(every), 'image')} as a worklist (CSV)",
            lambda: worklist(both, every),
            key="compare_worklist",
            file_name=f"{file_name(both.runs[0])}-{file_name(both.runs[1])}-disagree",
        )


def worklist(both: Disagreement, rows: IntArray) -> pd.DataFrame:
    """One row an image of ``rows``: its id, patient, truth, who alone is right, and what each run says of it."""
    a, b = both.images
    table = {"image_id": a.image_id[rows], "patient_id": a.patient_id[rows], "truth": a.y_true[rows]}
    alone = np.isin(rows, both.found.only[0])
    table["right"] = np.where(alone, both.runs[0].run_id, both.runs[1].run_id)
    for letter, run, own, point in zip("ab", both.runs, (a, b), both.found.found.points, strict=True):
        unit, zero = words.score_of(run)
        table[f"{letter}_{unit}"] = own.logit[rows] + zero
        table[f"{letter}_positive"] = (own.logit[rows] >= (point.threshold or 0.0)).astype(int)
    return pd.DataFrame(table)


def _tiles(both: Disagreement, rows: Sequence[int] | IntArray, pictures: Pictures) -> list[Tile]:
    own, classes = both.images[0], class_words(both.runs[0])
    ids = [str(own.image_id[row]) for row in rows]
    made = []
    for row, image_id, found in zip(rows, ids, gateway.thumbnails(pictures, ids), strict=True):
        share = both.scales[0].probability(float(own.logit[row]))
        made.append(
            Tile(
                image_id=image_id,
                picture=gateway.jpeg_uri(found) if isinstance(found, bytes) else None,
                problem="" if isinstance(found, bytes) else f"Cannot be shown: {found}",
                probability=both.score(0, int(row)),
                share=share,
                positive=bool(own.y_true[row]),
                truth=classes[int(own.y_true[row])],
                patient=str(own.patient_id[row]),
                subgroups="",
                change=both.score(1, int(row)),
                mark="",
            )
        )
    return made


def _opened(both: Disagreement, rows: IntArray, pictures: Pictures) -> None:
    image_id = state.opened_image()
    row = next((int(row) for row in rows if both.images[0].image_id[row] == image_id), None)
    if row is None:
        return
    truth = class_words(both.runs[0])[int(both.images[0].y_true[row])]
    sides: list[Shown] = []
    for place, (run, own) in enumerate(
        zip(both.runs, (pictures, _pictures_of_b(both.runs[1], both.found.found.evaluation_set)), strict=True)
    ):
        if own is None:
            text = f"{both.score(place, row)}. This run has no images, and so no heat map."
            sides.append(Shown(title=f"B, {run.run_id}", radiograph="", heat_map="", alt="", text=text))
            continue
        sides.append(
            shown(
                run,
                own,
                str(both.images[place].image_id[row]),
                title=f"{'AB'[place]}, {run.run_id}",
                said=f"{both.score(place, row)}; truth: {truth}.",
            )
        )
    compare_widgets.pictures((sides[0], sides[1]))
    with st.container(horizontal=True, gap="medium"):
        st.button("Close the image", key="compare_close", on_click=state.open_image, args=(None,))
        frame.link("gallery", "Look at it in the gallery")


def _pictures_of_b(run: Run, evaluation_set: str) -> Pictures | None:
    return None if run.checkpoint is None else pictures_of(run, evaluation_set)
