"""What became of the newest lock: the first thing to know of a run in which a threshold was locked."""

import html

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.promise import Judgement, Verdict
from core.runs.locked_points import LockedPoint
from core.runs.store import Run
from core.telling.presets import locked_presets
from core.telling.words import both_rates
from dashboard import called, drawn, frame, gateway, state, theme
from dashboard.html_number import verdict_mark


def show(run: Run) -> None:
    """The newest lock whose line of the log is sound, what test delivers at it and what it says of its promises; the
    sets that chose it promise only. Silent without a lock."""
    point = next((point for point in reversed(gateway.locked_points(run)) if point.sound), None)
    if point is None:
        return
    head = f"Locked: {point.name}, at {called.threshold(run, point.threshold)}, {point.stamp}."
    reports = "test" in run.sets and "test" not in point.chosen_on
    judged = _judged(run, point) if reports else []
    said = [f"<strong>{html.escape(head)}</strong>", *([_delivered(run, point)] if reports else [])]
    said += [f"{theme.RATES[rate]} at least {theme.rate(own.floor)}: {verdict_mark(own)}." for rate, own in judged]
    warn = " tw-warn" if any(own.verdict is Verdict.BROKEN for _, own in judged) else ""
    drawn.html(f"<div class='tw-callout{warn}'>{' '.join(said)}</div>")
    (preset,) = locked_presets([point])
    label = "What became of its promise" if point.floors else "What test delivers at it"
    frame.link("delivery", label, {state.RULE: preset.name})


def _delivered(run: Run, point: LockedPoint) -> str:
    return f"Test delivers {both_rates(rates(gateway.sweep(run, 'test'), point.threshold))}."


def _judged(run: Run, point: LockedPoint) -> list[tuple[str, Judgement]]:
    return [
        (rate, gateway.judgement(run, "test", point.threshold, rate, floor, 0.0))
        for rate, floor in point.floors.items()
    ]
