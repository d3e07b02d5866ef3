"""What stands in a set and in data that it should be apart from: how much, and the figures without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.comparing.shared_patients import Parted, part
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.evaluation_set import EvaluationSet
from core.runs.reading import Run
from core.runs.said import Said
from core.runs.tables import RESERVED, SPLITS

_OTHERS = {"test": ("train", "validation"), "validation": ("train",)}
_PREFIX = {"test": "", "validation": "validation_"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """Of the ``patients`` of the set ``where``, ``known`` carry an id that one of ``others`` has, and ``copies`` images
    lie there too, pixel by pixel.

    ``parted`` has the figures; None where the set may not be seen. ``differ`` counts the ids whose images on the two
    sides differ in ``column`` altogether, as those of two people would; ``example`` is such an id, or any, with an
    image on either side: (id, here, there).
    """

    where: str
    others: tuple[str, ...]
    patients: int
    known: int
    copies: int
    parted: Parted | None
    differ: int
    column: str
    example: tuple[str, str, str] | None


def shared(run: Run) -> tuple[Shared, ...]:
    """What of test stands in train or validation, and of a given validation in train; empty without any."""
    found = (_of_set(run, where) for where in _OTHERS)
    return tuple(one for one in found if one is not None)


def _of_set(run: Run, where: str) -> Shared | None:
    leakage: Mapping[str, Any] = run.manifest.get("data", {}).get("leakage") or {}
    known = {str(patient) for patient in leakage.get(f"{_PREFIX[where]}patients") or ()}
    copies = {str(inside) for _, inside in leakage.get(f"{_PREFIX[where]}images") or ()}
    if not known and not copies:
        return None
    own = run.predictions(where)
    rows = np.isin(own.patient_id.astype(str), sorted(known)) | np.isin(own.image_id.astype(str), sorted(copies))
    records = run.records
    others = tuple(name for name in _OTHERS[where] if _meets(run, known, name))
    column, differ, example = _unlike(run, where, others, known)
    return Shared(
        where=where,
        others=others,
        patients=int(records.loc[records["split"] == where, "patient_id"].nunique()),
        known=len(known),
        copies=len(copies),
        parted=part(own, rows) if rows.any() else None,
        differ=differ,
        column=column,
        example=example,
    )


def _meets(run: Run, known: set[str], split: str) -> bool:
    there = run.records.loc[run.records["split"] == split, "patient_id"]
    return bool(there.isin(known).any())


def _unlike(
    run: Run, where: str, others: Sequence[str], known: set[str]
) -> tuple[str, int, tuple[str, str, str] | None]:
    """The column in which most ids differ between the sides, how many do, and an example."""
    shown = run.records[run.records["patient_id"].isin(known)]
    here, there = shown[shown["split"] == where], shown[shown["split"].isin(others)]
    if here.empty or there.empty:
        return "", 0, None
    unlike: dict[str, list[str]] = {}
    for column in (name for name in shown.columns if name not in RESERVED or name == "label"):
        a, b = (side.dropna(subset=[column]).groupby("patient_id")[column].agg(set) for side in (here, there))
        unlike[column] = [patient for patient in a.index.intersection(b.index) if not a[patient] & b[patient]]
    column = max(unlike, key=lambda name: len(unlike[name]))
    patient = unlike[column][0] if unlike[column] else min(set(here["patient_id"]) & set(there["patient_id"]))
    inside, outside = (str(side.loc[side["patient_id"] == patient, "image_id"].iloc[0]) for side in (here, there))
    return column, len(unlike[column]), (str(patient), inside, outside)


def leakage_in_words(run: Run) -> list[Said]:
    """One warning a set: how many patients and images, that names may collide, and the figures without them."""
    return [
        Said(head=f"{one.where.capitalize()} is not apart from {_there(one)}:", text=_text(one)) for one in shared(run)
    ]


def sites_in_words(run: Run, added: Mapping[str, EvaluationSet]) -> list[Said]:
    """One warning for each of the sites ``added`` with ids of patients that the whole ``run`` has in its own sets."""
    own = run.records.groupby("patient_id")["split"].unique()
    found = []
    for name, images in added.items():
        shared = own[own.index.isin(set(images.patient_id))]
        if len(shared):
            where = [split for split in SPLITS if any(split in splits for splits in shared)]
            carry = "patient carries" if len(shared) == 1 else "patients carry"
            too = "has too" if len(where) == 1 else "have too"
            text = (
                f"{len(shared):,} {carry} an id that {' and '.join(where)} {too}. Two hospitals may give one id to "
                "two people; if they are the same ones, the site is not apart. Nothing was dropped."
            )
            found.append(Said(head=f"Site {name} shares ids of patients with the run:", text=text))
    return found


def _text(one: Shared) -> str:
    parts = []
    if one.known:
        of = f" of {one.patients:,}" if one.patients else ""
        images = f" ({one.parted.images:,} images)" if one.parted is not None else ""
        carry = "carries" if one.known == 1 else "carry"
        parts.append(f"{one.known:,}{of} patients of {one.where}{images} {carry} an id that {_there(one)} has too.")
    if one.copies:
        lie = "image lies" if one.copies == 1 else "images lie"
        parts.append(f"{one.copies:,} {lie} there as well, pixel by pixel.")
    parts.append(_collisions(one))
    if one.parted is not None:
        parts.append(
            f"AUROC without them {_area(one.parted.rest)}, of them alone {_area(one.parted.shared)}, of all "
            f"{_area(one.parted.all)}."
        )
    parts.append("Nothing was dropped.")
    return " ".join(part for part in parts if part)


def _there(one: Shared) -> str:
    return " and ".join(one.others or _OTHERS[one.where])


def _collisions(one: Shared) -> str:
    if one.example is None:
        return "Ids may collide, as two people can be given one name." if one.known else ""
    patient, here, there = one.example
    example = f"{patient} is {here} in {one.where} and {there} there"
    if one.differ:
        own = "has" if one.differ == 1 else "have"
        what = "the other class" if one.column == "label" else f"another {one.column}"
        return f"Names may collide: {one.differ:,} of these ids {own} {what} there ({example}), so may be two people."
    return f"Names may collide, if two people were given one id ({example})."


def _area(found: Estimate) -> str:
    if found.value != found.value:
        return f"not known, as {found.reason}"
    if found.low != found.low:
        return f"{found.value:.3f} (no interval)"
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
