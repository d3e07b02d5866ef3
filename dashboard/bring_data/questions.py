"""What is asked about a file, all on one short form: each answer may bring further questions, and stays changeable."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from core.runs.asking import Question, Understanding
from core.runs.mapping import SCALES, Mapping, Value, in_finding
from core.runs.understanding import understand
from dashboard import state, widgets
from dashboard.bring_data import words
from dashboard.bring_data.brought import Brought
from dashboard.controls import bound

_ANSWERS = state.Note[tuple[tuple[str, ...], dict[str, Any]]]("bring_answers")
_LISTED = 8
"""So many answers stand below each other; more are picked from a list."""
_ROUNDS = 12
_AS_UNDERSTOOD, _NONE = "as understood", "none"


def understood(brought: Brought, *, into: bool) -> tuple[Understanding, list[Question]]:
    """What is known of the file with the answers that were given before, and all questions that it takes, answered or
    not: ``questions`` and ``offers`` of the first are those that are open."""
    given = _answers(brought)
    mapping, asked = _corrected(brought.mapping, given), list[Question]()
    for _ in range(_ROUNDS):
        found = _understood(brought, mapping, into=into)
        now = [*found.questions, *found.offers]
        asked += now
        answers = [(one, _held(one, given)) for one in now]
        for one, value in answers:
            if value is not None:
                mapping = _answered(one, mapping, value)
        if not now or any(value is None for _, value in answers):
            break
    return found, asked


def _answered(question: Question, mapping: Mapping, value: Value) -> Mapping:
    if question.takes_findings:
        return question.answered(mapping, *(choice for choice in question.choices if choice.value in _words(value)))
    return mapping.with_answer(question.key, value, question.places)


def _understood(brought: Brought, mapping: Mapping, *, into: bool) -> Understanding:
    return brought.kept(
        ("understood", mapping.to_toml(), into),
        lambda: understand(brought.file, mapping, into=into, content=brought.content),
    )


def ask(brought: Brought, asked: list[Question]) -> None:
    """Draw the questions with the answers that were given."""
    given = _answers(brought)
    for question in asked:
        widgets.sentence(question.asks)
        _control(brought, question, _held(question, given))


def correct(brought: Brought, found: Understanding) -> None:
    """Controls for what was understood wrongly: each column's meaning, and the scale of the score. Columns and scales
    of several findings are a matter of a mapping."""
    if found.sheet is None:
        return
    given = _answers(brought)
    several = len(found.mapping.findings) > 1
    for key, name in (words.ROLES | {"scale": "What the score is"}).items():
        if several and in_finding(key):
            continue
        known = list(SCALES) if key == "scale" else [*found.sheet.columns, _NONE]
        held = given.get(_corrects(key), _AS_UNDERSTOOD)
        bound(
            st.selectbox,
            name,
            [_AS_UNDERSTOOD, *known],
            key=f"bring_correct_{key}",
            value=held if held in known else _AS_UNDERSTOOD,
            keep=partial(_keep_correction, brought, key),
        )


def _keep_correction(brought: Brought, key: str, value: str) -> None:
    _keep(brought, _corrects(key), None if value == _AS_UNDERSTOOD else value)


def _control(brought: Brought, question: Question, held: Value | None) -> None:
    key, label = f"bring_{question.name}", widgets.as_typed(question.asks)
    look: dict[str, Any] = {"label_visibility": "collapsed"}

    def keep(value: Value | None) -> None:
        _keep(brought, question.name, value)

    if not question.choices:
        bound(st.text_input, label, key=key, value=str(held or ""), keep=lambda text: keep(text or None), **look)
        return
    said = [words.answer(question, choice) for choice in question.choices]
    values = [choice.value for choice in question.choices]
    if question.takes_findings:
        names = tuple(map(str, values))
        bound(
            st.multiselect,
            label,
            names,
            key=key,
            value=list(_words(held)),
            keep=lambda chosen: keep(tuple(name for name in names if name in chosen) or None),
            placeholder="One finding, or several",
            format_func=dict(zip(names, said, strict=True)).__getitem__,
            **look,
        )
        st.button(f"Take all {len(names)}", key=f"{key}_all", on_click=keep, args=(names,))
        return
    if _takes_several(question):
        words_of = dict(zip(said, values, strict=True))
        bound(
            st.multiselect,
            label,
            said,
            key=key,
            value=[text for text, value in words_of.items() if set(_words(value)) <= set(_words(held))],
            keep=lambda chosen: keep(tuple(word for text in chosen for word in _words(words_of[text])) or None),
            placeholder="One word, or several",
            **look,
        )
        return
    widget: Any = st.radio if len(said) <= _LISTED else st.selectbox
    shown = list(map(widgets.as_typed, said)) if widget is st.radio else said
    bound(
        widget,
        label,
        list(range(len(said))),
        key=key,
        value=values.index(held) if held in values else None,
        keep=lambda chosen: keep(None if chosen is None else values[chosen]),
        format_func=shown.__getitem__,
        **look,
    )


def _words(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _takes_several(question: Question) -> bool:
    """Whether several of the words that are offered may be meant together."""
    return question.key == "positive" and len(question.choices) > 2


def _held(question: Question, given: dict[str, Any]) -> Value | None:
    """The answer that was given to the question, where it is one of those that it has."""
    value: Value | None = given.get(question.name)
    values = [choice.value for choice in question.choices]
    if question.takes_findings:
        return value if isinstance(value, tuple) and set(value) <= set(values) else None
    if isinstance(value, tuple) and _takes_several(question):
        return value if all((word,) in values for word in value) else None
    return value if value in values or not values else None


def _corrected(mapping: Mapping, given: dict[str, Any]) -> Mapping:
    for key in (*words.ROLES, "scale"):
        if (value := given.get(_corrects(key))) is not None:
            mapping = mapping.with_answer(key, "" if value == _NONE else value)
    return mapping


def _corrects(key: str) -> str:
    return f"correct {key}"


def _answers(brought: Brought) -> dict[str, Any]:
    key, given = _ANSWERS.value(((), {}))
    return given if key == brought.key else {}


def _keep(brought: Brought, key: str, value: Value | None) -> None:
    _ANSWERS.keep((brought.key, _answers(brought) | {key: value}))
