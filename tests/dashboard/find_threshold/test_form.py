"""The form: what is written in a field is that number of the requirement, and no other."""

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.choosing.requirement import Requirement

FIELDS = {
    "cost": {"Cost of a miss": "7", "Cost of a false alarm": "2", "Prevalence": "4 %"},
    "ppv": {"Floor of the PPV": "30 %", "Prevalence": "0.04"},
    "capacity": {"Share that may be flagged": "30 %", "Prevalence": "0.04"},
    "net_benefit": {"Threshold probability": "15 %", "Prevalence": "4 %"},
    "both": {"Floor of sensitivity": "0.91", "Floor of specificity": "0.82"},
    "floor": {"Floor": "0.91"},
}
BOTH = (("sensitivity", "0.91"), ("specificity", "0.82"))
ASKED = {
    "cost": Requirement(kind="cost", miss="7", alarm="2", prevalence="0.04"),
    "ppv": Requirement(kind="ppv", ppv="0.30", prevalence="0.04"),
    "capacity": Requirement(kind="capacity", capacity="0.30", prevalence="0.04"),
    "net_benefit": Requirement(kind="net_benefit", probability="0.15", prevalence="0.04"),
    "both": Requirement(kind="both", floors=BOTH, confidence="0.95"),
    "floor": Requirement(kind="floor", floors=BOTH[:1], confidence="0.95"),
}


def page():
    import streamlit as st

    from dashboard import state
    from dashboard.find_threshold import form

    st.session_state["asked"] = form.form()
    st.session_state["known"] = state.prevalence()


def begin(kind: str) -> AppTest:
    app = AppTest.from_function(page).run()
    if kind != "floor":
        app.button_group(key="requirement_switch").set_value(kind).run()
    return app


def write(app: AppTest, label: str, text: str) -> None:
    next(box for box in app.text_input if box.label == label).set_value(text).run()


@pytest.mark.parametrize("kind", FIELDS)
def test_each_field_is_the_number_that_its_label_says(kind):
    app = begin(kind)
    assert {box.label for box in app.text_input} == set(FIELDS[kind])
    for label, text in FIELDS[kind].items():
        write(app, label, text)
    assert not app.exception
    assert app.session_state["asked"] == ASKED[kind]
    assert {box.label: box.value for box in app.text_input} == FIELDS[kind]


def test_the_words_stand_before_their_own_fields():
    words = [element.value for element in begin("cost").text]
    assert words == ["I want the least cost when a miss costs", "and a false alarm", "and the prevalence is"]
    labels = [box.label for box in begin("cost").text_input]
    assert labels == ["Cost of a miss", "Cost of a false alarm", "Prevalence"]


def test_a_prevalence_is_the_clinics_on_every_page_and_an_empty_one_the_images():
    app = begin("cost")
    assert app.session_state["asked"].prevalence == ""
    write(app, "Prevalence", "4 %")
    assert app.session_state["known"] == 0.04
    write(app, "Prevalence", "")
    assert app.session_state["asked"] == Requirement(kind="cost", miss="10", alarm="1")


def test_what_cannot_be_read_is_no_requirement_and_says_which_field():
    app = begin("cost")
    write(app, "Cost of a false alarm", "free")
    assert app.session_state["asked"] is None
    assert "The cost of a false alarm is a number above 0" in "".join(str(html.proto) for html in app.get("html"))
