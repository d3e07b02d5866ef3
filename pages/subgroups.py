"""Subgroups: for whom does it fail?"""

import streamlit as st

from core.evaluation.comparing.subgroups import Subgroups
from core.runs.store import Run
from dashboard import called, frame, gateway, state, widgets, words
from dashboard.charts import subgroups as charts
from dashboard.controls import choose
from dashboard.subgroups import tables
from dashboard.subgroups import words as sentences


def choice(columns: list[str]) -> str:
    """The column by which images are told apart; a switch where there are several."""
    if len(columns) == 1:
        return state.SUBGROUP.among(columns)
    return choose(st.selectbox, "Subgroups by", state.SUBGROUP, {name: name for name in columns}, width=300)


def forests(run: Run, split: str, column: str, found: Subgroups) -> None:
    measures = sentences.drawn(found)
    for start in range(0, len(measures), 2):
        for place, measure in zip(st.columns(2, gap="medium"), measures[start : start + 2], strict=False):
            rows, overall = tables.forest_rows(found, measure), found.overall.estimates[measure]
            drawing = charts.forest_figure(
                rows, overall, title=sentences.title(measure, found), axis=sentences.TITLES[measure][1],
                perfect=0 if measure == "calibration_gap" else 1,
                solid=split == "test", dark=state.dark(),
            )  # fmt: skip
            with place:
                widgets.figure(
                    drawing, key=f"forest_{measure}", alt=sentences.alternative(measure, rows, overall), table=rows,
                    file_name=f"{run.run_id}-{split}-{column}-{measure}".replace("/", "-"),
                )  # fmt: skip


def numbers(run: Run, split: str, column: str, found: Subgroups) -> None:
    errors = gateway.level_errors(run, split, column, state.scale(run).name)
    widgets.small_table(tables.figures_table(found, errors, words.class_words(run)), stack=True)
    widgets.small(sentences.SMALL)
    widgets.small(sentences.HOW)


def differences(run: Run, split: str, column: str, found: Subgroups) -> None:
    widgets.sentence(sentences.how_far(found.tests))
    by_measure = {name: rows for name in sentences.drawn(found) if len(rows := tables.difference_rows(found, name))}
    for start in range(0, len(by_measure), 2):
        pair = list(by_measure.items())[start : start + 2]
        for place, (measure, rows) in zip(st.columns(2, gap="medium"), pair, strict=False):
            drawing = charts.difference_figure(
                rows, title=f"{sentences.title(measure, found)}: level − rest", axis="difference (0 is the rest)",
                dark=state.dark(),
            )  # fmt: skip
            with place:
                widgets.figure(
                    drawing, key=f"difference_{measure}", alt=sentences.differences_alternative(measure, rows),
                    table=rows, file_name=f"{run.run_id}-{split}-{column}-{measure}-difference".replace("/", "-"),
                )  # fmt: skip
    comparisons = tables.comparisons_table(found)
    if len(comparisons):
        with st.expander("Every comparison with the rest"):
            widgets.small_table(comparisons)


run = frame.opened_run()
split, scale = state.split(run), state.scale(run)
frame.heading(run)
frame.reading_bar(run)
subgroups = run.predictions(split).subgroups
columns = [name for name, levels in subgroups.items() if any(level is not None for level in levels)]
if not columns:
    widgets.notice("No subgroups", sentences.NONE_KNOWN)
else:
    column = choice(columns)
    found = gateway.subgroups(run, split, column, state.threshold(run), scale.name)
    with widgets.section("For whom does it fail?"):
        widgets.sentence(sentences.seen_at(column, split, called.threshold(run, state.threshold(run))))
        widgets.sentence(sentences.telling(found, split))
        for sentence in sentences.what_exists(found, words.class_words(run)):
            widgets.sentence(sentence)
        forests(run, split, column, found)
    with widgets.section("How far from the rest?"):
        differences(run, split, column, found)
    with widgets.section("In numbers"):
        numbers(run, split, column, found)
