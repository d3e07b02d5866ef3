"""How a threshold is called: a logit's raw or calibrated probability. Which images are positive never depends on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.evaluation.calibration.at_prevalence import log_odds_shift
from core.evaluation.calibration.probability import probability
from core.evaluation.predictions import FloatArray
from core.runs.report import midpoint, temperature
from core.runs.store import Run

CALIBRATED, RAW, SCORE = "calibrated", "raw", "score"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """The name of a scale and the temperature that its probabilities are made with, 1 for raw ones.

    ``midpoint`` is the score that is called one half: 0 but for free scores. ``shift`` is added to the log odds where
    they are those of another prevalence than validation's. A score that is no probability is called by itself.
    """

    name: str
    temperature: float
    midpoint: float = 0.0
    shift: float = 0.0
    unit: str = "logit"
    """What the numbers are that it calls by others: logits, or free scores."""

    @property
    def called(self) -> str:
        """What its numbers are: ``calibrated probability``, or ``score``."""
        return SCORE if self.name == SCORE else f"{self.name} probability"

    @property
    def kind(self) -> str:
        """:attr:`called` in short: ``probability``, or ``score``."""
        return "probability" if self.is_probability else SCORE

    @property
    def is_probability(self) -> bool:
        return self.name != SCORE

    def probability(self, logit: float) -> float:
        """What ``logit`` is called, in [0, 1]; a score that is no probability itself."""
        if not self.is_probability:
            return logit
        return float(probability((logit - self.midpoint) / self.temperature + self.shift))

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """:meth:`probability` of logits (n,)."""
        if not self.is_probability:
            return logits
        return np.asarray(probability((logits - self.midpoint) / self.temperature + self.shift))

    def logit(self, probability: float) -> float:
        """The logit that is called ``probability``, which lies strictly between 0 and 1; of a score any number."""
        if not self.is_probability:
            return probability
        return self.temperature * (math.log(probability / (1 - probability)) - self.shift) + self.midpoint

    def at(self, share: float, prevalence: float) -> Scale:
        """The same where ``prevalence`` are ill instead of ``share``, both strictly between 0 and 1."""
        return replace(self, shift=log_odds_shift(share, prevalence))


def scales(run: Run) -> dict[str, Scale]:
    """The scales of a run by name; only raw where no temperature is known. Free scores have themselves in place of raw
    probabilities."""
    return scales_of(run.calibration, free=run.free)


def scales_of(calibration: Mapping[str, Any] | None, *, free: bool = False) -> dict[str, Scale]:
    """:func:`scales` of a ``calibration.json``."""
    name = SCORE if free else RAW
    unit = "score" if free else "logit"
    plain = Scale(name=name, temperature=1.0, unit=unit)
    fitted = temperature(calibration)
    if fitted is None:
        return {name: plain}
    middle = midpoint(calibration)
    return {CALIBRATED: Scale(name=CALIBRATED, temperature=fitted, midpoint=middle, unit=unit), name: plain}


def probabilities(run: Run) -> dict[str, Scale]:
    """Those scales of a run whose numbers are probabilities; none of free scores of which none could be made."""
    return {name: scale for name, scale in scales(run).items() if scale.is_probability}
