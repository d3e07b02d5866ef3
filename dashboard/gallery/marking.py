"""What reviewers say of images: the form, and everything they said as a file."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.runs.marks import LONGEST_NOTE, Mark, marks_csv, marks_table
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets
from dashboard.gallery.view import View

_FLAGS = {"label_error": "Label error", "poor_image": "Poor image", "ambiguous": "Ambiguous"}


def mark_form(run: Run, mark: Mark | None, image_id: str) -> None:
    """What a reviewer says of an image, kept in the run's folder as soon as it is saved."""
    with st.form(f"mark_{image_id}", enter_to_submit=False):
        widgets.label("Mark this image")
        with st.container(horizontal=True, gap="medium"):
            flags = {
                name: st.checkbox(word, value=bool(mark and getattr(mark, name)), key=f"mark_{name}_{image_id}")
                for name, word in _FLAGS.items()
            }
        text, who = st.columns([3, 1], vertical_alignment="top")
        note = text.text_area(
            "Note", value=mark.note if mark else "", max_chars=LONGEST_NOTE, height=80, key=f"mark_note_{image_id}"
        )
        reviewer = who.text_input("Reviewer", value=state.reviewer(), key=f"mark_reviewer_{image_id}", max_chars=200)
        saved = st.form_submit_button("Save the mark", type="primary")
        if saved:
            with widgets.calm():
                mark = _save(run, image_id, flags, note.strip(), reviewer.strip())
        if mark is not None:
            widgets.small(said(mark))
        elif saved:
            widgets.small("Nothing is marked.")


def _save(run: Run, image_id: str, flags: dict[str, bool], note: str, reviewer: str) -> Mark | None:
    """Keep the mark and remember who made it; one that says nothing takes an earlier one away."""
    mark = Mark(
        image_id=image_id, **flags, note=note, reviewer=reviewer, marked=datetime.now(UTC).isoformat(timespec="seconds")
    )
    gateway.mark(run, mark)
    state.set_reviewer(reviewer)
    return mark if mark.says_something else None


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
    elif view.marks:
        # Made when it is asked for: it looks up every image of the run.
        st.download_button(
            f"Save {theme.counted(len(view.marks), 'mark')} as CSV",
            lambda: marks_csv(marks_table(view.run, gateway.marks(view.run))), key="gallery_marks",
            file_name=f"{view.run.run_id}-marks.csv", mime="text/csv", on_click="ignore",
        )  # fmt: skip
