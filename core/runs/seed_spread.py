"""How far a run's figures move with the seed of its fit: those of runs NAME-seed0, NAME-seed1 and so on, together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.discrimination import auroc
from core.evaluation.sweep import threshold_sweep
from core.runs.reading import Run

NAMES = {"auroc": "AUROC", "threshold": "threshold (logit)"}
_SEED = re.compile(r"(.+)-seed(\d+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedSpread:
    """``runs`` are their ids; ``values`` (figures, runs) holds a figure of a set a row, NaN where it is undefined.

    Its index is (figure, rule, set): ``auroc`` and ``threshold`` (a logit), ``sensitivity`` and ``specificity``, the
    rates that each run's own threshold of that rule delivers on test, on validation where there is no test.
    """

    runs: tuple[str, ...]
    values: pd.DataFrame


def family(run_ids: Sequence[str], run_id: str) -> list[str]:
    """Those of ``run_ids`` that are called as ``run_id`` is, but for the number of the seed; in order of that number.

    Empty where the name has no such number.
    """
    own = _SEED.fullmatch(run_id)
    if own is None:
        return []
    found = [(int(other[2]), other[0]) for name in run_ids if (other := _SEED.fullmatch(name)) and other[1] == own[1]]
    return [name for _, name in sorted(found)]


def same_but_seed(run: Run, other: Run) -> bool:
    """Whether two runs were fitted alike but for the seed, on the same test images."""
    alike = replace(run.config, name=None, seed=0, out="") == replace(other.config, name=None, seed=0, out="")
    tests = [set(each.records.loc[each.records["split"] == "test", "image_id"]) for each in (run, other)]
    return alike and tests[0] == tests[1]


def seed_spread(runs: Sequence[Run]) -> SeedSpread:
    """The figures of one or more runs, of the sets that may be seen in all of them."""
    sets = [name for name in ("validation", "test") if all(run.predictions(name).n for run in runs)]
    figures = {run.run_id: _figures(run, sets) for run in runs}
    places = sorted(
        {place for own in figures.values() for place in own},
        key=lambda place: (_ORDER[place[0]], place[1], ["", *sets].index(place[2])),
    )
    rows = [[own.get(place, np.nan) for own in figures.values()] for place in places]
    index = pd.MultiIndex.from_tuples(places, names=["figure", "rule", "set"])
    values = pd.DataFrame(rows, index=index, columns=list(figures))
    return SeedSpread(runs=tuple(run.run_id for run in runs), values=values)


def spread_table(found: SeedSpread) -> pd.DataFrame:
    """One row a figure: in how many fits it is defined, mean, standard deviation (of n - 1), lowest and highest."""
    values = found.values
    summary = {
        "fits": values.count(axis=1),
        "mean": values.mean(axis=1),
        "sd": values.std(axis=1, ddof=1),
        "lowest": values.min(axis=1),
        "highest": values.max(axis=1),
    }
    return pd.DataFrame(summary).reset_index()


def spread_text(found: SeedSpread) -> str:
    """The same as lines for a terminal."""
    lines = [
        f"How far the figures of {len(found.runs)} fits move (seeds of split, initial weights, order and augmentation)",
        f"  {'':<44}{'fits':>5}{'mean':>9}{'SD':>9}{'lowest':>9}{'highest':>9}",
    ]
    for row in spread_table(found).to_dict("records"):
        figures = "".join(f"{row[name]:>9.4f}" if np.isfinite(row[name]) else f"{'—':>9}" for name in _COLUMNS)
        lines.append(f"  {figure_name(row['figure'], row['rule'], row['set']):<44}{row['fits']:>5}{figures}")
    return "\n".join(lines)


def figure_name(figure: str, rule: str, name: str) -> str:
    """What a row is called: ``AUROC, test``, or ``specificity, test, youden``."""
    return ", ".join(part for part in (NAMES.get(figure, figure), name, rule) if part)


_ORDER = {"auroc": 0, "threshold": 1, "sensitivity": 2, "specificity": 3}
_COLUMNS = ("mean", "sd", "lowest", "highest")


def _figures(run: Run, sets: Sequence[str]) -> dict[tuple[str, str, str], float]:
    found = {("auroc", "", name): auroc(run.predictions(name)).value for name in sets}
    points = [point for point in run.operating_points or () if point["threshold"] is not None]
    found |= {("threshold", point["name"], ""): float(point["threshold"]) for point in points}
    for name in sets[-1:]:
        sweep = threshold_sweep(run.predictions(name))
        for point in points:
            own = rates(sweep, float(point["threshold"]))
            found |= {(rate, point["name"], name): own[rate].value for rate in ("sensitivity", "specificity")}
    return found
