"""Calibration: does 80 % mean 80 %?"""

import streamlit as st

from core.runs.store import Run
from dashboard import frame, gateway, state, theme, widgets, words
from dashboard.calibration import widgets as calibration_widgets
from dashboard.calibration import words as sentences
from dashboard.charts import calibration as charts
from dashboard.scale import CALIBRATED, RAW, scales

TITLES = {RAW: "Before temperature scaling", CALIBRATED: "After temperature scaling"}
RECALIBRATIONS = {"temperature": "Temperature", "platt": "Platt", "isotonic": "Isotonic"}


def diagrams(run: Run, shown: list[str]) -> None:
    split, classes, finding = state.split(run), words.class_words(run), words.finding(run)
    few = gateway.few_patients(run, (split,))
    for column, scale in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
        found = gateway.reliability(run, split, scale, state.BINNING.among(list(theme.BINNINGS)), state.BINS.value(10))
        with column:
            widgets.figure(
                charts.reliability_figure(
                    found.bins, found.counts, classes, title=TITLES[scale], solid=split == "test", dark=state.dark()
                ),
                key=f"reliability_{scale}", alt=sentences.diagram(found.bins, classes, finding, TITLES[scale], few),
                table=sentences.bins_for_download(found.bins), file_name=f"{run.run_id}-{split}-reliability-{scale}",
            )  # fmt: skip
            widgets.sentence(sentences.telling(found.bins, classes, finding, few))
            with st.expander("Every bin in numbers"):
                widgets.small_table(sentences.bins_table(found.bins, classes))


def temperature(run: Run) -> None:
    if run.calibration is None:
        widgets.notice("No temperature", sentences.NO_VALIDATION)
        return
    found = gateway.temperature(run)
    few = gateway.few_patients(run, ("validation",))
    head, meaning = sentences.temperature(found.temperature, words.class_words(run), at_bound=found.at_bound, few=few)
    widgets.callout(head, meaning, warn=found.at_bound)
    has_test = run.hidden or "test" in state.splits(run)
    widgets.sentence(sentences.where_fitted(state.split(run), words.class_words(run), has_test=has_test))


def measures(run: Run) -> None:
    with st.spinner("Drawing patients anew"):
        changes = gateway.calibration_changes(run, state.split(run))
    calibration_widgets.change_table(changes, caption=sentences.HOW_INTERVALS)


def comparison(run: Run) -> None:
    """Computed once it is opened."""
    folded = st.expander("Platt scaling and isotonic regression", key="comparison", on_change="rerun")
    if folded.open:
        with folded, widgets.calm(), st.spinner("Drawing patients anew"):
            other_ways(run)


def other_ways(run: Run) -> None:
    curves = gateway.recalibration_curves(run)
    if "platt" not in curves:
        st.text("They cannot be fitted: validation needs images of both classes and different scores.")
        return
    split = state.split(run)
    errors = gateway.recalibration_errors(run, split)
    calibration_widgets.comparison_table(
        gateway.calibration_changes(run, split), {RECALIBRATIONS[name]: found for name, found in errors.items()},
        caption=sentences.FOR_COMPARISON,
    )  # fmt: skip
    widgets.figure(
        charts.recalibration_figure(curves, RECALIBRATIONS, dark=state.dark()), key="recalibration", table=curves,
        alt=sentences.recalibration(curves, RECALIBRATIONS), file_name=f"{run.run_id}-recalibration",
    )  # fmt: skip


run = frame.opened_run()
calibrated = CALIBRATED in scales(run.calibration)
frame.heading(run)
frame.reading_bar(run, scale=False)
with widgets.section("Does 80 % mean 80 %?"):
    calibration_widgets.bin_controls()
    diagrams(run, [RAW, CALIBRATED] if calibrated else [RAW])
with widgets.section("The temperature"):
    temperature(run)
with widgets.section("How far off, before and after"):
    measures(run)
    if calibrated:
        comparison(run)
