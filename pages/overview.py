"""Overview: is this run worth my time?"""

import streamlit as st

from core.runs.store import Run
from dashboard import charts, frame, heat_maps, state, tables, theme, widgets, words


def promised_and_delivered(run: Run, promises: tuple[tables.Promise, ...]) -> None:
    if not promises:
        widgets.notice(
            "No operating points",
            "This run has no validation images. Thresholds and the temperature are chosen on validation, so neither "
            "they nor a promise to hold test against can be known here. What test shows by itself stands below.",
        )
        return
    widgets.headline(promises)
    caption = (
        "Thresholds are chosen on validation. Below each rate: its 95 % interval, patients as clusters, and the images."
    )
    widgets.promise_table(promises, ("sensitivity", "specificity"), caption=caption)
    with st.expander("Precision, NPV, accuracy, balanced accuracy and F1"):
        widgets.promise_table(promises, ("precision", "npv"), caption="Both depend on the prevalence of the split.")
        widgets.promise_table(promises, ("accuracy", "balanced_accuracy", "f1"), caption="Over both classes.")


def in_counts(run: Run, promises: tuple[tables.Promise, ...]) -> None:
    first = next((promise for promise in promises if promise.threshold is not None), None)
    if first is None:
        return
    noun = "images" if run.checkpoint is None else "radiographs"
    titles = {"validation": "promised on validation", "test": "delivered on test"}
    for column, (split, title) in zip(st.columns(2, gap="large"), titles.items(), strict=True):
        found = tables.outcome(run, first, split)
        if found is not None:
            with column:
                rule = theme.RULES.get(first.name, first.name)
                widgets.outcome(f"{rule}, {title}", found, words.class_words(run), noun)


def discrimination(run: Run) -> None:
    table = tables.discrimination(run)
    drawn, numbers = st.columns([3, 2], gap="large", vertical_alignment="center")
    with drawn:
        widgets.figure(
            charts.discrimination_figure(table, dark=state.dark()), key="discrimination", table=table,
            alt=words.discrimination_in_words(table), file_name=f"{run.run_id}-auroc-auprc",
        )  # fmt: skip
    with numbers:
        widgets.tiles(tables.discrimination_estimates(table))


def who_and_how(run: Run) -> None:
    who, how = st.columns(2, gap="large")
    with who:
        table, classes = tables.composition(run), words.class_words(run)
        widgets.figure(
            charts.composition_figure(table, classes), key="composition", table=table,
            alt=words.composition_in_words(table, classes), file_name=f"{run.run_id}-images",
        )  # fmt: skip
        st.table(tables.composition_for_people(table, classes), border="horizontal", hide_index=True)
    with how:
        if run.history is None:
            widgets.notice("No training curve", "This run was not fitted here: its predictions were imported.")
            return
        widgets.figure(
            charts.training_figure(run.history, dark=state.dark()), key="training", table=run.history,
            alt=words.training_in_words(run.history), file_name=f"{run.run_id}-training",
        )  # fmt: skip


def left_out(run: Run) -> None:
    st.subheader("What was left out, and what leaks", anchor=False)
    skipped, leakage = run.skipped, tables.leakage(run)
    files, leaks = st.columns(2, gap="large")
    with files:
        if skipped is None or skipped.empty:
            st.text(
                "No file was skipped." if skipped is not None else "No files were read: the predictions were imported."
            )
        else:
            st.text(f"{theme.counted(len(skipped), 'file')} skipped, with the reason:")
            st.dataframe(skipped, hide_index=True, height="content" if len(skipped) < 8 else 300, key="skipped")
    with leaks:
        if leakage.empty:
            st.text("No image and no patient stands both in test and outside it.")
        else:
            st.text(f"{theme.counted(len(leakage), 'finding')} in test and outside it; nothing was dropped:")
            st.dataframe(leakage, hide_index=True, height="content" if len(leakage) < 8 else 300, key="leakage")


run = frame.opened_run()
promises = tables.promises(run)
widgets.heading(run.run_id, synthetic=run.synthetic, facts=words.facts(run))
promised_and_delivered(run, promises)
in_counts(run, promises)
discrimination(run)
who_and_how(run)
left_out(run)
heat_maps.strip(run)
