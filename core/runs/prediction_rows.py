"""A file of predictions as evaluation sets: every row judged, what is read otherwise or left out said."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import ImportFileError, TableError
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.predictions import Encoded, all_distinct, hashes
from core.runs import columns
from core.runs.drawn_split import drawn_for_validation
from core.runs.encoded import encoded, texts
from core.runs.mapped import mapped
from core.runs.mapping import NOTHING_SAID, called, line
from core.runs.mapping import Mapping as TableMapping
from core.runs.prediction_file import read_prediction_file
from core.runs.readings import SCORE, centred, has_readings
from core.runs.tables import EVALUATED, python_text
from core.runs.understanding import understand
from core.tables.content import Content
from core.tables.dates import read_dates
from core.tables.on_disk import PART, filtered, held_in_memory, made_of, parts_of
from core.tables.sheet import Mask, Sheet

_SAID = ("decimal", "thousands", "scale", "date_format", "subgroups")
"""What is said of a table where it was understood by itself; the names of columns are said in any case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PredictionRows:
    """The rows of a file by the set that they are of: validation, then test, then sites in the order of the file; only
    sets that have rows. ``source`` (name and SHA-256 of the file) and ``notes`` are for the manifest."""

    sets: Mapping[str, EvaluationSet]
    source: Mapping[str, Any]
    notes: Mapping[str, Any]
    mapping: TableMapping | None = None
    """How the table was read, nothing open in it; None where its columns were canonical."""
    findings: Mapping[str, FindingRows] = field(default_factory=dict)
    """Of several findings each by its name; ``sets`` are then of the first. Empty where there is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingRows:
    """What a file of several findings says of one: its images by set, and what the manifest ``notes`` of its scores."""

    sets: Mapping[str, EvaluationSet]
    notes: Mapping[str, Any]


def read_rows(
    file: Path, *, site: str | None = None, mapping: TableMapping | None = None, content: bytes | Content | None = None
) -> PredictionRows:
    """The rows of ``file``; all of them as those of ``site`` where one is named. Rows of training are left out.
    Columns that are not canonical mean what ``mapping`` says. ``content``: see :func:`core.tables.parsing.parse`; of
    what lies in memory alone nothing is written to a disk.

    Raises :class:`ImportFileError` naming rows and reasons when any row is bad, or when none is left, and
    :class:`core.runs.asking.OpenQuestionsError` where the mapping leaves a question open.
    """
    with held_in_memory(isinstance(content, bytes)):
        return _read_rows(file, site, mapping, content)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Images:
    """What a file says of its n images whatever the finding, (n,) each: ids, whose they are and whether that is
    ``known``, the set of each, and which are ``used``."""

    image_id: pa.ChunkedArray
    owner: Encoded
    known: Mask
    sets: pd.Categorical
    used: Mask
    date: npt.NDArray[np.datetime64] | None
    subgroups: Mapping[str, npt.NDArray[np.object_]]

    def by_set(self) -> dict[str, Mask]:
        """The images that are used by their set, in the order of :class:`PredictionRows`; only sets that have any."""
        names = dict.fromkeys((*EVALUATED, *self.sets[self.used].unique()))
        found = {name: self.used & np.asarray(self.sets == name, dtype=np.bool_) for name in names}
        return {name: rows for name, rows in found.items() if rows.any()}

    def evaluated(self, rows: Mask, y_true: npt.NDArray[Any], logit: npt.NDArray[np.float64]) -> EvaluationSet:
        """Those of ``rows`` with their truths and logits for one finding, (n,)."""
        return EvaluationSet(
            image_id=texts(filtered(self.image_id, rows)),
            patient_id=self.owner[rows],
            y_true=y_true[rows],
            logit=logit[rows],
            **({} if self.date is None else {"date": self.date[rows]}),
            subgroups={column: values[rows] for column, values in self.subgroups.items()},
        )


def _read_rows(
    file: Path, site: str | None, mapping: TableMapping | None, given: bytes | Content | None
) -> PredictionRows:
    try:
        content = Content.of(file, given)
        source = {"name": file.name, "sha256": content.sha256()}
        sheets, mapping, zero = _sheets(file, mapping, content, into=site is not None)
        images, truths, logits = _judged(sheets, site, content)
        if mapping is not None and mapping.validation_share and site is None:
            images, mapping = _with_validation(sheets[0], images, mapping)
    except TableError as error:
        raise ImportFileError(str(error)) from error
    said = sheets[0].changes
    if not images.used.any():
        raise ImportFileError(f"{file}: has no row that a threshold is chosen or judged on: {'; '.join(said)}")
    sets = images.by_set()
    own = [
        FindingRows(
            notes=_notes_of(one, zero, clipped, free=mapping is not None and mapping.findings[place].scale == "free"),
            sets={name: images.evaluated(rows, y_true, logit) for name, rows in sets.items()},
        )
        for place, (one, y_true, (logit, clipped)) in enumerate(zip(sheets, truths, logits, strict=True))
    ]
    notes = {
        "layout": "predictions without images",
        **own[0].notes,
        "images_without_patient_id": int((~images.known & images.used).sum()),
        "split_given": sheets[0].has("split"),
        "changed_in_reading": list(dict.fromkeys(said)),
        "leakage": {"images": [], "patients": _on_both_sides(images)},
    }
    return PredictionRows(
        mapping=mapping,
        source=source,
        sets=own[0].sets,
        notes=notes,
        findings={} if mapping is None or not own[1:] else dict(zip(map(called, mapping.findings), own, strict=True)),
    )


def _sheets(
    file: Path, mapping: TableMapping | None, content: Content, *, into: bool
) -> tuple[list[Sheet], TableMapping | None, float | None]:
    """The canonical sheets of a file, one a finding; the mapping that made them, where one was needed; and the reading
    that has the score 0, where scores are a radiologist's."""
    canonical = read_prediction_file(file, content) if mapping is None else None
    if canonical is not None:
        sheets = [canonical]
    else:
        sheets, mapping = _by_mapping(file, mapping or NOTHING_SAID, content, into=into)
    if not has_readings(sheets[0]):
        return sheets, mapping, None
    first, zero = centred(sheets[0])
    return [first, *sheets[1:]], mapping, zero


def _judged(
    sheets: list[Sheet], site: str | None, content: Content
) -> tuple[_Images, list[npt.NDArray[Any]], list[tuple[npt.NDArray[np.float64], int]]]:
    """The images of ``sheets``, which are emptied, and by finding their truths (n,), NaN where unknown, their logits
    (n,) and how many of those were clipped. Raises :class:`TableError` that names bad rows."""
    sheet = sheets[0]
    sets = columns.sets(sheet)
    used = _without_training(sheet, sets)
    if site is not None:
        _say_splits(sheet, sets[used], site)
        sets = pd.Categorical.from_codes(np.where(used, 0, 1), pd.Index([site, "train"], dtype=object))
    image_id = columns.image_ids(sheet, sets)
    truths: list[Any] = [columns.labels(one).astype(np.float16) for one in sheets]  # enough for 0, 1 and NaN
    used &= _labelled_where_needed(sheet, sets, functools.reduce(np.fmax, truths))
    logits = [columns.logits(one) for one in sheets]
    date = read_dates(sheet, "date") if sheet.has("date") else None
    subgroups = columns.subgroups(sheet)
    patient_id, known = sheet.owner_column("patient_id") if sheet.has("patient_id") else columns.nobody(sheet)
    sheet.check()
    content.check()
    for one in sheets:  # all is read that is needed of them
        one.columns = {name: column.slice(0, 0) for name, column in one.columns.items()}
    pa.default_memory_pool().release_unused()
    owner = encoded(_patient_ids(image_id, patient_id, known))
    images = _Images(image_id=image_id, owner=owner, known=known, sets=sets, used=used, date=date, subgroups=subgroups)
    return images, truths, logits


def _notes_of(sheet: Sheet, zero: float | None, clipped: int, *, free: bool) -> dict[str, Any]:
    """What the manifest notes of a column of scores."""
    return {
        "score": SCORE if zero is not None else "free" if free else "logit" if sheet.has("logit") else "probability",
        **({"scale": "free"} if free else {}),
        **({} if zero is None else {"reading_at_zero": zero}),
        "clipped_probabilities": clipped,
    }


def _by_mapping(file: Path, mapping: TableMapping, content: Content, *, into: bool) -> tuple[list[Sheet], TableMapping]:
    """The canonical sheet of a file, of several findings one each, and its mapping in full; :class:`ImportFileError`
    where a question is open."""
    found = understand(file, mapping, into=into, content=content)
    found.check()
    if found.sheet is None:
        raise ImportFileError(f"{file}: cannot be read")
    found.sheet.changes += [f"{line(one.key, one.value)}: {one.because}" for one in found.reasons if one.key in _SAID]
    return [mapped(found.sheet, found.mapping.of(place)) for place in range(len(found.mapping.findings))], found.mapping


def _with_validation(sheet: Sheet, images: _Images, mapping: TableMapping) -> tuple[_Images, TableMapping]:
    """``images`` with a share of those of test drawn for validation by patient, and the mapping with its seed."""
    share, seed = mapping.validation_share or 0.0, mapping.seed or 0
    sets = images.sets
    if (sets[images.used] == "validation").any():
        raise TableError(f"{sheet.file}: has rows of validation, so none is drawn; leave out validation_share")
    rows = np.flatnonzero(images.used & np.asarray(sets == "test", dtype=np.bool_))
    drawn = drawn_for_validation(images.owner[rows].texts(), share=share, seed=seed)
    sets = sets if "validation" in sets.categories else sets.add_categories(["validation"])
    sets = sets.copy()
    sets[rows[drawn]] = "validation"
    sheet.changes.append(
        f"{int(drawn.sum()):,} of {len(rows):,} images were drawn for validation, by patient (share {share:g}, seed "
        f"{seed}); the rest is test"
    )
    return replace(images, sets=sets), mapping.with_answer("seed", seed)


def _without_training(sheet: Sheet, sets: pd.Categorical) -> Mask:
    """The rows that are used (n,); those of training are said to be left out."""
    training: Mask = np.asarray(sets == "train", dtype=np.bool_)
    sheet.say(training, "split", "is train, so the row was left out", "are train, so the rows were left out")
    return ~training


def _labelled_where_needed(sheet: Sheet, sets: pd.Categorical, y_true: npt.NDArray[np.float64]) -> Mask:
    """The rows (n,) that have a truth, or are of a site, where it may be unknown; of the others it is said."""
    without: Mask = np.isnan(y_true) & columns.evaluated(sets)
    one = "of validation or test has no truth, so the row was left out (a site keeps such rows)"
    sheet.say(without, "y_true", one, one.replace("has", "have").replace("the row was", "the rows were"))
    return ~without


def _say_splits(sheet: Sheet, sets: pd.Categorical, site: str) -> None:
    if sheet.has("split"):
        counts = ", ".join(f"{name} {np.count_nonzero(sets == name):,}" for name in sets.unique())
        sheet.changes.append(f"all rows were taken as those of site {site}, whatever their split ({counts})")


def _patient_ids(image_id: pa.ChunkedArray, patient_id: pa.ChunkedArray, known: Mask) -> pa.ChunkedArray:
    """``patient_id`` (n,), and where none is known the image's id, marked until no other patient has it."""
    if known.all():
        return patient_id
    own, taken = texts(filtered(image_id, ~known)), texts(filtered(patient_id, known))
    if all_distinct(own) and not np.isin(hashes(own), hashes(taken)).any():
        parts = zip(parts_of(image_id), parts_of(patient_id), range(0, max(len(known), 1), PART), strict=True)
        return made_of(pc.if_else(pa.array(known[at : at + PART]), theirs, ours) for ours, theirs, at in parts)
    found = np.array(python_text(patient_id))
    found[~known] = _marked(list(own), set(taken))
    return pa.chunked_array([pa.array(found, pa.large_string())])


def _marked(own: list[str], taken: set[str]) -> list[str]:
    """Each of the ids with as many marks as it needs to be none of those ``taken``, nor of those before it."""
    marked = []
    for one in own:
        while one in taken:
            one += "*"
        taken.add(one)
        marked.append(one)
    return marked


def _on_both_sides(images: _Images) -> list[str]:
    """Patients, as far as they are known, with images in validation and in test, sorted."""
    there = np.zeros((len(EVALUATED), len(images.owner.words)), dtype=np.bool_)
    for own, name in zip(there, EVALUATED, strict=True):
        own[images.owner.codes[images.known & (images.sets == name)]] = True
    return sorted(images.owner.words[np.flatnonzero(there.all(axis=0))])
