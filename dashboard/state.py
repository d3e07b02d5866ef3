"""Every session key and URL parameter, typed. No other module touches ``st.session_state`` or ``st.query_params``."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.errors import ConfigError
from core.runs.store import Run, RunEntry
from dashboard.scale import Scale, scales
from dashboard.theme import PAGES

ROOT = Path(__file__).resolve().parent.parent

_RUN, _SPLIT, _SCALE, _THRESHOLD = "run", "split", "scale", "threshold"
_THRESHOLDS = "thresholds"
PICKER = "run_picker"
RUN_TABLE = "run_table"
SPLIT_SWITCH = "split_switch"
SCALE_SWITCH = "scale_switch"


def runs_folder() -> Path:
    """Where runs lie: ``streamlit run dashboard/Home.py -- --out DIR``, or ``runs`` in the project's folder."""
    return Path(_options().out).expanduser().absolute()


def first_page() -> str:
    """The page that opens first, of ``theme.PAGES``: ``-- --page NAME``, or the Overview."""
    return str(_options().page)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--out", type=Path, default=ROOT / "runs")
    parser.add_argument("--page", choices=list(PAGES), default=next(iter(PAGES)))
    try:
        return parser.parse_known_args(sys.argv[1:])[0]
    except argparse.ArgumentError as error:
        usage = f"streamlit run dashboard/Home.py -- [--out DIR] [--page {'|'.join(PAGES)}]"
        raise ConfigError(f"{error}: {usage}") from error


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


def show_in_widget(key: str, shown: str) -> None:
    """Let the widget of this key show ``shown``; before it is drawn."""
    st.session_state[key] = shown


def of_widget(key: str) -> str:
    """What the reader chose in the widget of this key; for its callback."""
    return str(st.session_state[key])


def newest_whole(entries: Sequence[RunEntry]) -> RunEntry | None:
    """The newest run that can be opened; ``entries`` come newest first."""
    return next((entry for entry in entries if entry.problem is None), None)


def dark() -> bool:
    """Whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def splits(run: Run) -> list[str]:
    """The splits of a run that have predictions, of validation and test."""
    return [name for name in ("validation", "test") if run.predictions[name].n]


def split(run: Run) -> str:
    """The split that is seen: as the address says, else this session, else validation, where thresholds are chosen."""
    return _chosen(_SPLIT, splits(run))


def show_split(chosen: str) -> None:
    """See this split from now on."""
    _keep(_SPLIT, chosen)


def scale(run: Run) -> Scale:
    """How thresholds and scores are called: as the address says, else this session, else calibrated where known."""
    known = scales(run.calibration)
    return known[_chosen(_SCALE, list(known))]


def show_scale(chosen: str) -> None:
    """Call thresholds and scores by this scale from now on."""
    _keep(_SCALE, chosen)


def threshold(run: Run) -> float:
    """The threshold of this run, a logit: as the address says, else this session, else Youden's, else 0.

    It is never rounded and never moved to a score; :func:`threshold_problem` tells of an address that names none.
    """
    own = st.session_state.setdefault(_THRESHOLDS, {})
    asked = st.query_params.get(_THRESHOLD)
    value = None if asked is None else _finite(asked)
    if value is None:
        value = own.get(run.run_id, first_threshold(run))
    own[run.run_id] = value
    if asked is None:
        st.query_params[_THRESHOLD] = repr(value)
    return float(value)


def threshold_problem() -> str | None:
    """The address's words for a threshold where they are no finite number, else None."""
    asked = st.query_params.get(_THRESHOLD)
    return asked if asked is not None and _finite(asked) is None else None


def first_threshold(run: Run) -> float:
    """What a run opens with: Youden's threshold, chosen on validation; 0 where it has none."""
    youden = next((point["threshold"] for point in run.operating_points or () if point["name"] == "youden"), None)
    return 0.0 if youden is None else float(youden)


def set_threshold(run_id: str, value: float) -> None:
    """Use ``value``, a finite logit, for this run from now on."""
    st.session_state.setdefault(_THRESHOLDS, {})[run_id] = float(value)
    st.query_params[_THRESHOLD] = repr(float(value))


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _chosen(name: str, known: Sequence[str]) -> str:
    """One of ``known``: the address's, else this session's, else the first; written back to the address."""
    asked = (st.query_params.get(name), st.session_state.get(name))
    chosen = next((str(value) for value in asked if value in known), known[0])
    _keep(name, chosen)
    return chosen


def _keep(name: str, chosen: str) -> None:
    st.session_state[name] = chosen
    if st.query_params.get(name) != chosen:
        st.query_params[name] = chosen


def _remember(chosen: str) -> None:
    if st.session_state.get(_RUN, chosen) != chosen:
        st.query_params.pop(_THRESHOLD, None)  # a logit of one network means nothing to another
    _keep(_RUN, chosen)
