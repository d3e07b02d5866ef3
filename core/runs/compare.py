"""Two runs compared on one set: each at a threshold of its own, and the whole as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.errors import ConfigError
from core.evaluation.calibration.probability import fit_temperature
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, choose_operating_points
from core.evaluation.comparing.matched import AtReaders, matched
from core.evaluation.comparing.paired import ALARMS_A_MISS, RATES, Compared, Comparison, Model, compare
from core.evaluation.comparing.paired_rates import Worth
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.runs.decisions import read_decisions
from core.runs.files import plain
from core.runs.hiding import SENTENCE
from core.runs.locked_points import locked_points
from core.runs.margins import Margin, margins
from core.runs.opening import opened_for
from core.runs.reading import Run
from core.runs.readings import OF_TWO
from core.runs.sites import ALL

DEFAULT_POINT = "youden"
MOST_GRADES = 10
"""Distinct scores of a set up to which they are a reader's grades: 0 and 1, or 1 to 5."""

_DECISION = "the higher of its two scores"


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """The threshold (a logit) that a run is compared at, and what it is called; None where there is none, with the
    ``reason``."""

    name: str
    threshold: float | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunsCompared:
    """Two runs on the set ``evaluation_set``. ``reader`` is "a" or "b" where that one has a reader's few grades and the
    other has not: ``at_reader`` then has the model less the reader, each rate where the other one is the reader's."""

    runs: tuple[Run, Run]
    evaluation_set: str
    points: tuple[Point, Point]
    comparison: Comparison
    reader: str = ""
    at_reader: Mapping[str, AtReaders] = field(default_factory=dict)
    margins: tuple[Margin, ...] = ()


def compare_runs(
    a: Run,
    b: Run,
    *,
    evaluation_set: str = "test",
    finding: str | None = None,
    point: str | None = None,
    points: tuple[Point, Point] | None = None,
    worth: Worth | None = None,
    alarms_a_miss: float = ALARMS_A_MISS,
) -> RunsCompared:
    """``a`` and ``b`` as they may be seen, on the labelled images of a set that both have.

    ``point`` is the name of a lock or an operating point of both; unless it is given, each run's newest lock, else
    :data:`DEFAULT_POINT`. A run without either whose scores are few is a reader, whose points are those of
    :func:`points_of`. ``points`` are those of each one, instead. Net benefit is counted as
    :func:`~core.evaluation.comparing.paired.compare` says.
    Raises :class:`ConfigError` where the set is hidden or is not there, and for a point or finding that is not.
    """
    if finding is not None:
        a, b = (opened_for(run, finding) for run in (a, b))
    sets = [_images(run, evaluation_set) for run in (a, b)]
    at = points or tuple(point_of(run, images, point) for run, images in zip((a, b), sets, strict=True))
    models = [
        Model(
            predictions=images,
            threshold=own.threshold,
            temperature=_temperature(run),
            no_threshold=f"{run.run_id} {own.reason}",
        )
        for run, images, own in zip((a, b), sets, at, strict=True)
    ]
    comparison = compare(models[0], models[1], worth=worth, alarms_a_miss=alarms_a_miss)
    reader = _reader(comparison, at)
    return RunsCompared(
        runs=(a, b),
        evaluation_set=evaluation_set,
        points=(at[0], at[1]),
        comparison=comparison,
        reader=reader,
        at_reader=_at_reader(comparison, at, reader) if reader else {},
        margins=margins(a, b, evaluation_set),
    )


def comparison_as_json(found: RunsCompared) -> dict[str, Any]:
    """What ``python -m core compare --json`` prints; see the contract in DESIGN."""
    own = found.comparison
    paired = own.pairs is not None
    figures = {name: _figure(compared) for name, compared in own.figures.items()}
    differing = own.pairs.differing if own.pairs is not None else ()
    return plain(  # type: ignore[no-any-return]
        {
            "a": _run(found, 0),
            "b": _run(found, 1),
            "set": found.evaluation_set,
            "paired": paired,
            "paired_by": None if own.pairs is None else "file name" if own.pairs.by_file_name else "image_id",
            "n": own.n[0] if paired else dict(zip("ab", own.n, strict=True)),
            "n_patients": own.n_patients[0] if paired else dict(zip("ab", own.n_patients, strict=True)),
            "only_in": {"a": own.pairs.only_a, "b": own.pairs.only_b} if own.pairs is not None else None,
            "truth_differs": list(differing),
            "auroc": figures["auroc"] | {"p": own.figures["auroc"].p},
            "mcnemar": None
            if own.mcnemar is None
            else {"only_a": own.mcnemar.only_a, "only_b": own.mcnemar.only_b, "p": own.mcnemar.p},
            "rates": {name: figures[name] for name in RATES},
            **{name: figures[name] for name in ("auprc", "brier", "slope")},
            "net_benefit": _worth(own.worth) | figures["net_benefit"],
            "at_reader": _matched(found),
            "margins": [
                {
                    "figure": margin.figure,
                    "margin": margin.margin,
                    "beforehand": margin.beforehand,
                    "non_inferior": margin.kept(own.figures[margin.figure].difference.low),
                }
                for margin in found.margins
            ],
        }
    )


def points_of(run: Run, images: Predictions) -> tuple[Point, ...]:
    """Every threshold that ``run`` can be compared at, that which it is compared at by itself first: its locks, the
    newest first, then what is chosen on validation, also where no threshold is reached. Of a run without validation
    that has few distinct scores, a reader's grades, each but the lowest: positive from there on, first the middle one.
    """
    locks = [lock for lock in locked_points(read_decisions(run.folder), run.which) if lock.sound]
    found = [Point(name=lock.name, threshold=lock.threshold) for lock in reversed(locks)]
    validation = run.predictions("validation")
    chosen = choose_operating_points(threshold_sweep(validation)) if validation.n else ()
    found += sorted((_of_rule(own) for own in chosen), key=lambda point: point.name != DEFAULT_POINT)
    return tuple(found) if validation.n else (*found, *_of_grades(run, images))


def point_of(run: Run, images: Predictions, name: str | None) -> Point:
    """The one of :func:`points_of` with this ``name``, or the first; without a threshold where there is none."""
    known = points_of(run, images)
    if known and name is None:
        return known[0]
    if own := next((own for own in known if own.name == name), None):
        return own
    if known:
        raise ConfigError(f"--point {name}: {run.run_id} has {', '.join(dict.fromkeys(own.name for own in known))}")
    return Point(
        name="none",
        threshold=None,
        reason="has no threshold: it has no validation images to choose one on, and none is locked",
    )


def _of_rule(own: OperatingPoint | Unreachable) -> Point:
    if isinstance(own, OperatingPoint):
        return Point(name=own.name, threshold=own.threshold)
    return Point(name=own.name, threshold=None, reason=f"has no threshold {own.name}: {own.reason}")


def _of_grades(run: Run, images: Predictions) -> list[Point]:
    scores, zero = np.unique(images.logit), run.manifest["data"].get("reading_at_zero")
    if len(scores) == 2 and zero in (None, OF_TWO):
        return [Point(name=_DECISION, threshold=float(scores[1]))]
    if not 2 <= len(scores) <= MOST_GRADES:
        return []
    middle = len(scores) // 2 if zero is None else int(np.searchsorted(scores, 0.0).clip(1, len(scores) - 1))
    order = [middle, *(place for place in range(1, len(scores)) if place != middle)]
    return [Point(name=f"{scores[at] + (zero or 0.0):g} or above", threshold=float(scores[at])) for at in order]


def _images(run: Run, evaluation_set: str) -> Predictions:
    """The labelled images of a set; ConfigError where they are hidden, not there, or have no truth."""
    if run.hidden and evaluation_set != "validation":
        raise ConfigError(f"{run.run_id} cannot be compared on {evaluation_set}: {SENTENCE}")
    sets = ", ".join(run.labelled_sets) or "no set with a known truth"
    together = evaluation_set == ALL and len(run.sites.labelled(run.finding)) > 1
    if evaluation_set not in run.labelled_sets and not together:
        raise ConfigError(f"--set {evaluation_set}: {run.run_id} has {sets}")
    return run.predictions(evaluation_set)


def _temperature(run: Run) -> float | None:
    validation = run.predictions("validation")
    if run.free:
        return None  # two lines of Platt cannot be compared by one number each
    value = fit_temperature(validation).temperature.value if validation.n else math.nan
    return None if math.isnan(value) else value


def _reader(comparison: Comparison, points: tuple[Point, ...]) -> str:
    """Which one is a reader beside a model; empty where none is, where it has no threshold, and where none pairs."""
    if comparison.pairs is None or not comparison.pairs.n:
        return ""
    grades = [len(np.unique(own.logit)) for own in (comparison.pairs.a, comparison.pairs.b)]
    few = [count <= MOST_GRADES for count in grades]
    if few[0] == few[1]:
        return ""
    reader = "a" if few[0] else "b"
    return "" if points["ab".index(reader)].threshold is None else reader


def _at_reader(comparison: Comparison, points: tuple[Point, ...], reader: str) -> Mapping[str, AtReaders]:
    assert comparison.pairs is not None
    place = "ab".index(reader)
    both = (comparison.pairs.a, comparison.pairs.b)
    threshold = points[place].threshold
    assert threshold is not None
    return matched(both[1 - place], both[place], threshold)


def _run(found: RunsCompared, place: int) -> dict[str, Any]:
    own = found.points[place]
    return {"run_id": found.runs[place].run_id, "point": own.name, "threshold": own.threshold}


def _figure(compared: Compared) -> dict[str, Any]:
    return {side: getattr(compared, side).to_dict() for side in ("a", "b", "difference")}


def _worth(worth: Worth | None) -> dict[str, Any]:
    return {} if worth is None else {"prevalence": worth.prevalence, "alarms_a_miss": worth.alarms_a_miss}


def _matched(found: RunsCompared) -> dict[str, Any] | None:
    """The rates of the model and of the reader, and model less reader."""
    if not found.reader:
        return None
    rates = {
        rate: {"at": own.at, "model": own.model, "reader": own.reader, "difference": own.difference.to_dict()}
        for rate, own in found.at_reader.items()
    }
    return {"reader": found.reader, **rates}
