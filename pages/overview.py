"""Overview: is this run worth my time?"""

import streamlit as st

from core.evaluation.estimates.few_patients import few_in_words
from core.runs.opening import unlabelled_in_words
from core.runs.store import Run
from dashboard import drawn, frame, gateway, outcome, state, theme, widgets, words
from dashboard.charts import overview as charts
from dashboard.overview import files, heat_maps, leaks, locked, odd_pictures, seeds, set_table, sites, steps, tables
from dashboard.overview import widgets as overview_widgets


def promised_and_delivered(run: Run, promises: tuple[tables.Promise, ...]) -> None:
    if not promises:
        widgets.notice(
            "No operating points",
            "This run has no validation images. Thresholds and the temperature are chosen on validation, so neither "
            "they nor a promise to hold test against can be known here. What test shows by itself stands below.",
        )
        return
    few = gateway.few_patients(run, tuple(split for split, found in run.evaluation_sets.items() if found.n))
    overview_widgets.headline(promises, few_in_words(few, words.class_words(run)) if few else "")
    frame.to_lock(run)
    in_counts(run, promises)
    note = (
        "Thresholds are chosen on validation. Each rate with its 95 % interval (patients as clusters) and its counts. "
        "Gaps are corrected for the choice, which flatters validation, and their intervals hold together for "
        "all these thresholds. Rules with a floor promise it, the others promise nothing."
    )
    overview_widgets.promise_table(promises, ("sensitivity", "specificity"), caption=note)
    with widgets.folded("Precision, NPV, accuracy, balanced accuracy and F1"):
        note = "These depend on the prevalence of the split. Gaps here are plain, each with an interval of its own."
        overview_widgets.promise_table(promises, ("precision", "npv"), caption=note)
        note = "Over both classes at once. Gaps here are plain, each with an interval of its own."
        overview_widgets.promise_table(promises, ("accuracy", "balanced_accuracy", "f1"), caption=note)


def in_counts(run: Run, promises: tuple[tables.Promise, ...]) -> None:
    spoken_of = tables.spoken_of(promises)
    if spoken_of is None:
        drawn.text("No threshold was reached on validation, so no image is found or missed.")
        return
    noun = "images" if run.checkpoint is None else "radiographs"
    rule = theme.RULES.get(spoken_of.name, spoken_of.name)
    titles = {"validation": "on validation", "test": "on test"}
    for column, (split, title) in zip(st.columns(2, gap="medium"), titles.items(), strict=True):
        found = tables.outcome(run, spoken_of, split)
        if found is not None:
            with column:
                outcome.show(f"{rule}, {title}", found, words.class_words(run), noun)


def discrimination(run: Run) -> None:
    table = tables.discrimination(run)
    figures = {name: gateway.set_figures(run, name) for name, found in run.evaluation_sets.items() if found.n}
    gaps = gateway.set_gaps(run, "test") if {"validation", "test"} <= figures.keys() else {}
    found = (figures.get("validation", {}), figures.get("test", {}), gaps)
    if said := set_table.in_words(*found):
        widgets.sentence(said)
    widgets.figure(
        charts.discrimination_figure(table, dark=state.dark()),
        key="discrimination",
        table=table,
        alt=words.discrimination_in_words(table),
        name="auroc-auprc",
        sets=words.sets_in_words(table["split"].unique()),
    )
    with widgets.folded("The same in numbers, with Brier score and calibration slope"):
        set_table.set_table(*found)


def images(run: Run) -> None:
    table, classes = gateway.drawn(run, "composition", (), lambda: tables.composition(run)), words.class_words(run)
    widgets.figure(
        charts.composition_figure(table, classes, dark=state.dark()),
        key="composition",
        table=table,
        alt=words.composition_in_words(table, classes),
        name="images",
        sets=words.sets_in_words(table["split"]),
    )
    widgets.small_table(tables.composition_for_people(table, classes), name="composition")
    if dominated := words.largest_patients(
        gateway.drawn(run, "largest shares", (), lambda: tables.largest_shares(run))
    ):
        widgets.small(dominated)
    if left_out := unlabelled_in_words(run):
        widgets.small(left_out)


def training(run: Run) -> None:
    if run.history is None:
        drawn.text("No training curve: this run was not fitted here, its predictions were imported.")
        return
    widgets.figure(
        charts.training_figure(run.history, dark=state.dark()),
        key="training",
        table=run.history,
        alt=words.training_in_words(run.history),
        name="training",
        sets="training and validation",
    )
    if run.which:
        widgets.small("One network for all findings of this run: its loss and its AUROC are means over them.")


run = frame.opened_run()
promises = tables.promises(run)
frame.heading(run)
steps.steps(run)
leaks.show(run)
odd_pictures.show(run)
with widgets.section("Promised and delivered"):
    locked.show(run)
    promised_and_delivered(run, promises)
frame.link("operating_point", "Explore the operating point")
with widgets.section("How well the scores part the classes"):
    discrimination(run)
if (spread := seeds.found(run)) is not None:
    with widgets.section("How far it moves with the fit"):
        seeds.show(run, spread)
if run.sites.whole or run.sites.problems:
    with widgets.section("Other hospitals"):
        sites.show(run)
with widgets.section("Who is in it, and how it was fitted"):
    who, how = st.columns(2, gap="medium")
    with who, widgets.calm():
        images(run)
        widgets.label("How the truth was found")
        files.truth(run)
    with how, widgets.calm():
        training(run)
with widgets.section("What was left out, and what leaks"):
    left_out, shared = st.columns(2, gap="medium")
    with left_out, widgets.calm():
        files.skipped(run)
        files.changed(run)
        files.seal(run)
    with shared, widgets.calm():
        files.leaking(run)
with widgets.section("Where the network looks"):
    heat_maps.strip(run)
