"""The images that are looked at, as tiles of the grid or, where there are no pictures, as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from core.runs.exports import file_name
from core.runs.marks import Mark
from dashboard import gateway, state, theme, widgets
from dashboard.gallery import words
from dashboard.gallery.controls import pager
from dashboard.gallery.view import View
from dashboard.grid import Tile, grid
from dashboard.words import class_words

if TYPE_CHECKING:
    from core.explain.pictures import Pictures

PAGE = 60
"""Images on a page of the grid."""
_TABLE_PAGE = 1000
_MARKS = {"label_error": "label", "poor_image": "poor", "ambiguous": "ambiguous"}


def show(view: View, pictures: Pictures | None) -> None:
    """The page of the view that is seen: as pictures, or as a table where there are none."""
    if not len(view.rows):
        widgets.notice(empty(view), "")
    elif pictures is None:
        pager(view, _TABLE_PAGE)
        seen = table(view, _seen(view, _TABLE_PAGE))
        widgets.listing(seen, key="gallery_table", file_name=f"{file_name(view.run)}-images", height=480)
    else:
        pager(view, PAGE, "arrow keys walk, Enter opens")
        rows = _seen(view, PAGE)
        grid(
            tiles(view, pictures, rows),
            back=_back(view, len(rows)),
            label=words.looked_at(view.kind, len(view.rows)),
            threshold=view.scale.probability(view.threshold),
            open_image=state.open_image,
            turn=lambda by: view.turn_to(min(max(view.page(PAGE) + by, 1), view.pages(PAGE))),
        )


def empty(view: View) -> str:
    """What is said where the view holds no image."""
    if view.filtered:
        return "None of these images passes the filters."
    return words.no_images_of(view.kind)


def tiles(view: View, pictures: Pictures, rows: Sequence[int]) -> list[Tile]:
    """The tiles of the images in ``rows`` of the split's predictions."""
    predictions, classes = view.predictions, class_words(view.run)
    image_ids = [str(predictions.image_id[row]) for row in rows]
    made = []
    for row, image_id, found in zip(rows, image_ids, gateway.thumbnails(pictures, image_ids), strict=True):
        logit, truth = float(predictions.logit[row]), int(predictions.y_true[row])
        share = view.scale.probability(logit)
        made.append(
            Tile(
                image_id=image_id,
                picture=gateway.jpeg_uri(found) if isinstance(found, bytes) else None,
                problem="" if isinstance(found, bytes) else f"Cannot be shown: {found}",
                probability=words.score(share, logit),
                share=share,
                positive=truth == 1,
                truth=classes[truth],
                patient=str(predictions.patient_id[row]),
                subgroups=subgroups(view, row),
                change=change(view, row),
                mark=marked(view.marks.get(image_id, ())),
            )
        )
    return made


def table(view: View, rows: Sequence[int]) -> pd.DataFrame:
    """The images in ``rows`` as a table: image, patient, probability, truth and the subgroups."""
    predictions, classes = view.predictions, class_words(view.run)
    columns = {
        "image": predictions.image_id[rows],
        "patient": predictions.patient_id[rows],
        f"{view.scale.called}": [
            words.score(view.scale.probability(float(logit)), float(logit)) for logit in predictions.logit[rows]
        ],
        "truth": [classes[truth] for truth in predictions.y_true[rows]],
    }
    if view.kind == "suspects":
        columns["label"] = [change(view, row) for row in rows]
    if view.kind == "changes":
        columns["change"] = [change(view, row) for row in rows]
    for name in predictions.subgroups:
        columns[f"{name} (subgroup)" if name in columns else name] = view.levels(name, rows)
    return pd.DataFrame(columns)


def subgroups(view: View, row: int) -> str:
    """What is known of an image's subgroups, in one line."""
    known = [str(column[row]) for column in view.predictions.subgroups.values() if column[row] is not None]
    return ", ".join(known)


def change(view: View, row: int) -> str:
    """How the class of an image changes, or how probable a doubted label is to the model; empty where neither is."""
    if view.kind == "suspects":
        if not view.scale.is_probability:
            return ""
        odds = float(gateway.label_log_odds(view.run, view.split)[row])
        return f"the model gives the label {theme.percent(replace(view.scale, midpoint=0.0).probability(odds))}"
    if view.selection.other is None:
        return ""
    before, after = (view.predictions.logit[row] >= t for t in (view.threshold, view.selection.other))
    if before == after:
        return ""
    return "was positive, becomes negative" if before else "was negative, becomes positive"


def marked(marks: Sequence[Mark]) -> str:
    """What reviewers marked, in a word or two each; empty where nothing is."""
    words_of = [word for name, word in _MARKS.items() if any(getattr(mark, name) for mark in marks)]
    said = ", ".join(words_of) or ("note" if marks else "")
    return f"{said} · {len(marks)} reviewers" if len(marks) > 1 else said


def _seen(view: View, size: int) -> list[int]:
    start = (view.page(size) - 1) * size
    return [int(row) for row in view.rows[start : start + size]]


def _back(view: View, shown: int) -> tuple[int, int] | None:
    """The tile of the image that was closed just now, of the ``shown`` ones of this page, and the how many that is."""
    number, closings = state.take_closed_image()
    place = number - (view.page(PAGE) - 1) * PAGE
    return (place, closings) if 0 <= place < shown else None
