"""What a run's network says of a film: its logit, how far that moves, how strange it is, and which are most alike."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.films.film import Film
from core.films.looks import looks
from core.films.strangeness import Acquaintance, acquaintance
from core.run_scorer import run_scorer
from core.runs.store import Run

_MOST_KEPT = 2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reading:
    """``logit`` of the film as it is, ``looks`` (9,) of it and its small changes (:mod:`core.films.looks`).

    ``distance`` is that of :mod:`core.films.strangeness`, NaN where the run has no features; ``similar`` are the
    films of train that are most alike, image id and distance, the most similar first.
    """

    logit: float
    looks: NDArray[np.float64]
    distance: float
    similar: list[tuple[str, float]]

    @property
    def low(self) -> float:
        return float(self.looks.min())

    @property
    def high(self) -> float:
        return float(self.looks.max())


def input_size(run: Run) -> int:
    """The side of the network's input, in pixels. Raises as :func:`core.run_scorer.run_scorer` does."""
    return run_scorer(run).preprocessing.image_size


def read(run: Run, film: Film) -> Reading:
    """What the network of ``run`` says of a film of :func:`input_size`. Safe for many threads. Raises as that does."""
    scores, known = run_scorer(run).scores(looks(film.square)), known_to(run)
    return Reading(
        logit=float(scores.logit[0]),
        looks=scores.logit,
        distance=math.nan if known is None else float(known.distance(scores.features[:1])[0]),
        similar=[] if known is None else known.nearest(scores.features[0]),
    )


def known_to(run: Run) -> Acquaintance | None:
    """:func:`core.films.strangeness.acquaintance`, kept for the runs that were asked for last."""
    key = (str(run.folder), run.hidden, str(run.manifest["files"]))
    with _learning:
        if key not in _known:
            _known[key] = acquaintance(run)
            while len(_known) > _MOST_KEPT:
                _known.popitem(last=False)
        return _known[key]


_learning = threading.Lock()
_known: OrderedDict[tuple[object, ...], Acquaintance | None] = OrderedDict()
