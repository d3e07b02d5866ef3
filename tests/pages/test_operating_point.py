"""The Operating point page without a browser: what is sent, what is restored, and runs that lack something."""

import json

import pytest

from dashboard import state


@pytest.fixture
def open_page(open_dashboard):
    def run(out, **address):
        return open_dashboard(out, script="operating_point", **address)

    return run


def address(app, name):
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def threshold(app):
    return float(address(app, "threshold"))


def test_it_opens_with_youdens_threshold_on_validation(open_page, runs):
    app = open_page(runs, run="fitted")
    points = json.loads((runs / "fitted" / "operating_points.json").read_text())
    assert threshold(app) == points[0]["threshold"]
    assert address(app, "split") == "validation"
    assert address(app, "scale") == "calibrated"


@pytest.mark.parametrize("asked", ["0.30000000000000004", "-1e-300", "123.456", "-7"])
def test_threshold_of_a_link_is_kept_to_the_last_bit(open_page, runs, asked):
    app = open_page(runs, run="fitted", threshold=asked, split="test", scale="raw")
    assert threshold(app) == float(asked)
    assert address(app, "split") == "test"
    app = app.switch_page("../pages/overview.py").run()
    app = app.switch_page("../pages/operating_point.py").run()
    assert threshold(app) == float(asked)


@pytest.mark.parametrize("asked", ["many", "nan", "inf", ""])
def test_a_link_without_a_number_says_so(open_page, runs, shown, asked):
    app = open_page(runs, run="fitted", threshold=asked)
    assert f"The link asks for the threshold “{asked}”" in shown(app)
    assert threshold(app) == json.loads((runs / "fitted" / "operating_points.json").read_text())[0]["threshold"]


def test_another_run_has_a_threshold_of_its_own(open_page, runs):
    app = open_page(runs, run="fitted", threshold="1.25")
    app.selectbox(key=state.RUN.widget).select("synthetic").run()
    assert threshold(app) != 1.25
    app.selectbox(key=state.RUN.widget).select("fitted").run()
    assert threshold(app) == 1.25


@pytest.mark.parametrize("run", ["imported", "test-only", "hostile", "synthetic"])
def test_every_kind_of_run_opens(open_page, runs, shown, run):
    app = open_page(runs, run=run)
    assert len(app.get("plotly_chart")) == 3
    names = [element.proto.component_name for element in app.get("bidi_component")]
    assert names.count("explorer") == 1


def test_run_without_validation_speaks_of_test_alone(open_page, runs):
    app = open_page(runs, run="test-only")
    assert address(app, "split") == "test"
    assert address(app, "scale") == "raw"
    assert threshold(app) == 0
