"""Bring data: what is this file, and what does it leave open?"""

from collections.abc import Sequence

import streamlit as st

from core.errors import ImportFileError
from core.runs.asking import Understanding
from core.runs.prediction_rows import read_rows
from core.runs.store import RunEntry
from dashboard import frame, state, theme, widgets
from dashboard.bring_data import brought as files
from dashboard.bring_data import films, questions, shown, target, words
from dashboard.controls import switch


def bring(brought: files.Brought, entries: Sequence[RunEntry]) -> None:
    with widgets.section("What is in it?"):
        run = target.into(entries)
        try:
            found, asked = questions.understood(brought, into=bool(run))
        except ImportFileError as error:
            files.refused(error)
            return
        shown.as_it_stands(found)
        with widgets.folded("Something is understood wrongly"):
            questions.correct(brought, found)
    if asked:
        with widgets.section("What it does not tell"):
            questions.ask(brought, asked)
    with widgets.section("Import"):
        still = len(found.questions) + len(found.offers)
        if still:
            widgets.small(words.open_questions(still))
            return
        as_read(brought, found, run, entries)


def as_read(brought: files.Brought, found: Understanding, run: str, entries: Sequence[RunEntry]) -> None:
    named = bool(found.mapping.split or found.mapping.site)
    site = target.site(named) if run else None
    if run and site is None and not named:
        widgets.small(words.NAMELESS)
        return
    try:
        rows = brought.kept(
            ("rows", found.mapping.to_toml(), site),
            lambda: read_rows(brought.file, site=site, mapping=found.mapping, content=brought.content),
        )
    except ImportFileError as error:
        files.refused(error)
        return
    shown.as_it_will_be_read(found, rows)
    name = "" if run else target.run_name(brought, entries)
    hidden = not run and target.hide_test(rows.sets)
    with st.container(horizontal=True, gap="small"):
        pressed = st.button("Import", type="primary", key="bring_import")
        st.download_button(
            "Save how this file is read",
            found.mapping.to_toml(),
            key="bring_save_mapping",
            file_name="mapping.toml",
            mime="application/toml",
            on_click="ignore",
            icon=":material/download:",
        )
    if pressed:
        target.import_now(brought, found.mapping, name=name, run=run, site=site, hidden=hidden)


def radiographs(entries: Sequence[RunEntry]) -> None:
    """For the network of the run that is opened."""
    if not frame.may_be_read(entries, state.opened_id()):
        widgets.notice("A run with a network is needed", words.NEEDS_RUN)
        return
    run = frame.opened_run()
    if run.checkpoint is None:
        widgets.notice("This run has no network", words.NEEDS_NETWORK)
        return
    films.bring_films(run)


def table(entries: Sequence[RunEntry]) -> None:
    with widgets.section("Which file?"):
        chosen = files.choose_file()
    if chosen is not None:
        bring(chosen, entries)


widgets.heading(theme.PAGES["bring_data"], "", synthetic=False, facts=words.FACTS)
listed = state.LISTED_RUNS.value(())
if switch("What is brought?", words.KIND, words.KINDS) == "films":
    radiographs(listed)
else:
    table(listed)
