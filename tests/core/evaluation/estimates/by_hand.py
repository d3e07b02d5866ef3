"""What a share of patients' images is worth, in fractions and scipy's t: what tests hold the product against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from scipy.stats import t


def patients_that_count(n: Sequence[int]) -> Fraction:
    """G = n^2 / sum n_i^2."""
    return Fraction(sum(n) ** 2, sum(b * b for b in n))


def size_by_hand(x: Sequence[int], n: Sequence[int]) -> float:
    """Of x[i] of n[i] images of patient i; 0 where there is no interval."""
    hits, total = sum(x), sum(n)
    if max(n, default=0) <= 1:
        return total
    g = patients_that_count(n)
    if g < 3:
        return 0.0
    if hits in (0, total):
        return float(g)
    p = Fraction(hits, total)
    design = sum((a - p * b) ** 2 for a, b in zip(x, n, strict=True)) / total**2 / (p * (1 - p) / total)
    corrected = max(Fraction(1), design * (1 - Fraction(1, total)) / (1 - 1 / g))
    wider = t.ppf(0.975, float(g) - 1) / t.ppf(0.975, total - 1)
    return float(total / corrected) / wider**2


def mean_by_hand(values: Sequence[float], patient: Sequence[int]) -> tuple[float, float, float]:
    """Mean, its standard error and the quantile of its limits, of patients with several images: by plain loops."""
    n = len(values)
    mean = sum(values) / n
    g = float(patients_that_count([list(patient).count(number) for number in set(patient)]))
    sums = dict.fromkeys(patient, 0.0)
    for value, whose in zip(values, patient, strict=True):
        sums[whose] += value - mean
    of_patients = sum(own**2 for own in sums.values()) / n**2 / (1 - 1 / g)
    of_images = sum((v - mean) ** 2 for v in values) / (n - 1) / n
    return mean, math.sqrt(max(of_patients, of_images)), float(t.ppf(0.975, g - 1))
