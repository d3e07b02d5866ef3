"""Who is fitted on, who chooses thresholds, who reports: train, validation and test, never parting a patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.errors import DataError

CUT_FRACTION = 0.1
"""The share, by images, of a validation or test split that we cut ourselves."""

_CLASS_WORDS = ("negative", "positive")


@dataclass(frozen=True, kw_only=True, slots=True)
class Leakage:
    """What a test split shares with the rest, and validation with train. Reported; nothing is dropped for it.

    Splits that we cut ourselves share nothing.
    """

    images: tuple[tuple[str, str], ...]
    """Pairs of (image_id outside test, image_id in test) with identical pixels."""
    patients: tuple[str, ...]
    """Ids that occur both in test and outside it, sorted."""
    validation_images: tuple[tuple[str, str], ...]
    """Pairs of (image_id in train, image_id in validation) with identical pixels."""
    validation_patients: tuple[str, ...]
    """Ids that occur both in train and in validation, sorted."""


def assign_splits(
    label: ArrayLike, patient_id: ArrayLike, pixel_sha256: ArrayLike, given: ArrayLike, *, seed: int
) -> NDArray[np.object_]:
    """``"train"``, ``"validation"`` or ``"test"`` for each image; all arguments have shape (n,).

    ``given`` is what the data set says, or None. A given test or validation split is kept; from the rest ("train" or
    None) a tenth of the images is cut for validation and, where no test is given, another tenth for test. Both are
    stratified by ``label`` (0 or 1). Images that share a patient or identical pixels, directly or by way of other
    images, stay together in what is cut here; those that share one with a given split stay in train. The result
    depends on ``seed`` but not on the order of the images. Raises DataError when a split would lack one of the classes.
    """
    labels = np.asarray(label, dtype=np.int64)
    splits = np.asarray(given, dtype=object).copy()
    wanted = [name for name in ("validation", "test") if not (splits == name).any()]
    pool = (splits != "validation") & (splits != "test")
    splits[pool] = "train"
    if wanted:
        patients, digests = np.asarray(patient_id).astype(str), np.asarray(pixel_sha256).astype(str)
        group = _groups(patients[pool], digests[pool])
        counts = np.zeros((group.max(initial=-1) + 1, 2), dtype=np.int64)
        np.add.at(counts, (group, labels[pool]), 1)
        # To cut these would part a patient between two splits that must not know each other.
        shares = np.isin(patients[pool], patients[~pool]) | np.isin(digests[pool], digests[~pool])
        stays = np.zeros(len(counts), dtype=bool)
        stays[group[shares]] = True
        _check_groups(counts[~stays], wanted)
        splits[pool] = np.array(["train", *wanted], dtype=object)[_cut(counts, stays, len(wanted), seed)[group]]
    for name in ("train", "validation", "test"):
        for value, words in enumerate(_CLASS_WORDS):
            if not ((splits == name) & (labels == value)).any():
                raise DataError(f"the {name} split holds no usable image of the {words} class; both are needed")
    return splits


def find_leakage(
    image_id: Sequence[str], patient_id: Sequence[str], pixel_sha256: Sequence[str], split: ArrayLike
) -> Leakage:
    """Identical images and patient ids that occur in two splits: in test and outside it, in validation and in train.

    All arguments have shape (n,). Of many identical images each is named at least once, rather than every pair of them.
    """
    splits = np.asarray(split, dtype=object)
    image, patient, digest = (np.asarray(ids, dtype=object) for ids in (image_id, patient_id, pixel_sha256))
    test, validation, train = (splits == name for name in ("test", "validation", "train"))
    return Leakage(
        images=_identical(image, digest, ~test, test),
        patients=tuple(sorted(set(patient[~test]) & set(patient[test]))),
        validation_images=_identical(image, digest, train, validation),
        validation_patients=tuple(sorted(set(patient[train]) & set(patient[validation]))),
    )


def _identical(
    image_id: NDArray[np.object_], pixel_sha256: NDArray[np.object_], one: NDArray[np.bool_], other: NDArray[np.bool_]
) -> tuple[tuple[str, str], ...]:
    """Sorted pairs of an image in ``one`` and an image in ``other`` with identical pixels; all shapes are (n,)."""
    sides: dict[str, tuple[list[str], list[str]]] = {}
    for side, member in enumerate((one, other)):
        for name, digest in zip(image_id[member], pixel_sha256[member], strict=True):
            sides.setdefault(digest, ([], []))[side].append(name)
    pairs: list[tuple[str, str]] = []
    for left, right in sides.values():
        if left and right:
            n = max(len(left), len(right))
            pairs += [(left[min(i, len(left) - 1)], right[min(i, len(right) - 1)]) for i in range(n)]
    return tuple(sorted(pairs))


def _groups(patient_id: NDArray[np.str_], pixel_sha256: NDArray[np.str_]) -> NDArray[np.int64]:
    """The group of each image, shape (n,): connected components over patients and identical pixels.

    Groups are numbered by the first of their patient ids in sorted order, whatever the order of the images.
    """
    patients, patient = np.unique(patient_id, return_inverse=True)
    digests, digest = np.unique(pixel_sha256, return_inverse=True)
    nodes = len(patients) + len(digests)
    edges = coo_array((np.ones(len(patient)), (patient, len(patients) + digest)), shape=(nodes, nodes))
    component = connected_components(edges, directed=False)[1][: len(patients)]
    _, first, inverse = np.unique(component, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    groups: NDArray[np.int64] = rank[inverse][patient]
    return groups


def _check_groups(counts: NDArray[np.int64], wanted: list[str]) -> None:
    """Refuse groups, of those that may be cut, from which both classes cannot reach every split."""
    needed = len(wanted) + 1
    for value, words in enumerate(_CLASS_WORDS):
        found = int((counts[:, value] > 0).sum())
        if found < needed:
            raise DataError(
                f"cannot cut {' and '.join(wanted)} from the images of {found} patients of the {words} class "
                "(identical images count as one patient, patients who are in a given split too as none): "
                f"at least {needed} are needed, so that train has one too"
            )


def _cut(counts: NDArray[np.int64], stays: NDArray[np.bool_], n_cut: int, seed: int) -> NDArray[np.int64]:
    """The split of each group, shape (groups,): 0 is train, 1..n_cut are cut.

    ``counts`` (groups, 2) are images by class; groups that ``stays`` (groups,) names are not cut.
    """
    shuffled = np.random.default_rng(seed).permutation(len(counts))
    # Large groups first, so that small ones even out what remains.
    order = shuffled[np.argsort(-counts[shuffled].sum(axis=1), kind="stable")]
    reserved = dict.fromkeys(np.flatnonzero(stays).tolist(), 0)
    assigned = _fill(counts, order, n_cut, reserved)
    covered = all((counts[assigned == s] > 0).any(axis=0).all() for s in range(n_cut + 1))
    if covered:
        return assigned
    return _fill(counts, order, n_cut, reserved | _one_of_each(counts, order[~stays[order]], n_cut))


def _fill(
    counts: NDArray[np.int64], order: NDArray[np.int64], n_cut: int, reserved: dict[int, int]
) -> NDArray[np.int64]:
    """Give each group, in ``order``, to the split that is relatively furthest below its quota of the group's classes.

    That spreads groups of every size over all splits. A split that is cut takes no group beyond its quota.
    """
    total = counts.sum(axis=0)
    quota = [total * (1 - CUT_FRACTION * n_cut)] + [total * CUT_FRACTION] * n_cut
    left: list[list[float]] = [list(map(float, q)) for q in quota]
    full = [tuple(map(float, q)) for q in quota]
    assigned = np.zeros(len(counts), dtype=np.int64)
    for group in [*reserved, *(int(g) for g in order if g not in reserved)]:
        neg, pos = (int(count) for count in counts[group])
        best, best_need = 0, neg * left[0][0] / full[0][0] + pos * left[0][1] / full[0][1]
        for s in range(1, n_cut + 1):
            fits = (not neg or neg <= left[s][0] + 0.5) and (not pos or pos <= left[s][1] + 0.5)
            need = neg * left[s][0] / full[s][0] + pos * left[s][1] / full[s][1]
            if fits and need > best_need:
                best, best_need = s, need
        best = reserved.get(group, best)
        left[best][0] -= neg
        left[best][1] -= pos
        assigned[group] = best
    return assigned


def _one_of_each(counts: NDArray[np.int64], order: NDArray[np.int64], n_cut: int) -> dict[int, int]:
    """Group -> split, for groups in ``order``, such that every split has both classes: for very few patients.

    Each split gets a group of either class, the smallest first, and when those run out a group with both.
    """
    smallest_first = [int(group) for group in order[::-1]]
    negative = [g for g in smallest_first if counts[g, 0] and not counts[g, 1]]
    positive = [g for g in smallest_first if counts[g, 1] and not counts[g, 0]]
    both = [g for g in smallest_first if counts[g, 0] and counts[g, 1]]
    reserved: dict[int, int] = {}
    for split in [*range(1, n_cut + 1), 0]:
        chosen = (negative.pop(0), positive.pop(0)) if negative and positive else (both.pop(0),)
        reserved.update(dict.fromkeys(chosen, split))
    return reserved
