"""The stress test as a table, in the order in which it is shown. No streamlit, no plotly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from core.evaluation.comparing.robustness import RATES, UnderShift
from core.evaluation.estimates.difference import apart
from core.evaluation.estimates.intervals import Estimate
from core.runs.store import Run
from dashboard import gateway, state, theme

# The fit's own augmentation (core.model.augment), so that what it was taught is told apart from what it was not.
TAUGHT = {
    "brighter": "up to 15 % of the grey range",
    "darker": "up to 15 % of the grey range",
    "harder": "gain up to 1.49",
    "softer": "gain down to 0.67",
    "gamma_up": "exponent up to 1.65",
    "gamma_down": "exponent down to 0.61",
    "blur": "up to a mean of 3 × 3 pixels",
    "noise": "σ up to 4 %",
    "rotation": "up to 12°, and shear",
    "closer": "up to × 1.35",
    "wider": "down to × 0.74",
    "cropped": "moved up to 10 % of each side",
}
"""What a fit of the default recipe was augmented with, by shift; shifts that are absent it never saw."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Every variant at one threshold: rates with their changes, AUROC, and both as :func:`shift_table` orders them."""

    found: tuple[UnderShift, ...]
    areas: tuple[Estimate, ...]
    table: pd.DataFrame

    @property
    def axis(self) -> tuple[float, float]:
        """The range of rates that holds every interval of both rates, from a step of 0.05."""
        known = [one.rates[rate] for one in self.found for rate in RATES if math.isfinite(one.rates[rate].value)]
        lowest = min([own.value if math.isnan(own.low) else own.low for own in known], default=0.0)
        return max(0.0, math.floor(20 * float(lowest)) / 20) - 0.01, 1.01


def split(run: Run) -> str:
    """The set that is scored again: the one that is seen where it can be, else the first that can."""
    sets, seen = gateway.stressed_sets(run), state.split(run)
    return seen if seen in sets else sets[0]


def titles() -> dict[str, str]:
    """How each shift is called, by its name."""
    return {shift.name: shift.title for shift in gateway.shifts()}


def by_worst(found: Sequence[UnderShift]) -> list[str]:
    """The names of the shifts, that with the largest fall of either rate first."""
    falls: dict[str, float] = {}
    for one in found[1:]:
        values = [one.changes[rate].value for rate in RATES if one.changes[rate].value < 0]
        falls[one.variant.shift] = min([falls.get(one.variant.shift, 0.0), *values])
    return sorted(falls, key=lambda name: falls[name])


def shift_table(found: Sequence[UnderShift], areas: Sequence[Estimate]) -> pd.DataFrame:
    """One row a variant, shifts as :func:`by_worst` and the unshifted images first.

    Columns: shift, title, strength (0 to 3), amount; of each rate its value, low, high, and its change with _low,
    _high and _differs; auroc with _low and _high.
    """
    known = {shift.name: shift for shift in gateway.shifts()}
    place = {name: row for row, name in enumerate(["", *by_worst(found)])}
    rows = [
        {
            "shift": one.variant.shift,
            "title": known[one.variant.shift].title if one.variant.shift else "Unshifted",
            "strength": one.variant.strength,
            "amount": known[one.variant.shift].described(one.variant.strength) if one.variant.shift else "",
            **_numbers("auroc", area),
            **{name: value for rate in RATES for name, value in _of_rate(one, rate).items()},
        }
        for one, area in zip(found, areas, strict=True)
    ]
    table = pd.DataFrame(rows)
    order = table["shift"].map(place) * len(theme.STRENGTHS) + table["strength"]
    return table.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def _of_rate(one: UnderShift, rate: str) -> Mapping[str, float | bool]:
    change = one.changes[rate]
    return {**_numbers(rate, one.rates[rate]), **_numbers(f"{rate}_change", change), f"{rate}_differs": apart(change)}


def _numbers(name: str, found: Estimate) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def definitions(run: Run) -> pd.DataFrame:
    """What each strength of each shift is, and what of it the fit was augmented with."""
    trained = run.config.recipe == "default"
    rows = []
    for shift in gateway.shifts():
        taught = TAUGHT.get(shift.name, "never") if trained else "never"
        rows.append([shift.title, *(shift.described(strength) for strength in (1, 2, 3)), taught])
    return pd.DataFrame(rows, columns=["Shift", "Mild", "Moderate", "Strong", "Seen in the fit"])


def figures_at(run: Run) -> Figures:
    """Every variant at the threshold now. Raises RunFolderError unless the test was run to its end."""
    found, areas = gateway.under_shifts(run, state.threshold(run), split(run)), gateway.shifted_areas(run, split(run))
    return Figures(found=found, areas=areas, table=shift_table(found, areas))
