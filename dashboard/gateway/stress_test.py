"""The stress test of a run: what was kept of it, its figures at a threshold, and examples of its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.errors import RunFolderError
from core.evaluation.comparing import robustness
from core.evaluation.comparing.robustness import UnderShift
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import FloatArray, Predictions
from core.runs.store import Run
from dashboard.gateway.runs import per_run

if TYPE_CHECKING:
    from core.data.acquisition import Shift
    from core.explain.pictures import Pictures

_EXAMPLE_SIDE = 320
_UNFINISHED = "the stress test was not run to its end, or what was kept of it is gone; start it again"


def stressed_sets(run: Run) -> list[str]:
    """The sets that can be scored again, the one first that is meant where none is named."""
    from core.stress_test import stressed_sets

    return stressed_sets(run)


def images_stressed(run: Run, split: str | None = None) -> tuple[int, int]:
    """How many images have been scored again and kept, and of how many; looked at anew each time."""
    from core.stress_test import images_done

    return images_done(run, split)


@per_run
def stressed(run: Run, split: str | None = None) -> tuple[Predictions, FloatArray]:
    """The predictions that were stressed, and the logits (variants, n). RunFolderError unless they are all there."""
    from core.stress_test import kept_stress_test

    found = kept_stress_test(run, split)
    if found is None:
        raise RunFolderError(f"{run.folder}: {_UNFINISHED}")
    return run.predictions(found.split), found.logits


@per_run
def under_shifts(run: Run, threshold: float, split: str | None = None) -> tuple[UnderShift, ...]:
    """The rates of every variant at a threshold (:func:`core.evaluation.comparing.robustness.under_shifts`)."""
    from core.stress_test import VARIANTS

    predictions, logits = stressed(run, split)
    return robustness.under_shifts(predictions, VARIANTS, logits, threshold)


@per_run
def shifted_areas(run: Run, split: str | None = None) -> tuple[Estimate, ...]:
    """AUROC of every variant, which no threshold changes."""
    return robustness.areas(*stressed(run, split))


def shifts() -> tuple[Shift, ...]:
    """Every shift, with its title and what its strengths are."""
    from core.data.acquisition import SHIFTS

    return SHIFTS


def example_pictures(pictures: Pictures, image_id: str, shift: str) -> list[bytes]:
    """JPEGs of an image, unshifted and under the three strengths of a shift. Raises ImageError."""
    from core.data.acquisition import STRENGTHS, seed_of, shifted
    from core.explain.picture_bytes import radiograph_jpeg
    from core.explain.pictures import shrink

    gray = pictures.radiograph(image_id, at_least=int(pictures.run.config.image_size or _EXAMPLE_SIDE))
    seed, chosen = seed_of(gray), next(one for one in shifts() if one.name == shift)
    made = (shrink(shifted(gray, chosen, strength, seed), _EXAMPLE_SIDE) for strength in range(len(STRENGTHS) + 1))
    return [radiograph_jpeg(picture) for picture in made]


def rescoring_difference(run: Run, split: str | None = None) -> float:
    """The largest difference between the stored logits and those of the unshifted images scored again."""
    predictions, logits = stressed(run, split)
    return float(np.abs(logits[0] - predictions.logit).max())
