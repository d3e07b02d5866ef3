"""What a threshold is called: its probability, the share of ill that this belongs to, and the same at the clinic's."""

from __future__ import annotations

from core.runs.store import Run
from dashboard import gateway, state, theme, words


def scale_name(run: Run) -> str:
    """``calibrated probability at validation's 74 % with pneumonia``, or ``raw probability``."""
    return words.scale_in_words(state.scale(run), gateway.validation_share(run), words.class_words(run)[1])


def threshold(run: Run, logit: float) -> str:
    """``0.1321 (calibrated probability at validation's 74 % with pneumonia)``."""
    return f"{theme.probability(state.scale(run).probability(logit))} ({scale_name(run)})"


def in_clinic(run: Run, logit: float) -> str:
    """``0.0025 at your clinic's 5 %, if …``; empty where no clinic's prevalence was stated."""
    return words.in_clinic(state.scale(run), logit, gateway.validation_share(run), state.prevalences())
