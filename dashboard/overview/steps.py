"""Three steps for who is new here, until they are dismissed in this browser or a threshold of the run is locked."""

from __future__ import annotations

import streamlit as st

from core.runs.store import Run
from dashboard import gateway, state, theme
from dashboard.component import component

KEY = "steps"
TITLE = "New here? Three steps"
STEPS = (
    ("operating_point", "Look.", "Drag the threshold and see who is found, who is missed and who is falsely alarmed."),
    (
        "find_threshold",
        "Decide.",
        "Say what the threshold must hold, and let validation, which the choice is made on, answer.",
    ),
    ("lock", "Lock.", "Write the choice down with its reason, then read on test what became of the promise."),
)
"""Page, name and what is done there."""

TO_TRY = (
    "This is the embedded example: no child in it is real, and its test images come from another “scanner”. Try this: "
    "on the operating point choose Youden's J, then switch from validation to test. The threshold stays where it is, "
    "and far more of the healthy are falsely alarmed. In the gallery the false positives show whom."
)


def steps(run: Run) -> None:
    """The steps, above all else of the first page; nothing where a threshold of the run is locked: they were gone."""
    if gateway.locked_points(run):
        return
    said = component("steps", "overview/steps.js", "overview/steps.css", html="overview/steps.html")(
        key=KEY,
        data={
            "title": TITLE,
            "dismiss": "Dismiss",
            "steps": [
                {"page": page, "name": name, "text": text, "link": f"Open {theme.PAGES[page]}"}
                for page, name, text in STEPS
            ],
            "to_try": TO_TRY if run.manifest["data"]["kind"] == "phantom" else "",
        },
        on_go_change=lambda: None,
    )
    if said.go in theme.PAGES:
        st.switch_page(str(state.ROOT / "pages" / f"{said.go}.py"), query_params=state.held())
