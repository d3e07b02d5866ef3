"""How far two decisions on the same images agree, whoever is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.estimates.discrimination import Mask
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import Linearised, clustered_mean
from core.evaluation.predictions import Predictions

_KAPPA = "linearised, patients as clusters"


@dataclass(frozen=True, kw_only=True, slots=True)
class Concordance:
    """``agreement`` is the share of images of which both say the same, ``kappa`` what of it is beyond chance."""

    agreement: Estimate
    kappa: Estimate


def concordance(truth: Predictions, a: Mask, b: Mask) -> Concordance:
    """Agreement and Cohen's kappa (1960) of two decisions ``a`` and ``b``, (n,) each, on the images of ``truth``.

    Kappa is (po - pe) / (1 - pe) with the agreement po and pe, that of two who call as many positive each, at random.
    Its limits come from what each patient adds to it: of one image a patient they are those of Fleiss, Cohen and
    Everitt (1969). Undefined without images, and kappa where both call all alike.
    """
    same = (a == b).astype(np.float64)
    agreement = clustered_mean(same, truth.patient_index, reason="no images")
    if not truth.n:
        return Concordance(agreement=agreement, kappa=Estimate.undefined("no images"))
    of_a, of_b = float(a.mean()), float(b.mean())
    chance = of_a * of_b + (1 - of_a) * (1 - of_b)
    if chance == 1:
        return Concordance(agreement=agreement, kappa=Estimate.undefined("both call every image alike"))
    apart = 1 - agreement.value
    by_chance = (2 * of_b - 1) * (a - of_a) + (2 * of_a - 1) * (b - of_b)
    terms = ((same - agreement.value) / (1 - chance) - apart * by_chance / (1 - chance) ** 2) / truth.n
    value = 1 - apart / (1 - chance)
    found = Linearised(value=value, centre=value, terms=terms, patient=truth.patient_index, within=(-1.0, 1.0))
    return Concordance(agreement=agreement, kappa=found.normal(method=_KAPPA))
