"""What images of a site buy without a label: batch-norm statistics of a few, and what these do to the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import ImageError
from core.evaluation.comparing.local_cases import draw_patients, without
from core.evaluation.predictions import Predictions
from core.run_scorer import run_scorer
from core.runs.store import Run

if TYPE_CHECKING:
    from core.explain.pictures import Pictures

SIZES = (16, 32, 50, 100, 200)
"""How many images are offered."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rescored:
    """``before`` and ``after`` are the same labelled images, of patients who gave no statistics; ``used`` images did,
    one a patient."""

    used: int
    before: Predictions
    after: Predictions


def sizes_for(images: Predictions) -> tuple[int, ...]:
    """Those of :data:`SIZES` that leave at least half of the patients to be scored again; none of too few."""
    return tuple(size for size in SIZES if 2 * size <= images.n_patients)


def with_batch_norm_of(
    run: Run,
    evaluation_set: str,
    pictures: Pictures,
    size: int,
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Rescored:
    """Take batch-norm statistics from one image each of ``size`` patients of a set, and score the other patients again.

    The labels of the images that give statistics are not looked at. ``progress`` is told images done and all.
    Raises ImageError with the image's id for one that cannot be read, ValueError for a size not in :func:`sizes_for`.
    """
    from core.model.site_statistics import with_statistics_of

    images = run.predictions(evaluation_set)
    if size not in sizes_for(images):
        raise ValueError(f"{size} images of {images.n_patients} patients: one of {sizes_for(images)} is possible")
    drawn = draw_patients(images, size, seed=seed)
    rest = without(images, drawn)
    chosen = drawn.image_id[np.unique(drawn.patient_index, return_index=True)[1]]
    scorer, total, done = run_scorer(run), size + rest.n, 0

    def squares(image_ids: NDArray[np.object_]) -> NDArray[np.uint8]:
        nonlocal done
        found = []
        for image_id in image_ids:
            try:
                found.append(pictures.square(str(image_id), scorer.preprocessing.image_size))
            except ImageError as error:
                raise ImageError(f"{image_id}: {error}") from error
            done += 1
            progress(done, total)
        return np.stack(found)

    adapted = with_statistics_of(scorer, squares(chosen))
    parts = [adapted.logits(squares(rest.image_id[at : at + 64])) for at in range(0, rest.n, 64)]
    return Rescored(used=size, before=rest, after=replace(rest, logit=np.concatenate(parts)))
