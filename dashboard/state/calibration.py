"""Calibration: how the reliability diagram is binned."""

from __future__ import annotations

import streamlit as st

BINNING_SWITCH = "binning_switch"
BINS_SLIDER = "bins_slider"
COMPARISON = "comparison"
_BINNING = "binning"
_BINS = "bins"


def binning() -> str:
    """How probabilities are put into bins, of ``theme.BINNINGS``: as this session says, else equal width."""
    return str(st.session_state.get(_BINNING, "width"))


def show_binning(chosen: str) -> None:
    """Put probabilities into bins in this way from now on."""
    st.session_state[_BINNING] = chosen


def n_bins() -> int:
    """How many bins the reliability diagram has: as this session says, else 10."""
    return int(st.session_state.get(_BINS, 10))


def show_picked_bins() -> None:
    """Use as many bins as the slider says; its callback."""
    st.session_state[_BINS] = st.session_state[BINS_SLIDER]
