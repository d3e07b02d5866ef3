"""A data folder -> the images in it, their labels, patients and given splits. No image is opened here."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from core.data.classes import PUBLIC_PAIR
from core.data.folder import EXPECTED, has_class_folders, index_folders, index_unlabelled
from core.data.labels import index_labels
from core.data.names import NameFacts, compile_patient_pattern, patient_by_pattern, public_name
from core.data.records import DataIndex, ImageRecord, SkippedFile
from core.data.several_labels import findings_of, index_several, index_several_of_site
from core.errors import DataError

__all__ = ["DataIndex", "ImageRecord", "SkippedFile", "index_images", "index_site"]


def index_images(
    data: Path,
    *,
    labels: Path | None = None,
    positive_class: str | None = None,
    patient_pattern: str | None = None,
    leave_out: Collection[str] = (),
) -> DataIndex:
    """The images of ``{train,test}/{class,class}`` with or without ``val/``, of ``{class,class}``, or of a CSV.

    Images in ``val/`` join those in ``train/``: both get split "train", which means no more than "not test"; without
    a test folder the split is None. The classes are NORMAL and PNEUMONIA (in any case) unless ``positive_class`` names
    the positive one of another pair. Patients come from the CSV, else from ``patient_pattern`` (see
    ``names.patient_by_pattern``), else from names as in the public data; an image about which none of these says
    anything is a patient of its own, and ``layout`` says how many those are. Every file that is not used, hidden ones
    and those of operating systems too, is in ``skipped``, a folder that is not entered as one with the number of its
    files; with a CSV, its rows are. Raises DataError (ConfigError for a bad pattern) with what was found and what is
    expected.
    """
    root = _existing_folder(data)
    pattern = compile_patient_pattern(patient_pattern) if patient_pattern is not None else None
    if labels is not None and (several := findings_of(labels, positive_class)):
        index = index_several(root, labels, several, leave_out=leave_out)
    elif labels is not None:
        index = index_labels(root, labels, positive_class, leave_out=leave_out)
    elif leave_out:
        raise DataError(f"{root}: --leave-out needs a table that tells which images are meant, given by --labels")
    else:
        index = index_folders(root, positive_class)
    _check_classes(index)
    return _with_patients(index, pattern, patient_pattern)


def index_site(
    data: Path,
    class_names: tuple[str, str],
    *,
    labels: Path | None = None,
    finding: str | None = None,
    leave_out: Collection[str] = (),
    findings: Sequence[str] = (),
) -> DataIndex:
    """The images of another place, for a run of the classes ``class_names``: one class alone, or no label, will do.

    Labels come from the table ``labels``, else from folders called after the classes; without either every image at
    any depth has the label None. Images that the data set gives to train are left out, each with that reason: where
    there are others, a network may have been fitted on those. ``finding`` and ``leave_out`` are
    for tables of public data sets. For a run of several ``findings`` the table tells of them as
    :func:`core.data.several_labels.index_several_of_site` says, and folders tell nothing.
    Patients and what is skipped: :func:`index_images`.
    Raises DataError.
    """
    root = _existing_folder(data)
    if labels is not None and len(findings) > 1:
        index = index_several_of_site(root, labels, findings, finding=finding, leave_out=leave_out)
    elif labels is not None:
        index = index_labels(root, labels, None, class_names, finding=finding, leave_out=leave_out)
    elif leave_out or finding is not None:
        flag = "--leave-out" if leave_out else "--finding"
        raise DataError(f"{root}: {flag} needs a table that tells which images are meant, given by --labels")
    elif len(findings) < 2 and has_class_folders(root, class_names):
        index = index_folders(root, None, class_names)
    else:
        index = index_unlabelled(root, class_names)
    if not index.records:
        reason = f"; {len(index.skipped)} skipped, the first: {index.skipped[0].reason}" if index.skipped else ""
        raise DataError(f"{root}: no images found{reason}")
    return _with_patients(_without_train(index), None, None)


def _without_train(index: DataIndex) -> DataIndex:
    """``index`` without what is given to train, unless that is all there is."""
    kept = tuple(record for record in index.records if record.split != "train")
    if not kept:
        return index
    left_out = [
        SkippedFile(path=record.image_id, reason="of train, which no site has")
        for record in index.records
        if record.split == "train"
    ]
    return replace(index, records=kept, skipped=(*index.skipped, *left_out))


def _with_patients(index: DataIndex, pattern: re.Pattern[str] | None, patient_pattern: str | None) -> DataIndex:
    """``index`` with whose each image is, by its table, by ``pattern``, or by names as in the public data."""
    public = {name.casefold() for name in index.class_names} == set(PUBLIC_PAIR)
    facts = [public_name(record.image_id) if public else NameFacts() for record in index.records]
    if pattern:
        by_pattern = [patient_by_pattern(record.image_id, pattern) for record in index.records]
        if not any(by_pattern):
            example = index.records[0].image_id
            raise DataError(f"--patient-pattern {patient_pattern} is found in none of the names, such as {example}")
    else:
        by_pattern = [fact.patient_id for fact in facts]
    patients = [record.patient_id or found for record, found in zip(index.records, by_pattern, strict=True)]
    records = [
        replace(record, patient_id=patient or record.image_id)
        for record, patient in zip(index.records, patients, strict=True)
    ]
    return replace(
        index, records=tuple(_with_subtype(records, facts)), layout=f"{index.layout}; {_patients_in_words(patients)}"
    )


def _existing_folder(data: Path) -> Path:
    if data.is_dir():
        return data
    if data.exists():
        raise DataError(f"{data}: a file, not a folder of images; {EXPECTED}")
    parent = data.parent
    try:
        siblings = [entry.name for entry in parent.iterdir() if entry.is_dir()]
    except OSError:
        raise DataError(f"{data}: no such folder, and neither is {parent}; {EXPECTED}") from None
    close = difflib.get_close_matches(data.name, siblings, n=1)
    hint = f"did you mean {parent / close[0]}?" if close else EXPECTED
    raise DataError(f"{data}: no such folder; {hint}")


def _check_classes(index: DataIndex) -> None:
    """Refuse a data set, or a given test split, that lacks one of the two classes."""
    if not index.records:
        reason = f"; {len(index.skipped)} skipped, the first: {index.skipped[0].reason}" if index.skipped else ""
        raise DataError(f"{index.root}: no images found{reason}; {EXPECTED}")
    given_test = any(record.split == "test" for record in index.records)
    counts = Counter((given_test and record.split == "test", record.label) for record in index.records)
    for is_test in (False, True) if given_test else (False,):
        for label, name in enumerate(index.class_names):
            if not counts[is_test, label]:
                other = index.class_names[1 - label]
                where = "the test split" if is_test else "the data besides test" if given_test else str(index.root)
                raise DataError(
                    f"{where} holds no image of class {name} (of {other}: {counts[is_test, 1 - label]}); "
                    "both classes are needed"
                )


def _with_subtype(records: list[ImageRecord], facts: list[NameFacts]) -> list[ImageRecord]:
    """The subgroup ``subtype``, where names show a cause at all and the CSV has no such column."""
    if not any(fact.subtype for fact in facts) or "subtype" in records[0].subgroups:
        return records
    return [
        replace(record, subgroups={**record.subgroups, "subtype": fact.subtype})
        for record, fact in zip(records, facts, strict=True)
    ]


def _patients_in_words(patients: list[str | None]) -> str:
    unknown = sum(not patient for patient in patients)
    known = len({patient for patient in patients if patient})
    if not known:
        return f"patients unknown: each of {unknown} images counts as one"
    return f"{known} patients" + (
        f", and {unknown} images of unknown patients that count as one each" if unknown else ""
    )
