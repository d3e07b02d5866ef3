"""What is odd about the run's pictures: one amber line for a picture with two labels, and the rest in plain text."""

import streamlit as st

from core.runs import odd_pictures
from core.runs.store import Run
from dashboard import widgets


def show(run: Run) -> None:
    if two := odd_pictures.two_labels(run):
        widgets.callout("One picture, two labels:", two, warn=True)
    for sentence in odd_pictures.odd(run):
        st.text(sentence)
