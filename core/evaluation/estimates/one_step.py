"""The root of a sum over images in bootstrap resamples: one step from its root in all images, instead of a search.

Sums by patient of the function and its two derivatives at that root are all a resample needs.
"""

from __future__ import annotations

import numpy as np

from core.evaluation.predictions import FloatArray


def chebyshev_root(root: float, total: FloatArray) -> FloatArray:
    """Chebyshev's step from ``root`` for each resample, (b,), whose error is of third order in its length.

    ``total`` (b, 3) is the function and its first and second derivative there, summed over the images drawn. NaN where
    the first derivative vanishes, or is so small that the step is not finite.
    """
    value, slope, bend = total.T
    missing = np.full_like(value, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):  # derivatives that all but vanish, of logits of hundreds
        newton = np.divide(value, slope, out=missing.copy(), where=slope != 0)
        curved = np.divide(bend, slope, out=missing, where=slope != 0)
        found = root - newton - curved * newton * newton / 2
    return np.asarray(np.where(np.isfinite(found), found, np.nan))
