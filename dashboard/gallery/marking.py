"""What reviewers say of images: the form, and everything they said as a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from core.errors import RunFolderError, UnconfirmedError
from core.runs.marks import LONGEST_NOTE, Mark
from core.runs.marks_export import marks_csv, marks_table
from dashboard import gateway, state, theme, widgets
from dashboard.gallery import words
from dashboard.gallery.view import View

_FLAGS = {"label_error": "Label error", "poor_image": "Poor image", "ambiguous": "Ambiguous"}


def mark_form(view: View, image_id: str) -> None:
    """What a reviewer says of an image, kept in the run's folder as soon as it is saved, and what others said of it."""
    marks = view.marks.get(image_id, ())
    widgets.label("Mark this image")
    reviewer = state.reviewer()
    if reviewer:
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            widgets.small(f"You mark as {reviewer}.")
            st.button("Another reviewer", key="mark_other_reviewer", on_click=state.set_reviewer, args=("",))
    own = next((mark for mark in marks if mark.reviewer == reviewer), None)
    # Who has a mark sees that, and nobody another one's.
    at = hashlib.sha256(
        f"{view.split}\n{reviewer if own else ''}\n{image_id}".encode("utf-8", "backslashreplace")
    ).hexdigest()[:16]
    with st.form(f"mark_{at}", enter_to_submit=False):
        with st.container(horizontal=True, gap="medium"):
            flags = {
                name: st.checkbox(word, value=bool(own and getattr(own, name)), key=f"mark_{name}_{at}")
                for name, word in _FLAGS.items()
            }
        note = st.text_area(
            "Note", value=own.note if own else "", max_chars=LONGEST_NOTE, height=80, key=f"mark_note_{at}"
        )
        reviewer = reviewer or st.text_input("Reviewer", key=f"mark_reviewer_{at}", max_chars=200, width=300).strip()
        saved = st.form_submit_button("Save the mark", type="primary")
        if saved:
            try:
                own = _save(view, image_id, flags, note.strip(), reviewer)
            except UnconfirmedError as error:
                widgets.callout("Saved, but perhaps not safe on the disk.", f"{error}.", alert=True)
                return
            except RunFolderError as error:
                widgets.callout("Not saved.", f"{error}.", alert=True)
                return
            if own is not None:
                st.rerun()  # into the form of this reviewer, so that the next one finds an empty form
        if own is not None:
            widgets.small(said(own))
        elif saved:
            widgets.small("Nothing is marked.")
    shown = [mark for mark in marks if mark.reviewer != reviewer] + ([own] if own else [])
    if len(shown) > 1 or (shown and not own):
        widgets.small_table(side_by_side(shown), name="marks")


def _save(view: View, image_id: str, flags: dict[str, bool], note: str, reviewer: str) -> Mark | None:
    """Keep the mark and remember who made it; one that says nothing takes away what the same reviewer marked before."""
    mark = Mark(
        finding=view.run.finding,
        evaluation_set=view.split,
        image_id=image_id,
        **flags,
        note=note,
        reviewer=reviewer,
        marked=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    gateway.mark(view.run, mark)
    state.set_reviewer(reviewer)
    return mark if mark.says_something else None


def side_by_side(marks: Sequence[Mark]) -> pd.DataFrame:
    """What each reviewer said of an image, one row a reviewer."""
    return pd.DataFrame(
        {
            "Reviewer": [mark.reviewer or "no name" for mark in marks],
            **{word: ["yes" if getattr(mark, name) else "no" for mark in marks] for name, word in _FLAGS.items()},
            "Note": [mark.note for mark in marks],
            "Marked": [theme.moment(mark.marked) for mark in marks],
        }
    )


def said(mark: Mark) -> str:
    """Who marked what, and when, in one line."""
    what = ", ".join(word.lower() for name, word in _FLAGS.items() if getattr(mark, name)) or "a note"
    by = f" by {mark.reviewer}" if mark.reviewer else ""
    return f"Saved {theme.moment(mark.marked)}{by}: {what}."


def marks_to_save(view: View) -> None:
    """All marks of the run as a CSV file, for the next round of training data."""
    if view.marks_problem:
        widgets.notice(
            "The marks cannot be read", "They are left as they are; images can be looked at.", detail=view.marks_problem
        )
    elif marks := gateway.marks(view.run):
        # Made when it is asked for: it looks up every image of the run.
        st.download_button(
            f"Save {theme.counted(len(marks), 'mark')} as CSV",
            lambda: marks_csv(marks_table(view.run, gateway.marks(view.run).values())),
            key="gallery_marks",
            file_name=f"{view.run.run_id}-marks.csv",
            mime="text/csv",
            on_click="ignore",
        )
        by_hand = [mark.image_id for mark in marks.values() if mark.edited]
        if said := words.edited(by_hand, gateway.missing_marks(view.run)):
            widgets.small(said)
