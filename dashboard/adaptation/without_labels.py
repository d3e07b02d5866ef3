"""What images of a site buy without a label, each shown with what it does where there are labels."""

from __future__ import annotations

import math

import streamlit as st

from core.errors import WorkbenchError
from core.evaluation.estimates.intervals import Estimate
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets
from dashboard.adaptation import words
from dashboard.controls import bound
from dashboard.html_number import number
from dashboard.html_table import Row, cell, table
from dashboard.places import folder_of

SIZE = state.Choice[int]("batch_norm_images", read=state.whole)
ASKED = state.Note[tuple[object, int]]("batch_norm_asked")
EM = (
    "Expectation maximisation (Saerens, Latinne and Decaestecker 2002) on the scores alone. The threshold moves so "
    "that it keeps its probability at the inferred prevalence. Where anything but the prevalence has changed, both are "
    "wrong, and without labels that cannot be seen."
)
BATCH_NORM = (
    "Each layer's means and variances are taken from these images instead of the fit's; no weight changes (Li and "
    "others 2017, Schneider and others 2020). All logits move, so a threshold that was chosen on validation is carried "
    "over, not chosen. It can lose as well as gain, and whoever uses it scores every image so: an offer, no promise."
)


def show(run: Run, reported: str) -> None:
    """Both offers for the set ``reported``, whose labels only judge them."""
    threshold = state.threshold(run)
    _prevalence(run, reported, threshold)
    widgets.label("Batch-norm statistics of the site's images")
    sizes = gateway.batch_norm_sizes(run, reported)
    if not sizes:
        widgets.small(_no_statistics(run))
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        asked = SIZE.value(50)
        size = min(sizes, key=lambda one: abs(one - asked))
        bound(
            st.select_slider, "Images, one a patient", sizes, key=SIZE.widget, value=size, keep=SIZE.choose, width=300
        )
        key = (run.key, reported)
        st.button("Score the others with them", key="batch_norm_go", on_click=ASKED.keep, args=((key, size),))
    if ASKED.value((None, 0)) == (key, size):
        _statistics(run, reported, size, threshold)
    widgets.small(BATCH_NORM)


def _prevalence(run: Run, reported: str, threshold: float) -> None:
    widgets.label("The prevalence, from the scores alone")
    by = gateway.by_prevalence(run, reported, threshold)
    if by is None:
        widgets.small("It takes calibrated probabilities, and images of both classes on validation.")
        return
    found = by.found
    widgets.callout("", _said(found.prevalence, found.warning, gateway.prevalence(run, reported)), warn=True)
    if math.isnan(by.threshold):
        return
    rows = [
        _row("As it is", cell(theme.EM_DASH, ""), gateway.set_figures_at(run, reported, threshold), threshold),
        _row(
            "By the inferred prevalence",
            cell(theme.percent(found.prevalence.value), "of the images"),
            gateway.set_figures_at(run, reported, by.threshold),
            by.threshold,
        ),
    ]
    table(_columns("Inferred"), rows, name="inferred-prevalence", caption=f"On {theme.set_name(reported)}. {EM}")


def _said(found: Estimate, warning: str, true: Estimate) -> str:
    if math.isnan(found.value):
        return f"The prevalence cannot be told from the scores: {warning}."
    inferred = f"{theme.percent(found.value)} ({_percents(found)})"
    return (
        f"From the scores alone one would infer a prevalence of {inferred}, {warning}. By the labels it is "
        f"{theme.percent(true.value)} ({_percents(true)})."
    )


def _statistics(run: Run, reported: str, size: int, threshold: float) -> None:
    bar = st.progress(0.0, "Scoring")

    def progress(done: int, total: int) -> None:
        bar.progress(done / total, f"Scoring {done:,} of {total:,}")

    try:
        found = gateway.batch_norm(run, reported, folder_of(run, reported), size, progress)
    except WorkbenchError as error:
        widgets.notice("This cannot be tried here", "It takes the images of the set.", detail=str(error))
        return
    finally:
        bar.empty()
    before, after = (gateway.figures_at(scored, threshold) for scored in (found.before, found.after))
    widgets.callout("", words.rescored(found.used, before, after, named=theme.set_name(reported)))
    rows = [
        _row("As it is", cell("the fit's", "statistics"), before, threshold),
        _row("With the site's statistics", cell(f"{found.used} images", "without labels"), after, threshold),
    ]
    rest = theme.counted(found.before.n, "image")
    caption = (
        f"Both on the same {rest} of {theme.counted(found.before.n_patients, 'patient')} of "
        f"{theme.set_name(reported)}, none of whom gave statistics."
    )
    table(_columns("Statistics"), rows, name="batch-norm", caption=caption)


def _columns(fitted: str) -> tuple[str, ...]:
    return ("Way", fitted, "Threshold", "Sensitivity", "Specificity", "AUROC")


def _row(name: str, fitted: str, figures: object, threshold: float) -> Row:
    assert isinstance(figures, dict)
    return name, [fitted, cell(theme.logit(threshold), "logit"), *map(number, figures.values())]


def _no_statistics(run: Run) -> str:
    if run.checkpoint is None:
        return "This run has no network: its predictions were imported, and nothing can be scored again."
    return "The set has too few patients to take statistics from some and judge them on others: 32 are needed."


def _percents(found: Estimate) -> str:
    if math.isnan(found.low) or math.isnan(found.high):
        return theme.NO_INTERVAL
    return theme.percent_range(found.low, found.high)
