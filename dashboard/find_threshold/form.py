"""The form of Find a threshold: one sentence whose words can be changed."""

from __future__ import annotations

import html

import streamlit as st

from core.evaluation.choosing.requirement import Requirement
from dashboard import drawn, state
from dashboard.controls import bound
from dashboard.find_threshold import words as sentences
from dashboard.question import CONFIDENCES, FIRST, KINDS, OTHER, numeral_of_share, read, written


def form() -> Requirement | None:
    """What must hold, as the reader writes it; None while it cannot be read, which is said in words."""
    texts = written()
    kind = texts["kind"] if texts["kind"] in KINDS else FIRST["kind"]
    bound(
        st.segmented_control,
        "What must hold",
        list(KINDS),
        key=state.REQUIRED["kind"].widget,
        value=kind,
        keep=lambda chosen: state.require("kind", chosen),
        format_func=KINDS.__getitem__,
        required=True,
        label_visibility="collapsed",
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="requirement"):
        _FIELDS[kind](texts)
    requirement, problems = read(texts)
    for problem in problems:
        drawn.html(f"<div class='tw-callout tw-warn' role='alert'>{html.escape(problem)}</div>")
    return requirement


def _floor(texts: dict[str, str]) -> None:
    drawn.text("I need")
    _choice("rate", "Rate with the floor", {rate: rate for rate in OTHER}, texts, width=150)
    drawn.text("of at least")
    _number(texts["rate"], "Floor", texts)
    _choice("confidence", "Confidence", CONFIDENCES, texts, width=290)
    drawn.text(sentences.then("floor", texts["rate"]))


def _both(texts: dict[str, str]) -> None:
    drawn.text("I need sensitivity of at least")
    _number("sensitivity", "Floor of sensitivity", texts)
    drawn.text("and specificity of at least")
    _number("specificity", "Floor of specificity", texts)
    _choice("confidence", "Confidence", CONFIDENCES, texts, width=290)
    drawn.text(sentences.then("both", texts["rate"]))


def _ppv(texts: dict[str, str]) -> None:
    drawn.text("I want the largest sensitivity with a PPV of at least")
    _number("ppv", "Floor of the PPV", texts)
    _prevalence(texts)


def _cost(texts: dict[str, str]) -> None:
    drawn.text("I want the least cost when a miss costs")
    _number("miss", "Cost of a miss", texts)
    drawn.text("and a false alarm")
    _number("alarm", "Cost of a false alarm", texts)
    _prevalence(texts)


def _capacity(texts: dict[str, str]) -> None:
    drawn.text("I want the largest sensitivity when at most")
    _number("capacity", "Share that may be flagged", texts)
    drawn.text("may be flagged")
    _prevalence(texts)


def _net_benefit(texts: dict[str, str]) -> None:
    drawn.text("I want the largest net benefit when I would act from a probability of")
    _number("probability", "Threshold probability", texts)
    drawn.text("on")
    _prevalence(texts)


def _prevalence(texts: dict[str, str]) -> None:
    drawn.text("and the prevalence is")
    _number("prevalence", "Prevalence", texts, placeholder="as in the images", width=145)


def _choice(name: str, label: str, options: dict[str, str], texts: dict[str, str], *, width: int) -> None:
    bound(
        st.selectbox,
        label,
        list(options),
        key=state.REQUIRED[name].widget,
        value=texts[name] if texts[name] in options else FIRST[name],
        keep=lambda chosen: state.require(name, chosen),
        format_func=options.__getitem__,
        label_visibility="collapsed",
        width=width,
    )


def _number(name: str, label: str, texts: dict[str, str], *, placeholder: str = "", width: int = 80) -> None:
    bound(
        st.text_input,
        label,
        key=state.REQUIRED[name].widget,
        value=texts[name],
        keep=lambda text: _written(name, text),
        label_visibility="collapsed",
        width=width,
        placeholder=placeholder,
        max_chars=20,
    )


_FIELDS = {
    "floor": _floor,
    "both": _both,
    "ppv": _ppv,
    "cost": _cost,
    "capacity": _capacity,
    "net_benefit": _net_benefit,
}


def _written(name: str, text: str) -> None:
    """A prevalence that can be read is the clinic's on every page; everything else is this page's own."""
    state.require(name, text)
    if name == "prevalence":
        known = numeral_of_share(text)
        if known is not None or not text.strip():
            state.set_prevalence(None if known is None else float(known))
