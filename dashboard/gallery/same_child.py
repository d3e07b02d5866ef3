"""The other images of the child whose image is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import gateway, theme
from dashboard.gallery import words
from dashboard.gallery.view import View
from dashboard.gallery.viewer import Other
from dashboard.words import class_words

if TYPE_CHECKING:
    from core.explain.pictures import Pictures

MOST = 24
"""So many of them are shown."""


def others(view: View, pictures: Pictures, row: int) -> list[Other]:
    """The first :data:`MOST` other images of the child, in the order of the sets and of the data."""
    found = gateway.same_patient(view.run, view.split, row)[:MOST]
    image_ids = [str(view.run.predictions(name).image_id[at]) for name, at in found]
    made = []
    for (name, at), picture in zip(found, gateway.thumbnails(pictures, image_ids), strict=True):
        predictions = view.run.predictions(name)
        logit, truth = float(predictions.logit[at]), class_words(view.run)[int(predictions.y_true[at])]
        made.append(
            Other(
                picture=gateway.jpeg_uri(picture) if isinstance(picture, bytes) else None,
                problem="" if isinstance(picture, bytes) else f"Cannot be shown: {picture}",
                facts=[words.score(view.scale.probability(logit), logit), truth, theme.set_title(name)],
            )
        )
    return made


def more(view: View, row: int) -> str:
    """How many images of the child are not shown; empty where all are."""
    beyond = len(gateway.same_patient(view.run, view.split, row)) - MOST
    return f"{theme.counted(beyond, 'further image')} of this child." if beyond > 0 else ""
