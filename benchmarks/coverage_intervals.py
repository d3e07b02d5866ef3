"""How often 95 % intervals hold the truth: every kind that pages show, in the simulated hospitals of ``coverage.py``.

The conditions: each class has a G of at least 30 (the number of patients by Kish), and at least 5 errors of the kind
that the interval rests on are expected, counted one image a patient. A threshold that was chosen on the same data is
judged by the rates that it truly has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial

import numpy as np
import pandas as pd

from benchmarks.coverage_hospitals import Setting, hospital, monte_carlo_error
from benchmarks.coverage_kinds import Case, Shown, closed_forms
from benchmarks.coverage_paired import of_pairs
from benchmarks.coverage_probabilities import of_probabilities
from benchmarks.coverage_resampled import resampled
from benchmarks.coverage_sets import of_sets
from benchmarks.coverage_truth import Population
from core.evaluation.sweep import threshold_sweep

LOWEST, HIGHEST = 0.93, 0.97
RESAMPLES = 200
FEWER = 5
"""Of so many hospitals one is drawn where it has 5,000 patients."""
_PAIRED = 4
_KEYS = ["kind", "where", "chosen", "met", "patients", "prevalence", "images"]


_population = cache(Population)


def cases(setting: Setting, number: int, part: int) -> Iterator[Case]:
    """``number`` hospitals of one kind, the same every time for each ``part`` of the simulation.

    The test split's prevalence lies halfway between validation's and one half.
    """
    seed = [setting.n_patients, round(1000 * setting.prevalence), setting.most_images, part]
    rng = np.random.default_rng(seed)
    there, then = _population(setting.prevalence), _population((setting.prevalence + 0.5) / 2)
    for _ in range(number):
        splits = [hospital(rng, setting.n_patients, all_.prevalence, setting.most_images) for all_ in (there, then)]
        sweeps = [threshold_sweep(split) for split in splits]
        yield Case(
            setting=setting,
            validation=splits[0],
            test=splits[1],
            population=there,
            test_population=then,
            sweep=sweeps[0],
            test_sweep=sweeps[1],
            rng=rng,
        )


def coverage_of_intervals(settings: Iterable[Setting], number: int, n_resamples: int = RESAMPLES) -> pd.DataFrame:
    """One row a kind, a place and a setting: ``defined`` intervals of ``hospitals``, and ``coverage`` of those with its
    Monte Carlo error ``±``."""
    kinds = (closed_forms, of_probabilities, partial(resampled, n_resamples=n_resamples), of_sets)
    return _coverage(settings, number, dict(enumerate(kinds)))


def coverage_of_pairs(settings: Iterable[Setting], number: int) -> pd.DataFrame:
    """The same of the paired intervals of two models on the same images."""
    return _coverage(settings, number, {_PAIRED: of_pairs})


def _coverage(
    settings: Iterable[Setting], number: int, kinds: Mapping[int, Callable[[Case], Iterator[Shown]]]
) -> pd.DataFrame:
    """``kinds`` by the part of the simulation that they are of."""
    parts = []
    for setting in settings:
        hospitals = max(2, number // FEWER if setting.n_patients >= 5000 else number)
        for part, of_case in kinds.items():
            rows = [row for case in cases(setting, hospitals, part) for row in of_case(case)]
            parts.append(_counted(rows, setting, hospitals))
    return pd.concat(parts, ignore_index=True)


def _counted(rows: list[Shown], setting: Setting, hospitals: int) -> pd.DataFrame:
    facts = {
        "patients": setting.n_patients,
        "prevalence": setting.prevalence,
        "images": "1" if setting.most_images == 1 else f"1 to {setting.most_images}",
    }
    table = pd.DataFrame(rows, columns=Shown._fields).assign(**facts)
    counted = table.groupby(_KEYS, sort=False)["holds"].agg(defined="count", coverage="mean").reset_index()
    # A share of 1 in a few hospitals would claim to have no error; at 0.95 it has one.
    share = counted["coverage"].clip(upper=0.95)
    return counted.assign(hospitals=hospitals, **{"±": monte_carlo_error(share, counted["defined"].clip(lower=1))})


def beyond(table: pd.DataFrame) -> pd.DataFrame:
    """The rows where the conditions hold and coverage leaves 93 to 97 % by more than its Monte Carlo error."""
    judged = table[table["met"] & ~table["chosen"]]
    low, high = judged["coverage"] + judged["±"] < LOWEST, judged["coverage"] - judged["±"] > HIGHEST
    return judged[low | high]


def by_kind(table: pd.DataFrame) -> pd.DataFrame:
    """One row a kind: lowest and highest coverage where the conditions hold, the lowest elsewhere and after choosing.

    ``mean`` is that of all rows where they hold, ``±`` the largest Monte Carlo error among them.
    """
    rows = {}
    for kind, part in table[table["defined"] > 0].groupby("kind", sort=False):
        met, chosen = part["met"] & ~part["chosen"], part["chosen"]
        here = part[met]
        rows[kind] = {
            "cells": len(here),
            "mean": np.average(here["coverage"], weights=here["defined"]) if len(here) else np.nan,
            "lowest": here["coverage"].min(),
            "highest": here["coverage"].max(),
            "±": here["±"].max(),
            "elsewhere": part.loc[~part["met"] & ~chosen, "coverage"].min(),
            "chosen": part.loc[part["met"] & chosen, "coverage"].min(),
            "chosen elsewhere": part.loc[~part["met"] & chosen, "coverage"].min(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def report(table: pd.DataFrame, *, every_cell: bool = False) -> str:
    """The table by kind, what leaves 93 to 97 %, and on request every cell, as text."""
    number = "{:.3f}".format
    outside = beyond(table)
    lines = [
        "Coverage of 95 % intervals: where the conditions hold (mean, lowest and highest cell, Monte Carlo error),",
        "lowest elsewhere, and lowest at a threshold chosen on the same data (where they hold, elsewhere)",
        by_kind(table).to_string(float_format=number, na_rep="—"),
        f"cells where the conditions hold and coverage leaves 0.93 to 0.97 beyond Monte Carlo error: {len(outside)} of "
        f"{int((table['met'] & ~table['chosen']).sum())}",
    ]
    if len(outside):
        lines.append(outside.to_string(index=False, float_format=number))
    if every_cell:
        lines.append(table.to_string(index=False, float_format=number))
    return "\n".join(lines)
