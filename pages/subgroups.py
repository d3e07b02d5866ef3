"""Subgroups: for whom does it fail?"""

import streamlit as st

from core.evaluation.comparing.subgroups import Subgroups
from core.evaluation.estimates.intervals import Estimate
from core.runs.exports import file_part
from core.runs.store import Run
from dashboard import called, drawn, frame, gateway, state, widgets, words
from dashboard.charts import subgroups as charts
from dashboard.subgroups import columns, tables
from dashboard.subgroups import words as sentences


def forests(split: str, column: str, found: Subgroups, seen: slice) -> None:
    measures = sentences.drawn(found)
    for start in range(0, len(measures), 2):
        for place, measure in zip(st.columns(2, gap="medium"), measures[start : start + 2], strict=False):
            rows, overall = tables.forest_rows(found, measure)[seen], found.overall.estimates[measure]
            drawing = charts.forest_figure(
                rows,
                overall,
                title=sentences.title(measure, found),
                axis=sentences.TITLES[measure][1],
                perfect=0 if measure == "calibration_gap" else 1,
                solid=split != "validation",
                dark=state.dark(),
            )
            with place:
                widgets.figure(
                    drawing,
                    key=f"forest_{measure}",
                    alt=sentences.alternative(measure, rows, overall),
                    table=rows,
                    name=f"{file_part(column)}-{measure}",
                )


def numbers(run: Run, column: str, found: Subgroups, errors: tuple[Estimate, ...]) -> None:
    table = tables.figures_table(found, errors, words.class_words(run))
    widgets.small_table(table, name=f"{file_part(column)}-figures")
    widgets.small(sentences.SMALL)
    with widgets.folded("For researchers: how levels are compared"):
        drawn.text(sentences.HOW)


def differences(column: str, found: Subgroups, seen: slice) -> None:
    widgets.sentence(sentences.how_far(found.tests))
    by_measure = {
        name: rows for name in sentences.drawn(found) if len(rows := tables.difference_rows(found, name)[seen])
    }
    for start in range(0, len(by_measure), 2):
        pair = list(by_measure.items())[start : start + 2]
        for place, (measure, rows) in zip(st.columns(2, gap="medium"), pair, strict=False):
            drawing = charts.difference_figure(
                rows,
                title=f"{sentences.title(measure, found)}: level − rest",
                axis="difference (0 is the rest)",
                dark=state.dark(),
            )
            with place:
                widgets.figure(
                    drawing,
                    key=f"difference_{measure}",
                    alt=sentences.differences_alternative(measure, rows),
                    table=rows,
                    name=f"{file_part(column)}-{measure}-difference",
                )
    comparisons = tables.comparisons_table(found)
    if len(comparisons):
        with widgets.folded("For researchers: every comparison with the rest"):
            widgets.small_table(comparisons, name=f"{file_part(column)}-comparisons")


def worst(run: Run, split: str, names: list[str], properties: gateway.Properties | None) -> None:
    found = gateway.worst_combinations(run, split, state.threshold(run), properties)
    searched = [name for name in names if properties is not None or not columns.is_of_images(run, split, name)]
    widgets.sentence(sentences.searched(found, split, searched, without_images=len(searched) < len(names)))
    table = tables.search_table(found)
    if len(table):
        widgets.small_table(table.drop(columns=tables.ADJUSTED), name="worst-combinations")
    with widgets.folded("For researchers: how combinations are searched"):
        drawn.text(sentences.SEARCH)
        if len(table):
            widgets.small_table(table[["Combination", "Rate", tables.ADJUSTED]], name="worst-combinations-adjusted")


def by_level(run: Run, split: str, by: tuple[str, ...], properties: gateway.Properties | None) -> None:
    column, scale = " and ".join(by), state.scale(run).name
    found = gateway.subgroups(run, split, by, state.threshold(run), scale, properties)
    seen = columns.page_of(len(found.groups))
    with widgets.section("For whom does it fail?"):
        widgets.sentence(sentences.telling(found, split))
        widgets.sentence(sentences.seen_at(column, split, called.threshold(run, state.threshold(run))))
        for sentence in sentences.what_exists(found, words.class_words(run)):
            widgets.sentence(sentence)
        widgets.small(sentences.WORST_FIRST)
        if any(gateway.column_of(run, split, name, properties)[1] for name in by):
            widgets.small(sentences.NUMBERS)
        if any(columns.is_of_images(run, split, name) for name in by):
            widgets.small(sentences.IMAGES)
        forests(split, column, found, seen)
    with widgets.section("How far from the rest?"):
        differences(column, found, seen)
    with widgets.section("In numbers"):
        numbers(run, column, found, gateway.level_errors(run, split, by, scale, properties))


run = frame.opened_run()
split = state.split(run)
frame.heading(run)
frame.reading_bar(run)
pictures = columns.pictures_of(run, split)
names = columns.names_of(run, split, pictures)
if not names:
    widgets.notice("No subgroups", sentences.NONE_KNOWN)
else:
    by = columns.choice(names)
    properties = columns.properties(run, split, by, pictures)
    by_level(run, split, by, properties)
    with widgets.section("The worst combination"):
        worst(run, split, names, properties)
