"""The dossier on the page Lock: what only people know is typed here, and the file is saved."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import RunFolderError
from core.runs.exports import file_name
from core.runs.store import Run
from dashboard import gateway, widgets
from dashboard.places import pictures_of

if TYPE_CHECKING:
    from core.explain.pictures import Pictures

_WHAT = (
    "One file with the decision, its evidence and the live threshold: it opens on any computer or phone without a "
    "server or a network, prints on A4, and says whether it was changed since. Without what is typed here it says of "
    "these points that they are not in this run."
)
_PICTURES = "With small pictures of the images it errs on worst: they are patients' radiographs"
_LEAVES = (
    "For outside the house it holds no image's score and no count of fewer than five patients. Names of levels, sites "
    "and people stand in it as they were typed: read it before it is sent."
)


def section(run: Run) -> None:
    """The form of what only people know, and the two files."""
    widgets.small(_WHAT)
    asked = run.checkpoint is not None and st.checkbox(_PICTURES, key=f"dossier_pictures {run.run_id}")
    _downloads(run, pictures_of(run) if asked else None)
    widgets.small(_LEAVES)
    with widgets.folded("What only people know: type it here"):
        _form(run)


def _downloads(run: Run, pictures: Pictures | None) -> None:
    with st.container(horizontal=True, gap="small"):
        for label, key, leaves in (("Save the dossier", "", False), ("Save it to leave the house", "-leaves", True)):
            st.download_button(
                label,
                partial(_made, run, leaves=leaves, pictures=pictures),
                key=f"dossier{key}",
                mime="text/html",
                file_name=f"{file_name(run)}-dossier{key}.html",
                on_click="ignore",
                type="secondary" if leaves else "primary",
            )


def _made(run: Run, *, leaves: bool, pictures: Pictures | None) -> str:
    """The file; where none can be made, one that says why, as a button that does nothing would not."""
    try:
        return gateway.dossier(run, leaves=leaves, pictures=pictures)
    except RunFolderError as error:
        return f"<!doctype html><meta charset='utf-8'><title>No dossier</title><p>{escape(str(error))}</p>"


def _form(run: Run) -> None:
    known, longest = gateway.typed(run), gateway.LONGEST_ANSWER
    with st.form(f"dossier {run.run_id}", enter_to_submit=False):
        answers = {
            name: st.text_area(
                question, known.answers.get(name, ""), key=f"dossier_{name} {run.run_id}", max_chars=longest, height=90
            )
            for name, question in gateway.questions().items()
        }
        widgets.label("Points of STARD-AI that this run cannot fill")
        items = {
            item.number: st.text_area(
                f"{item.number}. {item.title}",
                known.items.get(item.number, ""),
                key=f"dossier_item_{item.number} {run.run_id}",
                max_chars=longest,
                height=68,
            )
            for item in gateway.only_people_know()
        }
        kept = st.form_submit_button("Keep it with the run", type="primary")
    if not kept:
        return
    others = {number: text for number, text in known.items.items() if number not in items}
    try:
        gateway.keep_typed(run, answers, others | items)
    except RunFolderError as error:
        widgets.notice("Nothing was kept", "", detail=str(error))
    else:
        st.toast("Kept: the dossier says it from now on.")
