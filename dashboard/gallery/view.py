"""What of a run the gallery looks at: state made into rows of predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from core.errors import RunFolderError
from core.evaluation.outcomes import ORDERS, OUTCOMES
from core.evaluation.predictions import IntArray, Predictions
from core.runs.marks import Mark
from core.runs.store import Run
from core.telling.scale import Scale, scales
from dashboard import gateway, state, words

KINDS = (*OUTCOMES, "changes", "suspects")
"""What the gallery can look at: the four outcomes, what flips between two thresholds, and suspected label errors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """The images of one split that are looked at. ``rows`` (m,) are theirs in the split's predictions, in order.

    ``marks`` are those of the split's images, by image id, one of each reviewer.
    """

    run: Run
    scale: Scale
    selection: gateway.Selection
    marked_only: bool
    marks: Mapping[str, tuple[Mark, ...]]
    marks_problem: str
    rows: IntArray

    @property
    def split(self) -> str:
        return self.selection.split

    @property
    def threshold(self) -> float:
        return self.selection.threshold

    @property
    def kind(self) -> str:
        return self.selection.kind

    @property
    def scales(self) -> Mapping[str, Scale]:
        """Every way in which the run's probabilities are called, by name."""
        return scales(self.run)

    @property
    def predictions(self) -> Predictions:
        return self.run.predictions(self.split)

    @property
    def filtered(self) -> bool:
        """Whether some images are left out by a filter."""
        return self.marked_only or any(levels for _, levels in self.selection.levels)

    def levels(self, name: str, rows: Sequence[int]) -> list[str]:
        """How the level of each image of ``rows`` in a subgroup is called."""
        of_positives = gateway.levels_of_positives(self.run, self.split, name)
        absent = [
            words.without_level(levels_of_positives=of_positives, positives=positive, negatives=not positive)
            for positive in (False, True)
        ]
        of_rows = zip(self.predictions.subgroups[name][rows], self.predictions.y_true[rows], strict=True)
        return [absent[truth] if level is None else str(level) for level, truth in of_rows]

    def pages(self, size: int) -> int:
        """How many pages of ``size`` images there are, at least 1."""
        return max(1, -(-len(self.rows) // size))

    def page(self, size: int) -> int:
        """The page that is seen, from 1."""
        return state.gallery_page(self.pages(size))

    def turn_to(self, page: int) -> None:
        """See another page from now on."""
        state.turn_gallery_page(page)


def looked_at(run: Run) -> View:
    """The view that address and session ask for."""
    split, kind = state.split(run), state.GALLERY_KIND.among(KINDS)
    selection = gateway.Selection(
        split=split,
        threshold=state.threshold(run),
        kind=kind,
        order=state.GALLERY_ORDER.among(ORDERS),
        other=state.OTHER_THRESHOLD.value(first_other(run)) if kind == "changes" else None,
        levels=_levels(run, split),
    )
    rows, only = gateway.selected(run, selection), state.MARKED_ONLY.value(False)
    marks, problem = _marks(run, split)
    if only:
        rows = rows[pd.Series(run.predictions(split).image_id[rows], dtype=object).isin(list(marks)).to_numpy()]
    return View(
        run=run,
        scale=state.scale(run),
        selection=selection,
        marked_only=only,
        marks=marks,
        marks_problem=problem,
        rows=rows,
    )


def _marks(run: Run, split: str) -> tuple[Mapping[str, tuple[Mark, ...]], str]:
    """The marks of the split; where they cannot be read none, and why: the images are shown all the same."""
    try:
        return gateway.marks_of(run, split), ""
    except RunFolderError as error:
        return {}, str(error)


def presets(run: Run) -> dict[str, float]:
    """The thresholds that validation chose, logits by the name of their rule, and those that were locked."""
    points = run.operating_points or ()
    chosen = {point["name"]: float(point["threshold"]) for point in points if point["threshold"] is not None}
    return chosen | {f"Locked {lock.sequence} {lock.name}": lock.threshold for lock in gateway.locked_points(run)}


def first_other(run: Run) -> float:
    """Where "what changes" goes to at first: the first preset that is another threshold than the one in use, else 0."""
    now = state.threshold(run)
    return next((threshold for threshold in presets(run).values() if threshold != now), 0.0)


def _levels(run: Run, split: str) -> tuple[tuple[str, tuple[str | None, ...]], ...]:
    """The wanted levels that this split has; a filter set on another split must not empty this one."""
    known, wanted = gateway.subgroup_levels(run, split), state.gallery_filter()
    return tuple((name, tuple(level for level in wanted.get(name, ()) if level in known[name])) for name in known)
