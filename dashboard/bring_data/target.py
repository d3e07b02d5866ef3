"""What becomes of a file that is understood: a run of its own, or a site of one that there is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from core.errors import ImportFileError, RunFolderError, UnconfirmedError
from core.evaluation.evaluation_set import EvaluationSet
from core.runs.importer import STEPS, import_predictions, import_sites
from core.runs.mapping import Mapping as TableMapping
from core.runs.store import RunEntry
from core.runs.tables import EVALUATED
from dashboard import gateway, state, widgets
from dashboard.bring_data.brought import Brought, refused
from dashboard.controls import bound

INTO = state.Note[str]("bring_into")
_NAME, _SITE = state.Note[tuple[tuple[str, ...], str]]("bring_name"), state.Note[str]("bring_site")
_HIDE = state.Note[bool]("bring_hide_test")
_NEW = "a run of its own"


def into(entries: Sequence[RunEntry]) -> str:
    """The run that the file is a site of, as the reader says; empty for a run of its own."""
    whole = [entry.run_id for entry in entries if entry.problem is None]
    if not whole:
        return ""
    held = INTO.value("")
    names = {"": _NEW} | {name: f"a site of {name}" for name in whole}
    held = held if held in names else ""
    bound(
        st.selectbox,
        "This file becomes",
        list(names),
        key="bring_into_select",
        value=held,
        keep=INTO.keep,
        format_func=names.__getitem__,
        width=420,
    )
    return held


def site(rows_name_sites: bool) -> str | None:
    """The name of the site that all rows are of; None where a column names it."""
    label = "Name of the site" + (" (empty: as the column says)" if rows_name_sites else "")
    held = _SITE.value("").strip()
    bound(
        st.text_input,
        label,
        key="bring_site_name",
        value=held,
        keep=_SITE.keep,
        width=420,
        help="A hospital, a period or a scanner: letters, digits, dot, dash, underscore.",
    )
    return held or None


def run_name(brought: Brought, entries: Sequence[RunEntry]) -> str:
    """The name of the new run, the file's unless another one is typed."""
    key, held = _NAME.value(((), ""))
    first = _free_name(brought.file, {entry.run_id.casefold() for entry in entries})
    name = held if key == brought.key and held else first
    bound(
        st.text_input,
        "Name of the run",
        key="bring_run_name",
        value=name,
        keep=lambda typed: _NAME.keep((brought.key, typed.strip())),
        width=420,
    )
    return name


def hide_test(sets: Mapping[str, EvaluationSet]) -> bool:
    """Whether test is hidden until a threshold is locked; asked where there is validation to choose it on."""
    if not set(EVALUATED) <= sets.keys():
        return False
    held = _HIDE.value(False)
    label = "Hide the figures of test until a threshold is locked"
    bound(st.toggle, label, key="bring_hide", value=held, keep=_HIDE.keep)
    return held


def import_now(
    brought: Brought,
    mapping: TableMapping,
    *,
    name: str = "",
    run: str = "",
    site: str | None = None,
    hidden: bool = False,
) -> None:
    """Import the file and open what it became; where it is refused, say why, with nothing written."""
    out, bar = state.runs_folder(), st.progress(0.0, "Reading the table")

    def begins(step: str) -> None:
        bar.progress(STEPS.index(step) / len(STEPS), step)

    try:
        if run:
            folder = next(entry.folder for entry in gateway.runs(out) if entry.run_id == run)
            opened = gateway.whole_run(folder)
            import_sites(brought.file, opened, site=site, mapping=mapping, content=brought.content)
        else:
            import_predictions(
                brought.file,
                name=name,
                out=out,
                mapping=mapping,
                hide_test=hidden,
                content=brought.content,
                begins=begins,
            )
    except UnconfirmedError as error:
        widgets.notice("The import is done, but the disk did not confirm it", "", detail=str(error))
        return
    except (ImportFileError, RunFolderError) as error:
        bar.empty()
        refused(error)
        return
    state.open_run(run or name)
    st.switch_page(str(state.ROOT / "pages" / "overview.py"), query_params=state.held())


def _free_name(file: Path, taken: set[str]) -> str:
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).strip("-._") or "predictions"
    name, number = stem[:60], 2
    while name.casefold() in taken:
        name, number = f"{stem[:60]}-{number}", number + 1
    return name
