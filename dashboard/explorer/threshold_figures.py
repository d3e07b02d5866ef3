"""The three figures a threshold is dragged on, drawn once and kept: a release of the threshold draws none anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.runs.exports import frame_csv
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets, words
from dashboard.charts import threshold as charts

CHARTS = {"roc": "roc", "precision_recall": "precision_recall", "scores": "scores"}
"""Kind of chart, as the explorer calls it -> its key on the page."""


def side_by_side(run: Run) -> None:
    """ROC, precision-recall and scores, three in a row on a desk, one below the other on a phone."""
    figures = {"roc": _roc, "precision_recall": _precision_recall, "scores": _scores}
    for column, (kind, draw) in zip(st.columns(3, gap="small"), figures.items(), strict=True):
        with column, st.container(key=f"place_{kind}"), widgets.calm():
            draw(run)


def scores_alone(run: Run, thresholds: str) -> None:
    """The scores over the whole width, for the lines of two ``thresholds``, which are said in pictures of it."""
    with widgets.calm():
        _scores(run, words.LINES, thresholds)


def _roc(run: Run) -> None:
    limits = gateway.roc_band(run, state.split(run))
    _curve(run, "roc", "ROC", lambda curves, **look: charts.roc_figure(curves, limits, **look), limits)


def _precision_recall(run: Run) -> None:
    _curve(run, "precision_recall", "Precision-recall", charts.precision_recall_figure)


def _curve(run: Run, kind: str, name: str, figure: Callable[..., Any], limits: pd.DataFrame | None = None) -> None:
    look = _look(run)
    compared = state.compared(run)
    curves = {name: gateway.curve(run, name) for name in compared}
    drawing = gateway.drawn(run, kind, (compared, *look.items()), lambda: figure(curves, **look))
    csv = gateway.drawn(
        run, f"{kind}_csv", (compared, state.split(run)), lambda: frame_csv(_together(curves, state.split(run), limits))
    )
    alternative = words.curve_in_words(name, curves)
    if limits is not None:
        alternative = f"{alternative} {words.band_in_words(limits)}"
    _show(run, kind, drawing, csv, alternative)


def _scores(run: Run, lines: str = words.LINE, threshold: str = "") -> None:
    look = _look(run)
    compared = state.compared(run)
    bins, quartiles = gateway.scores(run, compared)
    classes = words.class_words(run)
    drawing = gateway.drawn(
        run, "scores", (compared, *look.items()), lambda: charts.scores_figure(bins, theme.escaped(classes), **look)
    )
    _show(run, "scores", drawing, bins, words.scores_in_words(quartiles, classes, lines), threshold=threshold)


def _show(run: Run, kind: str, drawing: Any, table: pd.DataFrame | str, alt: str, *, threshold: str = "") -> None:
    widgets.figure(
        drawing,
        key=CHARTS[kind],
        alt=alt,
        table=table,
        name=kind.replace("_", "-"),
        sets=words.sets_in_words(state.compared(run)),
        threshold=threshold,
        zoom=True,
    )


def _look(run: Run) -> dict[str, Any]:
    return {"shown": state.split(run), "scale": state.scale(run), "dark": state.dark()}


def _together(curves: Mapping[str, pd.DataFrame], shown: str, limits: pd.DataFrame | None) -> pd.DataFrame:
    """The points of all ``curves``; those of the set that is ``shown`` with the ``limits`` of its band."""
    tables = {split: curve.assign(split=split) for split, curve in curves.items()}
    if limits is not None:
        of_points = limits.iloc[1:].reset_index(drop=True).add_suffix("_everywhere")
        tables[shown] = pd.concat([tables[shown], of_points], axis=1)
    return pd.concat(list(tables.values()), ignore_index=True)
