"""What a threshold is called: its probability, the share of ill that this belongs to, and the same at the clinic's."""

from __future__ import annotations

from core.runs.locked_points import CHOSEN_ON
from core.runs.store import Run
from dashboard import gateway, state, theme, words


def scale_name(run: Run) -> str:
    """``calibrated probability at validation's 74 % with pneumonia``, or ``raw probability``."""
    return words.scale_in_words(state.scale(run), gateway.validation_share(run), words.class_words(run)[1])


def threshold(run: Run, logit: float) -> str:
    """``0.1321 (calibrated probability at validation's 74 % with pneumonia)``."""
    return f"{theme.probability(state.scale(run).probability(logit))} ({scale_name(run)})"


def in_pictures(run: Run, logit: float) -> str:
    """What every picture says of its threshold: ``threshold 0.1321 (…), logit −1.8821``."""
    return f"threshold {threshold(run, logit)}, {state.scale(run).unit} {theme.fixed(logit, 4)}"


def in_clinic(run: Run, logit: float) -> str:
    """``0.0025 at your clinic's 5 %, if …``; empty where no clinic's prevalence was stated."""
    return words.in_clinic(state.scale(run), logit, gateway.validation_share(run), state.prevalences())


def chosen_on(run: Run, threshold: float) -> tuple[str, ...]:
    """The sets that a threshold was chosen on: as the last lock of it says, or the rule by which it was found here."""
    locked = next((point for point in reversed(gateway.locked_points(run)) if point.threshold == threshold), None)
    if locked is not None:
        return locked.chosen_on
    return state.chosen_on(run) if threshold == state.threshold(run) else CHOSEN_ON
