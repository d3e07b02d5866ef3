"""What the gallery looks through: which images, in which order, and pictures as a browser takes them.

Image libraries are imported when needed.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.calibration.platt import centred
from core.evaluation.comparing import label_errors
from core.evaluation.comparing.label_errors import Figures, suspects
from core.evaluation.outcomes import Flips, flips, in_levels, rows_of
from core.evaluation.predictions import FloatArray, IntArray
from core.runs.store import Run
from core.runs.tables import EVALUATED
from core.telling.scale import scales
from dashboard.gateway.runs import per_run

MOST_LEVELS = 100
"""A subgroup with more levels than this is no use as a filter; it holds names or numbers."""

Levels = tuple[tuple[str, tuple[str | None, ...]], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Which images of a split are looked at, small enough to be a key.

    ``kind`` is an outcome at ``threshold``, ``changes`` for the images that flip on the way to ``other``, or
    ``suspects`` for those whose label the model contradicts, which have an order of their own.
    """

    split: str
    threshold: float
    kind: str
    order: str
    other: float | None
    levels: Levels


@per_run
def selected(run: Run, selection: Selection) -> IntArray:
    """The rows of the split's predictions that ``selection`` names, in its order; shared, never to be changed."""
    predictions = run.predictions(selection.split)
    if selection.kind == "changes":
        rows = changes(run, selection.split, selection.threshold, selection.other or 0.0).rows
    elif selection.kind == "suspects":
        rows = suspects(predictions)
    else:
        rows = rows_of(predictions, selection.threshold, selection.kind, order=selection.order)
    levels = dict(selection.levels)
    return rows[in_levels(predictions, levels)[rows]] if any(levels.values()) else rows


@per_run
def changes(run: Run, split: str, before: float, after: float) -> Flips:
    """The images of a split that flip between two thresholds; shared."""
    return flips(run.predictions(split), before, after)


@per_run
def label_log_odds(run: Run, split: str) -> FloatArray:
    """The log odds that the model gives the label of each image of a split, (n,), before any scaling; shared."""
    return label_errors.label_log_odds(centred(run.predictions(split), next(iter(scales(run).values())).midpoint))


@per_run
def figures_without(run: Run, split: str, left_out: tuple[str, ...], threshold: float) -> Figures:
    """Figures of a split without the images of these ids (:mod:`core.evaluation.comparing.label_errors`)."""
    predictions = run.predictions(split)
    gone = pd.Series(predictions.image_id, dtype=object).isin(left_out).to_numpy()
    return label_errors.figures_without(predictions, gone, threshold)


@per_run
def subgroup_levels(run: Run, split: str) -> dict[str, list[str | None]]:
    """The levels of each subgroup of a split in order of their names, None (not known) last; shared.

    Subgroups without a known level, or with more than ``MOST_LEVELS``, are left out.
    """
    found: dict[str, list[str | None]] = {}
    for name, column in run.predictions(split).subgroups.items():
        levels = pd.unique(pd.Series(column, dtype=object))
        known = sorted(level for level in levels if isinstance(level, str))
        if 0 < len(known) <= MOST_LEVELS:
            found[name] = [*known, *([None] if len(known) < len(levels) else [])]
    return found


@per_run
def levels_of_positives(run: Run, split: str, name: str) -> bool:
    """Whether every level of a subgroup stands among the positives of a split only, as a cause of the finding does."""
    predictions = run.predictions(split)
    known = np.array([level is not None for level in predictions.subgroups[name]])
    return bool(known.any()) and bool((predictions.y_true[known] == 1).all())


@per_run
def classes_without_level(run: Run, split: str, name: str) -> tuple[bool, bool]:
    """Whether a split has images of the negative, and of the positive class without a level of a subgroup."""
    predictions = run.predictions(split)
    truth = predictions.y_true[[level is None for level in predictions.subgroups[name]]]
    return bool((truth == 0).any()), bool((truth == 1).any())


def row_of(run: Run, split: str, image_id: str) -> int | None:
    """The row of an image in the predictions of a split, None where it is not there."""
    rows = np.flatnonzero(run.predictions(split).image_id == image_id)
    return int(rows[0]) if len(rows) else None


@per_run
def same_patient(run: Run, split: str, row: int) -> list[tuple[str, int]]:
    """The other images of the patient of an image, each by its set and row; shared.

    Those of the run's own sets that may be seen. Another site numbers its patients by itself, so one of its images is
    looked for in that site alone.
    """
    patient = run.predictions(split).patient_id[row]
    sets = [name for name in run.sets if name in EVALUATED] if split in EVALUATED else [split]
    found = [(name, int(at)) for name in sets for at in np.flatnonzero(run.predictions(name).patient_id == patient)]
    return [one for one in found if one != (split, row)]


def jpeg_uri(jpeg: bytes) -> str:
    """A JPEG as an address that holds it, so that no patient's image lies at an address of the server."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def radiograph_uri(gray: npt.NDArray[np.uint8]) -> str:
    """A radiograph, uint8 (h, w), as the address of a JPEG, reduced where it is large."""
    from core.explain.picture_bytes import radiograph_jpeg

    return jpeg_uri(radiograph_jpeg(gray))


def heat_map_uri(heat_map: npt.NDArray[np.float32]) -> str:
    """A heat map (s, s) in [0, 1] as the address of a PNG that is transparent where it is 0."""
    from core.explain.picture_bytes import heat_png

    return "data:image/png;base64," + base64.b64encode(heat_png(heat_map)).decode()


def heat_map_colours() -> list[str]:
    """The colours of :func:`heat_map_uri` from 0 to 1, as ``#rrggbb``."""
    from core.explain.picture_bytes import heat_colours

    return heat_colours(11)


def outline(opacity: npt.NDArray[np.bool_]) -> str:
    """The borders of an opacity (h, w) as an SVG path in its pixels."""
    from core.explain.picture_bytes import outline_path

    return outline_path(opacity)
