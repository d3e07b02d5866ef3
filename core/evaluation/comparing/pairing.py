"""Which images two models both judged: paired by their ids, with the truth and patients that both files agree on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from core.evaluation.predictions import IntArray, ObjectArray, Predictions


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pairs:
    """The images of both, ``a`` and ``b``, row by row the same ones with the same truth and patients, by ascending id.

    ``differing`` are the ids of images in both whose truth differs, which are left out, ascending; ``only_a`` and
    ``only_b`` count the images that the other does not have. ``by_file_name`` says that no id was the same and the last
    parts of the ids paired. No images (n = 0) where none pairs.
    """

    a: Predictions
    b: Predictions
    differing: tuple[str, ...]
    only_a: int
    only_b: int
    by_file_name: bool = False

    @property
    def n(self) -> int:
        """Number of images that pair."""
        return self.a.n

    @property
    def shared(self) -> int:
        """Number of images that both have, those of differing truth among them."""
        return self.n + len(self.differing)


def pair(a: Predictions, b: Predictions) -> Pairs:
    """``a`` and ``b`` paired by ``image_id``; where they share none, by its last part behind ``/``, if no two images of
    either have the same: one file may name folders that the other does not.

    Two images are one patient's if either says so, and so are those that both have in common with a third: files that
    name patients otherwise, or not at all, agree, and which of the two comes first makes no difference.
    """
    shared, of_a, of_b = _common(a.image_id, b.image_id)
    by_file_name = False
    if not len(shared):
        names = [_file_names(own.image_id) for own in (a, b)]
        if all(len(set(own.tolist())) == len(own) for own in names):
            shared, of_a, of_b = _common(names[0], names[1])
            by_file_name = bool(len(shared))
    same = a.y_true[of_a] == b.y_true[of_b]
    of_a, of_b = of_a[same], of_b[same]
    patient = _patients(a.patient_index[of_a], b.patient_index[of_b])
    _, first, patient = np.unique(patient, return_index=True, return_inverse=True)
    name = a.patient_id[of_a][first][patient]
    pairs = [
        Predictions(
            image_id=own.image_id[rows],
            patient_id=name,
            y_true=own.y_true[rows],
            logit=own.logit[rows],
            subgroups={group: values[rows] for group, values in own.subgroups.items()},
        )
        for own, rows in ((a, of_a), (b, of_b))
    ]
    return Pairs(
        a=pairs[0],
        b=pairs[1],
        differing=tuple(shared[~same].tolist()),
        only_a=a.n - len(shared),
        only_b=b.n - len(shared),
        by_file_name=by_file_name,
    )


def _file_names(ids: ObjectArray) -> ObjectArray:
    return np.array([name.rpartition("/")[2] for name in ids], dtype=object)


def _common(a: ObjectArray, b: ObjectArray) -> tuple[ObjectArray, IntArray, IntArray]:
    """The ids (m,) that both have, ascending, and their rows in each, (m,) each."""
    shared = np.array(sorted(set(a.tolist()) & set(b.tolist())), dtype=object)
    rows = [pd.Index(own).get_indexer(pd.Index(shared)).astype(np.int64) for own in (a, b)]
    return shared, rows[0], rows[1]


def _patients(of_a: IntArray, of_b: IntArray) -> IntArray:
    """The patients of paired images, (n,), numbered from 0: joined wherever either joins them."""
    if not len(of_a):
        return np.zeros(0, dtype=np.int64)
    size = int(of_a.max()) + 1
    nodes = size + int(of_b.max()) + 1
    links = sparse.coo_array((np.ones(len(of_a)), (of_a, size + of_b)), shape=(nodes, nodes))
    return np.asarray(connected_components(links, directed=False)[1][of_a], dtype=np.int64)
