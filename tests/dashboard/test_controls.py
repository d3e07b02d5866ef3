"""A widget shows what the state holds and gives back what the reader makes of it; checked in Streamlit itself."""

from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.controls import bound, numeral


def script() -> None:
    import streamlit as st

    from dashboard import state
    from dashboard.controls import bound, choose, floor_input, switch

    fruit = state.Choice[str]("fruit")
    number = state.Choice[int]("number", "number_widget", read=state.whole)
    state.resolve()
    chosen = switch("Fruit", fruit, {"apple": "An apple", "pear": "A pear"})
    other = choose(st.selectbox, "Again", state.Choice[str]("again"), {"a": "A", "b": "B"}, first="b")
    bound(st.slider, "Number", 0, 10, key=number.widget, value=number.value(4), keep=number.choose)
    floor_input("sensitivity")
    state.settle()
    st.text(f"{chosen} {other} {number.value(4)} {state.floors()['sensitivity']}")


def test_what_is_chosen_is_kept_and_shown():
    app = AppTest.from_function(script).run()
    assert app.text[0].value == "apple b 4 0.95"
    app.button_group(key="fruit").set_value("pear").run()
    app.slider(key="number_widget").set_value(9).run()
    app.selectbox(key="again").set_value("a").run()
    app.number_input(key="delivery_floor").set_value(0.975).run()
    assert app.text[0].value == "pear a 9 0.975"
    assert app.query_params["fruit"] in ("pear", ["pear"])
    assert not app.exception


def test_a_browser_that_missed_the_first_answer_shows_the_same():
    """Told what the session holds once, it would fall back on a widget's own first value."""
    app = AppTest.from_function(script).run().run()
    shown = {
        "fruit": list(app.button_group(key="fruit").proto.default),
        "again": app.selectbox(key="again").proto.default,
        "number_widget": list(app.slider(key="number_widget").proto.default),
        "delivery_floor": app.number_input(key="delivery_floor").proto.default,
    }
    assert shown == {"fruit": [0], "again": 1, "number_widget": [4.0], "delivery_floor": 0.95}


def test_a_widget_that_says_what_it_showed_changes_nothing(monkeypatch):
    """As of a page that was left before the browser knew it; two clicks before it is drawn again both count."""
    told, kept = iter(["a", "b", "b", "a"]), []
    monkeypatch.setattr(state, "show_in_widget", lambda key, value: None)
    monkeypatch.setattr(state, "of_widget", lambda key: next(told))
    changed = bound(lambda label, *, on_change, **look: on_change, "Fruit", key="fruit", value="a", keep=kept.append)
    for _ in range(4):
        changed()
    assert kept == ["b", "a"]


def test_the_address_moves_the_widget():
    app = AppTest.from_function(script)
    app.query_params["fruit"] = "pear"
    app.run()
    assert app.text[0].value.startswith("pear")
    assert app.button_group(key="fruit").value == "pear"


def test_numerals_of_floors():
    assert [numeral(value) for value in (0.9, 0.95, 0.975, 0.5)] == ["0.90", "0.95", "0.975", "0.50"]
