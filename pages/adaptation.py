"""Adapt to a site: how many local cases are needed?"""

import streamlit as st

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.local_site import Site, sets_of
from core.runs.store import Run
from dashboard import drawn, frame, gateway, state, theme, widgets, words
from dashboard.adaptation import how_many as cases
from dashboard.adaptation import widgets as site_widgets
from dashboard.adaptation import without_labels
from dashboard.adaptation import words as sentences
from dashboard.charts import adaptation as charts


def adapted(run: Run, reported: str, found: Site, floor: tuple[str, str]) -> None:
    ways = {way.name: way for way in found.ways}
    text = sentences.headline(
        ways, {name: own["rest"] for name, own in found.rates.items()}, floor, named=theme.set_name(reported)
    )
    widgets.callout("", text, warn=bool(ways["guarantee"].reason))
    site_widgets.ways_table(found, floor, state.scale(run), caption=sentences.CHOSEN)
    with widgets.folded("How each way adapts, and what it does to the probabilities"):
        drawn.text(sentences.HOW_WAYS)
        site_widgets.errors_table(found, caption="On the rest of the set, each with its 95 % interval.")


def sets(run: Run, reported: str, found: Site) -> None:
    share = site_widgets.level()
    made, classes = sets_of(found, share), words.class_words(run)
    escaped = theme.escaped(classes)
    widgets.figure(
        charts.sets_figure(made.given, sentences.set_names(escaped), escaped, dark=state.dark()),
        key="sets",
        alt=sentences.sets_alt(made.given, sentences.set_names(classes), classes),
        table=sentences.sets_for_download(made.given, classes),
        name="prediction-sets",
        sets=f"the rest of {theme.set_name(reported)}",
    )
    widgets.tiles([(f"Truth in the set, {classes[label]}", made.covered[label]) for label in (0, 1)])
    widgets.small(sentences.sets(made.calibrated, made.given, share))
    widgets.small(sentences.ON_AVERAGE)


def how_many(run: Run, reported: str, floor: tuple[str, str]) -> None:
    threshold, whole = state.threshold(run), run.predictions(reported)
    prevalence = whole.n_pos / whole.n
    now = rates(gateway.sweep(run, reported), threshold)
    text = cases.cases(floor, prevalence, now[floor[0]].value, words.class_words(run), named=theme.set_name(reported))
    widgets.callout("", text, warn=False)
    with st.spinner(f"Drawing sites from {theme.set_name(reported)}"):
        drawn = gateway.repeated_sites(run, reported, threshold, floor)
    if not drawn.empty:
        widgets.figure(
            charts.spread_figure(drawn, floor, dark=state.dark()),
            key="spread",
            table=drawn,
            alt=cases.draws_alt(drawn, floor),
            name=f"sites-drawn-from-{reported}",
            sets=theme.set_name(reported),
        )
        widgets.small(cases.draws(drawn, floor))
    table = cases.cases_table(prevalence, now["sensitivity"].value, now["specificity"].value, floor)
    widgets.small_table(table, name="local-cases")
    widgets.small(cases.HOW_CASES)


run = frame.opened_run()
frame.heading(run)
reported = frame.reading_bar(run, against_validation=True)
if reported is None:
    frame.to_lock(run)
    if not run.hidden:
        widgets.notice("There is nothing to evaluate on", words.only_split("validation"))
else:
    found, whole, named = None, run.predictions(reported), theme.set_name(reported)
    with widgets.section("The threshold, adapted to local cases"):
        floor = site_widgets.floor_controls()
        found = site_widgets.site(run, reported, state.threshold(run), floor)
        if found is not None:
            adapted(run, reported, found, floor)
            widgets.small(sentences.sample(found.local, found.rest, whole, words.class_words(run), named=named))
    if found is not None:
        with widgets.section("Sets instead of a threshold"):
            sets(run, reported, found)
    with widgets.section("What images buy without labels"):
        without_labels.show(run, reported)
    with widgets.section("How many local cases for how much certainty?"):
        how_many(run, reported, floor)
