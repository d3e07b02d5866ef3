"""Films that are no part of a run, and what its network says of them. Nothing of a film is kept here, nor on a disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.evaluation.estimates.intervals import Estimate
from core.runs.store import Run
from dashboard.gateway.gallery import jpeg_uri, radiograph_uri
from dashboard.gateway.runs import per_run

if TYPE_CHECKING:
    from core.films.film import Film
    from core.films.reading import Reading
    from core.films.strangeness import Acquaintance


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReadFilm:
    """A film and what the network says of it."""

    film: Film
    reading: Reading


def read_film(run: Run, content: bytes) -> ReadFilm:
    """The film in the bytes of a file. Raises ImageError where they hold none that can be read."""
    from core.films.film import read_film as decoded
    from core.films.reading import input_size, read

    film = decoded(content, input_size(run))
    return ReadFilm(film=film, reading=read(run, film))


def acquaintance(run: Run) -> Acquaintance | None:
    """What the network of a run knows; None for a run that was made without features."""
    from core.films.reading import known_to

    return known_to(run)


@per_run
def false_alarms(run: Run, evaluation_set: str) -> Estimate:
    """The share of a set's films that are called strange. The run has features of them."""
    from core.films.features import read_features
    from core.films.reading import known_to
    from core.films.strangeness import alarms

    known, features = known_to(run), read_features(run)
    if known is None or features is None or evaluation_set not in features:
        return Estimate.undefined("the run has no features of this set")
    return alarms(known, run.predictions(evaluation_set), features[evaluation_set])


def film_uri(film: Film) -> str:
    """A small picture of a film in its own proportions, as an address that holds it."""
    return radiograph_uri(film.thumbnail())


def film_pictures(run: Run, content: bytes, film: Film, *, heat: tuple[str, str] | None) -> tuple[str, str]:
    """Addresses that hold the film at a size to look at and, where a method and a layer are asked for as ``heat``, the
    same under its heat map; empty where not."""
    from core.explain.explanations import heat_map_of
    from core.explain.heat_overlay import overlay
    from core.explain.picture_bytes import LONGEST_SIDE, colour_jpeg
    from core.explain.pictures import shrink
    from core.films.film import picture_of

    gray = shrink(picture_of(content, LONGEST_SIDE // 2).gray, LONGEST_SIDE)
    if heat is None:
        return radiograph_uri(gray), ""
    method, layer = heat
    heat_map: NDArray[np.float32] = heat_map_of(run, film.square, method=method, layer=layer)
    return radiograph_uri(gray), jpeg_uri(colour_jpeg(overlay(gray, heat_map)))
