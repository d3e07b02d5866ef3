"""Test figures that stay out of sight until a threshold is locked: the one way by which they reach pages and reports.

Whether a run hides its test figures is said when it is made (``train.py --hide-test``, ``python -m core import
--hide-test``) and stands in its manifest, so in the root of the chain of its decisions. The first threshold that is
locked reveals them, for good. It hides, it does not secure: ``predictions.parquet`` and ``metrics.json`` hold them, and
the log can be deleted.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import RunFolderError
from core.evaluation.predictions import Predictions
from core.runs.decisions import DecisionLog, read_decisions
from core.runs.reading import Run, read_run

LOCKED, REVEALED = "locked", "revealed"
"""Events of the log: a threshold was signed for, and test figures came into sight by it."""

SENTENCE = (
    "Test figures are hidden until a threshold is locked on validation. This hides them, it does not secure them."
)


def open_run(folder: Path) -> Run:
    """The run in ``folder`` as it may be seen now. Raises as :func:`core.runs.reading.read_run`."""
    run = read_run(folder)
    return visible(run, hidden=is_hidden(run))


def is_hidden(run: Run) -> bool:
    """Whether the test figures of ``run`` are to be withheld now; read from its log, if it hides any.

    A run without validation hides nothing: no threshold could be locked that would reveal it.
    """
    return run.config.hide_test and bool(run.predictions("validation").n) and nothing_revealed(run.folder)


def nothing_revealed(folder: Path) -> bool:
    """Whether the log of the run in ``folder`` tells of no lock; a log that cannot be read tells of none."""
    try:
        return not revealed(read_decisions(folder))
    except RunFolderError:
        return True


def revealed(log: DecisionLog) -> bool:
    """Whether a threshold was locked; by an altered line too, as test was seen all the same."""
    return any(event.event in (LOCKED, REVEALED) for event in log.events)


def visible(run: Run, *, hidden: bool) -> Run:
    """``run`` itself, or while it is ``hidden`` one that seems to have no images of test."""
    if not hidden:
        return run
    return replace(
        run,
        records=run.records[run.records["split"] != "test"].reset_index(drop=True),
        evaluation_sets={**run.evaluation_sets, "test": _none_of(run.predictions("test"))},
        metrics={**run.metrics, "test": None},
        hidden=True,
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
