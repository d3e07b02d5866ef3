"""What the page Lock is made of: the state of the run, locked thresholds, and the log. What people wrote is escaped."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from core.evaluation.choosing.search import in_words
from core.evaluation.predictions import Predictions
from core.runs.decision_log import DecisionLog
from core.runs.files import DECISIONS
from core.runs.locked_points import CHOSEN_ON, LockedPoint, counts_at, receipt
from core.runs.store import Run
from core.telling.events import when
from core.telling.presets import locked_presets
from core.telling.scale import Scale
from dashboard import frame, state, theme, widgets
from dashboard.html_number import logit
from dashboard.html_table import Row, table
from dashboard.lock import words as sentences

_COLUMNS = ("Lock", "Threshold", "Rule", "Who and when", "Why", "Validation then", "Test")


def locked_table(points: Sequence[LockedPoint], scale: Scale, test: Predictions) -> None:
    """Every lock, the newest first, with its stamp, its figures at that moment, and who signed for it.

    A lock that was made while ``test`` was hidden has none of its figures; it gets those that test has now.
    """
    if not points:
        return
    with_test = test.n > 0 or any("test" in point.figures for point in points)
    columns = _COLUMNS if with_test else _COLUMNS[:-1]
    rows = [_row(point, scale, test, with_test=with_test) for point in reversed(points)]
    table(columns, rows, name="locks", caption="", group=len(columns))


def to_delivery(run: Run, points: Sequence[LockedPoint]) -> None:
    """A link for every lock, the newest first: to Promise and delivery with its threshold, where test can be seen."""
    if len(state.splits(run)) < 2:
        return
    with st.container(horizontal=True, gap="small"):
        for point in (point for point in reversed(points) if point.sound):
            (preset,) = locked_presets([point])
            frame.link(
                "delivery",
                f"What test delivers: {widgets.as_typed(point.name)}",
                {state.THRESHOLD: point.threshold, state.RULE: preset.name},
            )


def _row(point: LockedPoint, scale: Scale, test: Predictions, *, with_test: bool) -> Row:
    altered = "" if point.sound else " <span class='tw-mark tw-loud'>▲ altered</span>"
    head = (
        f"<span class='tw-wrap'>{html.escape(point.name)}</span><br>"
        f"<span class='tw-mark'>{html.escape(point.stamp)}</span>{altered}"
    )
    threshold = (
        f"<span class='tw-value'>{theme.probability(scale.probability(point.threshold))}</span>"
        f"<span class='tw-small'>{html.escape(scale.called)}</span>"
        f"{logit(point.threshold, scale.unit)}"
    )
    locked_at = f"<span class='tw-small tw-wrap'>{html.escape(when(point.time))}</span>"
    return head, [
        threshold,
        f"{_text(point.rule)}{_promise(point)}",
        f"{_text(point.who)}{locked_at}",
        _text(point.why),
        _then(point),
        *([_test(point, test)] if with_test else []),
    ]


def _text(text: str) -> str:
    return f"<span class='tw-wrap'>{html.escape(text)}</span>"


def _promise(point: LockedPoint) -> str:
    """What the lock promises; one without a floor promises nothing."""
    said = f"promises {in_words(point.floors)}" if point.floors else "promises nothing: no floor was signed"
    chosen = "" if point.chosen_on == CHOSEN_ON else f"; chosen on {', '.join(point.chosen_on)}"
    return f"<span class='tw-small tw-wrap'>{html.escape(said + chosen)}</span>"


def _then(point: LockedPoint) -> str:
    counts = point.figures.get("validation")
    return theme.EM_DASH if counts is None else _figures(counts)


def _test(point: LockedPoint, test: Predictions) -> str:
    """What test showed when this was locked, else what it shows now."""
    if "test" in point.figures:
        return _figures(point.figures["test"], "seen when it was locked")
    if not (test.n and point.sound):
        return theme.EM_DASH
    return _figures(counts_at(test, point.threshold), "unseen when it was locked")


def _figures(counts: Mapping[str, int], note: str = "") -> str:
    lines = [*sentences.caught(counts), *([note] if note else [])]
    return "".join(f"<span class='tw-small'>{line}</span>" for line in lines)


def log_section(run: Run, log: DecisionLog) -> None:
    """The check of the log, its lines, the newest hash and what to keep of it."""
    head, text, loud = sentences.check(log)
    widgets.callout(head, text, alert=loud)
    if log.events:
        widgets.listing(sentences.events_table(log), key="decisions")
    if log.newest is not None:
        widgets.label("Newest hash")
        st.code(log.newest.hash, language=None, wrap_lines=True)
        _downloads(run, log)
    _kept_hash(run, log)
    widgets.small(sentences.CHAIN)


def _downloads(run: Run, log: DecisionLog) -> None:
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Save the receipt",
            receipt(run.run_id, run.folder, log),
            key="lock_receipt",
            mime="text/plain",
            file_name=f"{run.run_id}-receipt.txt",
            on_click="ignore",
            type="primary",
        )
        st.download_button(
            "Save the log",
            log.content,
            key="lock_log",
            mime="application/jsonl",
            file_name=f"{run.run_id}-{DECISIONS}",
            on_click="ignore",
        )


def _kept_hash(run: Run, log: DecisionLog) -> None:
    typed = st.text_input(
        "Is a hash that somebody kept still in the log?",
        key=f"kept_hash {run.run_id}",
        max_chars=200,
        placeholder="64 signs, from a receipt",
    )
    if typed.strip():
        text, loud = sentences.kept(log, typed)
        widgets.callout("", text, alert=loud)
