"""What a calibrated probability becomes where another share is ill (Saerens, Latinne and Decaestecker 2002).

A calibrated probability belongs to the share of ill it was calibrated among. Where that share alone differs, and the
scores within each class stay as they are, Bayes' rule adds the difference of the two log odds to its own.
"""

from __future__ import annotations

import math


def log_odds(share: float) -> float:
    """log(share / (1 - share)); raises ValueError unless ``share`` lies strictly between 0 and 1."""
    if not 0 < share < 1:
        raise ValueError(f"a share of ill has log odds strictly between 0 and 1, not at {share}")
    return math.log(share / (1 - share))


def log_odds_shift(share: float, prevalence: float) -> float:
    """What is added to a calibrated logit that belongs to a ``share`` of ill where ``prevalence`` are, both in (0, 1).

    0 where they are equal. Raises ValueError at 0 and 1, where everybody is already known.
    """
    return log_odds(prevalence) - log_odds(share)
