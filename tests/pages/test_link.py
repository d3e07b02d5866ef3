"""A link restores everything: every choice that is declared is changed by its widget, and its address opened afresh."""

import importlib
import pkgutil
import shutil

import numpy as np
import pandas as pd
import pytest

import dashboard
from core.explain.pictures import Pictures
from core.runs.importer import import_predictions
from core.runs.store import read_run
from core.stress_test import stress_test
from dashboard import theme
from dashboard.state import Choice
from tests.core.runs.several import mapping, write
from tests.core.runs.several import table as two_findings

KINDS = (
    "button_group",
    "selectbox",
    "number_input",
    "text_input",
    "slider",
    "select_slider",
    "checkbox",
    "multiselect",
)
STARTS = [
    ("overview", "grouped", {}),
    ("operating_point", "grouped", {}),
    ("calibration", "grouped", {}),
    ("subgroups", "grouped", {}),
    ("subgroups", "grouped", {"by": "scanner"}),
    ("two_thresholds", "grouped", {}),
    ("utility", "grouped", {}),
    ("lock", "grouped", {}),
    ("delivery", "grouped", {}),
    ("delivery", "hospitals", {}),
    ("delivery", "grouped", {"rule": "specificity"}),
    ("delivery", "grouped", {"rule": "sensitivity"}),
    ("adaptation", "grouped", {}),
    ("adaptation", "grouped", {"site_source": "drawn", "site_rate": "specificity"}),
    ("find_threshold", "grouped", {}),
    ("find_threshold", "hospitals", {}),
    *(
        ("find_threshold", "grouped", {"question": kind})
        for kind in ("floor", "both", "ppv", "cost", "capacity", "net_benefit")
    ),
    ("find_threshold", "grouped", {"question": "floor", "need_rate": "specificity"}),
    ("gallery", "grouped", {}),
    ("gallery", "grouped", {"show": "changes"}),
    ("gallery", "pictured", {"show": "tp", "threshold": "-100.0"}),
    ("gallery", "files", {"image": "?", "split": "validation"}),
    ("stress_test", "files", {}),
    ("compare", "grouped", {"split": "validation"}),
    ("compare", "grouped", {"split": "validation", "with": "hospitals"}),
    ("operating_point", "several", {}),
    ("adaptation", "pictured", {}),
    ("bring_data", "grouped", {}),
]
OTHER_KEYS = {
    "delivery_floor": {"specificity_at_least", "sensitivity_at_least"},
    "gallery_levels_0": {"only"},
    "gallery_levels_1": {"only"},
    "gallery_levels_2": {"only"},
    "gallery_probability": {"to"},
    "require_prevalence": {"prevalence", "need_prevalence"},
}
"""Widgets that stand for several choices, or for one in other words."""
BUTTONS = {"site_seed_button": "site_seed", "gallery_next": "page"}
OF_COMPONENTS = {
    "threshold": "-0.1",
    "rule_out": "-0.30000000000000004",
    "rule_in": "1e300",
    "prevalence": "0.030000000000000002",
    "prevalence_up_to": "0.2",
    "npv_at_least": "0.97",
    "ppv_at_least": "0.6",
    "image": "?",
}
"""What our own JavaScript changes, for which ``tests/e2e/test_link.py`` stands, with a value of each."""
OF_UPLOADS = {"film_heat_map"}
"""What is chosen of files that no link holds, for which ``tests/pages/test_films.py`` stands."""


def declared():
    """Every choice of the dashboard by its name, also those that stand in a tuple or a dict."""
    names = [module.name for module in pkgutil.walk_packages(dashboard.__path__, "dashboard.")]
    held = [
        value for name in names if name != "dashboard.Home" for value in vars(importlib.import_module(name)).values()
    ]
    for group in list(held):
        held += group.values() if isinstance(group, dict) else group if isinstance(group, tuple) else ()
    return {choice.name: choice for choice in held if isinstance(choice, Choice)}


@pytest.fixture(scope="session")
def linked_runs(tmp_path_factory, write_run_with_images):
    """A run with two subgroups, one with more than a page of pictures, and one that was stressed."""
    out = tmp_path_factory.mktemp("linked")
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 2, 800)
    table = pd.DataFrame(
        {
            "image_id": [f"i{row}" for row in range(800)],
            "y_true": truth,
            "logit": rng.normal(3 * truth - 1.5).round(4),
            "split": np.repeat(["validation", "test"], 400),
            "sex": rng.choice(["f", "m"], 800),
            "age": rng.choice(["young", "old"], 800),
            "scanner": [f"scanner {k:02}" for k in np.arange(800) % 25],
        }
    )
    table.to_csv(out / "grouped.csv", index=False)
    import_predictions(out / "grouped.csv", name="grouped", out=out)
    north = table[:200].assign(split="north")
    pd.concat([table, north]).to_csv(out / "hospitals.csv", index=False)
    import_predictions(out / "hospitals.csv", name="hospitals", out=out)
    import_predictions(write(two_findings(), out / "several.csv"), name="several", out=out, mapping=mapping())
    copies = [f"{copy:02d}/" for copy in range(20)]
    write_run_with_images(
        elsewhere := tmp_path_factory.mktemp("pictured"),
        "pictured",
        change=lambda records: pd.concat(
            [
                records.assign(**{name: [copy + one for one in records[name]] for name in ("image_id", "patient_id")})
                for copy in copies
            ],
            ignore_index=True,
        ),
    )
    shutil.copytree(elsewhere / "pictured", out / "pictured")
    run = read_run(write_run_with_images(out, "files"))
    stress_test(run, Pictures(run))
    return out


@pytest.fixture
def at(open_dashboard, linked_runs, monkeypatch):
    # How many floors were tried is a fact of the session, which no link tells.
    monkeypatch.setattr("dashboard.state.take_try", lambda run, asked: (asked,))

    def run(page, address):
        return open_dashboard(linked_runs, script=page, **address)

    return run


def first_image(folder):
    return str(read_run(folder).predictions("validation").image_id[0])


def widgets_of(app):
    return {widget.key: widget for kind in KINDS for widget in app.get(kind) if widget.key}


def seen(app, shown):
    """What the page says, in words, tables and the alternatives of its pictures."""
    words = [shown(app, kind) for kind in ("html", "markdown", "text", "code", "dataframe")]
    return [*words, *(chart.proto.alt for chart in app.get("plotly_chart"))]


def change(widget):
    """Set a widget to another value than it shows."""
    if widget.type == "button_group":
        known = list(widget.format_func.__self__)
        widget.set_value(known[(known.index(widget.value) + 1) % len(known)])
    elif widget.type == "selectbox":
        widget.select_index((widget.index + 1) % len(widget.options))
    elif widget.type == "multiselect":
        widget.set_value(widget.options[:1])
    elif widget.type == "checkbox":
        widget.set_value(not widget.value)
    elif widget.type == "text_input":
        widget.set_value("0.5")
    elif widget.type == "select_slider":
        widget.set_value(next(option for option in widget.options if str(option) != str(widget.value)))
    else:
        widget.set_value(widget.value - 1 if widget.type == "slider" else round(widget.value - 0.02, 4))
    return widget


def by_key(choices):
    return {choice.widget: {choice.name} for choice in choices.values()} | OTHER_KEYS


CHANGED: set[str] = set()


@pytest.mark.parametrize(("page", "run", "given"), STARTS, ids=[f"{page}-{run}-{given}" for page, run, given in STARTS])
def test_whatever_is_changed_by_its_widget_is_there_again_by_the_address(at, linked_runs, shown, page, run, given):
    if "image" in given:
        given = given | {"image": first_image(linked_runs / run)}
    app, names_of = at(page, {"run": run, **given}), by_key(declared())

    def same_by_its_address(app):
        again = at(page, app.query_params)
        assert {key: widget.value for key, widget in widgets_of(again).items()} == {
            key: widget.value for key, widget in widgets_of(app).items()
        }
        assert seen(again, shown) == seen(app, shown)
        assert again.query_params == app.query_params

    for key, name in BUTTONS.items():
        for button in [button for button in app.button if button.key == key]:
            button.click().run()
            assert name in app.query_params
            CHANGED.add(name)
            same_by_its_address(app)
    done: set[str] = {key for key, names in names_of.items() if names & given.keys()} - OTHER_KEYS.keys()
    while todo := [key for key in widgets_of(app) if key in names_of and key not in done]:
        key = todo[0] if todo[0] != "run_picker" else todo[-1]
        done.add(key)
        if key == "run_picker":
            continue  # has a test of its own
        before = dict(app.query_params)
        change(widgets_of(app)[key]).run()
        moved = {name for name in names_of[key] if app.query_params.get(name) != before.get(name)}
        assert moved, f"{key} is not in the address"
        CHANGED.update(moved)
    same_by_its_address(app)


def test_every_choice_was_changed():
    """After all of the above: a choice that no page shows has no control, or its page is missing in ``STARTS``."""
    assert {page for page, _, _ in STARTS} == theme.PAGES.keys() - {"clinic"}
    assert declared().keys() - CHANGED == (OF_COMPONENTS.keys() | OF_UPLOADS | {"run"}) - CHANGED


@pytest.mark.parametrize("page", theme.PAGES)
def test_what_components_change_comes_by_the_address_and_stays(at, linked_runs, shown, page):
    address = OF_COMPONENTS | {"run": "grouped", "split": "test", "image": "nowhere"}
    app = at(page, address)
    kept = app.query_params
    assert {name: kept.get(name) for name in OF_COMPONENTS if name != "image"} == {
        name: text for name, text in OF_COMPONENTS.items() if name != "image"
    }
    assert seen(at(page, kept), shown) == seen(app.run(), shown)


def test_each_run_is_as_it_was_left(at):
    app = at("operating_point", {"run": "grouped", "threshold": "0.25", "margin": "0.05"})
    app.selectbox(key="run_picker").select("pictured").run()
    assert app.query_params["run"] == "pictured" and app.query_params["threshold"] != "0.25"
    assert app.query_params["margin"] == "0.05"
    app.selectbox(key="run_picker").select("grouped").run()
    assert app.query_params["threshold"] == "0.25"


def test_what_cannot_be_read_is_said_and_leaves_the_address(at, shown):
    asked = {"split": "north", "bins": "1000", "threshold": "high", "binning": "x" * 99}
    app = at("calibration", {"run": "grouped", **asked})
    html = shown(app, "html")
    for text in ("the split “north”", "the bins “1000”", "the threshold “high”", f"the binning “{'x' * 40}…”"):
        assert f"The link asks for {text}" in html
    assert not [name for name in asked if app.query_params.get(name) == asked[name]]
    assert "The link asks" not in shown(app.run(), "html")


@pytest.mark.parametrize("page", theme.PAGES)
@pytest.mark.parametrize(
    "threshold", ["-1e300", *(pytest.param(one, marks=pytest.mark.long) for one in ("1e300", "5e-324"))]
)
def test_any_finite_threshold_is_shown_on_every_page(at, shown, page, threshold):
    app = at(page, {"run": "grouped", "threshold": threshold})
    assert app.query_params["threshold"] == threshold
    assert "The link asks" not in shown(app, "html")


def test_links_carry_all_that_was_chosen(at):
    app = at("gallery", {"run": "grouped", "show": "fp", "need_miss": "7", "utm": "mail"})
    links = [link.proto for link in app.get("page_link")]
    assert {link.page for link in links} == theme.PAGES.keys()
    assert len({link.query_string for link in links}) == 1
    assert {"show=fp", "need_miss=7", "run=grouped", "utm=mail"} <= set(links[0].query_string.split("&"))
