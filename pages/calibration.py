"""Calibration: does 80 % mean 80 %?"""

import streamlit as st

from core.runs.store import Run
from core.telling.scale import CALIBRATED, RAW, probabilities
from dashboard import drawn, frame, gateway, state, theme, widgets, words
from dashboard.calibration import widgets as calibration_widgets
from dashboard.calibration import words as sentences
from dashboard.charts import calibration as charts
from dashboard.gateway.calibration import Reliability

TITLES = {RAW: "Before temperature scaling", CALIBRATED: "After temperature scaling"}
FREE_TITLES = {CALIBRATED: "After Platt scaling"}
RECALIBRATIONS = {"temperature": "Temperature", "platt": "Platt", "isotonic": "Isotonic"}


def binned(run: Run, scale: str) -> Reliability:
    binning = state.BINNING.among(list(theme.BINNINGS))
    return gateway.reliability(run, state.split(run), scale, binning, state.BINS.value(10))


def diagrams(run: Run, shown: list[str]) -> None:
    split, classes, finding = state.split(run), words.class_words(run), words.finding(run)
    titles = FREE_TITLES if run.free else TITLES
    few = gateway.few_patients(run, (split,))
    told = {scale: sentences.telling(binned(run, scale).bins, classes, finding, few) for scale in shown}
    widgets.callout("", told[shown[-1]])
    calibration_widgets.bin_controls()
    for column, scale in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
        found = binned(run, scale)
        with column:
            widgets.figure(
                charts.reliability_figure(
                    found.bins,
                    found.counts,
                    classes,
                    title=titles[scale],
                    solid=split != "validation",
                    dark=state.dark(),
                ),
                key=f"reliability_{scale}",
                alt=sentences.diagram(found.bins, classes, finding, titles[scale], few),
                table=sentences.bins_for_download(found.bins),
                name=f"reliability-{scale}",
            )
            if scale != shown[-1]:
                widgets.sentence(told[scale])
            with widgets.folded("Every bin in numbers"):
                widgets.small_table(sentences.bins_table(found.bins, classes), name=f"bins-{scale}")


def platt(run: Run) -> None:
    fitted = run.calibration or {}
    widgets.callout(*sentences.platt(fitted["slope"], fitted["intercept"]))


def without_bins(run: Run, shown: list[str]) -> None:
    found = gateway.smooth_calibration(run, state.split(run))
    widgets.small_table(sentences.smooth_table(found), name="observed-over-expected")
    curves = {scale: curve for scale, (_, curve) in found.items() if curve is not None}
    if curves:
        widgets.figure(
            charts.smooth_figure(curves, words.class_words(run)[1], loud=shown[-1], dark=state.dark()),
            key="smooth_calibration",
            alt=sentences.smooth_alternative(curves),
            name="smooth-calibration",
            table=sentences.smooth_for_download(curves),
        )
    widgets.small(sentences.HOW_SMOOTH)


def temperature(run: Run) -> None:
    if run.calibration is None:
        widgets.notice("No temperature", sentences.NO_VALIDATION)
        return
    found = gateway.temperature(run)
    few = gateway.few_patients(run, ("validation",))
    at_end = gateway.temperature_at_end(run)
    head, meaning = sentences.temperature(found.temperature, words.class_words(run), at_end=at_end, few=few)
    widgets.callout(head, meaning, warn=found.at_bound)
    has_test = run.hidden or state.reported(run) is not None
    widgets.sentence(sentences.where_fitted(state.split(run), words.class_words(run), has_test=has_test))


def measures(run: Run) -> None:
    with st.spinner("Drawing patients anew"):
        changes = gateway.calibration_changes(run, state.split(run))
    calibration_widgets.change_table(changes, caption=sentences.HOW_INTERVALS)


def comparison(run: Run) -> None:
    """Computed once it is opened."""
    folded = widgets.folded("Platt scaling and isotonic regression", key="comparison", on_change="rerun")
    if folded.open:
        with folded, widgets.calm(), st.spinner("Drawing patients anew"):
            other_ways(run)


def other_ways(run: Run) -> None:
    curves = gateway.recalibration_curves(run)
    if "platt" not in curves:
        drawn.text("They cannot be fitted: validation needs images of both classes and different scores.")
        return
    split = state.split(run)
    errors = gateway.recalibration_errors(run, split)
    calibration_widgets.comparison_table(
        gateway.calibration_changes(run, split),
        {RECALIBRATIONS[name]: found for name, found in errors.items()},
        caption=sentences.FOR_COMPARISON,
    )
    widgets.figure(
        charts.recalibration_figure(curves, RECALIBRATIONS, dark=state.dark()),
        key="recalibration",
        table=curves,
        alt=sentences.recalibration(curves, RECALIBRATIONS),
        name="recalibration",
        sets="validation",
    )


run = frame.opened_run()
known = probabilities(run)
calibrated = CALIBRATED in known
frame.heading(run)
frame.reading_bar(run, scale=False)
if not known:
    reason = str((run.calibration or {}).get("reason", ""))
    widgets.notice("No probabilities", sentences.no_probability(reason))
else:
    with widgets.section("Does 80 % mean 80 %?"):
        diagrams(run, [name for name in (RAW, CALIBRATED) if name in known])
    with widgets.section("Without bins"):
        without_bins(run, [name for name in (RAW, CALIBRATED) if name in known])
    with widgets.section("Platt scaling" if run.free else "The temperature"):
        (platt if run.free else temperature)(run)
    with widgets.section("How far off, before and after"):
        measures(run)
        if calibrated and not run.free:
            comparison(run)
