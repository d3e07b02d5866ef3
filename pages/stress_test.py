"""Stress test: which shift of acquisition breaks it?"""

import streamlit as st

from core.evaluation.comparing.robustness import RATES
from core.runs.store import Run
from dashboard import called, frame, gateway, state, theme, widgets
from dashboard.charts.stress_test import rate_figure
from dashboard.stress_test import examples, running, tables
from dashboard.stress_test import widgets as stress_widgets
from dashboard.stress_test import words as sentences


def what_it_is(run: Run, split: str) -> None:
    now = called.threshold(run, state.threshold(run))
    widgets.sentence(
        f"At the threshold now, {now}: the images of {theme.set_name(split)}, each scored again as if "
        "another machine or another technician had made it. Thresholds are chosen on validation, never here."
    )


def rates(run: Run, figures: tables.Figures) -> None:
    head, text, loud = sentences.headline(figures.found, figures.areas, tables.titles())
    widgets.callout(head, text, warn=loud)
    for column, rate in zip(st.columns(2, gap="medium"), RATES, strict=True):
        with column:
            if figures.table[rate].isna().all():
                widgets.small(f"{theme.RATES[rate]}: {figures.found[0].rates[rate].reason}.")
                continue
            widgets.figure(
                rate_figure(figures.table, rate, axis=figures.axis, dark=state.dark()),
                key=f"stress_{rate}",
                alt=sentences.alternative(figures.table, rate),
                table=figures.table,
                name=rate,
                sets=tables.split(run),
            )
    widgets.small("Each row from top to bottom, small to large: mild, moderate, strong. The worst shift stands first.")


def in_numbers(run: Run, figures: tables.Figures) -> None:
    with widgets.folded("Every variant in numbers"):
        stress_widgets.variants_table(figures, caption=sentences.READING)
    with widgets.folded("What was done, and what the fit had seen before"):
        widgets.small_table(tables.definitions(run), name="shifts")
        for text in sentences.details(run, gateway.rescoring_difference(run, tables.split(run))):
            widgets.sentence(text)


def stressed(run: Run) -> None:
    with widgets.section("Which shift breaks it?"):
        figures = tables.figures_at(run)
        rates(run, figures)
        what_it_is(run, tables.split(run))
        in_numbers(run, figures)
    with widgets.section("What it looks like"):
        examples.strip(run, tables.by_worst(tables.figures_at(run).found))


run = frame.opened_run()
frame.heading(run)
if len(sets := gateway.stressed_sets(run)) > 1:
    frame.set_switch("Images of", sets, tables.split(run))
if run.checkpoint is None:
    widgets.notice("No stress test", sentences.NO_IMAGES)
else:
    done, total = gateway.images_stressed(run, tables.split(run))
    if done == total:
        stressed(run)
    else:
        with widgets.section("Which shift breaks it?"):
            what_it_is(run, tables.split(run))
            running.offer(run)
