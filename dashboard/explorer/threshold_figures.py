"""The three figures a threshold is dragged on, drawn once and kept: a release of the threshold draws none anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

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


def scores_alone(run: Run) -> None:
    """The scores over the whole width, for the lines of two thresholds."""
    with widgets.calm():
        _scores(run, words.LINES)


def _roc(run: Run) -> None:
    _curve(run, "roc", "ROC", charts.roc_figure)


def _precision_recall(run: Run) -> None:
    _curve(run, "precision_recall", "Precision-recall", charts.precision_recall_figure)


def _curve(run: Run, kind: str, name: str, figure: Callable[..., Any]) -> None:
    look = _look(run)
    curves = gateway.curves(run)
    drawing = gateway.drawn(run, kind, tuple(look.items()), lambda: figure(curves, **look))
    csv = gateway.drawn(run, "curves", "csv", lambda: _together(curves).to_csv(index=False))
    _show(run, kind, drawing, csv, words.curve_in_words(name, curves))


def _scores(run: Run, lines: str = words.LINE) -> None:
    look = _look(run)
    bins, quartiles = gateway.scores(run)
    classes = words.class_words(run)
    drawing = gateway.drawn(
        run, "scores", tuple(look.items()), lambda: charts.scores_figure(bins, theme.escaped(classes), **look)
    )
    _show(run, "scores", drawing, bins, words.scores_in_words(quartiles, classes, lines))


def _show(run: Run, kind: str, drawing: Any, table: pd.DataFrame | str, alt: str) -> None:
    name = f"{run.run_id}-{kind.replace('_', '-')}"
    widgets.figure(drawing, key=CHARTS[kind], alt=alt, table=table, file_name=name, zoom=True)


def _look(run: Run) -> dict[str, Any]:
    return {"shown": state.split(run), "scale": state.scale(run), "dark": state.dark()}


def _together(curves: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([curve.assign(split=split) for split, curve in curves.items()], ignore_index=True)
