"""Whether another set differs from validation at thresholds that validation chose, more than chance and choice explain.

This is no verdict on a promise: it asks whether both sets may come from one distribution, whatever was promised.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.difference import apart, gap, level_of_each
from core.evaluation.estimates.intervals import LEVEL, Estimate, newcombe_difference, wilson_estimate
from core.evaluation.predictions import FloatArray
from core.evaluation.sweep import ThresholdSweep

COMPARED = ("sensitivity", "specificity")


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One rate at one threshold: what validation shows, and what the other set delivers.

    ``corrected`` is validation's figure less the ``optimism`` of the choice, ``gap`` the other set less the plain
    figure, both with intervals of their own. ``corrected_gap`` is less the corrected one; its interval holds together
    with those of all thresholds and both rates that were compared.
    """

    validation: Estimate
    optimism: float
    corrected: Estimate
    delivered: Estimate
    gap: Estimate
    corrected_gap: Estimate

    @property
    def differs(self) -> bool:
        """Whether the two differ by more than chance and choice explain; false where that is not known."""
        return apart(self.corrected_gap)


def differences(
    validation: ThresholdSweep, other: ThresholdSweep, optimism: Mapping[float, FloatArray]
) -> dict[float, dict[str, Difference]]:
    """Sensitivity and specificity at every threshold of ``optimism``, by threshold and rate.

    ``optimism`` has what the choice of each threshold, a logit, adds to both rates on ``validation``, (2,); 0 where
    nothing was chosen. Where both sets come from one distribution, any rate at any threshold is said to differ in at
    most 5 % of cases: Newcombe's intervals, at Bonferroni's level for both rates at all thresholds that do not call the
    same images positive in both sets.
    """
    distinct = {(validation.at(threshold), other.at(threshold)) for threshold in optimism}
    level, sweeps = level_of_each(len(COMPARED) * len(distinct)), (validation, other)
    return {threshold: _at(threshold, sweeps, optimism[threshold], level) for threshold in sorted(optimism)}


def _at(
    threshold: float, sweeps: tuple[ThresholdSweep, ThresholdSweep], optimism: FloatArray, level: float
) -> dict[str, Difference]:
    before, after = (rates(sweep, threshold) for sweep in sweeps)
    sizes = [sweep.effective_sizes(threshold) for sweep in sweeps]
    found = {}
    for rate, added in zip(COMPARED, optimism.tolist(), strict=True):
        seen, delivered = before[rate], after[rate]
        size, size_after = (of_set[rate] for of_set in sizes)
        corrected = _with_level(seen, min(max(seen.value - added, 0.0), 1.0), size, level)
        together = newcombe_difference(_with_level(delivered, delivered.value, size_after, level), corrected)
        found[rate] = Difference(
            validation=seen,
            optimism=added,
            corrected=_with_level(seen, corrected.value, size, LEVEL),
            delivered=delivered,
            gap=gap(seen, delivered),
            corrected_gap=together,
        )
    return found


def _with_level(found: Estimate, value: float, size: float, level: float) -> Estimate:
    """A rate with effective ``size``, moved to ``value``, at another level; as it is where it has no interval."""
    if math.isnan(found.low) or math.isnan(found.high):
        return found
    return wilson_estimate(value, size, reason=found.reason, level=level)
