"""The controls of Adapt to a site, and its table in HTML, escaped."""

from __future__ import annotations

import streamlit as st

from core.errors import ImportFileError
from core.evaluation.choosing.cases_needed import sample_sizes
from core.evaluation.comparing.local_site import Site
from core.runs.local_file import read_local_file
from core.runs.store import Run
from core.telling.scale import Scale
from dashboard import gateway, state, theme, widgets
from dashboard.adaptation import how_many
from dashboard.adaptation import words as sentences
from dashboard.controls import bound, floor_input, switch
from dashboard.html_number import number
from dashboard.html_table import Row, cell, table

LEVELS = {"0.80": "80 %", "0.90": "90 %", "0.95": "95 %"}
SOURCE, RATE, LEVEL = (state.Choice[str](f"site_{name}") for name in ("source", "rate", "level"))
SIZE, SEED = (state.Choice[int](f"site_{name}", read=state.whole) for name in ("size", "seed"))
FILE = "site_file"


def floor_controls() -> tuple[str, str]:
    """Which rate must have a floor, and which floor."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        names = {rate: theme.RATES[rate] for rate in ("sensitivity", "specificity")}
        rate = switch("Must be guaranteed", RATE, names)
        floor_input(rate)
    return rate, state.floors()[rate]


def level() -> str:
    """The share of each class whose sets must hold the truth, a decimal numeral."""
    return switch("Each set holds the truth for", LEVEL, LEVELS, first="0.90")


def site(run: Run, reported: str, threshold: float, floor: tuple[str, str]) -> Site | None:
    """The site the reader asks for, beside the rest of ``reported``; None, with what is the matter, without one."""
    names = {"drawn": f"A sample of {theme.set_name(reported)}", "file": "A file of yours"}
    source = switch("Local cases", SOURCE, names)
    give = _drawn if source == "drawn" else _uploaded
    return give(run, reported, threshold, floor)


def _drawn(run: Run, reported: str, threshold: float, floor: tuple[str, str]) -> Site | None:
    sizes = sample_sizes(run.predictions(reported))
    if not sizes:
        widgets.small(how_many.too_few())
        return None
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        asked = SIZE.value(100)
        size = min(sizes, key=lambda size: abs(size - asked))
        bound(st.select_slider, "Patients", sizes, key=SIZE.widget, value=size, keep=SIZE.choose, width=300)
        seed = SEED.value(0)
        st.button("Draw others", key=f"{SEED.widget}_button", on_click=SEED.choose, args=(seed + 1,))
    return gateway.drawn_site(run, reported, size, seed, threshold, floor)


def _uploaded(run: Run, reported: str, threshold: float, floor: tuple[str, str]) -> Site | None:
    file = st.file_uploader(
        "Predictions of this model on your cases", type=["csv", "parquet"], key=FILE, help=sentences.FILE_HELP
    )
    widgets.small(sentences.FILE_HELP)
    if file is None:
        return None
    try:
        read = read_local_file(run, file.name, file.getvalue())
    except ImportFileError as error:
        widgets.notice("This file cannot be used", "Nothing was kept of it.", detail=str(error))
        return None
    for said in read.odd:
        widgets.callout(said.head, said.text, warn=True)
    widgets.read_otherwise(read.changed)
    found = gateway.site_of(run, reported, read.predictions, threshold, floor)
    shared = sentences.left_out(found.rest, run.predictions(reported), named=theme.set_name(reported))
    for line in (_clipped(read.clipped), shared):
        if line:
            widgets.small(line)
    return found


def _clipped(number_of: int) -> str:
    return f"{theme.counted(number_of, 'probability', 'probabilities')} of exactly 0 or 1 clipped." if number_of else ""


def ways_table(found: Site, floor: tuple[str, str], scale: Scale, *, caption: str) -> None:
    """One row a way: what was fitted, the threshold, and the rates on the local cases and on the rest of the set."""
    columns = (
        "Way",
        "Fitted",
        "Threshold becomes",
        "Local: sensitivity",
        "Local: specificity",
        "The rest: sensitivity",
        "The rest: specificity",
    )
    table(columns, [_row(found, way.name, floor, scale) for way in found.ways], name="ways", caption=caption)


def _row(found: Site, name: str, floor: tuple[str, str], scale: Scale) -> Row:
    way = next(way for way in found.ways if way.name == name)
    fitted = cell(*sentences.fitted(way, floor))
    if way.reason:
        return sentences.WAYS[name], [fitted, f"{theme.EM_DASH} no threshold"]
    called = theme.probability(scale.probability(way.threshold))
    rates = [
        number(found.rates[name][where][rate]) for where in ("local", "rest") for rate in ("sensitivity", "specificity")
    ]
    return sentences.WAYS[name], [fitted, cell(called, f"{scale.unit} {theme.logit(way.threshold)}"), *rates]


def errors_table(found: Site, *, caption: str) -> None:
    """Brier score, NLL and debiased ECE on the rest of the set, of each way that calibrates."""
    rows = [
        (sentences.WAYS[name], [number(own) for own in (errors.brier, errors.nll, errors.ece_debiased)])
        for name, errors in found.errors.items()
    ]
    table(
        ("Probabilities", "Brier score", "NLL", "ECE, debiased"),
        rows,
        name="probabilities",
        caption=caption,
        side_by_side=3,
    )
