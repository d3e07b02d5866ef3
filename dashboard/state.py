"""Every session key and URL parameter, typed. No other module touches ``st.session_state`` or ``st.query_params``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.errors import ConfigError
from core.runs.store import RunEntry

ROOT = Path(__file__).resolve().parent.parent

_RUN = "run"
PICKER = "run_picker"
RUN_TABLE = "run_table"


def runs_folder() -> Path:
    """Where runs lie: ``streamlit run dashboard/Home.py -- --out DIR``, or ``runs`` in the project's folder."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--out", type=Path, default=ROOT / "runs")
    try:
        found, _ = parser.parse_known_args(sys.argv[1:])
    except argparse.ArgumentError as error:
        raise ConfigError("--out needs a folder: streamlit run dashboard/Home.py -- --out DIR") from error
    return Path(found.out).expanduser().absolute()


def run_id(entries: Sequence[RunEntry]) -> str | None:
    """The run that is seen: the address names it, else this session, else it is the newest whole one.

    None where there is no run at all. The id need not be among ``entries``: an old link may name a run that is gone.
    Navigation clears the address, so the answer is written back to it.
    """
    if not entries:
        return None
    first = newest_whole(entries) or entries[0]
    chosen = str(st.query_params.get(_RUN) or st.session_state.get(_RUN) or first.run_id)
    _remember(chosen)
    return chosen


def open_run(chosen: str) -> None:
    """See this run from now on."""
    _remember(chosen)


def open_picked_run() -> None:
    """See the run that the picker shows; its callback."""
    _remember(st.session_state[PICKER])


def open_row(run_ids: Sequence[str]) -> None:
    """See the run whose row was selected in the table of runs; its callback. ``run_ids`` are the rows."""
    for row in st.session_state[RUN_TABLE].selection.rows:
        _remember(run_ids[row])


def show_in_picker(chosen: str) -> None:
    """Let the picker show this run; before the picker is drawn."""
    st.session_state[PICKER] = chosen


def newest_whole(entries: Sequence[RunEntry]) -> RunEntry | None:
    """The newest run that can be opened; ``entries`` come newest first."""
    return next((entry for entry in entries if entry.problem is None), None)


def dark() -> bool:
    """Whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def _remember(chosen: str) -> None:
    st.session_state[_RUN] = chosen
    if st.query_params.get(_RUN) != chosen:
        st.query_params[_RUN] = chosen
