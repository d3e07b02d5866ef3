"""The root of a sum over images in bootstrap resamples: one step from its root in all images, instead of a search.

Sums by patient of the function and its two derivatives at that root are all a resample needs.
"""

from __future__ import annotations

import numpy as np

from core.evaluation.predictions import FloatArray


def chebyshev_root(root: float, total: FloatArray) -> FloatArray:
    """Chebyshev's step from ``root`` for each resample, (b,), whose error is of third order in its length.

    ``total`` (b, 3) is the function and its first and second derivative there, summed over the images drawn. NaN where
    the first derivative vanishes.
    """
    value, slope, bend = total.T
    missing = np.full_like(value, np.nan)
    newton = np.divide(value, slope, out=missing.copy(), where=slope != 0)
    curved = np.divide(bend, slope, out=missing, where=slope != 0)
    return np.asarray(root - newton - curved * newton * newton / 2)
