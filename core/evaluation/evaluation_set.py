"""The images of one evaluation set as they came: some without truth, some with a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import PredictionsError
from core.evaluation.predictions import FloatArray, Ids, IntArray, ObjectArray, Predictions, kept_ids

DateArray = npt.NDArray[np.datetime64]


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluationSet:
    """The n images of one set. Arrays have shape (n,).

    ``y_true`` holds 0, 1, or NaN where the truth is unknown; ``date`` days, or NaT where none is known, by default
    nowhere; the rest is as in :class:`Predictions`. ``labelled`` are the images with a truth: whatever needs labels is
    asked of them, so that an unknown truth is never taken for one of the two. ``patient_index`` numbers the patients of
    all n.

    Raises :class:`core.errors.PredictionsError` as :class:`Predictions` does.
    """

    image_id: Ids = Ids()  # noqa: RUF009 - it describes the class
    patient_id: Ids = Ids()  # noqa: RUF009 - it describes the class
    y_true: FloatArray
    logit: FloatArray
    date: DateArray = field(default_factory=lambda: np.zeros(0, dtype="datetime64[D]"))
    subgroups: Mapping[str, ObjectArray] = field(default_factory=dict)
    patient_index: IntArray = field(init=False, repr=False)
    labelled: Predictions = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given: Any = np.asarray(self.y_true)
        given = given if given.dtype.kind == "f" else given.astype(np.float64)
        known = ~np.isnan(given)
        truth: Any = np.where(known, given, given.dtype.type(0))
        # Checked, copied and numbered with all images, whatever their truth.
        whole = Predictions(
            image_id=kept_ids(self, "image_id"),
            patient_id=kept_ids(self, "patient_id"),
            y_true=truth,
            logit=self.logit,
            subgroups=self.subgroups,
        )
        del truth
        y_true = np.array(given, dtype=np.float64)
        date = _days(self.date, len(y_true))
        if date.shape != y_true.shape:
            raise PredictionsError(f"date has shape {date.shape}, y_true has shape {y_true.shape}")
        labelled = whole if known.all() else whole.where(known)
        y_true.setflags(write=False)
        for name in ("image_id", "patient_id"):
            object.__setattr__(self, name, kept_ids(whole, name))
        for name, values in (
            ("y_true", y_true),
            ("logit", whole.logit),
            ("date", date),
            ("patient_index", whole.patient_index),
        ):
            object.__setattr__(self, name, values)
        object.__setattr__(self, "subgroups", MappingProxyType(dict(whole.subgroups)))
        object.__setattr__(self, "labelled", labelled)

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.y_true)

    @property
    def n_unlabelled(self) -> int:
        """Number of images whose truth is unknown."""
        return self.n - self.labelled.n

    @property
    def n_patients(self) -> int:
        """Number of patients, of images with and without truth; 0 where there are no images."""
        return int(self.patient_index.max()) + 1 if self.n else 0


def _days(given: DateArray, n: int) -> DateArray:
    if not len(given):
        return np.broadcast_to(np.datetime64("NaT", "D"), n)
    days = np.array(given, dtype="datetime64[D]")
    days.setflags(write=False)
    return days


def together(sets: Mapping[str, Predictions], column: str = "site") -> Predictions:
    """The images of all ``sets`` as one, with a subgroup ``column`` that says of which set each is.

    Ids get the set's name and a slash before them: patients of different sets are different, and the same image id in
    two sets is two images. A subgroup that a set does not have is None there.
    """
    names = dict.fromkeys(name for own in sets.values() for name in own.subgroups)

    def joined(parts: Iterable[Any], dtype: Any = object) -> Any:
        return np.concatenate([np.zeros(0, dtype=dtype), *parts])

    return Predictions(
        image_id=joined(_within(name, own.image_id) for name, own in sets.items()),
        patient_id=joined(_within(name, own.patient_id) for name, own in sets.items()),
        y_true=joined((own.y_true for own in sets.values()), np.int8),
        logit=joined((own.logit for own in sets.values()), np.float64),
        subgroups={
            **{name: joined(own.subgroups.get(name, _none(own.n)) for own in sets.values()) for name in names},
            column: joined(np.full(own.n, name, dtype=object) for name, own in sets.items()),
        },
    )


def _within(name: str, ids: ObjectArray) -> ObjectArray:
    return np.array([f"{name}/{own}" for own in ids], dtype=object)


def _none(n: int) -> ObjectArray:
    return np.full(n, None, dtype=object)
