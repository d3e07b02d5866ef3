"""Suspected label errors: how they are ranked, which are marked, and figures without those marked as label errors."""

from __future__ import annotations

import pandas as pd

from core.evaluation.estimates.intervals import Estimate
from dashboard import gateway, theme, widgets
from dashboard.gallery import words
from dashboard.gallery.view import View


def ranking(view: View) -> None:
    """How the images are ranked, and what reviewers said of them so far."""
    marks = [view.marks.get(str(view.predictions.image_id[row]), ()) for row in view.rows]
    errors = sum(any(mark.label_error for mark in own) for own in marks)
    widgets.small(words.suspected(errors, sum(bool(own) for own in marks), len(view.rows)))


def without_label_errors(view: View) -> None:
    """The sensitivity analysis: figures of all images, and of those that fewer reviewers marked as label errors."""
    rows = analysis(view)
    if len(rows) < 2:
        widgets.small(words.NO_LABEL_ERRORS)
        return
    widgets.small_table(rows, name="without-label-errors")
    widgets.small(words.WITHOUT_LABEL_ERRORS)


def analysis(view: View) -> pd.DataFrame:
    """One row for all images, and one for each number of reviewers who agree that a label is wrong, as text cells."""
    votes = {image_id: sum(mark.label_error for mark in own) for image_id, own in view.marks.items()}
    rows = []
    for least in range(max(votes.values(), default=0) + 1):
        left_out = tuple(sorted(image_id for image_id, count in votes.items() if count >= least > 0))
        found = gateway.figures_without(view.run, view.split, left_out, view.threshold)
        rows.append(
            {
                "Images": words.without(least, len(left_out)),
                "n": theme.count(found.images),
                "AUROC": _cell(found.auroc),
                "Sensitivity": _cell(found.sensitivity),
                "Specificity": _cell(found.specificity),
            }
        )
    return pd.DataFrame(rows)


def _cell(found: Estimate) -> str:
    value, interval = theme.rate(found.value), theme.interval(found)
    return f"{value} ({interval})" if interval else value
