"""Write the figures of docs/walkthrough.md anew, between their markers, from the run that `make demo` makes.

    python docs/make_walkthrough.py [--out runs] [--demo demo] [--real ID]

A marker is ``<!--RUN.NAME-->text<!--/-->``, where RUN is demo or real. Figures of the radiographs stay as they are
unless their run is named. Both runs must have been put to the stress test (`python -m core stress RUN`).
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from core.errors import RunFolderError
from core.evaluation.choosing.operating_point import OperatingPoint, rates
from core.evaluation.comparing.robustness import worst
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.worth.outlook import outlook
from core.runs.store import Run, find_run, read_run
from core.telling.scale import CALIBRATED, scales
from dashboard import gateway, theme, words
from dashboard.delivery import words as of_delivery
from dashboard.question import FIRST, read
from dashboard.stress_test.words import called
from dashboard.utility import clinic as of_clinic

ROOT = Path(__file__).resolve().parent.parent
WALKTHROUGH = ROOT / "docs" / "walkthrough.md"
FLOOR = ("sensitivity", "0.95")
"""What is asked for, as the page opens."""
CLINIC, SAMPLE = 0.2, 100
"""The clinic's prevalence, and how many patients of test play the local cases."""

_MARKED = re.compile(r"(<!--(demo|real)\.(\w+)-->)(.*?)(<!--/-->)", re.DOTALL)


def written(text: str, figures: Mapping[str, Mapping[str, str]]) -> str:
    """``text`` with the figures of each run in ``figures`` (by run, then by name) between their markers.

    KeyError for a marker whose figure a run that is given does not have.
    """

    def figure(found: re.Match[str]) -> str:
        start, run, name, _, end = found.groups()
        return f"{start}{figures[run][name]}{end}" if run in figures else found[0]

    return _MARKED.sub(figure, text)


def figures_of(run: Run) -> dict[str, str]:
    """Every figure of the walkthrough, as the pages write it. RunFolderError without a stress test."""
    threshold, figures = choice(run)
    for part in PARTS:
        figures |= part(run, threshold)
    return figures


def choice(run: Run) -> tuple[float, dict[str, str]]:
    """The threshold, a logit, that Find a threshold gives as it opens, and what it says of it. RunFolderError without
    one."""
    requirement, _ = read(FIRST)
    assert requirement is not None
    answer = gateway.threshold_answer(run, requirement)
    if not isinstance(answer.found, OperatingPoint):
        raise RunFolderError(f"{run.folder}: no threshold to walk with: {answer.found.reason}")
    (floor,), point = answer.floors, answer.found
    return point.threshold, {
        "threshold": theme.probability(scales(run)[CALIBRATED].probability(point.threshold)),
        "patients": theme.count(floor.patients),
        "hits": f"{theme.count(floor.hits)} of {theme.count(floor.patients)}",
        "bound": theme.probability(floor.bound),
        "missed": f"{theme.count(point.fn)} of {theme.count(point.tp + point.fn)}",
        **_rates(run, "validation", point.threshold),
    }


def clinic(run: Run, threshold: float) -> dict[str, str]:
    """A thousand children by each set's rates, and what the threshold is worth there by validation's."""
    figures: dict[str, str] = {}
    for split in ("validation", "test"):
        found = rates(gateway.sweep(run, split), threshold)
        children = outlook(found["sensitivity"].value, found["specificity"].value, CLINIC)
        assert children is not None
        figures |= {
            f"{split}_{name}": theme.count(getattr(children, name))
            for name in ("found", "missed", "alarmed", "cleared")
        }
    worth = gateway.worth_in_clinic(run, "validation", threshold, CLINIC)
    assert worth is not None
    return figures | {
        "price": of_clinic.price(worth, words.class_words(run)[1]).removesuffix(_YOURS),
        "worth": of_clinic.verdict(worth),
    }


def delivery(run: Run, threshold: float) -> dict[str, str]:
    """Both claims about test, and what moved."""
    promised = gateway.deliveries(run, "test", threshold, (FLOOR,), 0.0)
    floors = tuple({"specificity": "0.90", FLOOR[0]: FLOOR[1]}.items())
    differences = gateway.differences(run, "test", floors, (threshold,))[threshold]
    shift, few = gateway.dataset_shift(run, "test"), gateway.few_patients(run, ("validation", "test"))
    counts, classes = gateway.sweep(run, "test").counts(threshold), words.class_words(run)
    return {
        **_rates(run, "test", threshold),
        "verdict": promised.rates[FLOOR[0]].judgement.verdict.value,
        "differs": of_delivery.difference(differences, classes, few, named="test")[0],
        "moved": of_delivery.conclusion(shift, differences, classes, few, named="test")[0],
        "alarmed": f"{theme.count(counts[1])} of {theme.count(counts[1] + counts[2])}",
    }


def stress(run: Run, threshold: float) -> dict[str, str]:
    """The worst variant for specificity, and whether sensitivity falls under any."""
    found, titles = gateway.under_shifts(run, threshold), {shift.name: shift.title for shift in gateway.shifts()}
    fall = worst(found, "specificity")
    return {
        "unshifted": theme.rate(found[0].rates["specificity"].value),
        "shift": "none falls clearly" if fall is None else called(fall, titles),
        "shifted": theme.EM_DASH if fall is None else _with_interval(fall.rates["specificity"]),
        "sensitivity_shifted": "no clear fall"
        if (lost := worst(found, "sensitivity")) is None
        else f"falls, {called(lost, titles)}: {_with_interval(lost.rates['sensitivity'])}",
    }


def site(run: Run, threshold: float) -> dict[str, str]:
    """The rest of test after adapting to a sample of it."""
    found = gateway.drawn_site(run, "test", SAMPLE, 0, threshold, FLOOR)
    ill = found.local.patient_id[found.local.y_true == 1]
    figures = {"local_ill": theme.count(len(np.unique(ill)))}
    for way in ("unadapted", "intercept", "guarantee"):
        rest = found.rates.get(way, {}).get("rest", {})
        for rate in ("sensitivity", "specificity"):
            figures[f"{way}_{rate}"] = _with_interval(rest[rate]) if rest else theme.EM_DASH
    return figures


PARTS: tuple[Callable[[Run, float], dict[str, str]], ...] = (clinic, delivery, stress, site)

_YOURS = " If that is not your price, another threshold is yours."


def _rates(run: Run, split: str, threshold: float) -> dict[str, str]:
    found = rates(gateway.sweep(run, split), threshold)
    return {f"{split}_{rate}": _with_interval(found[rate]) for rate in ("sensitivity", "specificity")}


def _with_interval(found: Estimate) -> str:
    return f"{theme.rate(found.value)} ({theme.interval(found)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "runs", help="where runs lie")
    parser.add_argument("--demo", default="demo", help="id of the run on the phantoms")
    parser.add_argument("--real", help="id of the run on the radiographs")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)  # streamlit's, that its caches work without a server
    names = {"demo": arguments.demo} | ({"real": arguments.real} if arguments.real else {})
    try:
        figures = {name: figures_of(read_run(find_run(run, arguments.out))) for name, run in names.items()}
    except RunFolderError as error:
        sys.exit(f"error: {error}")
    WALKTHROUGH.write_text(written(WALKTHROUGH.read_text(encoding="utf-8"), figures), encoding="utf-8")


if __name__ == "__main__":
    main()
