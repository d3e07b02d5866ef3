"""Overview: is this run worth my time?"""

import streamlit as st

from core.evaluation.estimates.few_patients import few_in_words
from core.runs.store import Run
from dashboard import frame, gateway, outcome, state, theme, widgets, words
from dashboard.charts import overview as charts
from dashboard.overview import files, heat_maps, odd_pictures, set_table, tables
from dashboard.overview import widgets as overview_widgets


def promised_and_delivered(run: Run, promises: tuple[tables.Promise, ...]) -> None:
    if not promises:
        widgets.notice(
            "No operating points",
            "This run has no validation images. Thresholds and the temperature are chosen on validation, so neither "
            "they nor a promise to hold test against can be known here. What test shows by itself stands below.",
        )
        return
    few = gateway.few_patients(run, tuple(state.splits(run)))
    overview_widgets.headline(promises, few_in_words(few, words.class_words(run)) if few else "")
    note = (
        "Thresholds are chosen on validation. Each rate with its 95 % interval (patients as clusters) and its counts. "
        "Gaps are corrected for the choice, which makes validation look better, and their intervals hold together for "
        "all these thresholds. Rules with a floor promise it, the others promise nothing."
    )
    overview_widgets.promise_table(promises, ("sensitivity", "specificity"), caption=note)
    with st.expander("Precision, NPV, accuracy, balanced accuracy and F1"):
        note = "These depend on the prevalence of the split. Gaps here are plain, each with an interval of its own."
        overview_widgets.promise_table(promises, ("precision", "npv"), caption=note)
        note = "Over both classes at once. Gaps here are plain, each with an interval of its own."
        overview_widgets.promise_table(promises, ("accuracy", "balanced_accuracy", "f1"), caption=note)


def in_counts(run: Run, promises: tuple[tables.Promise, ...]) -> None:
    first = next((promise for promise in promises if promise.threshold is not None), None)
    if first is None:
        st.text("No threshold was reached on validation, so no image is found or missed.")
        return
    noun = "images" if run.checkpoint is None else "radiographs"
    rule = theme.RULES.get(first.name, first.name)
    titles = {"validation": "on validation", "test": "on test"}
    for column, (split, title) in zip(st.columns(2, gap="medium"), titles.items(), strict=True):
        found = tables.outcome(run, first, split)
        if found is not None:
            with column:
                outcome.show(f"{rule}, {title}", found, words.class_words(run), noun)


def discrimination(run: Run) -> None:
    table = tables.discrimination(run)
    drawn, numbers = st.columns([2, 3], gap="medium", vertical_alignment="center")
    with drawn:
        widgets.figure(
            charts.discrimination_figure(table, dark=state.dark()), key="discrimination", table=table,
            alt=words.discrimination_in_words(table), file_name=f"{run.run_id}-auroc-auprc",
        )  # fmt: skip
    with numbers:
        figures = {name: gateway.set_figures(run, name) for name, found in run.evaluation_sets.items() if found.n}
        gaps = gateway.set_gaps(run) if {"validation", "test"} <= figures.keys() else {}
        set_table.set_table(figures.get("validation", {}), figures.get("test", {}), gaps)


def images(run: Run) -> None:
    table, classes = tables.composition(run), words.class_words(run)
    widgets.figure(
        charts.composition_figure(table, classes, dark=state.dark()), key="composition", table=table,
        alt=words.composition_in_words(table, classes), file_name=f"{run.run_id}-images",
    )  # fmt: skip
    widgets.small_table(tables.composition_for_people(table, classes))
    if dominated := words.largest_patients(tables.largest_shares(run)):
        widgets.small(dominated)


def training(run: Run) -> None:
    if run.history is None:
        st.text("No training curve: this run was not fitted here, its predictions were imported.")
        return
    widgets.figure(
        charts.training_figure(run.history, dark=state.dark()), key="training", table=run.history,
        alt=words.training_in_words(run.history), file_name=f"{run.run_id}-training",
    )  # fmt: skip


run = frame.opened_run()
promises = tables.promises(run)
frame.heading(run)
frame.link("operating_point", "Explore the operating point")
odd_pictures.show(run)
with widgets.section("Promised and delivered"):
    promised_and_delivered(run, promises)
if promises:
    with widgets.section("In patients and images"):
        in_counts(run, promises)
with widgets.section("How well the scores part the classes"):
    discrimination(run)
with widgets.section("Who is in it, and how it was fitted"):
    who, how = st.columns(2, gap="medium")
    with who, widgets.calm():
        images(run)
    with how, widgets.calm():
        training(run)
with widgets.section("What was left out, and what leaks"):
    left_out, leaks = st.columns(2, gap="medium")
    with left_out, widgets.calm():
        files.skipped(run)
        files.changed(run)
    with leaks, widgets.calm():
        files.leaking(run)
with widgets.section("Where the network looks"):
    heat_maps.strip(run)
