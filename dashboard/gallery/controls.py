"""What is looked at, in which order, filtered how, and which page: the controls over the grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.evaluation.outcomes import ORDERS, OUTCOMES, outcome_counts
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets
from dashboard import words as words_of_runs
from dashboard.gallery import words
from dashboard.gallery.view import KINDS, View, presets

_ORDER_WORDS = {"confident": "Most confident", "nearest": "Nearest to the threshold", "data order": "As in the data"}
_LEAST = 0.0001  # of a probability that can be typed


def kind_switch(run: Run) -> None:
    """The four outcomes with their exact counts at the threshold, and what changes to another one."""
    counts = outcome_counts(run.predictions[state.split(run)], state.threshold(run))
    names = {kind: f"{words.OUTCOMES[kind][0]} {theme.count(counts[kind])}" for kind in OUTCOMES}
    names["changes"] = "What changes"
    changed = bound("gallery_kind", state.gallery_kind(KINDS), state.show_gallery_kind)
    st.segmented_control(
        "Images to look at", list(names), key="gallery_kind", format_func=names.__getitem__, required=True,
        label_visibility="collapsed", on_change=changed,
    )  # fmt: skip


def filters(view: View) -> None:
    """Order, subgroups and marks."""
    run_id = view.run.run_id
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if view.kind != "changes":
            changed = bound("gallery_order", view.selection.order, state.show_gallery_order)
            st.selectbox(
                "Order", ORDERS, key="gallery_order", format_func=_ORDER_WORDS.__getitem__, width=220,
                on_change=changed,
            )  # fmt: skip
        for number, (name, wanted) in enumerate(view.selection.levels):
            _level_filter(view, f"gallery_levels_{number}", name, wanted)
        changed = bound("gallery_marked", view.marked_only, lambda only: state.want_marked_only(run_id, only))
        st.checkbox(f"Marked only ({theme.count(len(view.marks))})", key="gallery_marked", on_change=changed)


def _level_filter(view: View, key: str, name: str, wanted: tuple[str | None, ...]) -> None:
    changed = bound(key, list(wanted), lambda levels: state.want_levels(view.run.run_id, name, levels))
    negatives, positives = gateway.classes_without_level(view.run, view.split, name)
    absent = words_of_runs.without_level(
        levels_of_positives=gateway.levels_of_positives(view.run, view.split, name),
        positives=positives, negatives=negatives,
    )  # fmt: skip
    st.multiselect(
        _plain(name), gateway.subgroup_levels(view.run, view.split)[name], key=key, placeholder="all", width=210,
        format_func=lambda level: absent if level is None else level, on_change=changed,
    )  # fmt: skip


def _plain(name: str) -> str:
    """A name from a file as the label of a widget, which renders markdown: letters and digits only."""
    return widgets.plain(name).capitalize() or "Subgroup"


def other_threshold(view: View) -> None:
    """Where "what changes" goes to: a threshold that validation chose, or any probability."""
    run_id, now, known = view.run.run_id, float(view.selection.other or 0.0), presets(view.run)
    called = {name: theme.probability(view.scale.probability(value)) for name, value in known.items()}
    if known:
        at = next((name for name, value in known.items() if value == now), None)
        # A second click on the preset in use chooses nothing, and changes nothing.
        changed = bound("gallery_preset", at, lambda name: state.set_other_threshold(run_id, known.get(name, now)))
        st.segmented_control(
            "To a threshold chosen on validation, or locked", list(known), key="gallery_preset",
            format_func=lambda name: f"{theme.RULES.get(name) or widgets.plain(name)} {called[name]}",
            on_change=changed,
        )  # fmt: skip
    shown = min(max(view.scale.probability(now), _LEAST), 1 - _LEAST)
    changed = bound(
        "gallery_probability", shown, lambda typed: state.set_other_threshold(run_id, view.scale.logit(typed))
    )
    st.number_input(
        f"To any {view.scale.name} probability", _LEAST, 1 - _LEAST, step=0.01, format="%.4f",
        key="gallery_probability", width=230, on_change=changed,
    )  # fmt: skip


def pager(view: View, size: int, hint: str = "") -> None:
    """Which images are seen, a ``hint`` how to go on, and the pages before and after."""
    page, pages = view.page(size), view.pages(size)
    start = (page - 1) * size
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if pages > 1:
            st.button("‹ Previous page", key="gallery_previous", disabled=page == 1, on_click=view.turn_to,
                      args=(page - 1,))  # fmt: skip
            st.button("Next page ›", key="gallery_next", disabled=page == pages, on_click=view.turn_to,
                      args=(page + 1,))  # fmt: skip
        seen = words.span(start, min(start + size, len(view.rows)), len(view.rows))
        widgets.small(f"{seen} · {hint}" if hint else seen)


def bound(key: str, shown: object, keep: Callable[[Any], object]) -> Callable[[], None]:
    """Let the widget of this key show what the state holds; what it should do when the reader changes it."""
    state.show_value_in_widget(key, shown)

    def changed() -> None:
        keep(state.value_of_widget(key))

    return changed
