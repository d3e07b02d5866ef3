"""The figures of a run by subgroup: columns of its files, properties of its images, and two of them crossed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING

import streamlit as st

from core.evaluation.calibration.platt import centred
from core.evaluation.comparing import subgroups as by_level
from core.evaluation.comparing import worst_combination as search
from core.evaluation.comparing.levels import binned, crossed, levels_of, numbers_of
from core.evaluation.comparing.subgroups import Subgroups
from core.evaluation.comparing.worst_combination import Search
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import FloatArray, ObjectArray, Predictions
from core.runs.store import Run
from core.telling.scale import Scale, probabilities, scales
from dashboard.gateway.runs import per_run, version

if TYPE_CHECKING:
    from core.explain.pictures import Pictures

PROPERTIES = {f"image {name}": name for name in ("brightness", "contrast", "sharpness", "size")}
"""How the columns are called that are made of the images, and which property each is."""

Properties = Mapping[str, FloatArray]


def own_columns(run: Run, split: str) -> list[str]:
    """The columns of a split's files in which a level is known."""
    columns = run.predictions(split).subgroups
    return [name for name, levels in columns.items() if any(level is not None for level in levels)]


def kept_properties(pictures: Pictures, split: str) -> Properties | None:
    """The properties of a split's images, (n,) each, where they were found before; else None."""
    from core.explain import image_properties

    return image_properties.kept_properties(pictures, _image_ids(pictures.run, split))


def find_properties(pictures: Pictures, split: str, progress: Callable[[int, int], None]) -> Properties:
    """The properties of a split's images, which takes reading them all; they are kept."""
    from core.explain import image_properties

    return image_properties.image_properties(pictures, _image_ids(pictures.run, split), progress)


def column_of(run: Run, split: str, name: str, properties: Properties | None) -> tuple[ObjectArray, bool]:
    """The level of each image of a split in a column, (n,), and whether these are bins of numbers."""
    if name not in own_columns(run, split):
        return binned((properties or {})[PROPERTIES[name]]), True
    return _own_column(run, split, name)


@per_run
def _own_column(run: Run, split: str, name: str) -> tuple[ObjectArray, bool]:
    own = run.predictions(split).subgroups[name]
    numbers = numbers_of(own)
    return (own, False) if numbers is None else (binned(numbers), True)


def subgroups(
    run: Run, split: str, by: tuple[str, ...], threshold: float, scale: str, properties: Properties | None = None
) -> Subgroups:
    """Every figure of every level at ``threshold``, a logit, by the probabilities of ``scale``.

    Levels are those of the column ``by`` names, or of two columns crossed; ``properties`` where one is of the images.
    """
    return _subgroups(version(run), split, by, threshold, scale, run, properties)


@st.cache_resource(show_spinner="Comparing every level with the rest", max_entries=64)
def _subgroups(
    version: Hashable,  # noqa: ARG001  (the key)
    split: str,
    by: tuple[str, ...],
    threshold: float,
    scale: str,
    _run: Run,
    _properties: Properties | None,
) -> Subgroups:
    levelled, column = _levelled(_run, split, by, _properties)
    own = _probabilities(_run, scale)
    return by_level.subgroups(
        centred(levelled, own.midpoint), column, threshold=threshold - own.midpoint, temperature=own.temperature
    )


def level_errors(
    run: Run, split: str, by: tuple[str, ...], scale: str, properties: Properties | None = None
) -> tuple[Estimate, ...]:
    """The calibration error of each level, of the probabilities of ``scale``; no threshold matters."""
    return _level_errors(version(run), split, by, scale, run, properties)


@st.cache_resource(show_spinner=False, max_entries=64)
def _level_errors(
    version: Hashable,  # noqa: ARG001  (the key)
    split: str,
    by: tuple[str, ...],
    scale: str,
    _run: Run,
    _properties: Properties | None,
) -> tuple[Estimate, ...]:
    levelled, column = _levelled(_run, split, by, _properties)
    levels = levels_of(levelled.subgroups[column])
    if not probabilities(_run):
        return tuple(Estimate.undefined("a free score is no probability") for _ in levels.names)
    own = _probabilities(_run, scale)
    return by_level.calibration_errors_by_level(centred(levelled, own.midpoint), levels, own.temperature)


def _probabilities(run: Run, scale: str) -> Scale:
    """The scale of this name where its numbers are probabilities, else that which has them, else the scores' own."""
    known = probabilities(run) or scales(run)
    return known.get(scale) or next(iter(known.values()))


def worst_combinations(run: Run, split: str, threshold: float, properties: Properties | None) -> Search:
    """The search over every column of the files, and of the images where their properties are known."""
    return _worst_combinations(version(run), split, threshold, properties is not None, run, properties)


@st.cache_resource(show_spinner="Searching levels and pairs of levels", max_entries=64)
def _worst_combinations(
    version: Hashable,  # noqa: ARG001  (the key)
    split: str,
    threshold: float,
    with_images: bool,
    _run: Run,
    _properties: Properties | None,
) -> Search:
    names = own_columns(_run, split)
    names += [name for name in PROPERTIES if with_images and name not in names]
    columns = {name: column_of(_run, split, name, _properties)[0] for name in names}
    return search.worst_combinations(_run.predictions(split), columns, threshold)


def _levelled(run: Run, split: str, by: tuple[str, ...], properties: Properties | None) -> tuple[Predictions, str]:
    """The predictions of a split with one column, and its name."""
    columns = [(name, column_of(run, split, name, properties)[0]) for name in by]
    column = columns[0][1] if len(columns) == 1 else crossed(columns[0], columns[1])
    name = " and ".join(by)
    return run.predictions(split).by({name: column}), name


def _image_ids(run: Run, split: str) -> list[str]:
    return [str(image_id) for image_id in run.predictions(split).image_id]
