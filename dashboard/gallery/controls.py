"""What is looked at, in which order, filtered how, and which page: the controls over the grid."""

from __future__ import annotations

import streamlit as st

from core.evaluation.comparing.label_errors import suspects
from core.evaluation.outcomes import OUTCOMES, outcome_counts
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets
from dashboard import words as words_of_runs
from dashboard.controls import bound, choose, switch
from dashboard.gallery import words
from dashboard.gallery.view import View, presets

_ORDER_WORDS = {"confident": "Most confident", "nearest": "Nearest to the threshold", "data order": "As in the data"}
_LEAST = 0.0001  # of a probability that can be typed


def kind_switch(run: Run) -> None:
    """The four outcomes with their exact counts at the threshold, what changes to another one, and doubted labels."""
    counts = outcome_counts(run.predictions(state.split(run)), state.threshold(run))
    names = {kind: f"{words.OUTCOMES[kind][0]} {theme.count(counts[kind])}" for kind in OUTCOMES}
    names["changes"] = "What changes"
    doubted = len(suspects(run.predictions(state.split(run))))
    names["suspects"] = f"Suspected label errors {theme.count(doubted)}"
    switch("Images to look at", state.GALLERY_KIND, names, label_visibility="collapsed")


def filters(view: View) -> None:
    """Order, subgroups and marks."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if view.kind in OUTCOMES:
            choose(st.selectbox, "Order", state.GALLERY_ORDER, _ORDER_WORDS, width=220)
        for number, (name, wanted) in enumerate(view.selection.levels):
            _level_filter(view, f"gallery_levels_{number}", name, wanted)
        bound(
            st.checkbox,
            f"Marked only ({theme.count(len(view.marks))})",
            key=state.MARKED_ONLY.widget,
            value=view.marked_only,
            keep=state.MARKED_ONLY.choose,
        )
        if view.filtered:
            st.button("Clear filters", key="gallery_clear", on_click=_clear, args=(view,))


def _level_filter(view: View, key: str, name: str, wanted: tuple[str | None, ...]) -> None:
    negatives, positives = gateway.classes_without_level(view.run, view.split, name)
    absent = words_of_runs.without_level(
        levels_of_positives=gateway.levels_of_positives(view.run, view.split, name),
        positives=positives,
        negatives=negatives,
    )
    bound(
        st.multiselect,
        _plain(name),
        gateway.subgroup_levels(view.run, view.split)[name],
        key=key,
        value=list(wanted),
        keep=lambda levels: state.want_levels(name, levels),
        placeholder="all",
        width=210,
        format_func=lambda level: absent if level is None else level,
    )


def _clear(view: View) -> None:
    for name in view.predictions.subgroups:
        state.want_levels(name, ())
    state.MARKED_ONLY.choose(False)


def _plain(name: str) -> str:
    """A name from a file as the label of a widget, which renders markdown: letters and digits only."""
    return widgets.plain(name).capitalize() or "Subgroup"


def other_threshold(view: View) -> None:
    """Where "what changes" goes to: a threshold that validation chose, or any probability."""
    now, known = float(view.selection.other or 0.0), presets(view.run)
    called = {name: theme.probability(view.scale.probability(value)) for name, value in known.items()}
    if known:
        at = next((name for name, value in known.items() if value == now), None)
        # A second click on the preset in use chooses nothing, and changes nothing.
        bound(
            st.segmented_control,
            "To a threshold chosen on validation, or locked",
            list(known),
            key="gallery_preset",
            value=at,
            keep=lambda name: state.OTHER_THRESHOLD.choose(known.get(name, now)),
            format_func=lambda name: f"{theme.RULES.get(name) or widgets.as_typed(name)} {called[name]}",
        )
    if not view.scale.is_probability:
        bound(
            st.number_input,
            "To any score",
            key="gallery_score",
            value=now,
            keep=state.OTHER_THRESHOLD.choose,
            width=230,
        )
        return
    shown = min(max(view.scale.probability(now), _LEAST), 1 - _LEAST)
    bound(
        st.number_input,
        f"To any {view.scale.called}",
        _LEAST,
        1 - _LEAST,
        step=0.01,
        format="%.4f",
        key="gallery_probability",
        value=shown,
        width=230,
        keep=lambda typed: state.OTHER_THRESHOLD.choose(view.scale.logit(typed)),
    )


def pager(view: View, size: int, hint: str = "") -> None:
    """Which images are seen, a ``hint`` how to go on, and the pages before and after."""
    page, pages = view.page(size), view.pages(size)
    start = (page - 1) * size
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if pages > 1:
            st.button(
                "‹ Previous page", key="gallery_previous", disabled=page == 1, on_click=view.turn_to, args=(page - 1,)
            )
            st.button(
                "Next page ›", key="gallery_next", disabled=page == pages, on_click=view.turn_to, args=(page + 1,)
            )
        seen = words.span(start, min(start + size, len(view.rows)), len(view.rows))
        widgets.small(f"{seen} · {hint}" if hint else seen)
