"""Patients exchanged between two sets, as a permutation test of their images asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from core.evaluation.predictions import IntArray, ObjectArray


class Exchange:
    """How many images of the second of two sets lie at each of k places, as they are and after exchanges.

    A patient's images in a set stay together, and both sets keep as many such groups as they have. Of a patient with
    images in both the two groups are swapped or not, by a coin. Groups of one image at one place are alike, so that it
    is drawn how many of them change sides, not which.
    """

    def __init__(self, patient_id: Sequence[ObjectArray], place: IntArray) -> None:
        """``patient_id`` are those of both sets, (n,) and (m,), and ``place`` (n + m,) where their images lie."""
        codes, _ = pd.factorize(np.concatenate(patient_id))
        second = np.repeat([0, 1], [len(ids) for ids in patient_id])
        own, group, size = np.unique(2 * codes + second, return_inverse=True, return_counts=True)
        in_second, first_twin = own % 2 == 1, np.flatnonzero(own[:-1] // 2 == own[1:] // 2)
        twin = np.zeros(len(own), dtype=bool)
        twin[first_twin] = twin[first_twin + 1] = True
        k = int(place.max()) + 1
        self.home: IntArray = np.bincount(place[second == 1], minlength=k)
        """As they are, (k,)."""
        alone = (size == 1) & ~twin
        several = np.flatnonzero((size > 1) & ~twin)
        self._alone = np.bincount(place[alone[group]], minlength=k)
        by_group = sparse.csr_array((np.ones(len(group), dtype=np.int64), (group, place)), shape=(len(own), k))
        self._several = by_group[several].T.tocsr()
        self._to_second = int(np.count_nonzero(in_second & ~twin))
        self._of_twins: IntArray = np.asarray(by_group[first_twin + 1].sum(axis=0))
        self._swaps = (by_group[first_twin] - by_group[first_twin + 1]).T.tocsr()

    def draw(self, rng: np.random.Generator) -> IntArray:
        """After one exchange, (k,)."""
        alone, several = int(self._alone.sum()), self._several.shape[1]
        of_alone = int(rng.hypergeometric(alone, several, self._to_second)) if self._to_second else 0
        found = self._of_twins + rng.multivariate_hypergeometric(self._alone, of_alone, method="marginals")
        if several:
            chosen = np.zeros(several, dtype=np.int64)
            chosen[rng.choice(several, self._to_second - of_alone, replace=False, shuffle=False)] = 1
            found = found + self._several @ chosen
        if twins := self._swaps.shape[1]:
            found = found + self._swaps @ rng.integers(2, size=twins)
        return np.asarray(found)
