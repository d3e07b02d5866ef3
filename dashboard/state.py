"""Every session key and URL parameter, typed. No other module touches ``st.session_state`` or ``st.query_params``."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import ConfigError
from core.runs.store import Run, RunEntry
from dashboard.scale import Scale, scales
from dashboard.theme import PAGES

ROOT = Path(__file__).resolve().parent.parent

_RUN, _SPLIT, _SCALE, _THRESHOLD = "run", "split", "scale", "threshold"
_THRESHOLDS, _TOLD, _FLOORS = "thresholds", "told", "floors"
EXPLORER = "explorer"
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


def told(run: Run, seen: Hashable) -> tuple[float, int]:
    """The threshold that Python last told the explorer, and the number of that message; see :func:`told_to`."""
    value, sequence = told_to(EXPLORER, threshold(run), seen)
    return float(value), sequence


def told_to(component: str, value: Any, seen: Hashable) -> tuple[Any, int]:
    """What Python last told the component of this key, and the number of that message.

    It stays as it is while the reader moves the value there, so that a release sends nothing back. It is renewed where
    the component cannot know ``value``: drawn anew, showing something else (``seen``), or after a link or a preset.
    """
    all_told = st.session_state.setdefault(_TOLD, {})
    last = all_told.get(component)
    if last is None or component not in st.session_state or (last["seen"], last["known"]) != (seen, value):
        sequence = 1 if last is None else last["sequence"] + 1
        last = all_told[component] = {"value": value, "known": value, "seen": seen, "sequence": sequence}
    return last["value"], last["sequence"]


def _told_by(component: str, value: Any) -> None:
    """The component itself has this value; it need not be told."""
    st.session_state[_TOLD][component]["known"] = value


def take_threshold(run_id: str) -> None:
    """Use the threshold that was released in the explorer; its callback."""
    released = st.session_state[EXPLORER]["threshold"]
    if isinstance(released, int | float) and math.isfinite(released):
        set_threshold(run_id, float(released))
        _told_by(EXPLORER, float(released))


def floors() -> dict[str, str]:
    """The x of "specificity at least x" and of "sensitivity at least x", as decimal numerals."""
    own: dict[str, str] = st.session_state.get(_FLOORS, {})
    return {"specificity": "0.90", "sensitivity": "0.95"} | own


def take_floor() -> str:
    """Keep the x that was changed in the explorer and give the rate it belongs to; its callback."""
    changed = st.session_state[EXPLORER]["floor"]
    name, floor = str(changed["name"]), str(changed["floor"])
    if name in floors() and 0 < float(floor) <= 1:
        st.session_state[_FLOORS] = floors() | {name: floor}
    return name


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
        for name in (
            _THRESHOLD,
            _OTHER,
            _IMAGE,
            _PAGE,
            _RULE_OUT,
            _RULE_IN,
        ):  # a logit of one network means nothing to another
            st.query_params.pop(name, None)
    _keep(_RUN, chosen)


# The gallery: which images are looked at, which one is opened, and where they lie.

_KIND, _ORDER, _PAGE, _IMAGE, _OTHER = "show", "sort", "page", "image", "to"
_GALLERY = "gallery"
_REVIEWER = "reviewer"


def gallery_kind(kinds: Sequence[str]) -> str:
    """Which of ``kinds`` is looked at: as the address says, else this session, else the first."""
    return _chosen(_KIND, kinds)


def show_gallery_kind(chosen: str) -> None:
    """Look at this kind of images from now on."""
    _keep(_KIND, chosen)


def gallery_order(orders: Sequence[str]) -> str:
    """In which of ``orders`` the images come: as the address says, else this session, else the first."""
    return _chosen(_ORDER, orders)


def show_gallery_order(chosen: str) -> None:
    """Look at images in this order from now on."""
    _keep(_ORDER, chosen)


def gallery_page(run_id: str, selection: Hashable, pages: int) -> int:
    """The page of this selection that is seen, from 1 to ``pages``; another selection begins with its first.

    The address says with which page a session begins.
    """
    own = _gallery(run_id)
    asked = st.query_params.get(_PAGE, "")
    known, page = own.get(_PAGE, (selection, int(asked) if asked.isdecimal() and len(asked) < 10 else 1))
    page = min(max(page, 1), max(pages, 1)) if known == selection else 1
    turn_gallery_page(run_id, selection, page)
    return int(page)


def turn_gallery_page(run_id: str, selection: Hashable, page: int) -> None:
    """See this page of the selection from now on."""
    _gallery(run_id)[_PAGE] = (selection, page)
    _address(_PAGE, None if page == 1 else str(page))


def opened_image(run_id: str) -> str | None:
    """The image that is opened: as the address says, else this session; None where none is."""
    chosen = st.query_params.get(_IMAGE) or _gallery(run_id).get(_IMAGE)
    open_image(run_id, chosen)
    return chosen


def open_image(run_id: str, image_id: str | None) -> None:
    """See this image large from now on; None closes it."""
    _gallery(run_id)[_IMAGE] = image_id
    _address(_IMAGE, image_id)


def other_threshold(run: Run, first: float) -> float:
    """The threshold, a logit, that "what changes" goes to: as the address says, else this session, else ``first``."""
    asked = _finite(st.query_params.get(_OTHER, ""))
    value = float(_gallery(run.run_id).get(_OTHER, first)) if asked is None else asked
    set_other_threshold(run.run_id, value)
    return value


def set_other_threshold(run_id: str, value: float) -> None:
    """Let "what changes" go to ``value``, a finite logit, from now on."""
    _gallery(run_id)[_OTHER] = float(value)
    _address(_OTHER, repr(float(value)))


def gallery_filter(run_id: str) -> dict[str, tuple[str | None, ...]]:
    """The levels that are wanted, by subgroup; a subgroup that is absent or without levels asks for nothing."""
    return dict(_gallery(run_id).get("levels", {}))


def want_levels(run_id: str, subgroup: str, levels: Sequence[str | None]) -> None:
    """Look only at images of these levels of ``subgroup`` from now on; at all where ``levels`` is empty."""
    _gallery(run_id).setdefault("levels", {})[subgroup] = tuple(levels)


def marked_only(run_id: str) -> bool:
    """Whether only images that a reviewer marked are looked at."""
    return bool(_gallery(run_id).get("marked_only", False))


def want_marked_only(run_id: str, wanted: bool) -> None:
    """Look only at marked images from now on, or at all."""
    _gallery(run_id)["marked_only"] = wanted


def heat_map_choice(name: str, known: Sequence[str]) -> str:
    """Which of ``known``, the methods or the layers of heat maps, is in use: as this session says, else the first."""
    chosen = st.session_state.get(f"{_GALLERY}_{name}")
    return str(chosen) if chosen in known else known[0]


def choose_heat_map(name: str, chosen: str) -> None:
    """Use this method or layer of heat maps from now on."""
    st.session_state[f"{_GALLERY}_{name}"] = chosen


def data_folder(run_id: str) -> str | None:
    """Where the reader says that the run's images lie now; None where the run's own place holds."""
    return _gallery(run_id).get("data_folder")


def set_data_folder(run_id: str, folder: str) -> None:
    """Look for the run's images in ``folder`` from now on; where it is empty, in the run's own place."""
    _gallery(run_id)["data_folder"] = folder.strip() or None


def reviewer() -> str:
    """Who marks images in this session; empty until it was said."""
    return str(st.session_state.get(_REVIEWER, ""))


def set_reviewer(name: str) -> None:
    """Remember who marks images, for this session."""
    st.session_state[_REVIEWER] = name


def value_of_widget(key: str) -> Any:
    """What the widget or component of this key holds, of whatever type; for its callback."""
    return st.session_state[key]


def show_value_in_widget(key: str, value: object) -> None:
    """Let the widget of this key show ``value``; before it is drawn."""
    st.session_state[key] = value


def _gallery(run_id: str) -> dict[str, Any]:
    own: dict[str, Any] = st.session_state.setdefault(_GALLERY, {}).setdefault(run_id, {})
    return own


def _address(name: str, value: str | None) -> None:
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


# Calibration: how the reliability diagram is binned.

BINNING_SWITCH, BINS_SLIDER, COMPARISON = "binning_switch", "bins_slider", "comparison"
_BINNING, _BINS = "binning", "bins"


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


# Your clinic and two thresholds: the share of ill children in the clinic, and the pair.

CLINIC, TWO_THRESHOLDS, POPULATION_SWITCH = "clinic", "two_thresholds", "population_switch"
_PREVALENCE, _RULE_OUT, _RULE_IN, _POPULATION = "prevalence", "rule_out", "rule_in", "population"
_PREDICTIVE_FLOORS, _PAIRS = "predictive_floors", "pairs"
_LONGEST_FLOOR = 11


def prevalence() -> float | None:
    """The clinic's prevalence, strictly between 0 and 1: as the address says, else this session; None until it is said.

    It belongs to the clinic, not to a run. Words in the address that are no such number are taken out of it.
    """
    asked = _finite(st.query_params.get(_PREVALENCE, ""))
    known = asked if asked is not None and 0 < asked < 1 else st.session_state.get(_PREVALENCE)
    set_prevalence(known)
    return None if known is None else float(known)


def set_prevalence(value: float | None) -> None:
    """Speak of a clinic with this prevalence from now on; None: of one like the images that are seen."""
    st.session_state[_PREVALENCE] = value
    _address(_PREVALENCE, None if value is None else repr(float(value)))


def take_prevalence() -> None:
    """Use the prevalence that was released on the page of the clinic; its callback. Anything else takes it back."""
    released = st.session_state[CLINIC]["prevalence"]
    known = float(released) if isinstance(released, int | float) and 0 < released < 1 else None
    set_prevalence(known)
    _told_by(CLINIC, known)


def population() -> str:
    """Whose prevalence figures are for, "images" or "clinic": as the address says, else this session, else images."""
    return _chosen(_POPULATION, ["images", "clinic"])


def show_population(chosen: str) -> None:
    """Give figures for the prevalence of the "images" or of the "clinic" from now on."""
    _keep(_POPULATION, chosen)


def two_thresholds(run: Run, first: tuple[float, float]) -> tuple[float, float]:
    """The pair of this run, logits in order: as the address says, else this session, else ``first``. Never rounded."""
    kept = st.session_state.setdefault(_PAIRS, {}).get(run.run_id, first)
    asked = (_finite(st.query_params.get(name, "")) for name in (_RULE_OUT, _RULE_IN))
    lower, upper = sorted(own if value is None else value for own, value in zip(kept, asked, strict=True))
    set_two_thresholds(run.run_id, lower, upper)
    return float(lower), float(upper)


def set_two_thresholds(run_id: str, lower: float, upper: float) -> None:
    """Rule out below ``lower`` and rule in from ``upper`` on, finite logits in order, for this run from now on."""
    st.session_state.setdefault(_PAIRS, {})[run_id] = (float(lower), float(upper))
    _address(_RULE_OUT, repr(float(lower)))
    _address(_RULE_IN, repr(float(upper)))


def take_two_thresholds(run_id: str) -> None:
    """Use the pair that was released; the callback of its component."""
    released = st.session_state[TWO_THRESHOLDS]["pair"]
    if isinstance(released, list | tuple) and len(released) == 2 and all(math.isfinite(value) for value in released):
        lower, upper = sorted(map(float, released))
        set_two_thresholds(run_id, lower, upper)
        _told_by(TWO_THRESHOLDS, (lower, upper))


def predictive_floors() -> dict[str, str]:
    """The x of "NPV at least x" and of "PPV at least x", as decimal numerals of at most nine decimals."""
    own: dict[str, str] = st.session_state.get(_PREDICTIVE_FLOORS, {})
    return {"npv": "0.95", "ppv": "0.95"} | own


def take_predictive_floor() -> str:
    """Keep the x that was changed beside the pair and give the rate it belongs to; its callback."""
    changed = st.session_state[TWO_THRESHOLDS]["floor"]
    name, floor = str(changed["name"]), str(changed["floor"])
    numeral = floor.replace(".", "", 1).isdecimal() and len(floor) <= _LONGEST_FLOOR
    if name in predictive_floors() and numeral and 0 < float(floor) <= 1:
        st.session_state[_PREDICTIVE_FLOORS] = predictive_floors() | {name: floor}
    return name


# Find a threshold: what must hold, as the reader wrote it, and by which rule the threshold in use was found.

REQUIREMENT_SWITCH = "requirement_switch"
_REQUIRED, _RULES = "required", "rules"


def required() -> dict[str, str]:
    """What the reader has written of what must hold, by field; fields that were left alone are absent."""
    return dict(st.session_state.get(_REQUIRED, {}))


def require(name: str, text: str) -> None:
    """Keep what the reader wrote in this field."""
    st.session_state[_REQUIRED] = required() | {name: text}


def show_required(key: str, text: str) -> None:
    """Let the widget of this key show ``text``; before it is drawn.

    A widget that shows it already is left alone: told again, it would lose what is being typed in it.
    """
    if st.session_state.get(key) != text:
        st.session_state[key] = text


def set_rule(run_id: str, words: str) -> None:
    """Remember by which rule the threshold that this run has now was found; call it after :func:`set_threshold`."""
    found = st.session_state.get(_THRESHOLDS, {}).get(run_id)
    st.session_state.setdefault(_RULES, {})[run_id] = (found, words)


def rule(run_id: str) -> str | None:
    """The rule in words by which the threshold in use was found; None once it was moved, or where none was asked."""
    found, words = st.session_state.get(_RULES, {}).get(run_id, (None, None))
    return words if found is not None and found == st.session_state.get(_THRESHOLDS, {}).get(run_id) else None


# Promise and delivery, and adapt to a site: what the reader asked these pages for.

_CHOICES = "choices"


def choice(key: str, first: Any) -> Any:
    """What the reader last chose in the widget of this key, on any page since; ``first`` until then."""
    return st.session_state.get(_CHOICES, {}).get(key, first)


def take_choice(key: str) -> None:
    """Keep what the widget of this key holds; its callback."""
    choose(key, st.session_state[key])


def choose(key: str, value: object) -> None:
    """Let the widget of this key hold ``value`` from now on."""
    st.session_state.setdefault(_CHOICES, {})[key] = value


def set_floor(rate: str, floor: str) -> None:
    """Let "``rate`` at least x" have this x from now on, a decimal numeral above 0 and at most 1."""
    st.session_state[_FLOORS] = floors() | {rate: floor}


# Subgroups: by which column of the images.

SUBGROUP_SWITCH = "subgroup_switch"
_SUBGROUP = "by"


def subgroup(columns: Sequence[str]) -> str:
    """Which of ``columns`` the images are told apart by: as the address says, else this session, else the first."""
    return _chosen(_SUBGROUP, columns)


def show_subgroup(chosen: str) -> None:
    """Tell the images apart by this column from now on."""
    _keep(_SUBGROUP, chosen)
