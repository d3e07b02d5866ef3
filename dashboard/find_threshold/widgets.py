"""The answer of Find a threshold: the headline, its evidence, the picture, and what another set delivers."""

from __future__ import annotations

import html
from functools import partial

import streamlit as st

from core.evaluation.choosing.answer import Answer
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, predictive_values_at, rates
from core.evaluation.choosing.requirement import Requirement
from core.runs.store import Run
from dashboard import called, drawn, frame, gateway, outcome, state, theme, widgets, words
from dashboard.charts.find_threshold import search_figure
from dashboard.find_threshold import words as sentences
from dashboard.html_number import logit


def headline(run: Run, requirement: Requirement, answer: Answer) -> None:
    """The threshold and the button that takes it, or why there is none and what would be needed."""
    scale, found = state.scale(run), answer.found
    if isinstance(found, Unreachable):
        refusal = html.escape(sentences.refusal(found, words.class_words(run)))
        drawn.html(f"<div class='tw-callout tw-warn'><strong>No threshold does this.</strong> {refusal}</div>")
        if requirement.confidence:
            widgets.small(sentences.merely_shown(gateway.fallback(run, requirement), partial(called.threshold, run)))
        return
    probability = html.escape(theme.probability(scale.probability(found.threshold)))
    there = called.in_clinic(run, found.threshold)
    clinic = f"<span class='tw-small tw-wrap'>{html.escape(there)}</span>" if there else ""
    drawn.html(
        f"<div class='tw-callout'><div class='tw-tile'><span class='tw-label'>Threshold "
        f"({html.escape(called.scale_name(run))})</span><span class='tw-value'>{probability}</span>"
        f"{logit(found.threshold, scale.unit)}{clinic}</div>"
        f"{html.escape(sentences.rule_of(found))}</div>"
    )
    rule = found.rule if requirement.confidence else f"{found.rule}, as observed on validation"
    in_use = state.threshold(run) == found.threshold and state.rule(run) == rule
    st.button(
        "In use" if in_use else "Use this threshold",
        key="use_threshold",
        type="primary",
        disabled=in_use,
        on_click=state.set_threshold,
        args=(run, found.threshold),
        kwargs={"rule": rule},
    )
    if in_use:
        frame.way_on(run, "operating_point", "lock", "delivery")


def evidence(run: Run, requirement: Requirement, answer: Answer) -> None:
    """What validation says of the threshold, and how far that can be trusted."""
    found, classes = answer.found, words.class_words(run)
    if isinstance(found, Unreachable):
        return
    for floor in answer.floors:
        drawn.html(f"<p class='tw-sentence'>{html.escape(sentences.guaranteed(floor, requirement, classes))}</p>")
    tiles(run, "validation", found, requirement)
    sweep = gateway.sweep(run, "validation")
    prevalence = float(requirement.prevalence_of(sweep))
    together = sweep.correlation_at(found.threshold)
    weighed = sentences.weighed(requirement, rates(sweep, found.threshold), together, prevalence)
    if weighed is not None:
        drawn.html(f"<p class='tw-sentence'>{html.escape(sentences.weighed_line(*weighed))}</p>")
    if answer.uncertainty is not None:
        widgets.small(sentences.uncertainty(answer.uncertainty, state.scale(run), smooth=requirement.smooth))
    widgets.small(sentences.OPTIMISTIC)
    if requirement.confidence:
        tried = () if requirement.every_floor else state.take_try(run, requirement)
        widgets.small(f"{sentences.like_validation(requirement, tried)} {sentences.freshness(run)}")


def tiles(run: Run, split: str, found: OperatingPoint, requirement: Requirement) -> None:
    """Sensitivity, specificity, PPV and NPV of one split; the last two at the prevalence that is spoken of."""
    sweep = gateway.sweep(run, split)
    estimates = rates(sweep, found.threshold)
    named = [(theme.RATES[rate], estimates[rate]) for rate in ("sensitivity", "specificity")]
    if requirement.prevalence:
        ppv, npv = predictive_values_at(sweep, found.threshold, float(requirement.prevalence))
        at = f"{theme.prevalence(float(requirement.prevalence))} ill, as stated"
    else:
        ppv, npv = estimates["precision"], estimates["npv"]
        at = f"{100 * sweep.n_pos / (sweep.n_pos + sweep.n_neg):.0f} % ill, as here"
    widgets.tiles([*named, (f"PPV ({at})", ppv), (f"NPV ({at})", npv)])


def in_counts(run: Run, split: str, found: OperatingPoint) -> None:
    """What the threshold means for the images of one split."""
    tp, _, tn, _ = gateway.sweep(run, split).counts(found.threshold)
    predictions, patients = run.predictions(split), gateway.patients_by_class(run, split)
    found_of = outcome.Outcome(
        split=split,
        n_pos=predictions.n_pos,
        n_neg=predictions.n_neg,
        patients_neg=patients[0],
        patients_pos=patients[1],
        found=tp,
        cleared=tn,
    )
    noun = "images" if run.checkpoint is None else "radiographs"
    chosen = split == "validation"
    title = "On validation, where it was chosen" if chosen else f"On {theme.set_name(split)}, only reported"
    outcome.show(title, found_of, words.class_words(run), noun)


def picture(run: Run, requirement: Requirement, answer: Answer) -> None:
    """What was asked, along all thresholds of validation."""
    lines, scale, found = gateway.search_lines(run, requirement), state.scale(run), answer.found
    prevalence = float(requirement.prevalence_of(gateway.sweep(run, "validation")))
    names, limits, title, axis = sentences.lines_drawn(requirement, prevalence)
    chosen = found.threshold if isinstance(found, OperatingPoint) else None
    drawing = search_figure(lines, names, limits, title=title, axis=axis, chosen=chosen, scale=scale, dark=state.dark())
    widgets.figure(
        drawing,
        key="search",
        alt=sentences.lines_in_words(lines, names, found, scale),
        table=lines,
        name="search",
        sets="validation",
        threshold="threshold: none" if chosen is None else called.in_pictures(run, chosen),
    )


def delivered(run: Run, reported: str, requirement: Requirement, found: OperatingPoint) -> None:
    """What a set delivers at the threshold, and whether it differs from what validation shows."""
    tiles(run, reported, found, requirement)
    with st.spinner("Choosing again on resamples of validation"):
        differing = gateway.requirement_differences(run, reported, requirement, found.threshold)
    for rate, own in differing.items():
        named, chosen = theme.set_name(reported), not requirement.confidence
        widgets.small(sentences.gap(theme.RATES[rate], own, named, chosen=chosen))
