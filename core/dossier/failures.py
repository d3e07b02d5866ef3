"""The images on which the threshold errs worst, as small pictures: patients', so only where they are asked for."""

from __future__ import annotations

from html import escape

import numpy as np

from core.dossier.contents import Contents, Failure
from core.errors import ImageError
from core.explain.pictures import Pictures
from core.telling import numbers, words
from core.telling.scale import scales

MOST = 6
"""So many of each kind are shown."""


def failures(found: Contents, pictures: Pictures) -> tuple[Failure, ...]:
    """The worst misses, lowest score first, then the worst false alarms, highest first; empty where there are none.

    They are those of test, else of validation: the pictures of other hospitals are not a run's own.
    """
    own = found.sets.get("test") or found.sets.get("validation")
    if own is None:
        return ()
    called = own.logit >= found.chosen.threshold
    wrong = [(True, (own.y_true == 1) & ~called, own.logit), (False, (own.y_true == 0) & called, -own.logit)]
    made = []
    for missed, there, worst_first in wrong:
        rows = np.flatnonzero(there)
        for row in rows[np.argsort(worst_first[rows], kind="stable")][:MOST].tolist():
            jpeg = _thumbnail(pictures, str(own.image_id[row]))
            made.append(Failure(missed=missed, logit=float(own.logit[row]), jpeg=jpeg))
    return tuple(made)


def gallery(found: Contents) -> str:
    """The pictures as HTML, filled from the data of the page by its script; empty where none were asked for."""
    if not found.failures:
        return ""
    scale = next(iter(scales(found.run).values()))
    without, with_finding = words.class_words(found.run)
    drawn = []
    for at, one in enumerate(found.failures):
        kind = f"missed: {with_finding}" if one.missed else f"false alarm: {without}"
        score = "" if found.leaves else f", {scale.called} {numbers.probability(scale.probability(one.logit))}"
        if isinstance(one.jpeg, str):
            picture = f"<p class='quiet'>cannot be shown: {escape(one.jpeg)}</p>"
        else:
            picture = f"<img data-picture='{at}' alt='Radiograph {at + 1}, {escape(kind, quote=True)}'>"
        drawn.append(f"<figure>{picture}<figcaption>{escape(f'{at + 1}. {kind}{score}')}</figcaption></figure>")
    note = f"The worst of each kind, {MOST} at most: missed with the lowest score, falsely alarmed with the highest."
    return f"<p class='quiet'>{note}</p><div class='side failures'>{''.join(drawn)}</div>"


def _thumbnail(pictures: Pictures, image_id: str) -> bytes | str:
    try:
        return pictures.thumbnail(image_id)
    except ImageError as error:
        return str(error)
