"""The colour scheme, light or dark, where it changes while a page is open."""

from dashboard.component import component


def follow() -> None:
    """Run the page again when the browser's scheme or the reader's theme changes: Streamlit itself does not."""
    component("scheme", "scheme.js", html="<i hidden></i>")(key="scheme", on_changed_change=lambda: None)
