"""Words on the screen, where lines may break: a number and its percent sign stay on one line."""

from __future__ import annotations

import re

import streamlit as st


def html(inner: str) -> None:
    """``st.html`` of ``inner``, in which text from elsewhere is escaped."""
    st.html(unbroken(inner))


def text(words: str) -> None:
    """``st.text``, which renders nothing in ``words``."""
    st.text(unbroken(words))


def markdown(words: str) -> None:
    """``st.markdown`` of ``words`` of ours."""
    st.markdown(unbroken(words))


def unbroken(words: str) -> str:
    """``words`` with a no-break space between each number and its percent sign."""
    return re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", words)
