"""A file of predictions as evaluation sets: every row judged, what is read otherwise or left out said."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
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


def _read_rows(
    file: Path, site: str | None, mapping: TableMapping | None, given: bytes | Content | None
) -> PredictionRows:
    try:
        content = Content.of(file, given)
        source = {"name": file.name, "sha256": content.sha256()}
        canonical = read_prediction_file(file, content) if mapping is None else None
        if canonical is not None:
            sheets = [canonical]
        else:
            sheets, mapping = _by_mapping(file, mapping or NOTHING_SAID, content, into=site is not None)
        sheet, zero = centred(sheets[0]) if has_readings(sheets[0]) else (sheets[0], None)
        sheets[0] = sheet
        sets = columns.sets(sheet)
        used = _without_training(sheet, sets)
        if site is not None:
            _say_splits(sheet, sets[used], site)
            sets = pd.Categorical.from_codes(np.where(used, 0, 1), pd.Index([site, "train"], dtype=object))
        image_id = columns.image_ids(sheet, sets)
        y_true: list[Any] = [columns.labels(one).astype(np.float16) for one in sheets]  # enough for 0, 1 and NaN
        used &= _labelled_where_needed(sheet, sets, functools.reduce(np.fmax, y_true))
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
        if mapping is not None and mapping.validation_share and site is None:
            sets, mapping = _with_validation(sheet, sets, used, owner, mapping)
    except TableError as error:
        raise ImportFileError(str(error)) from error
    if not used.any():
        raise ImportFileError(f"{file}: has no row that a threshold is chosen or judged on: {'; '.join(sheet.changes)}")
    found = [name for name in sets[used].unique() if name not in EVALUATED]
    of_sets = {name: used & np.asarray(sets == name, dtype=np.bool_) for name in (*EVALUATED, *found)}
    own = [
        FindingRows(
            notes=_notes_of(one, zero, clipped, free=mapping is not None and mapping.findings[place].scale == "free"),
            sets={
                name: EvaluationSet(
                    image_id=texts(filtered(image_id, rows)),
                    patient_id=owner[rows],
                    y_true=y_true[place][rows],
                    logit=logit[rows],
                    **({} if date is None else {"date": date[rows]}),
                    subgroups={column: values[rows] for column, values in subgroups.items()},
                )
                for name, rows in of_sets.items()
                if rows.any()
            },
        )
        for place, (one, (logit, clipped)) in enumerate(zip(sheets, logits, strict=True))
    ]
    notes = {
        "layout": "predictions without images",
        **own[0].notes,
        "images_without_patient_id": int((~known & used).sum()),
        "split_given": sheet.has("split"),
        "changed_in_reading": list(dict.fromkeys(sheet.changes)),
        "leakage": {"images": [], "patients": _on_both_sides(owner, known, sets)},
    }
    return PredictionRows(
        mapping=mapping,
        source=source,
        sets=own[0].sets,
        notes=notes,
        findings={} if mapping is None or not own[1:] else dict(zip(map(called, mapping.findings), own, strict=True)),
    )


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


def _with_validation(
    sheet: Sheet, sets: pd.Categorical, used: Mask, owner: Encoded, mapping: TableMapping
) -> tuple[pd.Categorical, TableMapping]:
    """The sets (n,) with a share of the test rows drawn for validation by patient, and the mapping with its seed."""
    share, seed = mapping.validation_share or 0.0, mapping.seed or 0
    if (sets[used] == "validation").any():
        raise TableError(f"{sheet.file}: has rows of validation, so none is drawn; leave out validation_share")
    rows = np.flatnonzero(used & np.asarray(sets == "test", dtype=np.bool_))
    drawn = drawn_for_validation(owner[rows].texts(), share=share, seed=seed)
    sets = sets if "validation" in sets.categories else sets.add_categories(["validation"])
    sets = sets.copy()
    sets[rows[drawn]] = "validation"
    sheet.changes.append(
        f"{int(drawn.sum()):,} of {len(rows):,} images were drawn for validation, by patient (share {share:g}, seed "
        f"{seed}); the rest is test"
    )
    return sets, mapping.with_answer("seed", seed)


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


def _on_both_sides(owner: Encoded, known: Mask, sets: pd.Categorical) -> list[str]:
    """Patients, as far as they are known (n,), with images in validation and in test, sorted."""
    there = np.zeros((len(EVALUATED), len(owner.words)), dtype=np.bool_)
    for own, name in zip(there, EVALUATED, strict=True):
        own[owner.codes[known & (sets == name)]] = True
    return sorted(owner.words[np.flatnonzero(there.all(axis=0))])
