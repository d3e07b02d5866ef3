"""Radiographs that a reader brings: read one after the other, in this session's memory, and what the network says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.errors import ImageError, WorkbenchError
from core.explain.heat_map_choice import METHODS, default_layer
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets
from dashboard.bring_data import film_html, film_words
from dashboard.bring_data.film_words import InUse
from dashboard.controls import bound, switch
from dashboard.gateway import ReadFilm
from dashboard.html_table import table
from dashboard.places import pictures_of
from dashboard.words import class_words

MOST = 50
FILES = "bring_films"
HEAT_MAP = state.Choice[str]("film_heat_map", read=lambda text: text if text in ("no", "yes") else None)
_READ = state.Note[tuple[object, dict[str, "ReadFilm | str"]]]("bring_read_films")
_CLOSER = state.Note[int]("bring_film_closer")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Brought:
    """A file with what became of it: a film that was read, or in words why it cannot be."""

    name: str
    content: bytes
    found: ReadFilm | str


def bring_films(run: Run) -> None:
    """The whole part of the page: the files, what the network says of each, and one of them closer."""
    with widgets.section("Which radiographs?"):
        uploaded = st.file_uploader(
            f"JPEG, PNG, TIFF or DICOM, up to {MOST} files", accept_multiple_files=True, key=FILES
        )
        widgets.small(film_words.HELP)
        _clinic()
        brought = _read(run, uploaded)
    if not brought:
        return
    read = [one for one in brought if isinstance(one.found, ReadFilm)]
    with widgets.section("What the network says of them"):
        widgets.callout("Not for diagnosis.", film_words.headline(len(brought), len(read)), warn=True)
        _refused(brought)
        if read:
            _table(run, read)
            _how(run)
    if read:
        with widgets.section("One film closer"):
            _closer(run, read)


def _clinic() -> None:
    known, key = state.prevalence(), "bring_prevalence"

    def keep() -> None:
        percent = state.of_widget(key)
        state.set_prevalence(None if percent is None else percent / 100)

    state.show_in_widget(key, None if known is None else round(100 * known, 4))
    # Drawn without a first value, as one that has it cannot be emptied again.
    st.number_input(
        "Prevalence at your clinic, in per cent",
        0.01,
        99.99,
        value=None,
        step=1.0,
        width=300,
        key=key,
        placeholder="not stated",
        on_change=keep,
    )


def _read(run: Run, uploaded: Sequence[Any]) -> list[Brought]:
    """Every file that was not read before is read now; what was read of files that were taken away is forgotten."""
    key, before = _READ.value((None, {}))
    files, found = uploaded[:MOST], dict[str, ReadFilm | str]()
    if key != run.key:
        before = {}
    waiting = [file for file in files if file.file_id not in before]
    bar = st.progress(0.0, "Reading") if waiting else None
    for file in files:
        if file.file_id in before:
            found[file.file_id] = before[file.file_id]
            continue
        if bar is not None:
            bar.progress(len(found) / len(files), f"Reading {len(found) + 1} of {len(files)}")
        try:
            found[file.file_id] = gateway.read_film(run, file.getvalue())
        except ImageError as error:
            found[file.file_id] = str(error)
    if bar is not None:
        bar.empty()
    _READ.keep((run.key, found))
    if len(uploaded) > MOST:
        widgets.callout("", film_words.too_many(len(uploaded), MOST), warn=True)
    return [Brought(name=file.name, content=file.getvalue(), found=found[file.file_id]) for file in files]


def _refused(brought: Sequence[Brought]) -> None:
    bad = [(one.name, one.found) for one in brought if isinstance(one.found, str)]
    if bad:
        text = f"{theme.counted(len(bad), 'file')} cannot be read; the others go on."
        widgets.notice("Not read", text, detail="\n".join(f"{name}: {reason}" for name, reason in bad))


def in_use(run: Run) -> InUse:
    """The newest locked threshold, else the one in use on every page."""
    locked = gateway.locked_points(run)
    if locked:
        return InUse(threshold=locked[-1].threshold, called=f"the locked threshold “{locked[-1].name}”")
    return InUse(threshold=state.threshold(run), called="the threshold in use, which nobody locked")


def _table(run: Run, read: Sequence[Brought]) -> None:
    used, known, scale = in_use(run), gateway.acquaintance(run), state.scale(run)
    share, prevalences = gateway.validation_share(run), state.prevalences()
    at = [scale.at(share, prevalence) for prevalence in prevalences] if share and scale.name == "calibrated" else []
    rows = []
    for one in read:
        assert isinstance(one.found, ReadFilm)
        film, reading = one.found.film, one.found.reading
        cells = [
            film_html.verdict(film_words.verdict(known, film, reading)),
            film_html.number(*film_words.probability(scale, reading)),
            *([film_html.number(*film_words.at_clinic(at, reading))] if at else []),
            film_html.number(*film_words.side(used, reading, class_words(run))),
        ]
        rows.append((film_html.film(gateway.film_uri(film), one.name, film_words.file_facts(film)), cells))
    names = ["Film", "Does the network know such films?", scale.called.capitalize()]
    clinics = [f"At your clinic’s {theme.prevalence(prevalences[0])}"] if at else []
    table(
        [*names, *clinics, "Called"],
        rows,
        name="films",
        side_by_side=1,
        caption=film_words.caption(used, theme.probability(scale.probability(used.threshold))),
    )


def _how(run: Run) -> None:
    known = gateway.acquaintance(run)
    with widgets.folded("How it tells whether it knows such films, and how far to trust that"):
        rates: Mapping[str, Any] = (
            {}
            if known is None
            else {name: gateway.false_alarms(run, name) for name in ("test",) if run.predictions(name).n}
        )
        for line in film_words.how(known, rates):
            widgets.sentence(line)


def _closer(run: Run, read: Sequence[Brought]) -> None:
    numbers = list(range(len(read)))
    chosen = min(_CLOSER.value(0), len(read) - 1)
    bound(
        st.selectbox,
        "Film",
        numbers,
        key="bring_film_closer",
        value=chosen,
        keep=_CLOSER.keep,
        format_func=lambda at: f"{at + 1}. {read[at].name}",
        width=420,
    )
    heat = switch("Heat map", HEAT_MAP, {"no": "without", "yes": "with its heat map"}) == "yes"
    one = read[chosen]
    assert isinstance(one.found, ReadFilm)
    film, reading = one.found.film, one.found.reading
    method = state.HEAT_MAP_METHOD.among(list(METHODS))
    layer = default_layer(len(film.square))
    try:
        with st.spinner("Making the pictures"):
            plain, warm = gateway.film_pictures(run, one.content, film, heat=(method, layer) if heat else None)
    except WorkbenchError as error:
        widgets.small(f"No picture: {error}")
        return
    titles = [(plain, one.name, "The film as it was brought.")]
    if heat:
        said = f"{METHODS[method]} at {layer}; what raised the score is bright. Not where disease is."
        titles.append((warm, "Heat map", said))
    film_html.pictures(titles, alt="Radiograph that was brought")
    for line in film_words.burned_in(film):
        widgets.small(line)
    widgets.label("The most similar films of train")
    _similar(run, reading.similar)


def _similar(run: Run, similar: Sequence[tuple[str, float]]) -> None:
    if not similar:
        widgets.small(film_words.NO_FEATURES)
        return
    pictures = pictures_of(run)
    truth = dict(zip(run.records["image_id"], run.records["label"], strict=True))
    shown = []
    for image_id, distance in similar:
        picture, problem = "", ""
        if pictures is not None and image_id in truth:
            try:
                picture = gateway.jpeg_uri(pictures.thumbnail(image_id))
            except ImageError as error:
                problem = f" No picture: {error}"
        named = film_words.truth_of(truth.get(image_id), class_words(run))
        shown.append((picture, named, f"distance {theme.fixed(distance, 1)}; {image_id}{problem}"))
    film_html.pictures(shown, alt="Film of train")
    widgets.small(film_words.SIMILAR)
