"""What is odd about the run's pictures: one amber line for a picture with two labels, and the rest in plain text."""

import streamlit as st

from core.runs import odd_pictures
from core.runs.store import Run
from dashboard import widgets


def show(run: Run) -> None:
    for sentence in odd_pictures.sentences(run):
        if "both labels" in sentence:
            widgets.notice("One picture, two labels", sentence)
        else:
            st.text(sentence)
