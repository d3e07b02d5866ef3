"""What changes from one threshold to another: the two tables of counts and their difference."""

from __future__ import annotations

import pandas as pd

from dashboard import gateway, theme, widgets
from dashboard.gallery import words
from dashboard.gallery.controls import other_threshold
from dashboard.gallery.view import View

_CELLS = ("tp", "fp", "tn", "fn")


def what_changes(view: View) -> None:
    """The choice of the other threshold, a sentence, and the counts at both."""
    other_threshold(view)
    found = gateway.changes(view.run, view.split, view.threshold, float(view.selection.other or 0.0))
    total = len(found.rows)
    way = "was negative, becomes positive" if found.become_positive else "was positive, becomes negative"
    if total:
        widgets.small(f"{theme.counted(total, 'image')} of {theme.set_name(view.split)}: each {way}.")
    widgets.small_table(counts_table(view), name="changes")


def counts_table(view: View) -> pd.DataFrame:
    """The counts at both thresholds and their difference, as text: one row a cell of the 2x2 table."""
    other = float(view.selection.other or 0.0)
    found = gateway.changes(view.run, view.split, view.threshold, other)
    now, then = (theme.probability(view.scale.probability(threshold)) for threshold in (view.threshold, other))
    return pd.DataFrame(
        {
            "Outcome": [words.OUTCOMES[cell][0] for cell in _CELLS],
            f"Now, at {now}": [theme.count(count) for count in found.before],
            f"Then, at {then}": [theme.count(count) for count in found.after],
            "Difference": [_signed(count) for count in found.difference],
        }
    )


def _signed(count: int) -> str:
    return "0" if not count else f"{'+' if count > 0 else '−'}{theme.count(abs(count))}"
