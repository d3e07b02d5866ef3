"""How one threshold does on every labelled set of a run, and which of them loses most against validation."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.next_hospital import few_errors
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep

RATES = ("sensitivity", "specificity")


def across_hospitals(
    sets: Mapping[str, Predictions], sweeps: Mapping[str, ThresholdSweep], threshold: float
) -> pd.DataFrame:
    """One row a set and rate at any finite ``threshold``, a logit: set, images, patients, rate, value, low, high,
    few_errors, lost.

    ``lost`` is how far a set falls below validation in both rates together, 0 where it does not or where validation is
    not there. Validation comes first, then the set that loses most. Empty without sets.
    """
    rows = []
    for name, own in sets.items():
        found, sizes = rates(sweeps[name], threshold), sweeps[name].effective_sizes(threshold)
        rows += [
            {
                "set": name,
                "images": own.n,
                "patients": own.n_patients,
                "rate": rate,
                "value": found[rate].value,
                "low": found[rate].low,
                "high": found[rate].high,
                "few_errors": few_errors(found[rate].value, sizes[rate]),
            }
            for rate in RATES
        ]
    columns = ["set", "images", "patients", "rate", "value", "low", "high", "few_errors", "lost"]
    table = pd.DataFrame(rows, columns=columns[:-1])
    promised = table[table["set"] == "validation"].set_index("rate")["value"]
    fall = (table["rate"].map(promised) - table["value"]).clip(lower=0).fillna(0.0)
    table["lost"] = fall.groupby(table["set"]).transform("sum")
    table["chose"] = table["set"] == "validation"
    ordered = table.sort_values(["chose", "lost", "set"], ascending=[False, False, True], kind="stable")
    return ordered.reset_index(drop=True)[columns]
