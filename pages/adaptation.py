"""Adapt to a site: how many local cases are needed?"""

import streamlit as st

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.local_site import Site, sets_of
from core.runs.store import Run
from dashboard import frame, gateway, state, theme, widgets, words
from dashboard.adaptation import how_many as cases
from dashboard.adaptation import widgets as site_widgets
from dashboard.adaptation import words as sentences
from dashboard.charts import adaptation as charts


def adapted(run: Run, found: Site, floor: tuple[str, str]) -> None:
    ways = {way.name: way for way in found.ways}
    text = sentences.headline(ways, {name: own["rest"] for name, own in found.rates.items()}, floor)
    widgets.callout("", text, warn=bool(ways["guarantee"].reason))
    site_widgets.ways_table(found, floor, state.scale(run), caption=sentences.CHOSEN)
    with st.expander("How each way adapts, and what it does to the probabilities"):
        st.text(sentences.HOW_WAYS)
        site_widgets.errors_table(found, caption="On the rest of test, each with its 95 % interval.")


def sets(run: Run, found: Site) -> None:
    share = site_widgets.level()
    made, classes = sets_of(found, share), words.class_words(run)
    escaped = theme.escaped(classes)
    widgets.figure(
        charts.sets_figure(made.given, sentences.set_names(escaped), escaped, dark=state.dark()), key="sets",
        alt=sentences.sets_alt(made.given, sentences.set_names(classes), classes),
        table=sentences.sets_for_download(made.given, classes), file_name=f"{run.run_id}-prediction-sets",
    )  # fmt: skip
    widgets.tiles([(f"Truth in the set, {classes[label]}", made.covered[label]) for label in (0, 1)])
    widgets.small(sentences.sets(made.calibrated, made.given, share))
    widgets.small(sentences.ON_AVERAGE)


def how_many(run: Run, floor: tuple[str, str]) -> None:
    threshold, test = state.threshold(run), run.predictions("test")
    prevalence = test.n_pos / test.n
    now = rates(gateway.sweep(run, "test"), threshold)
    text = cases.cases(floor, prevalence, now[floor[0]].value, words.class_words(run))
    widgets.callout("", text, warn=False)
    with st.spinner("Drawing sites from test"):
        drawn = gateway.repeated_sites(run, threshold, floor)
    if not drawn.empty:
        widgets.figure(
            charts.spread_figure(drawn, floor, dark=state.dark()), key="spread", table=drawn,
            alt=cases.draws_alt(drawn, floor), file_name=f"{run.run_id}-sites-drawn-from-test",
        )  # fmt: skip
        widgets.small(cases.draws(drawn, floor))
    widgets.small_table(cases.cases_table(prevalence, now["sensitivity"].value, now["specificity"].value, floor))
    widgets.small(cases.HOW_CASES)


run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run, split=False)
if not run.predictions("test").n:
    widgets.notice("There is no test to evaluate on", words.only_split("validation", hidden=run.hidden))
else:
    found = None
    with widgets.section("The threshold, adapted to local cases"):
        floor = site_widgets.floor_controls()
        found = site_widgets.site(run, state.threshold(run), floor)
        if found is not None:
            widgets.small(sentences.sample(found.local, found.rest, run.predictions("test"), words.class_words(run)))
            adapted(run, found, floor)
    if found is not None:
        with widgets.section("Sets instead of a threshold"):
            sets(run, found)
    with widgets.section("How many local cases for how much certainty?"):
        how_many(run, floor)
