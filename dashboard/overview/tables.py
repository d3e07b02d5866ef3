"""Small tables out of a run: what pages show, charts draw and readers download. No streamlit, no plotly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.choosing.operating_point import FLOORS, rates
from core.evaluation.comparing.difference_from_validation import Difference
from core.evaluation.comparing.promise import Judgement
from core.evaluation.estimates.clusters import clustered_wilson, largest_share
from core.evaluation.estimates.difference import gap
from core.evaluation.estimates.intervals import Estimate
from core.runs.store import Run
from core.telling.scale import scales
from dashboard import gateway, state, theme
from dashboard.outcome import Outcome
from dashboard.words import begun

COUNTS_OF_RATE = {
    "sensitivity": (("tp",), ("fn",)),
    "specificity": (("tn",), ("fp",)),
    "precision": (("tp",), ("fp",)),
    "npv": (("tn",), ("fn",)),
    "accuracy": (("tp", "tn"), ("fp", "fn")),
}
"""The cells that count as successes and as failures of each rate that is a proportion of images."""


FLOOR_OF_RULE = {f"{rate}_{floor}": (rate, floor) for rate, floor in FLOORS.items()}
"""What the operating points of every run promise: a rate, and the x of "at least x"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """One rule: each rate on validation and on test. A split that is missing is empty.

    ``threshold`` is a logit, None with a ``reason`` where the rule cannot be met; ``probability`` is what the threshold
    is called, calibrated where the run is, NaN where it is not known, and ``called`` what that number is.
    ``judgements`` holds its floored rate against test, empty for a rule without a floor; ``differences`` compares both
    rates of test with validation. Both are empty where a split is missing.
    """

    name: str
    threshold: float | None
    probability: float
    called: str = "probability"
    reason: str
    counts: Mapping[str, Mapping[str, int]]
    estimates: Mapping[str, Mapping[str, Estimate]]
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    differences: Mapping[str, Difference] = field(default_factory=dict)

    def estimate(self, split: str, rate: str) -> Estimate | None:
        return self.estimates.get(split, {}).get(rate)

    def fraction(self, split: str, rate: str) -> tuple[int, int] | None:
        """Numerator and denominator of a rate; None where it is no proportion of images or not known."""
        cells = self.counts.get(split)
        if cells is None or rate not in COUNTS_OF_RATE:
            return None
        successes, failures = (sum(cells[cell] for cell in group) for group in COUNTS_OF_RATE[rate])
        return successes, successes + failures

    def gap(self, rate: str) -> Estimate | None:
        """Test less validation; corrected for the choice where the rate is compared, else plain (Newcombe). None unless
        both splits are known."""
        if rate in self.differences:
            return self.differences[rate].corrected_gap
        validation, test = self.estimate("validation", rate), self.estimate("test", rate)
        return None if validation is None or test is None else gap(validation, test)


def promises(run: Run) -> tuple[Promise, ...]:
    """The run's operating points in the order of the rules; empty where it has none."""
    points, splits = run.operating_points or (), [split for split in ("validation", "test") if split in run.sets]
    compared: Mapping[float, Mapping[str, Difference]] = {}
    if points and len(splits) == 2:
        in_play = {float(point["threshold"]) for point in points if point.get("threshold") is not None}
        in_play |= {state.threshold(run), *(point.threshold for point in gateway.locked_points(run))}
        compared = gateway.differences(run, "test", tuple(FLOORS.items()), tuple(sorted(in_play)))
    return tuple(_promise(run, point, splits, compared) for point in points)


def _promise(
    run: Run, point: Mapping[str, Any], splits: Sequence[str], compared: Mapping[float, Mapping[str, Difference]]
) -> Promise:
    name, threshold = point["name"], point.get("threshold")
    scale = next(iter(scales(run).values()))
    found = Promise(
        name=name,
        threshold=threshold,
        probability=math.nan if threshold is None else scale.probability(threshold),
        called=scale.kind,
        reason=str(point.get("reason") or ""),
        counts={},
        estimates={},
    )
    if threshold is None:
        return found
    sweeps = {split: gateway.sweep(run, split) for split in splits}
    rate, floor = FLOOR_OF_RULE.get(name, ("", ""))
    return replace(
        found,
        counts={
            split: dict(zip(("tp", "fp", "tn", "fn"), sweep.counts(threshold), strict=True))
            for split, sweep in sweeps.items()
        },
        estimates={split: rates(sweep, threshold) for split, sweep in sweeps.items()},
        judgements={rate: gateway.judgement(run, "test", threshold, rate, floor, 0.0)} if rate and compared else {},
        differences=compared.get(threshold, {}),
    )


def widest_difference(found: Sequence[Promise]) -> tuple[Promise, str, Estimate] | None:
    """The largest loss of sensitivity or specificity that chance does not explain, else the largest such gain; None
    without one."""
    gaps = [
        (promise, rate, own.corrected_gap)
        for promise in found
        for rate, own in promise.differences.items()
        if own.differs
    ]
    return max(gaps, key=lambda entry: (entry[2].value < 0, abs(entry[2].value)), default=None)


def spoken_of(found: Sequence[Promise]) -> Promise | None:
    """The rule of the headline: that of :func:`widest_difference`, else the first with a threshold; None without."""
    widest = widest_difference(found)
    if widest is not None:
        return widest[0]
    return next((promise for promise in found if promise.threshold is not None), None)


def outcome(run: Run, promise: Promise, split: str) -> Outcome | None:
    """What ``promise``'s threshold does to the images of ``split``; None where either is not known."""
    predictions, cells = run.predictions(split), promise.counts.get(split)
    if cells is None:
        return None
    return Outcome(
        split=split,
        n_pos=predictions.n_pos,
        n_neg=predictions.n_neg,
        patients_pos=predictions.patients_with(1),
        patients_neg=predictions.patients_with(0),
        found=cells["tp"],
        cleared=cells["tn"],
    )


def leakage(run: Run) -> pd.DataFrame:
    """What stands in a split and also in one it should be apart from: split, what, in it, outside it.

    Test should be apart from train and validation, and a validation split that was given from train. Empty where
    nothing was found and where nothing was looked for.
    """
    found = run.manifest.get("data", {}).get("leakage") or {}
    rows = []
    for split, prefix in (("test", ""), ("validation", "validation_")):
        images, patients = found.get(f"{prefix}images", ()), found.get(f"{prefix}patients", ())
        rows += [(split, "identical image", str(inside), str(outside)) for outside, inside in images]
        rows += [(split, "patient", str(patient), str(patient)) for patient in patients]
    return pd.DataFrame(rows, columns=["split", "what", "in it", "outside it"])


def discrimination(run: Run) -> pd.DataFrame:
    """AUROC and AUPRC by split: measure, split, value, low, high, level, method, reason (see ``Estimate``).

    Splits without images are absent.
    """
    rows = [
        {"measure": measure, "split": split, **asdict(gateway.set_figures(run, split)[measure])}
        for measure in ("auroc", "auprc")
        for split in ("validation", "test")
        if run.predictions(split).n
    ]
    table = pd.DataFrame(rows, columns=["measure", "split", "value", "low", "high", "level", "method", "reason"])
    return table.astype({"value": float, "low": float, "high": float})


def composition(run: Run) -> pd.DataFrame:
    """Who is in the run, one row a split: split, images, patients, without, with, prevalence, low, high.

    The interval of the prevalence is Wilson's with patients as clusters. Splits without images are absent.
    """
    rows = []
    for split in ("train", "validation", "test"):
        part = run.records[run.records["split"] == split]
        if len(part):
            by_patient = part.groupby("patient_id")["label"].agg(["sum", "size"]).to_numpy()
            positive, images = (int(total) for total in by_patient.sum(axis=0))
            prevalence = clustered_wilson(by_patient[:, 0], by_patient[:, 1], reason="no images")
            rows.append(
                {
                    "split": split,
                    "images": images,
                    "patients": len(by_patient),
                    "without": images - positive,
                    "with": positive,
                    "prevalence": prevalence.value,
                    "low": prevalence.low,
                    "high": prevalence.high,
                }
            )
    columns = ["split", "images", "patients", "without", "with", "prevalence", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def largest_shares(run: Run) -> dict[str, float]:
    """The share of each split's images that one patient has; splits without images are absent."""
    parts = {split: run.records.loc[run.records["split"] == split, "patient_id"] for split in theme.SPLITS}
    images = {split: np.bincount(pd.factorize(part)[0]) for split, part in parts.items()}
    return {split: largest_share(own) for split, own in images.items() if len(own)}


def composition_for_people(table: pd.DataFrame, words: tuple[str, str]) -> pd.DataFrame:
    """:func:`composition` as text cells, one row a split."""
    return pd.DataFrame(
        {
            "Set": [theme.set_title(split) for split in table["split"]],
            "Images": table["images"].map(theme.count),
            "Patients": table["patients"].map(theme.count),
            begun(words[1]): table["with"].map(theme.count),
            "Prevalence": [
                f"{theme.rate(row['prevalence'])} ({theme.limits(row['low'], row['high'])})"
                for row in table.to_dict("records")
            ],
        }
    )
