"""Test figures that stay out of sight until a threshold is locked: the one way by which they reach pages and reports.

Whether a run hides its test figures is said when it is made (``train.py --hide-test``, ``python -m core import
--hide-test``) and stands in its manifest, so in the root of the chain of its decisions. The first threshold that is
locked reveals them, for good; in a run with several findings that of its own finding alone. It hides, it does not
secure: ``predictions.parquet`` and ``metrics.json`` hold them, and the log can be deleted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import RunFolderError
from core.evaluation.predictions import Predictions
from core.runs.decision_log import DecisionLog
from core.runs.decisions import read_decisions
from core.runs.reading import Run, read_run
from core.runs.sites import NO_SITES

LOCKED, REVEALED = "locked", "revealed"
"""Events of the log: a threshold was signed for, and test figures came into sight by it."""

SENTENCE = (
    "Test figures are hidden until a threshold is locked on validation. This hides them, it does not secure them."
)


def open_run(folder: Path) -> Run:
    """The run in ``folder`` as it may be seen now. Raises as :func:`core.runs.reading.read_run`."""
    run = read_run(folder)
    return visible(run, hidden=hidden_findings(run))


def is_hidden(run: Run) -> bool:
    """Whether the test figures of ``run``, for its finding, are to be withheld now; read from its log, if it hides
    any."""
    return _may_hide(run) and nothing_revealed(run.folder, run.which)


def hidden_findings(run: Run) -> tuple[str, ...]:
    """The findings of ``run`` of which :func:`is_hidden` holds."""
    return tuple(finding for finding in run.findings if is_hidden(run.of(finding)))


def hides(run: Run, log: DecisionLog) -> bool:
    """:func:`is_hidden` as of the time of ``log``."""
    return _may_hide(run) and not revealed(log, run.which)


def _may_hide(run: Run) -> bool:
    """A run without validation hides nothing: no threshold could be locked that would reveal it."""
    return run.config.hide_test and bool(run.predictions("validation").n)


def nothing_revealed(folder: Path, which: str = "") -> bool:
    """Whether the log of the run in ``folder`` tells of no lock; a log that cannot be read tells of none."""
    try:
        return not revealed(read_decisions(folder), which)
    except RunFolderError:
        return True


def revealed(log: DecisionLog, which: str = "") -> bool:
    """Whether a threshold was locked; by an altered line too, as test was seen all the same. ``which`` is the finding
    of which this is asked, where there are several: the lock of another one reveals nothing of it."""
    return any(
        event.event in (LOCKED, REVEALED) and (not which or event.fields.get("finding") == which)
        for event in log.events
    )


def visible(run: Run, *, hidden: bool | Collection[str]) -> Run:
    """``run`` itself, or while it is ``hidden`` one that seems to have no images of test and no sites. Of several
    findings these are ``hidden``; True: all."""
    withheld: Collection[str] = run.findings if hidden is True else hidden or ()
    if not withheld:
        return run
    views: dict[str, Run] = {}
    for finding in run.findings:
        own = run.of(finding)
        views[finding] = replace(_without_test(own) if finding in withheld else own, views=views)
    return views[run.finding]


def _without_test(run: Run) -> Run:
    return replace(
        run,
        records=run.records[run.records["split"] != "test"].reset_index(drop=True),
        evaluation_sets={**run.evaluation_sets, "test": _none_of(run.predictions("test"))},
        metrics={**run.metrics, "test": None},
        sites=NO_SITES,
        hidden=True,
        unlabelled={name: count for name, count in run.unlabelled.items() if name != "test"},
    )


def _none_of(predictions: Predictions) -> Predictions:
    nothing = np.array([], dtype=object)
    return Predictions(
        image_id=nothing,
        patient_id=nothing,
        y_true=np.array([], dtype=np.int8),
        logit=np.array([], dtype=np.float64),
        subgroups=dict.fromkeys(predictions.subgroups, nothing),
    )
