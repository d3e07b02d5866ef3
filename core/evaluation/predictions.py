"""What a model said of the images of one split: the only input of everything in this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Never, cast, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import PredictionsError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ObjectArray = npt.NDArray[np.object_]
Texts = pd.api.extensions.ExtensionArray
"""n texts as pandas keeps them, in Arrow's form: in a third of the memory of Python's, and none has to be made."""
_PART = 1 << 17


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """n texts of which many may be equal: ``words`` are the distinct ones, ``codes`` (n,) the place of each in them."""

    words: Texts
    codes: npt.NDArray[np.int32]

    @classmethod
    def of(cls, texts: Texts) -> Encoded:
        codes, words = pd.factorize(cast("Any", texts))
        return cls(words, codes.astype(np.int32))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.codes.shape

    def __getitem__(self, rows: npt.NDArray[np.bool_] | IntArray | slice) -> Encoded:
        return Encoded(self.words, self.codes[rows])

    def texts(self) -> Texts:
        return self.words.take(self.codes)

    def python_texts(self) -> ObjectArray:
        if len(self.codes) < len(self.words):  # a part of them, which does not have every word
            return np.asarray(self.texts(), dtype=object)
        return np.asarray(np.asarray(self.words, dtype=object)[self.codes], dtype=object)


class Ids:
    """A column of ids (n,) of a frozen dataclass: what was given in another form becomes Python's text, read-only, when
    it is first asked for. Rates and their limits ask for none."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, of: None, owner: type) -> Never: ...
    @overload
    def __get__(self, of: object, owner: type | None = None) -> ObjectArray: ...
    def __get__(self, of: object | None, owner: type | None = None) -> ObjectArray:
        if of is None:
            raise AttributeError(self._name)  # a dataclass asks for the default, and there is none
        kept: ObjectArray | Texts | Encoded = of.__dict__[self._name]
        if not isinstance(kept, np.ndarray):
            kept = kept.python_texts() if isinstance(kept, Encoded) else np.asarray(kept, dtype=object)
            kept.setflags(write=False)
            of.__dict__[self._name] = kept
        return kept

    def __set__(self, of: object, given: ObjectArray | Texts | Encoded) -> None:
        of.__dict__[self._name] = given


def kept_ids(of: Any, name: str) -> Any:
    """A column of :class:`Ids` in the form in which it is kept, for another of that class: nothing is made."""
    return of.__dict__[name]


def ids_to_write(of: Any, name: str) -> ObjectArray | Texts:
    """A column of :class:`Ids` as tables take it: no text is made Python's."""
    kept: ObjectArray | Texts | Encoded = of.__dict__[name]
    return kept.texts() if isinstance(kept, Encoded) else kept


def ascend(ids: ObjectArray | Texts) -> bool:
    """Whether each of n ids lies above the one before it, in the order of code points."""
    values: Any = ids
    return all(
        bool((values[start + 1 : start + _PART + 1] > values[start : start + _PART][: len(values) - start - 1]).all())
        for start in range(0, len(values) - 1, _PART)
    )


def all_distinct(ids: ObjectArray | Texts) -> bool:
    """Whether no two of n ids are equal: of those that ascend by their order, of others by their hashes, and of the few
    whose hashes are equal by themselves."""
    if ascend(ids):
        return True
    if not isinstance(ids, Texts):
        return len(pd.factorize(cast("Any", ids))[1]) == len(ids)
    found = hashes(ids)
    order = np.sort(found)
    twice = order[1:][order[1:] == order[:-1]]
    if not len(twice):
        return True
    alike: Any = ids[np.isin(found, twice)]
    return len(pd.factorize(alike)[1]) == len(alike)


def hashes(texts: Texts) -> npt.NDArray[np.uint64]:
    """64 bits of each of n texts (n,), equal where they are; a part at a time, as Python's texts are made of each."""
    found = np.empty(len(texts), dtype=np.uint64)
    for start in range(0, len(found), _PART):
        part: Any = texts[start : start + _PART]
        found[start : start + _PART] = pd.util.hash_array(np.asarray(part, dtype=object), categorize=False)
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """Labels and logits of the n images of one split. Arrays are copied and read-only.

    ``image_id`` and ``patient_id`` hold strings, shape (n,); ``y_true`` holds 0 or 1, int8; ``logit`` is finite,
    float64; each of ``subgroups`` holds a string or ``None`` an image. ``patient_index`` (n,) is derived: it numbers
    the patients from 0 in the order of their first image. No images (n = 0) are allowed; every rate is then NaN.
    Ids may be given as :data:`Texts`, those of patients as :class:`Encoded` too; see :class:`Ids`.

    Raises :class:`core.errors.PredictionsError` for unequal lengths, ids that are not text or are empty, repeated
    image ids, labels other than 0 and 1, and logits that are not finite.
    """

    image_id: Ids = Ids()
    patient_id: Ids = Ids()
    y_true: npt.NDArray[np.int8]
    logit: FloatArray
    subgroups: Mapping[str, ObjectArray] = field(default_factory=dict)
    patient_index: IntArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        image_id, patient_id = _ids("image_id", kept_ids(self, "image_id")), _patients(kept_ids(self, "patient_id"))
        arrays: dict[str, npt.NDArray[Any] | Texts | Encoded] = {
            "image_id": image_id,
            "patient_id": patient_id,
            "y_true": _labels(self.y_true),
            "logit": _logits(self.logit),
        }
        subgroups = {name: _column(name, values) for name, values in self.subgroups.items()}
        for name, values in (arrays | subgroups).items():
            if values.shape != image_id.shape:
                raise PredictionsError(f"{name} has shape {values.shape}, image_id has shape {image_id.shape}")
        _refuse_repeated(image_id)
        arrays["patient_index"] = _numbered(patient_id)
        for name, values in arrays.items():
            object.__setattr__(self, name, _read_only(values))
        object.__setattr__(self, "subgroups", MappingProxyType(subgroups))

    def __reduce__(self) -> tuple[Any, ...]:
        ids = (kept_ids(self, "image_id"), kept_ids(self, "patient_id"))
        return _rebuild, (*ids, self.y_true, self.logit, dict(self.subgroups))

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.y_true)

    @property
    def n_pos(self) -> int:
        """Number of images of the positive class."""
        return int(np.count_nonzero(self.y_true))

    @property
    def n_neg(self) -> int:
        """Number of images of the negative class."""
        return self.n - self.n_pos

    @property
    def n_patients(self) -> int:
        """Number of patients; 0 where there are no images."""
        return int(self.patient_index.max()) + 1 if self.n else 0

    def where(self, rows: npt.NDArray[np.bool_] | IntArray) -> Predictions:
        """The images where ``rows`` (n,) holds, or of these rows, each once: what was checked is not checked again."""
        arrays = {name: values[rows] for name, values in self._columns().items() if name != "patient_index"}
        return _checked(
            {**arrays, "patient_index": _numbered(self.patient_index[rows])},
            {name: own[rows] for name, own in self.subgroups.items()},
        )

    def by(self, subgroups: Mapping[str, ObjectArray]) -> Predictions:
        """The same images with other ``subgroups``, (n,) each."""
        return _checked(self._columns(), {**subgroups})

    def _columns(self) -> dict[str, Any]:
        """What each image has but its subgroups, (n,) each, as it is kept."""
        return {
            **{name: kept_ids(self, name) for name in ("image_id", "patient_id")},
            **{name: getattr(self, name) for name in ("y_true", "logit", "patient_index")},
        }

    def patients_with(self, label: int) -> int:
        """Number of patients with an image of the class ``label``; one with both classes counts in each."""
        return int(np.count_nonzero(np.bincount(self.patient_index[self.y_true == label])))


def distinct_patients(sets: Sequence[Predictions]) -> int:
    """How many patients the images of all ``sets`` are of, told apart by their ids; 0 without sets."""
    kept = [kept_ids(own, "patient_id") for own in sets]
    if not kept or not all(isinstance(ids, Encoded) and ids.words is kept[0].words for ids in kept):
        return int(pd.concat([pd.Series([]), *(pd.Series(ids_to_write(own, "patient_id")) for own in sets)]).nunique())
    seen = np.zeros(len(kept[0].words), dtype=bool)
    for ids in kept:
        seen[ids.codes] = True
    return int(np.count_nonzero(seen))


def _read_only(values: Any) -> Any:
    """An array that nobody can write; :data:`Texts` are given to nobody but as a copy."""
    if isinstance(values, np.ndarray):
        values.setflags(write=False)
    return values


def _checked(arrays: Mapping[str, Any], subgroups: dict[str, ObjectArray]) -> Predictions:
    """Predictions of what needs no check."""
    found = object.__new__(Predictions)
    for values in (*arrays.values(), *subgroups.values()):
        _read_only(values)
    for name, kept in (*arrays.items(), ("subgroups", MappingProxyType(subgroups))):
        object.__setattr__(found, name, kept)
    return found


def _rebuild(
    image_id: Any,
    patient_id: Any,
    y_true: npt.NDArray[np.int8],
    logit: FloatArray,
    subgroups: Mapping[str, ObjectArray],
) -> Predictions:
    return Predictions(image_id=image_id, patient_id=patient_id, y_true=y_true, logit=logit, subgroups=subgroups)


def _column(name: str, values: Any) -> ObjectArray:
    column = np.array(values, dtype=object)
    if column.ndim != 1:
        raise PredictionsError(f"{name} must be one-dimensional, its shape is {column.shape}")
    column.setflags(write=False)
    return column


def _patients(values: Any) -> ObjectArray | Texts | Encoded:
    if not isinstance(values, Encoded):
        return _ids("patient_id", values)
    _ids("patient_id", values.words)
    return values


def _ids(name: str, values: Any) -> ObjectArray | Texts:
    of_arrow = isinstance(values, Texts) and isinstance(values.dtype, pd.StringDtype)
    ids: Any = values if of_arrow else _column(name, values)
    text = not ids.isna().any() if of_arrow else pd.api.types.infer_dtype(ids, skipna=False) == "string"
    if len(ids) and not text:
        row = next(row for row, value in enumerate(ids) if not isinstance(value, str))
        raise PredictionsError(f"{name} of row {row} is {ids[row]!r}; ids are text")
    empty = np.flatnonzero(ids == "")
    if len(empty):
        raise PredictionsError(f"{name} of row {empty[0]} is empty")
    return cast("ObjectArray | Texts", ids)


def _numbered(values: Any) -> IntArray:
    """The distinct ``values`` (n,) numbered from 0 in the order of the first of each, (n,)."""
    own = values.codes if isinstance(values, Encoded) else values
    return np.asarray(pd.factorize(own)[0], dtype=np.int64)


def _refuse_repeated(image_id: ObjectArray | Texts) -> None:
    if not all_distinct(image_id):
        row = np.flatnonzero(pd.Index(image_id).duplicated())[0]
        raise PredictionsError(f"image_id {image_id[row]!r} stands more than once (again in row {row})")


def _labels(values: Any) -> npt.NDArray[np.int8]:
    given = np.asarray(values)
    if len(given) == 0:
        return np.zeros(0, dtype=np.int8)
    wrong = np.flatnonzero(~np.isin(given, (0, 1)))
    if len(wrong):
        raise PredictionsError(f"y_true of row {wrong[0]} is {given[wrong[0]]!r}; labels are 0 or 1")
    return cast("npt.NDArray[np.int8]", given.astype(np.int8))


def _logits(values: Any) -> FloatArray:
    try:
        logit = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise PredictionsError(f"logits must be numbers: {problem}") from problem
    wrong = np.flatnonzero(~np.isfinite(logit))
    if len(wrong):
        raise PredictionsError(f"logit of row {wrong[0]} is {logit[wrong[0]]}; logits are finite numbers")
    return logit
