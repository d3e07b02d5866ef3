"""All that is said of a run before any of its figures, in one order for the terminal, the report and the Overview."""

from __future__ import annotations

from core.runs.leakage import leakage_in_words
from core.runs.odd_scores import odd_scores_in_words
from core.runs.reading import Run
from core.runs.said import Said


def said_first(run: Run) -> list[Said]:
    """Warnings about its scores, then what it shares with the data of the fit; [] where nothing is the matter.

    ``run`` is as it may be seen: of a hidden test no figure is among them.
    """
    return [*odd_scores_in_words(run), *leakage_in_words(run)]
