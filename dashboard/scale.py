"""How a threshold is called: a logit's raw or calibrated probability. Which images are positive never depends on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.evaluation.calibration.at_prevalence import log_odds_shift
from core.evaluation.calibration.probability import probability

CALIBRATED, RAW = "calibrated", "raw"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """The name of a scale and the temperature that its probabilities are made with, 1 for raw ones.

    ``shift`` is added to the log odds where they are those of another prevalence than validation's.
    """

    name: str
    temperature: float
    shift: float = 0.0

    def probability(self, logit: float) -> float:
        """What ``logit`` is called, in [0, 1]."""
        return float(probability(logit / self.temperature + self.shift))

    def logit(self, probability: float) -> float:
        """The logit that is called ``probability``, which lies strictly between 0 and 1."""
        return self.temperature * (math.log(probability / (1 - probability)) - self.shift)

    def at(self, share: float, prevalence: float) -> Scale:
        """The same where ``prevalence`` are ill instead of ``share``, both strictly between 0 and 1."""
        return replace(self, shift=log_odds_shift(share, prevalence))


def scales(calibration: Mapping[str, Any] | None) -> dict[str, Scale]:
    """The scales of a run by name, from its ``calibration.json``; only raw where no temperature is known."""
    raw = Scale(name=RAW, temperature=1.0)
    temperature = None if calibration is None else calibration["temperature"]["value"]
    if temperature is None:
        return {RAW: raw}
    return {CALIBRATED: Scale(name=CALIBRATED, temperature=float(temperature)), RAW: raw}
